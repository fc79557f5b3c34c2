# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the system tests share: TAP, programs that are always stopped, a signaling client."""

import asyncio
import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

try:
    import websockets
except ImportError:
    websockets = None

BUILD = os.environ.get("PL_TOP_BUILDDIR", os.getcwd())
# AddressSanitizer keeps freed memory: sizes say nothing there.
SANITIZED = os.environ.get("PL_SANITIZED") == "yes"
# Generous: other tests run beside this one, and a machine may be slow. What is there is not
# waited for.
CASE_SECONDS = 180
ANSWER_SECONDS = 60


class Program:
    """A program of ours; its stderr is kept, and it is killed at the end whatever happens."""

    running = []

    def __init__(self, args, pass_fds=(), preexec=None):
        self.log = tempfile.TemporaryFile()
        env = dict(os.environ, G_DEBUG="fatal-criticals")
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, pass_fds=pass_fds, env=env,
                                        preexec_fn=preexec)
        Program.running.append(self)

    def output(self):
        log = self.log.fileno()  # its position is the program's: what it writes next goes there
        return os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace")

    def rss_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            line = next(l for l in status if l.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=ANSWER_SECONDS):
        return self.process.wait(seconds)

    def stop(self):
        if self.alive():
            self.process.kill()
            self.process.wait()


def _stop_all():
    for program in Program.running:
        program.stop()


atexit.register(_stop_all)


class Signald(Program):
    """punchline-signald on a free port of 127.0.0.1; ready when the constructor returns."""

    def __init__(self, *args, preexec=None):
        ready, theirs = os.pipe()
        super().__init__([os.path.join(BUILD, "punchline-signald"), "--listen", "127.0.0.1:0",
                          "--ready-fd", str(theirs), *args], [theirs], preexec)
        os.close(theirs)
        with os.fdopen(ready) as lines:
            text = lines.read()
        if not text:
            raise RuntimeError("punchline-signald: " + self.output())
        self.url = text.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.signal_url = self.url.replace("http", "ws", 1) + "/signal"


def run_signald(*args):
    """Runs it to its end: exit status and output."""
    done = subprocess.run([os.path.join(BUILD, "punchline-signald"), *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=ANSWER_SECONDS, check=False)
    return done.returncode, done.stdout


class Client:
    """One session with the signaling server."""

    def __init__(self, socket):
        self.socket = socket
        self.last_id = 0
        self.last_seq = 0
        self.token = None
        self.welcome = None

    @classmethod
    async def connect(cls, signald, address="127.0.0.1", **options):
        options.setdefault("subprotocols", ["punchline.v1"])
        options.setdefault("compression", None)
        socket = await websockets.connect(signald.signal_url, local_addr=(address, 0),
                                          ping_interval=None, open_timeout=ANSWER_SECONDS,
                                          **options)
        return cls(socket)

    @classmethod
    async def open(cls, signald, address="127.0.0.1", hello=None, **options):
        self = await cls.connect(signald, address, **options)
        await self.send(type="hello", agent="test", **(hello or {}))
        self.welcome = await self.expect("welcome")
        self.token = self.welcome["token"]
        return self

    async def send(self, **message):
        await self.socket.send(json.dumps(message))

    async def ask(self, kind, **keys):
        self.last_id += 1
        await self.send(type=kind, id=self.last_id, **keys)
        return self.last_id

    async def receive(self):
        message = json.loads(await asyncio.wait_for(self.socket.recv(), ANSWER_SECONDS))
        if "seq" in message:
            assert message["seq"] == self.last_seq + 1, (message, self.last_seq)
            self.last_seq = message["seq"]
        return message

    async def expect(self, kind):
        message = await self.receive()
        assert message["type"] == kind, f"expected {kind}, got {message}"
        return message

    async def reserve(self):
        await self.ask("reserve")
        return (await self.expect("reserved"))["room"]

    async def join(self, room, name="test", **keys):
        await self.ask("join", room=room, name=name, **keys)
        return await self.expect("joined")

    async def relay(self, room, to, body):
        await self.ask("send", room=room, to=to, body=body)
        await self.expect("sent")

    def lose(self):
        """The TCP connection breaks, without a close frame."""
        self.socket.transport.abort()

    async def closed(self):
        """The code of the close frame, after whatever still comes."""
        try:
            while True:
                await asyncio.wait_for(self.socket.recv(), ANSWER_SECONDS)
        except websockets.ConnectionClosed:
            return self.socket.close_code


async def pair(signald, **options):
    """Two members of one room: (a, b, room, id of b)."""
    a = await Client.open(signald, **options)
    b = await Client.open(signald, **options)
    room = await a.reserve()
    await a.join(room, "a")
    joined = await b.join(room, "b")
    await a.expect("came")
    return a, b, room, joined["member"]


def make_certificate(folder, name, subject="IP:127.0.0.1"):
    """A self-signed certificate for `subject`: (certificate, key)."""
    cert, key = os.path.join(folder, name + ".crt"), os.path.join(folder, name + ".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=" + subject, "-out", cert, "-keyout", key],
                   check=True, stderr=subprocess.DEVNULL)
    return cert, key


async def _run_case(case, folder, seconds):
    try:
        await asyncio.wait_for(case(folder), seconds)
    finally:
        _stop_all()  # before the loop ends: its connections then end at once


def run(cases, seconds=CASE_SECONDS):
    """Runs each coroutine function, with a new folder, as one TAP case."""
    if websockets is None:
        print("1..0 # SKIP python3-websockets is not installed")
        sys.exit(0)
    sys.stdout.reconfigure(line_buffering=True)
    print(f"1..{len(cases)}")
    failed = 0
    for number, case in enumerate(cases, 1):
        folder = tempfile.mkdtemp()
        name = case.__name__.removeprefix("test_").replace("_", "-")
        signal.alarm(2 * seconds)  # where a case blocks the loop itself
        try:
            asyncio.run(_run_case(case, folder, seconds))
            print(f"ok {number} - {name}")
        except Exception:
            failed += 1
            print(f"not ok {number} - {name}")
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            for program in Program.running:
                for line in program.output().splitlines()[-20:]:
                    print("# | " + line)
        finally:
            Program.running.clear()
            shutil.rmtree(folder)
    sys.exit(1 if failed else 0)
