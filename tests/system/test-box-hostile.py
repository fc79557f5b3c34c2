#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The SIM box among others that mean no good: a signaling server, a box, a client that comes and
goes."""

import contextlib
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import BOXD, Box, Child, Device
from pl_test import run, websockets

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


run([case for name, case in list(globals().items()) if name.startswith("test_")])
