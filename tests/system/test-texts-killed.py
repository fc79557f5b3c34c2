#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts in both directions while the box is killed (-9) at random moments: none lost, none twice.
PL_TEST_LONG=1: 1,000 each way and 20 kills; PL_TEST_SEED repeats a run."""

import asyncio
import collections
import os
import random
import select
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pl_test
from pl_simmodem import SimModem
from pl_test import BUILD, Program, run

LONG = bool(os.environ.get("PL_TEST_LONG"))
N_TEXTS, N_KILLS = (1000, 20) if LONG else (60, 5)
if LONG:
    pl_test.CASE_SECONDS = 900
BURST = 15
KILL_SECONDS = 3 if LONG else 1.5
FAR = "+4915100001111"
SENT = (4, 5)   # PL_TEXT_SENT, PL_TEXT_DELIVERED


class Box(Program):
    """tests/system/texts-shell on the modem, with a client that asks again until it hears."""

    def __init__(self, modem, database):
        self.log = tempfile.TemporaryFile()
        command = os.path.join(BUILD, "tests", "system", "texts-shell")
        self.process = subprocess.Popen(
            [command, "--device", modem.at, "--database", database, "--answer-ms", "2000"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        os.set_blocking(self.process.stdout.fileno(), False)
        Program.running.append(self)
        self.rest = b""

    def send(self, name):
        self.process.stdin.write(f"{name} {FAR} {name}\n".encode())
        self.process.stdin.flush()

    def accepted(self):
        """The ids that it has answered since the last time."""
        self.rest += os.read(self.process.stdout.fileno(), 1 << 16) if self.readable() else b""
        *lines, self.rest = self.rest.split(b"\n")
        words = [line.decode().split(" ", 2) for line in lines]
        assert all(word[0] == "accepted" for word in words), words
        return {word[1] for word in words}

    def readable(self):
        return bool(select.select([self.process.stdout], [], [], 0)[0])


def rows(database, query):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10) as connection:
        return connection.execute(query).fetchall()


def finished(database):
    """Received and sent, as the database has them."""
    received = rows(database, "SELECT text FROM texts WHERE NOT outgoing")
    states = rows(database, "SELECT state FROM texts WHERE outgoing")
    return (len(received) >= N_TEXTS and len(states) == N_TEXTS
            and all(state in SENT for state, in states))


def n_unsent(database):
    return rows(database, f"SELECT count(*) FROM texts WHERE outgoing AND state < {SENT[0]}")[0][0]


async def feed(modem, box, first, last):
    """These texts in both directions, in bursts."""
    for start in range(first, last, BURST):
        burst = range(start, min(start + BURST, last))
        for i in burst:
            box.send(f"out-{i}")
        for i in burst:
            await modem.do("text", number=FAR, text=f"in-{i}")


async def settle(box, database, open_ids):
    """Until all is accepted, sent and received."""
    while open_ids or not finished(database):
        await asyncio.sleep(0.1)
        open_ids -= box.accepted()
        assert box.alive(), "the box ended by itself"


async def test_killed(folder):
    seed = int(os.environ.get("PL_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"# PL_TEST_SEED={seed}")
    chance = random.Random(seed)
    modem = await SimModem.start(folder, vendor="quectel")
    database = os.path.join(folder, "box.db")
    cuts = [round(i * N_TEXTS / (N_KILLS + 1)) for i in range(N_KILLS + 2)]
    open_ids, unsent = set(), []
    box = Box(modem, database)
    for first, last in zip(cuts, cuts[1:]):
        open_ids |= {f"out-{i}" for i in range(first, last)}
        await feed(modem, box, first, last)
        if last == N_TEXTS:
            break
        await asyncio.sleep(chance.uniform(0, KILL_SECONDS))
        box.process.kill()
        box.process.wait()
        unsent.append(n_unsent(database) if os.path.exists(database) else 0)
        open_ids -= box.accepted()
        box = Box(modem, database)
        for name in sorted(open_ids):   # what a client does that heard nothing
            box.send(name)
    await settle(box, database, open_ids)

    received = collections.Counter(
        text for text, in rows(database, "SELECT text FROM texts WHERE NOT outgoing"))
    on_air = collections.Counter(text["text"] for text in (await modem.do("outbox"))["texts"])
    twice = [name for count in (received, on_air) for name, n in count.items() if n > 1]
    assert not twice, f"twice: {twice}"
    assert set(received) == {f"in-{i}" for i in range(N_TEXTS)}
    assert set(on_air) == {f"out-{i}" for i in range(N_TEXTS)}
    left = (await modem.do("store"))["stores"]
    print(f"# {N_TEXTS} texts each way, unsent at the kills: {unsent}; the modem's stores: {left}")


run([test_killed])
