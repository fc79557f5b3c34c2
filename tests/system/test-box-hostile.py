#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The SIM box among others that mean no good: a signaling server, a box, a client that comes and
goes."""

import asyncio
import contextlib
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import BOXD, Box, Child, Device
from pl_simmodem import SimModem
from pl_sound import write_tone
from pl_test import SANITIZED, run, websockets

# Clears the screen, names the window, turns the direction of what follows; in C1 too.
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b2J\u202eetirw"


def assert_harmless(text):
    for character in "\x1b\x07\x9b\u202e":
        assert character not in text, repr(text)


class EvilServer:
    """Welcomes everybody, and refuses what they ask for in words that play with a terminal."""

    async def start(self):
        self.server = await websockets.serve(self.refuse, "127.0.0.1", 0,
                                             subprotocols=["punchline.v1"])
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def refuse(self, socket, *_):
        await socket.recv()
        await socket.send(json.dumps({
            "type": "welcome", "session": "s", "token": "t", "resumed": False, "last_id": 0,
            "ping_s": 15, "silence_s": 30, "resume_s": 60, "ice_servers": [], "ice_ttl_s": 3600,
            "limits": {"message": 65536, "body": 61440, "rooms": 4, "members": 16}}))
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in socket:
                await socket.send(json.dumps({"type": "error", "id": json.loads(text).get("id", 1),
                                              "code": "not-allowed", "text": "no: " + EVIL}))


async def test_words_of_a_server(folder):
    """They reach no terminal as they are: not the box's, not that of who pairs, not a client's."""
    box = await Box.start(folder)
    await box.pair("laptop")
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()
    box = Box(folder, await EvilServer().start(), box.modem, box.options)
    await box.ready()
    await box.said("client 'laptop' cannot come")
    assert_harmless(box.output())
    door = Child([BOXD, "pair", "--state-dir", box.state])
    assert await door.status() == 1
    device = Device(folder, "phone")
    status, out, err = await device.run("pair", "some-code-that-is-long", "--signaling",
                                        box.signald.url)
    assert status == 3, (status, out, err)
    for text in box.output(), door.output(), out + err:
        assert "no: " in text, text
        assert_harmless(text)


async def test_name_of_a_box(folder):
    """A box may call itself what it wants."""
    box = await Box.start(folder, "--name", EVIL + "/../" + "x" * 300)
    door = Child([BOXD, "pair", "--state-dir", box.state])
    code = await door.line()
    laptop = Device(folder, "laptop")
    status, out, err = await laptop.run("pair", code, "--signaling", box.signald.url)
    assert status == 0, (status, out, err)
    assert_harmless(out + err)
    assert len(out.strip().encode()) <= 64 and "/" not in out, out
    listed = await laptop.ask("boxes")
    assert_harmless(listed)
    assert (await laptop.ask("status", "--box", out.strip())).startswith("box")


THEM = "+4915100004711"
PIN = "58214"
WORDS_IN, WORDS_OUT = "rhubarb arrives", "marzipan leaves"
NAME = "Wilhelmine"


def modes(folder):
    """What others on the machine may do with something in it."""
    for path, folders, files in os.walk(folder):
        for name in folders + files:
            yield os.path.join(path, name), os.lstat(os.path.join(path, name)).st_mode & 0o077


async def test_secrets(folder):
    """With all that can be logged: no number, text, name, code or PIN is in it, and no file of
    the box is for anybody else."""
    pin = os.path.join(folder, "pin")
    with open(pin, "w") as file:
        file.write(PIN)
    modem = await SimModem.start(folder, "--pin", PIN)
    greeting = write_tone(os.path.join(folder, "greeting.wav"), 1000, 0.2)
    said = write_tone(os.path.join(folder, "said.wav"), 600, 2, before=3)
    env = dict(os.environ, G_MESSAGES_DEBUG="all")
    box = await Box.start(folder, "--pin-file", pin, "--log", "all:debug", "--ring-seconds", "1",
                          "--greeting", greeting, modem=modem, env=env)
    device = Device(folder, "laptop")
    door = Child([BOXD, "pair", "--state-dir", box.state])
    code = await door.line()
    await device.ask("pair", code, "--signaling", box.signald.url, "--name", "laptop")
    while (await device.objects("status"))[0]["state"] != "ready":
        pass
    logs = [await device.run("contacts", "set", THEM, NAME, "--log", "all:debug")]
    watch = device.start("sms", "watch", "--log", "all:debug", "--json")
    await watch.said('"watching"')
    await box.modem.do("text", number=THEM, text=WORDS_IN)
    logs.append(await device.run("sms", "send", THEM, WORDS_OUT, "--log", "all:debug"))
    await box.modem.do("policy", answer_ms=50)
    call = device.start("call", THEM, "--play", said, "--dtmf", "97531", "--record",
                        os.path.join(folder, "heard.wav"), "--log", "all:debug", "--json")
    await call.object(state="active")
    with open(f"/proc/{call.process.pid}/cmdline") as file:
        shown = file.read()
    assert "--dtmf" in shown and THEM[3:] not in shown and "97531" not in shown, shown
    await device.ask("hangup")
    assert await call.status() == 0 and all(status == 0 for status, _, _ in logs), logs
    begin = len(box.modem.events)
    await box.modem.do("call", number=THEM)
    await box.modem.event("audio", begin, on=True)
    await box.modem.do("play", file=said)
    await box.modem.event("call", begin, state="ended")
    while not await device.objects("voicemail", "list"):
        pass
    watch.signal(signal.SIGTERM)
    await watch.status()
    box.signal(signal.SIGTERM)
    assert await box.status() == 0
    assert ">> ATD<" in box.output(), "it logs all"
    # of a code two words at a time: one of them may be "open"
    _, *words = code.split("-")
    secrets = [THEM[3:], PIN, "97531", NAME, *WORDS_IN.split(), *WORDS_OUT.split(),
               *map("-".join, zip(words, words[1:]))]
    for log in [box.output(), watch.output(), call.output(), *(err for _, _, err in logs)]:
        found = [line for line in log.splitlines() if any(word in line for word in secrets)]
        assert not found, found
    listed = list(modes(box.state))
    assert len(listed) > 4 and not any(mode for _, mode in listed), listed
    listed = [entry for entry in modes(device.home) if "data" in entry[0]]
    assert len(listed) > 3 and not any(mode for path, mode in listed if "punchline/" in path), listed


def count_open(box):
    return len(os.listdir(f"/proc/{box.process.pid}/fd"))


async def test_comes_and_goes(folder):
    """200 connections leave neither memory nor descriptors behind."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    for n in range(50):
        # Not faster than the signaling server takes them from one address.
        await asyncio.gather(asyncio.sleep(0.5), *(laptop.ask("status") for _ in range(4)))
        if n == 9:
            before = box.rss_mib()
    grown = box.rss_mib() - before
    assert SANITIZED or grown < 4, f"grown by {grown:.1f} MiB"
    # Of one whose end did not arrive the box learns in 47 s (RFC 7675, and its grace).
    while count_open(box) > 15:
        await asyncio.sleep(1)
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()  # with a sanitizer: nothing is lost either


run([case for name, case in list(globals().items()) if name.startswith("test_")])
