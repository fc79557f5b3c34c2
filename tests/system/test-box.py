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
from pl_test import Signald, run

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
    for name in ("identity", "authorized_clients", "boxd.sock", "box.sqlite"):
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
    await watch.said('"lost"')
    await box.modem.do("text", number=THEM, text="after")
    while len(await phone.objects("sms", "list")) < 2:
        pass
    watch.signal(signal.SIGINT)
    assert await watch.status() == 130, watch.output()
    assert watch.process.stdout.read() == b"", "it was told of a text"


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


class Ear:
    """Listens to a raw file that grows for a tone, in pieces of 50 ms, within what two clocks may
    differ: by the changes of sign."""

    def __init__(self, path, rate, hertz):
        self.path, self.size, self.hertz, self.at, self.good = path, rate // 20 * 2, hertz, 0, 0

    async def hears(self, seconds):
        """However much of what came before was cut to pieces by a machine that is too slow: what
        is whole is this tone, and comes from the other end alone."""
        while self.good < seconds * 20:
            piece = b""
            if os.path.exists(self.path):
                with open(self.path, "rb") as file:
                    file.seek(self.at)
                    piece = file.read(self.size)
            if len(piece) < self.size:
                await asyncio.sleep(0.1)
                continue
            self.at += self.size
            samples = struct.unpack(f"<{self.size // 2}h", piece)
            changes = sum((x < 0) != (y < 0) for x, y in zip(samples, samples[1:]))
            loud = sum(x * x for x in samples) > 1e5 * len(samples)
            self.good += loud and abs(changes * 10 - self.hertz) < 0.05 * self.hertz


async def test_voice(folder):
    """Both hear each other: a tone each way, through files and the modem's PCM."""
    ours, theirs = (os.path.join(folder, name + ".wav") for name in ("ours", "theirs"))
    heard, recorded = (os.path.join(folder, name + ".raw") for name in ("heard", "recorded"))
    write_tone(ours, 440, seconds=35)
    write_tone(theirs, 700)
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("policy", answer_ms=100)
    call = laptop.start("call", THEM, "--play", ours, "--record", heard, "--json")
    await box.modem.do("record", file=recorded)
    await call.object(state="active")
    await box.modem.do("play", file=theirs, loop=True)
    await Ear(heard, 48000, 700).hears(1)
    await Ear(recorded, 8000, 440).hears(1)
    await box.modem.do("hangup")
    assert await call.status() == 0, call.output()


async def problem_of(device, words):
    """Its status, once this is in the problem that it names; None: once there is none."""
    while True:
        status, = await device.objects("status")
        if (words in status.get("problem", "")) if words else "problem" not in status:
            return


async def test_modem_without_sound(folder):
    """A PCM port that falls silent, and one that hangs up, in a call: both ends of the owner say
    so, the call goes on, and so does the sound when it is back."""
    theirs, heard = os.path.join(folder, "theirs.wav"), os.path.join(folder, "heard.raw")
    write_tone(theirs, 700)
    box = await Box.start(folder)
    laptop, phone = await box.pair("laptop"), await box.pair("phone")
    await status_of(phone, "ready")
    await box.modem.do("policy", answer_ms=100)
    call = laptop.start("call", THEM, "--record", heard, "--json")
    await call.object(state="active")
    await box.modem.do("play", file=theirs, loop=True)
    ear = Ear(heard, 48000, 700)
    await ear.hears(0.5)
    for fault, cure in (({"stall": True}, {"stall": False}), ({"port": False}, {"port": True})):
        await box.modem.do("sound", **fault)
        while "no sound of the modem" not in (await call.object()).get("problem", ""):
            pass
        await problem_of(phone, "no sound of the modem")
        await box.modem.do("sound", **cure)
        await problem_of(phone, None)
        await ear.hears(ear.good / 20 + 0.5)
    await box.modem.do("hangup")
    assert await call.status() == 0, call.output()


async def test_no_sound_card(folder):
    """A sound card (UAC) that is not there: the call stands, and says what it lacks."""
    box = await Box.start(folder, "--pcm", "alsa:nowhere")
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("policy", answer_ms=100)
    call = laptop.start("call", THEM, "--record", os.path.join(folder, "heard.wav"), "--json")
    await call.object(state="active")
    while "no sound of the modem" not in (problem := await call.object()).get("problem", ""):
        pass
    assert "nowhere" in problem["problem"], problem
    await box.modem.do("hangup")
    await call.object(state="ended")
    assert await call.status() == 0, call.output()


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


async def test_server_gone(folder):
    """The owner is told, and when the server is back nobody has to do anything."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()
    box.signald.stop()
    box = await box.again()
    await box.said("client 'laptop' cannot come")
    box.signald = Signald("--listen", f"127.0.0.1:{box.signald.port}")
    assert (await laptop.objects("status"))[0]["box"] == "home"


async def test_usage(folder):
    nobody = Device(folder, "nobody")
    for args, sentence in [(["status"], "no box is paired"), (["sms", "burn"], "sms send"),
                           (["dnd", "maybe"], "on or off"), (["call"], "NUMBER"),
                           (["call", "030", "--play", "none.wav"], "none.wav"),
                           (["call", "030", "--play", "-"], "no box is paired")]:
        status, out, err = await nobody.run(*args)
        assert (status, out) == (2, "") and sentence in err, (args, status, out, err)
    for args, sentence in [(["--modem", "x"], "--modem"), (["--signaling", "x", "y"], "'y'"),
                           ([], "--signaling"), (["--ring-seconds", "0"], "--ring-seconds")]:
        options = args if not args or "--signaling" in args else [*args, "--signaling", "ws://x"]
        child = Child([BOXD, "--state-dir", folder, *options])
        assert await child.status() == 2, (args, child.output())
        assert sentence in child.output(), (args, child.output())
    child = Child([BOXD, "pair", "--state-dir", folder])
    assert await child.status() == 1 and "running" in child.output(), child.output()


run([case for name, case in list(globals().items()) if name.startswith("test_")])
