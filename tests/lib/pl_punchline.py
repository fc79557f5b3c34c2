# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command `punchline` as a child: its events, its data, its exit status."""

import asyncio
import hashlib
import json
import os
import socket
import struct
import subprocess
import tempfile

from pl_test import ANSWER_SECONDS, BUILD, SANITIZED, Program, Signald

PUNCHLINE = os.path.join(BUILD, "punchline")
CODE = "sharedidentifier7"
# A process of ours with its libraries, and the windows and buffers of one stream; not the stream.
RSS_MIB = 96
NO_SERVER = "ws://127.0.0.1:1"
# Libraries below us write into it.
HOME = tempfile.TemporaryDirectory()


def environment(**extra):
    """Without the user's own configuration."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PUNCHLINE_")}
    env.update(HOME=HOME.name, XDG_CONFIG_HOME=HOME.name, G_DEBUG="fatal-criticals")
    env.update(extra)
    return env


class Punchline(Program):
    """One end. `stdin` and `stdout` as Popen has them; events are read from the start."""

    def __init__(self, *args, url, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=None):
        self.log = tempfile.TemporaryFile()
        ours, theirs = os.pipe()
        command, *rest = args
        argv = [PUNCHLINE, command, "--signaling", url, "--events", str(theirs), *rest]
        self.process = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=self.log,
                                        pass_fds=[theirs], env=env or environment(), bufsize=0)
        os.close(theirs)
        Program.running.append(self)
        self.events = []
        self._news = asyncio.Event()
        self._reader = asyncio.ensure_future(self._read_events(ours))

    async def _read_events(self, fd):
        reader = asyncio.StreamReader()
        pipe = os.fdopen(fd, "rb", buffering=0)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe)
        while line := await reader.readline():
            self.events.append(json.loads(line))
            self._news.set()
        self.events.append({"event": "end of events"})
        self._news.set()

    async def event(self, kind, after=0, **members):
        """The first event of this kind with these members, from index `after` on."""
        async def wait():
            while True:
                for event in self.events[after:]:
                    if event["event"] == kind and members.items() <= event.items():
                        return event
                assert self.events[-1:] != [{"event": "end of events"}], \
                    f"no {kind} {members} in {self.events}"
                self._news.clear()
                await self._news.wait()
        return await asyncio.wait_for(wait(), ANSWER_SECONDS)

    async def status(self):
        return await in_thread(self.process.wait, ANSWER_SECONDS)

    async def send(self, data):
        await in_thread(self._write_all, data)

    def _write_all(self, data):
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view):]

    def end_input(self):
        self.process.stdin.close()

    async def read(self, n=-1):
        """Up to n bytes of its stdout, or all to the end."""
        if n >= 0:
            return await in_thread(self.process.stdout.read, n)
        return await in_thread(self.process.stdout.readall)


async def in_thread(function, *args):
    """Blocking, but not for longer than an answer may take."""
    return await asyncio.wait_for(asyncio.to_thread(function, *args), ANSWER_SECONDS)


async def run_to_end(*args, env=None, stdin=subprocess.DEVNULL):
    """Runs it: exit status, stdout, stderr."""
    done = await in_thread(lambda: subprocess.run(
        [PUNCHLINE, *args], env=env or environment(), stdin=stdin, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=ANSWER_SECONDS, check=False, text=True))
    return done.returncode, done.stdout, done.stderr


class Ports(Punchline):
    """`punchline ports` on free ports."""

    def __init__(self, *args, url, **keys):
        super().__init__("ports", "--write-port", "0", "--read-port", "0", *args, url=url,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **keys)

    async def port(self, which):
        return (await self.event("ports"))[which + "_port"]

    async def connect(self, which, address="127.0.0.1"):
        return await asyncio.open_connection(address, await self.port(which))

    async def write(self, data):
        """What `pync -c` does: connect, send, close without a word more."""
        _, writer = await self.connect("write")
        writer.write(data)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def read(self, n=-1):
        """What `pync -r` does: connect, and read to the end."""
        reader, writer = await self.connect("read")
        try:
            return await asyncio.wait_for(reader.read(n), ANSWER_SECONDS)
        finally:
            writer.close()


def kill_socket(writer):
    """As a killed process leaves it when something is unread: with a reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def two_ports(*b_args):
    """Two connected ends on this machine."""
    url = Signald().url
    a, b = Ports(CODE, url=url), Ports(CODE, *b_args, url=url)
    await a.event("state", state="connected")
    await b.event("state", state="connected")
    return a, b


async def send_blocks(a, size, digest):
    reader, writer = await a.connect("write")
    block = os.urandom(1 << 20)
    for i in range(size >> 20):
        changed = i.to_bytes(8, "big") + block[8:]
        digest.update(changed)
        writer.write(changed)
        await writer.drain()
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()


async def receive_blocks(b, digest):
    reader, writer = await b.connect("read")
    while data := await reader.read(1 << 20):
        digest.update(data)
    writer.close()


async def carry(size, seconds):
    """The hash holds, memory does not grow, and a reader that pauses pauses the writer."""
    a, b = await two_ports()
    sent, received = hashlib.sha256(), hashlib.sha256()
    sending = asyncio.ensure_future(send_blocks(a, size, sent))
    await asyncio.sleep(1)  # the pause itself
    assert not sending.done()
    paused = max(a.rss_mib(), b.rss_mib())
    await asyncio.wait_for(asyncio.gather(sending, receive_blocks(b, received)), seconds)
    assert sent.digest() == received.digest()
    after = max(a.rss_mib(), b.rss_mib())
    print(f"# {size >> 20} MiB, resident {paused:.0f} MiB paused, {after:.0f} MiB after")
    if not SANITIZED:
        assert max(paused, after) < RSS_MIB, (paused, after)
