#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A box that wakes the browsers of its clients: what it has to tell outlives a server that is away,
that starts anew, or that is asked for too much; and a mistake in a file costs no subscription."""

import asyncio
import base64
import contextlib
import os
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import Box
from pl_punchline import in_thread
from pl_push import PushService, need_cryptography, unseal
from pl_test import Client, Signald, run, run_signald

need_cryptography()
# As in test-push.py: the thread-local data of GnuTLS.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

THEM = "+4915100001"
BURST = 40  # of push messages, that the server takes of a session


async def until(condition):
    while not condition():
        await asyncio.sleep(0.02)


class Home:
    """A push service, a signaling server, and a box that has one client with one browser."""

    @classmethod
    async def make(cls, folder, way=201):
        self = cls()
        key = os.path.join(folder, "push-key")
        assert run_signald("--make-push-key", key)[0] == 0
        self.service = PushService(folder)
        self.args = self.service.options(key)
        signald = Signald(*self.args)
        self.service.public_key = (await Client.open(signald)).welcome["push_key"]
        self.box = await Box.start(folder, signald=signald)
        self.laptop = await self.box.pair("laptop")
        await self.stop_box()
        self.browser = self.service.subscribe(way)
        self.subscribe()
        await self.start_box()
        await self.ready()
        return self

    def store(self):
        return sqlite3.connect(os.path.join(self.box.state, "box.sqlite"))

    def read_list(self):
        with open(self.box.clients) as file:
            return file.read()

    def write_list(self, text):
        with open(self.box.clients, "w") as file:
            file.write(text)

    def subscribe(self):
        keys = self.browser.keys()
        client = " ".join(self.read_list().split()[2:])
        seal_key = base64.b64encode(self.browser.seal_key).decode()
        with contextlib.closing(self.store()) as store, store:
            store.execute("INSERT INTO push (client, endpoint, p256dh, auth, key)"
                          " VALUES (?, ?, ?, ?, ?)",
                          (client, keys["endpoint"], keys["p256dh"], keys["auth"], seal_key))

    def count(self, table):
        with contextlib.closing(self.store()) as store:
            return store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    async def stop_box(self):
        self.box.signal(signal.SIGTERM)
        assert await self.box.status() == 0, self.box.output()

    async def start_box(self):
        self.box = await self.box.again()

    async def ready(self):
        while (await self.laptop.objects("status"))[0]["state"] != "ready":
            pass

    def stop_server(self):
        self.box.signald.stop()

    def start_server(self):
        self.box.signald = Signald("--listen", f"127.0.0.1:{self.box.signald.port}", *self.args)

    async def text(self, text):
        await self.box.modem.do("text", number=THEM, text=text)

    async def told(self):
        """The next text that the browser is told of."""
        _, sealed = await in_thread(self.browser.next)
        return unseal(self.browser.seal_key, sealed)["text"]

    async def told_all(self, texts, again=frozenset()):
        """Each of them; one may come twice, where it was not known whether it had, and so may
        one that was told before."""
        missing = set(texts)
        while missing:
            text = await self.told()
            assert text in texts | again, text
            missing.discard(text)


async def test_server_away(folder):
    """What happens while the server is away is told when it is back."""
    home = await Home.make(folder)
    await home.text("before")
    assert await home.told() == "before"
    home.stop_server()
    texts = {"one", "two", "three"}
    for text in texts:
        await home.text(text)
    home.start_server()
    await home.told_all(texts, again={"before"})
    assert not home.service.faults, home.service.faults


async def test_server_forgets(folder):
    """A server that starts anew does not know what it was asked for."""
    home = await Home.make(folder, "slow")
    await home.text("under way")
    assert await home.told() == "under way"
    home.stop_server()
    home.browser.way = 201
    home.start_server()
    assert await home.told() == "under way"


async def test_rate(folder):
    """More than the server takes at once comes later, and all of it."""
    home = await Home.make(folder)
    texts = {f"{n}" for n in range(BURST + 4)}
    for text in sorted(texts):
        await home.text(text)
    await home.told_all(texts)
    assert home.browser.messages.empty()


async def test_mistake_in_list(folder):
    """Whom a line with a mistake is about is told nothing, and keeps the subscription."""
    home = await Home.make(folder)
    line = home.read_list()
    await home.stop_box()
    home.write_list("nonsense " + line)
    await home.start_box()
    await home.text("to nobody")
    await until(lambda: home.count("texts") == 1)
    assert home.count("push") == 1
    home.write_list(line)
    await home.ready()
    await home.text("to the owner")
    assert await home.told() == "to the owner"


async def test_removed_while_off(folder):
    home = await Home.make(folder)
    assert home.count("push") == 1
    await home.stop_box()
    home.write_list("# nobody\n")
    await home.start_box()
    await until(lambda: home.count("push") == 0)


run([case for name, case in list(globals().items()) if name.startswith("test_")])
