#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web phone's meeting against a server that is away, members without the code, and members
with the code who talk nonsense."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_browser import need_browser
from pl_test import Client, Signald, run
from pl_web import Page

WORDS = "walnut-harbor-ember"


class Room:
    """A page that waits with a code, and somebody else in its room."""

    def __init__(self, page, signald, number):
        self.page, self.signald, self.number = page, signald, number
        self.code = f"{number}-{WORDS}"

    @classmethod
    async def open(cls, page, signald):
        """The page's, anew, which comes first."""
        keeper = await Client.open(signald)
        self = cls(page, signald, await keeper.reserve())
        await page.load()
        await page.do("start", signald.url, self.code)
        await page.event("state", state="waiting")
        return self

    async def enter(self, words=WORDS):
        """The other comes and both greet; the page's tag is there then."""
        self.client = await Client.open(self.signald)
        joined = await self.client.join(self.number)
        self.host, = [member["member"] for member in joined["members"]]
        body = await self.page.do("oppose", f"{self.number}-{words}", self.number,
                                  joined["member"], self.host)
        greeting = await self.client.expect("message")
        await self.client.relay(self.number, self.host, body)
        self.tag = await self.page.do("feed", greeting["body"])
        self.their_tag = await self.client.expect("message")

    async def confirm(self):
        await self.page.do("feed", self.their_tag["body"])
        await self.client.relay(self.number, self.host, self.tag)
        await self.page.event("peer")

    async def say(self, text):
        """Without a look at what the page says meanwhile."""
        await self.client.ask("send", room=self.number, to=self.host,
                              body=await self.page.do("seal", text))

    async def leave(self):
        await self.client.send(type="bye")
        await self.client.closed()


async def test_wrong_code(page, signald):
    room = await Room.open(page, signald)
    await room.enter("walnut-harbor-zebra")
    await room.client.relay(room.number, room.host, room.tag)
    await page.event("failed", reason="wrong-code")


async def test_quiet_guesses(page, signald):
    """Who sees our tag and goes may have tried a code: three of them end it."""
    room = await Room.open(page, signald)
    for _ in range(2):
        await room.enter()
        await room.leave()
        await page.event("state", state="waiting")
    await room.enter()
    await room.leave()
    await page.event("failed", reason="burned")


async def test_comes_and_goes(page, signald):
    """One without a word, one who knew the code and gives up: we go on waiting."""
    room = await Room.open(page, signald)
    client = await Client.open(signald)
    await client.join(room.number)
    await page.event("state", state="greeting")
    await client.send(type="bye")
    await page.event("state", state="waiting")
    await room.enter()
    await room.confirm()
    await room.say('{"type":"bye"}')
    await page.event("state", state="waiting")


async def test_garbage(page, signald):
    room = await Room.open(page, signald)
    client = await Client.open(signald)
    joined = await client.join(room.number)
    await client.expect("message")
    await client.relay(room.number, joined["members"][0]["member"],
                       base64.b64encode(b"\x02tag").decode())
    await page.event("failed", reason="invalid")


async def test_sealed_nonsense(page, signald):
    """It ends the meeting and nothing else; what a later version says is passed over."""
    for text in ["", "[]", "null", "{}", '{"type":"description"}', '{"type":"candidate"}',
                 '{"type":"description","description":{"type":"pranswer","sdp":""}}',
                 '{"type":"description","description":{"type":"answer","sdp":"v=nonsense"}}',
                 '{"type":"candidate","candidate":{"candidate":1}}']:
        room = await Room.open(page, signald)
        await room.enter()
        await room.confirm()
        await room.say('{"type":"from-the-future","x":1}')
        await room.say(text)
        failed = await page.event("failed")
        assert failed["reason"] == "invalid", (text, failed)


async def test_many_candidates(page, signald):
    """Ones that cannot be used, and more than are looked at, do no harm."""
    room = await Room.open(page, signald)
    await room.enter()
    await room.confirm()
    for n in range(100):
        await room.say(f'{{"type":"candidate","candidate":{{"candidate":"candidate:{n} nonsense"}}}}')
    await room.say('{"type":"candidate","candidate":null}')
    await room.say('{"type":"bye"}')
    await page.event("state", state="waiting")


async def test_name(page, signald):
    """What somebody calls himself cannot play with the screen."""
    room = await Room.open(page, signald)
    await room.enter()
    await room.confirm()
    peer = next(event for event in await page.do("all") if event["kind"] == "peer")
    assert peer["name"] == "them\ufffd\ufffd", peer


async def test_nobody(page, signald):
    await page.load()
    await page.do("start", signald.url, f"999999999-{WORDS}")
    await page.event("failed", reason="no-code")


async def test_no_server(page, signald):
    await page.load()
    await page.do("start", "ws://127.0.0.1:1", f"1-{WORDS}")
    await page.event("failed", reason="unreachable")


async def test_meeting(folder):
    page = await Page.open("meeting.html")
    for name, case in list(globals().items()):
        if name.startswith("test_") and name != "test_meeting":
            print(f"# {name}")
            await case(page, Signald("--allow-origin", page.web.origin))


need_browser()
run([test_meeting], seconds=180)
