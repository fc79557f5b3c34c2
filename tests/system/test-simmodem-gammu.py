#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gammu takes the simulated modem for one, on its pty."""

import asyncio
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_simmodem import SimModem
from pl_test import ANSWER_SECONDS, run

if not shutil.which("gammu"):
    print("1..0 # SKIP gammu is not installed")
    sys.exit(0)


async def start(folder, vendor):
    """The modem, and what runs gammu on it."""
    modem = await SimModem.start(folder, vendor=vendor)
    await modem.registered()
    with open(folder + "/gammurc", "w") as config:
        config.write(f"[gammu]\ndevice = {modem.at}\nconnection = at115200\n")

    async def gammu(*args):
        done = await asyncio.to_thread(
            subprocess.run, ["gammu", "-c", folder + "/gammurc", *args], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, LC_ALL="C.UTF-8"), timeout=ANSWER_SECONDS, check=False)
        assert done.returncode == 0, (args, done.stdout)
        return done.stdout
    return modem, gammu


async def test_identity_and_call(folder):
    modem, gammu = await start(folder, "huawei")
    identity = await gammu("--identify")
    assert "E173" in identity and "490154203237518" in identity, identity
    await gammu("dialvoice", "12345")
    await modem.event("call", state="alerting", number="12345")


async def test_texts_in(folder):
    modem, gammu = await start(folder, "generic")
    await modem.do("text", number="+4917099", text="Long € " + "abc" * 80, order=[2, 1], ref=9)
    await modem.do("text", number="+4917098", text="Smile 😀")
    listing = await gammu("getallsms")
    for wanted in ("part 1 of 2", "part 2 of 2", "Long € abc", "Smile 😀", '"+4917098"'):
        assert wanted in listing, (wanted, listing)


async def test_texts_out(folder):
    modem, gammu = await start(folder, "generic")
    await gammu("sendsms", "TEXT", "+4912345", "-unicode", "-text", "grüße 😀")
    long = "x [y] " * 40        # the brackets take two septets
    await gammu("sendsms", "TEXT", "+4912345", "-autolen", "400", "-text", long)
    sent = await modem.outbox(4)
    assert sent[0]["text"] == "grüße 😀" and sent[0]["number"] == "+4912345", sent
    assert [(t["seq"], t["total"]) for t in sent[1:]] == [(1, 3), (2, 3), (3, 3)], sent
    assert "".join(t["text"] for t in sent[1:]) == long, sent


run([test_identity_and_call, test_texts_in, test_texts_out])
