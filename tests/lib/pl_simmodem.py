# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulated modem as a child (tests/simmodem/README.md)."""

import asyncio
import json
import os
import subprocess
import tempfile

from pl_test import ANSWER_SECONDS, Program

COMMAND = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "simmodem", "simmodem")


class SimModem(Program):
    """await SimModem.start(folder, vendor="quectel"): AT on `at`, PCM on `pcm`, both ptys; more
    ports by `at_socket`, the other options of the command as `options`."""

    @classmethod
    async def start(cls, folder, *options, vendor="generic", at_socket=None):
        self = cls(folder, options, vendor, at_socket)
        line = await asyncio.wait_for(asyncio.to_thread(self.process.stdout.readline),
                                      ANSWER_SECONDS)
        assert line, self.output()
        self.ports = json.loads(line)["ports"]
        self._reader, self._writer = await asyncio.open_unix_connection(self.control,
                                                                        limit=1 << 24)
        self._listener = asyncio.ensure_future(self._listen())
        await self.do("subscribe", at=True)
        return self

    def __init__(self, folder, options, vendor, at_socket):
        self.log = tempfile.TemporaryFile()
        self.at, self.pcm = os.path.join(folder, "modem-at"), os.path.join(folder, "modem-pcm")
        self.control = os.path.join(folder, "modem-control")
        args = [COMMAND, "--vendor", vendor, "--at-link", self.at, "--pcm-link", self.pcm,
                "--control", self.control, *options]
        if at_socket:
            args += ["--at-socket", at_socket]
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stderr=self.log,
                                        stdout=subprocess.PIPE)
        Program.running.append(self)
        self.ports = []
        self.events = []            # all, in order; of kind "at" too
        self._answers = asyncio.Queue()
        self._news = asyncio.Event()

    async def _listen(self):
        while line := await self._reader.readline():
            message = json.loads(line)
            if "event" in message:
                self.events.append(message)
                self._news.set()
            else:
                self._answers.put_nowait(message)

    async def ask(self, action, **members):
        """One command to the network side: its answer, whatever it is."""
        self._writer.write(json.dumps({"do": action, **members}).encode() + b"\n")
        return await asyncio.wait_for(self._answers.get(), ANSWER_SECONDS)

    async def do(self, action, **members):
        answer = await self.ask(action, **members)
        assert answer["ok"], f"{action} {members}: {answer['error']}"
        return answer

    async def event(self, kind, after=0, **members):
        """The first event of this kind with these members, from index `after` on."""
        async def wait():
            while True:
                for event in self.events[after:]:
                    if event["event"] == kind and members.items() <= event.items():
                        return event
                self._news.clear()
                await self._news.wait()
        try:
            return await asyncio.wait_for(wait(), ANSWER_SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {kind} {members} in {self.events[after:]}") from None

    async def registered(self):
        if (await self.do("status"))["registration"] not in ("home", "roaming"):
            await self.event("network", registered=True)

    async def outbox(self, count):
        """What the network took, when it is this many."""
        async def wait():
            while True:
                texts = (await self.do("outbox"))["texts"]
                if len(texts) >= count:
                    return texts
                await self.event("text-sent", n=len(texts) + 1)
        return await asyncio.wait_for(wait(), ANSWER_SECONDS)

    def at_lines(self, sender):
        """What went over the AT ports; sender: "box" or "modem"."""
        return [e["text"] for e in self.events if e["event"] == "at" and e["from"] == sender]
