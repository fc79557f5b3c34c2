# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/system/texts-shell as a child, and what is done to it: texts in both directions in bursts,
while it is killed (-9) at random moments. None may be lost, none come twice."""

import asyncio
import collections
import contextlib
import os
import random
import select
import sqlite3
import subprocess
import tempfile
import time

from pl_test import BUILD, Program

COMMAND = os.path.join(BUILD, "tests", "system", "texts-shell")
BURST = 15
FAR = "+4915100001111"
SENT = (4, 5)   # PL_TEXT_SENT, PL_TEXT_DELIVERED


class TextsShell(Program):
    """The texts of a box, with a client that asks again until it hears. `modem`: the options that
    name it."""

    def __init__(self, database, *modem, env=None):
        self.database, self.modem, self.env = database, modem, env
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([COMMAND, "--database", database, *modem],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, env=env)
        os.set_blocking(self.process.stdout.fileno(), False)
        Program.running.append(self)
        self.rest = b""

    def send(self, name, text=None, number=FAR):
        self.process.stdin.write(f"{name} {number} {text or name}\n".encode())
        self.process.stdin.flush()

    def accepted(self):
        """The ids that it has answered since the last time."""
        readable = select.select([self.process.stdout], [], [], 0)[0]
        self.rest += os.read(self.process.stdout.fileno(), 1 << 16) if readable else b""
        *lines, self.rest = self.rest.split(b"\n")
        words = [line.decode().split(" ", 2) for line in lines]
        assert all(word[0] == "accepted" for word in words), words
        return {word[1] for word in words}

    def again(self):
        """Killed, and another one in its place."""
        self.process.kill()
        self.process.wait()
        return TextsShell(self.database, *self.modem, env=self.env)

    def rows(self, query):
        """What the database has; nothing before it is made."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True,
                                                    timeout=10)) as connection:
                return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []

    def received(self):
        return [text for text, in self.rows("SELECT text FROM texts WHERE NOT outgoing"
                                            " AND seq IS NOT NULL")]

    def states(self):
        return [state for state, in self.rows("SELECT state FROM texts WHERE outgoing")]

    def n_unsent(self):
        return sum(state < SENT[0] for state in self.states())

    async def until(self, condition):
        while not condition():
            assert self.alive(), "the box ended by itself"
            await asyncio.sleep(0.05)


class Killing:
    """One run of it, on a simulated modem that `shell` has by whatever way."""

    def __init__(self, sim, shell, n_texts, kills, seconds):
        self.sim, self.shell, self.n_texts, self.seconds = sim, shell, n_texts, seconds
        self.cuts = [round(i * n_texts / (kills + 1)) for i in range(kills + 2)]
        self.sent, self.came = {}, collections.Counter()
        self.open_ids = set()
        self.unsent = []

    def _word(self, kind, i, start):
        """Two of each burst are the same to the letter."""
        return f"{kind}-same-{start}" if i - start < 2 else f"{kind}-{i}"

    async def _feed(self, first, last):
        when = int(time.time())
        for start in range(first, last, BURST):
            burst = range(start, min(start + BURST, last))
            for i in burst:
                self.sent[f"id-{i}"] = self._word("out", i, start)
                self.shell.send(f"id-{i}", self.sent[f"id-{i}"])
            for i in burst:
                text = self._word("in", i, start)
                self.came[text] += 1
                await self.sim.do("text", number=FAR, text=text, when=when)

    def _heard(self):
        self.open_ids -= self.shell.accepted()
        return not self.open_ids

    def _is_finished(self):
        states = self.shell.states()
        return (self._heard() and len(self.shell.received()) >= self.n_texts
                and len(states) == self.n_texts and all(state in SENT for state in states))

    async def run(self, chance):
        """Asserts it, and returns the figures."""
        begin = time.monotonic()
        for first, last in zip(self.cuts, self.cuts[1:]):
            self.open_ids |= {f"id-{i}" for i in range(first, last)}
            await self._feed(first, last)
            if last == self.n_texts:
                break
            await asyncio.sleep(chance.uniform(0, self.seconds))
            self._heard()
            self.shell = self.shell.again()
            self.unsent.append(self.shell.n_unsent())
            for name in sorted(self.open_ids):      # what a client does that heard nothing
                self.shell.send(name, self.sent[name])
        fed = time.monotonic()
        await self.shell.until(self._is_finished)
        await self._check()
        return (f"{self.n_texts} texts each way, {len(self.unsent)} kills, none lost, none twice: "
                f"{time.monotonic() - begin:.1f} s, the last {time.monotonic() - fed:.1f} s of it "
                f"to catch up; unsent at the kills: {self.unsent}")

    async def _check(self):
        received = collections.Counter(self.shell.received())
        on_air = collections.Counter(t["text"] for t in (await self.sim.do("outbox"))["texts"])
        sent = collections.Counter(self.sent.values())
        for what, got, expected in [("in", received, self.came), ("out", on_air, sent)]:
            assert got == expected, f"{what}: twice {got - expected}, lost {expected - got}"


def chance():
    """PL_TEST_SEED repeats a run."""
    seed = int(os.environ.get("PL_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"# PL_TEST_SEED={seed}")
    return random.Random(seed)
