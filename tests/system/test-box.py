#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The SIM box from outside: the server, the box on the simulated modem, and its clients."""

import asyncio
import math
import os
import signal
import stat
import struct
import sys
import wave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import BOXD, Box, Child, Device
from pl_test import run

THEM = "+4915100001"


async def status_of(device, state):
    """Its status, once the modem is in this state."""
    while True:
        status, = await device.objects("status")
        if status["state"] == state:
            return status


async def test_pair_and_status(folder):
    """What pairing leaves behind; who is not in the list gets nothing."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    with open(box.clients) as file:
        line, = file.read().splitlines()
    assert line.startswith("laptop call,sms,voicemail ed25519:"), line
    for name in ("identity", "authorized_clients", "boxd.sock"):
        assert stat.S_IMODE(os.stat(os.path.join(box.state, name)).st_mode) == 0o600, name
    entry, = await laptop.objects("boxes")
    assert entry["box"] == "home" and entry["signaling"] == box.signald.url, entry
    status = await status_of(laptop, "ready")
    assert status["box"] == "home" and status["dnd"] is False, status
    await laptop.ask("dnd", "on")
    assert (await laptop.objects("status"))[0]["dnd"] is True


async def test_revoke(folder):
    """A line that is removed ends the connection at once, and for good."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    phone = await box.pair("phone")
    watch = laptop.start("sms", "watch", "--json")
    await status_of(phone, "ready")
    await watch.said('"ready"')
    await box.modem.do("text", number=THEM, text="before")
    await watch.object(text="before")
    with open(box.clients) as file:
        lines = file.readlines()
    with open(box.clients, "w") as file:
        file.writelines(line for line in lines if not line.startswith("laptop "))
    assert await watch.status() in (1, 6), watch.output()
    await status_of(phone, "ready")


async def test_texts(folder):
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    phone = await box.pair("phone")
    await status_of(laptop, "ready")
    watch = phone.start("sms", "watch", "--json")
    await watch.said('"ready"')
    await box.modem.do("text", number=THEM, text="Grüße 🙂")
    status, out, err = await laptop.run("sms", "send", "0151 23", "It's \"me\"", "--json")
    assert status == 0, (out, err, box.output())
    sent, = await box.modem.outbox(1)
    assert (sent["number"], sent["text"]) == ("015123", "It's \"me\""), sent
    await watch.object(direction="out", number="015123", state="sent")
    texts = await laptop.objects("sms", "list")
    assert {"in", "out"} == {text["direction"] for text in texts}, texts
    came = next(text for text in texts if text["direction"] == "in")
    assert (came["number"], came["text"], came["state"]) == (THEM, "Grüße 🙂", "received")
    assert {"number", "text", "direction", "state", "time", "id"} <= came.keys()
    only = await laptop.objects("sms", "list", THEM)
    assert [text["id"] for text in only] == [came["id"]]


async def test_many_texts(folder):
    """Lists are read page by page."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    for n in range(40):
        await box.modem.do("text", number=THEM, text=f"number {n}")
    while len(texts := await laptop.objects("sms", "list")) < 40:
        pass
    assert len({text["seq"] for text in texts}) == 40
    assert {text["text"] for text in texts} == {f"number {n}" for n in range(40)}


async def test_refusals(folder):
    box = await Box.start(folder, "--country", "49")
    laptop = await box.pair("laptop")
    reader = await box.pair("reader", "--rights", "read-only")
    await status_of(laptop, "ready")
    for number, words in [("112", "emergency"), ("+1555123", "countr"), ("x", "number")]:
        status, out, err = await laptop.run("call", number)
        assert (status, out) == (1, ""), (number, status, out, err)
    assert await reader.objects("sms", "list") == []
    for args in [("sms", "send", "0151", "x"), ("call", "0151"), ("dnd", "on")]:
        status, out, err = await reader.run(*args)
        assert (status, out) == (5, "") and "does not allow" in err, (args, status, err)
    assert (await box.modem.do("calls"))["calls"] == []
    assert (await box.modem.do("outbox"))["texts"] == []


async def test_two_clients_ring(folder):
    """A call rings both; one answers, the other is told."""
    box = await Box.start(folder)
    one, two = await box.pair("one"), await box.pair("two")
    await status_of(one, "ready")
    await status_of(two, "ready")
    ends = [one.start("answer", "--json"), two.start("answer", "--json")]
    for end in ends:
        await end.said('"ready"')
    await box.modem.do("call", number=THEM)
    rings = [await end.object(state="incoming") for end in ends]
    assert all(ring["number"] == THEM for ring in rings), rings
    await box.modem.event("call", state="active")
    done, _ = await asyncio.wait([asyncio.ensure_future(end.status()) for end in ends],
                                 return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [1], "one goes without the call"
    assert sum(end.alive() for end in ends) == 1
    winner = next(end for end in ends if end.alive())
    await winner.object(state="active", you=True, elsewhere=False)
    await box.modem.do("hangup")
    assert await winner.status() == 0, winner.output()


async def test_outgoing(folder):
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("policy", answer_ms=100)
    call = laptop.start("call", THEM, "--dtmf", "12#", "--json")
    await call.object(state="active", you=True, number=THEM)
    for digit in "12#":
        await box.modem.event("dtmf", digit=digit)
    call.signal(signal.SIGINT)
    await box.modem.event("call", state="ended")
    assert await call.status() == 130, call.output()
    await box.modem.do("policy", busy_ms=50)
    status, _, err = await laptop.run("call", THEM)
    assert status == 1 and "busy" in err, (status, err)


def write_tone(path, hertz, rate=8000, seconds=3):
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"".join(
            struct.pack("<h", int(8000 * math.sin(2 * math.pi * hertz * n / rate)))
            for n in range(seconds * rate)))


def share_of(path, hertz):
    """How many of the tenths of a second with sound in a WAV have this pitch, within what two
    clocks may differ: by the changes of sign."""
    with wave.open(path) as file:
        size, data = file.getframerate() // 10, file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(data) // 2}h", data[:len(data) // 2 * 2])
    loud = good = 0
    for start in range(0, len(samples) - size, size):
        part = samples[start:start + size]
        changes = sum((x < 0) != (y < 0) for x, y in zip(part, part[1:]))
        if sum(x * x for x in part) / size > 1e5:
            loud += 1
            good += abs(changes * 5 - hertz) < 0.03 * hertz
    return good / max(loud, 10)


async def test_voice(folder):
    """Both hear each other: a tone each way, through files and the modem's PCM."""
    ours, theirs, heard, recorded = (os.path.join(folder, name + ".wav")
                                     for name in ("ours", "theirs", "heard", "recorded"))
    write_tone(ours, 440)
    write_tone(theirs, 700)
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("policy", answer_ms=100)
    call = laptop.start("call", THEM, "--play", ours, "--record", heard, "--json")
    await box.modem.do("record", file=recorded)
    await call.object(state="active")
    await box.modem.do("play", file=theirs, loop=True)
    while (await box.modem.do("sound"))["blocks"] < 150:
        await asyncio.sleep(0.1)
    await box.modem.do("record")
    await box.modem.do("hangup")
    assert await call.status() == 0, call.output()
    assert share_of(heard, 700) > 0.7, (share_of(heard, 700), call.output(), box.output())
    assert share_of(recorded, 440) > 0.7, (share_of(recorded, 440), box.output())


async def test_reject(folder):
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("call", number=THEM)
    while (result := await laptop.run("hangup"))[0] != 0:
        assert "no call" in result[2], result
    await box.modem.event("call", state="ended")


async def test_restart(folder):
    """SIGTERM ends the box in good order; the next one knows its clients and texts."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("text", number=THEM, text="kept")
    while not (texts := await laptop.objects("sms", "list")):
        pass
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()
    await box.again()
    assert await laptop.objects("sms", "list") == texts


async def test_usage(folder):
    nobody = Device(folder, "nobody")
    for args, sentence in [(["status"], "no box is paired"), (["sms", "burn"], "sms send"),
                           (["dnd", "maybe"], "dnd on|off"), (["call"], "NUMBER")]:
        status, out, err = await nobody.run(*args)
        assert (status, out) == (2, ""), (args, status, out, err)
    for args, sentence in [(["--modem", "x"], "--modem"), (["--signaling", "x", "y"], "'y'"),
                           ([], "--signaling"), (["--ring-seconds", "0"], "--ring-seconds")]:
        options = args if not args or "--signaling" in args else [*args, "--signaling", "ws://x"]
        child = Child([BOXD, "--state-dir", folder, *options])
        assert await child.status() == 2, (args, child.output())
        assert sentence in child.output(), (args, child.output())
    child = Child([BOXD, "pair", "--state-dir", folder])
    assert await child.status() == 1 and "running" in child.output(), child.output()


run([case for name, case in list(globals().items()) if name.startswith("test_")])
