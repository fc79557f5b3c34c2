#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts in both directions while the box is killed (-9) at random moments; tests/bench has the long
run. And what a modem that is full, or loses words, does to them."""

import asyncio
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_simmodem import SimModem
from pl_test import run
from pl_texts import FAR, Killing, TextsShell, chance


async def start(folder, vendor="quectel"):
    sim = await SimModem.start(folder, vendor=vendor)
    return sim, TextsShell(os.path.join(folder, "box.db"), "--device", sim.at, "--answer-ms",
                           "2000")


async def test_killed(folder):
    sim, shell = await start(folder)
    print("#", await Killing(sim, shell, n_texts=60, kills=5, seconds=1.5).run(chance()))


async def test_full_store(folder):
    """More than the modem holds, most of it waiting in the network, while the box is dead."""
    sim, shell = await start(folder, vendor="huawei")
    await sim.do("store", memory="ME", size=10)
    await sim.do("store", memory="SM", size=5)
    shell.process.kill()
    shell.process.wait()
    for n in range(40):
        await sim.do("text", number=FAR, text=f"text {n}")
    assert (await sim.do("store"))["waiting"] >= 25
    shell = shell.again()
    await shell.until(lambda: len(shell.received()) >= 40)
    assert sorted(shell.received()) == sorted(f"text {n}" for n in range(40))


async def test_long_texts_killed(folder):
    """Killed between the parts of a long text, which come in any order and one of them twice."""
    sim, shell = await start(folder)
    long = "".join(f"{n:09}|" for n in range(50))
    parts = [1, 3, 2, 4]
    for n, gap in enumerate([[1, 2], [3], [4, 3, 1]]):
        missing = [p for p in parts if p not in gap]
        await sim.do("text", number=FAR, text=long, ref=7 + n, order=[*gap, *gap])
        await asyncio.sleep(0.2 * n)
        shell = shell.again()
        await sim.do("text", number=FAR, text=long, ref=7 + n, order=missing)
    await shell.until(lambda: len(shell.received()) >= 3)
    assert shell.received() == [long] * 3


async def test_killed_at_the_prompt(folder):
    """The modem waits for the text of a box that is no more."""
    sim, shell = await start(folder)
    shell.send("before")
    await sim.outbox(1)
    shell.process.kill()
    shell.process.wait()
    with open(sim.at, "r+b", buffering=0) as port:
        port.write(b"AT+CMGW=14\r")
        await sim.event("at", text="AT+CMGW=14")
    shell = shell.again()
    shell.send("after")
    assert [t["text"] for t in await sim.outbox(2)] == ["before", "after"]


async def test_lost_words(folder):
    """The modem tells of nothing and its answers get lost: the next look finds all of it."""
    sim, shell = await start(folder)
    shell.send("first")
    await sim.outbox(1)
    await sim.do("quirk", lose_urcs=-1, lose_final={"+CMGD": 1})
    await sim.do("text", number=FAR, text="quiet")
    await sim.do("call", number=FAR, stop_ms=50)
    shell = shell.again()
    await shell.until(lambda: shell.received() == ["quiet"])


run([test_killed, test_full_store, test_long_texts_killed, test_killed_at_the_prompt,
     test_lost_words])
