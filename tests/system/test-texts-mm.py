#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The texts of a box on the unmodified ModemManager, and that on the simulated modem."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_dbus import Bus, ModemManager, need, until
from pl_simmodem import SimModem
from pl_test import run
from pl_texts import FAR, TextsShell

need("ModemManager")

PORT = f"abstract:punchline.texts.{os.getpid()}"
HANDED_OVER, SENT, DELIVERED = 3, 4, 5
LONG = "0123456789" * 40


async def start(folder):
    bus = await Bus.start(folder)
    sim = await SimModem.start(folder, at_socket=PORT)
    daemon = await ModemManager.start(bus, folder)
    await daemon.add("generic", PORT)
    env = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=bus.address)
    return sim, TextsShell(os.path.join(folder, "box.db"), "--mm", env=env)


async def test_both_ways(folder):
    """Short and long, in and out, up to the report; nothing is left in the modem."""
    sim, shell = await start(folder)
    for text in "Smile 😀 €", LONG:
        await sim.do("text", number=FAR, text=text)
        await shell.until(lambda: text in shell.received())
    shell.send("short", "grüße")
    shell.send("long", LONG)
    await shell.until(lambda: shell.states() == [DELIVERED, DELIVERED])
    sent = (await sim.do("outbox"))["texts"]
    assert sent[0]["text"] == "grüße" and len(sent) == 4, sent
    assert "".join(t["text"] for t in sorted(sent[1:], key=lambda t: t["seq"])) == LONG
    assert sorted(shell.received()) == sorted(["Smile 😀 €", LONG])

    async def is_empty():
        return not any((await sim.do("store"))["stores"].values())
    await until(is_empty, "the modem's stores are empty")


async def test_killed(folder):
    """Killed with texts of both directions under way: each of them once."""
    sim, shell = await start(folder)
    await sim.do("texts", delay_ms=300)
    for round_ in range(3):
        names = [f"{round_}-{n}" for n in range(3)]
        for name in names:
            shell.send("out-" + name)
            await sim.do("text", number=FAR, text="in-" + name)
        await sim.outbox(round_ * 3 + 1)
        shell = shell.again()
        for name in names:
            shell.send("out-" + name)
    await shell.until(lambda: len(shell.received()) >= 9 and len(shell.states()) == 9
                      and all(state >= SENT for state in shell.states()))
    on_air = [t["text"] for t in (await sim.do("outbox"))["texts"]]
    expected = [f"{round_}-{n}" for round_ in range(3) for n in range(3)]
    assert sorted(on_air) == ["out-" + name for name in expected], on_air
    assert sorted(shell.received()) == ["in-" + name for name in expected], shell.received()


run([test_both_ways, test_killed])
