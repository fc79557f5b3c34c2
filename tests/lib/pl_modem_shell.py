# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/system/modem-shell as a child: a PlModem by hand."""

import asyncio
import json
import os
import subprocess
import tempfile

from pl_test import ANSWER_SECONDS, BUILD, Program

COMMAND = os.path.join(BUILD, "tests", "system", "modem-shell")
ANSWER_MS = 1500    # of the modem, so that silence is found out soon


class Shell(Program):
    """await Shell.start(modem): a shell on the AT port of a SimModem."""

    @classmethod
    async def start(cls, modem, *options, ready=True, answer_ms=ANSWER_MS):
        self = cls([COMMAND, "--device", modem.at, "--pcm", modem.pcm, "--verbose",
                    "--answer-ms", str(answer_ms), *options])
        self.listener = asyncio.ensure_future(self._listen())
        if ready:
            await self.event("status", state="ready")
            await self.event("texts-waiting")
        return self

    @classmethod
    async def start_auto(cls, root, answer_ms=ANSWER_MS):
        """On whatever modem there is below the folder @root (pl_usb.py)."""
        self = cls([COMMAND, "--root", root, "--pcm", "auto", "--verbose",
                    "--answer-ms", str(answer_ms)])
        self.listener = asyncio.ensure_future(self._listen())
        return self

    @classmethod
    async def start_mm(cls, bus, *options, ready=True):
        """On ModemManager, at a bus of the test's own."""
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus.address
        self = cls([COMMAND, "--mm", "--verbose", *options])
        self.listener = asyncio.ensure_future(self._listen())
        if ready:
            await self.event("texts-waiting")
        return self

    def __init__(self, args):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log,
                                        env=dict(os.environ, G_DEBUG="fatal-criticals"))
        Program.running.append(self)
        self.lines = []     # all, in order
        self._news = asyncio.Event()

    async def _listen(self):
        reader = asyncio.StreamReader(limit=1 << 24)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self.process.stdout)
        while line := await reader.readline():
            self.lines.append(json.loads(line))
            self._news.set()

    async def _find(self, after, members):
        async def wait():
            while True:
                for line in self.lines[after:]:
                    if members.items() <= line.items():
                        return line
                self._news.clear()
                await self._news.wait()
        try:
            return await asyncio.wait_for(wait(), ANSWER_SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {members} in {self.lines[after:]}") from None

    async def event(self, kind, after=0, **members):
        """The first signal with these members, from line `after` on."""
        return await self._find(after, {"event": kind, **members})

    async def done(self, word, after=0, **members):
        """The first result of such a command with these members."""
        return await self._find(after, {"done": word, **members})

    def send(self, *words):
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        self.process.stdin.flush()

    async def ask(self, *words):
        """One command; its result."""
        after = len(self.lines)
        self.send(*words)
        return await self._find(after, {"done": words[0]})

    async def do(self, *words):
        result = await self.ask(*words)
        assert result.get("ok", True), f"{words}: {result}"
        return result

    async def state(self, state, after=0):
        return await self.event("status", after=after, state=state)

    def mark(self):
        """For `after`: what comes from now on."""
        return len(self.lines)

    def calls(self, call):
        """The states that this call went through, the last with its reason."""
        shown = [e for e in self.lines if e.get("event") == "call" and e["call"] == call]
        states = [e["state"] for e in shown]
        return [s for i, s in enumerate(states) if i == 0 or states[i - 1] != s]

    async def quit(self):
        """Ends as programs do; its exit status."""
        self.process.stdin.close()
        return await asyncio.to_thread(self.process.wait, ANSWER_SECONDS)
