# SPDX-License-Identifier: LGPL-2.1-or-later
"""A SIM box (punchline-boxd on the simulated modem) and its clients, as children."""

import asyncio
import json
import os
import subprocess
import tempfile

from pl_punchline import PUNCHLINE, environment, in_thread
from pl_simmodem import SimModem
from pl_test import ANSWER_SECONDS, BUILD, Program, Signald

BOXD = os.path.join(BUILD, "punchline-boxd")


def with_whole_stacks(env):
    """GStreamer makes GLib outgrow its first table of quarks, made before main; LeakSanitizer
    knows it (lsan.supp) only when it sees more of the stack than GLib's frames allow. That is
    slow, with each malloc: so no more of it than reaches there."""
    if "ASAN_OPTIONS" in env:
        env["ASAN_OPTIONS"] += ":fast_unwind_on_malloc=0:malloc_context_size=12"
    return env


class Child(Program):
    """A program whose stdout is read line by line."""

    def __init__(self, argv, env=None, stdin=subprocess.DEVNULL):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=self.log,
                                        env=with_whole_stacks(dict(env or environment())))
        Program.running.append(self)

    async def line(self):
        text = await in_thread(self.process.stdout.readline)
        assert text, f"no line more: {self.output()}"
        return text.decode().rstrip("\n")

    async def object(self, **members):
        """The next JSON object with these members."""
        while True:
            found = json.loads(await self.line())
            if members.items() <= found.items():
                return found

    async def said(self, words):
        """Its stderr has these words."""
        async def wait():
            while words not in self.output():
                assert self.alive(), self.output()
                await asyncio.sleep(0.02)
        await asyncio.wait_for(wait(), ANSWER_SECONDS)

    async def status(self):
        return await in_thread(self.process.wait, ANSWER_SECONDS)


class Device:
    """Somebody's computer: a home of its own, with its boxes."""

    def __init__(self, folder, name):
        self.name = name
        self.home = os.path.join(folder, name)
        os.makedirs(os.path.join(self.home, "punchline"))
        with open(os.path.join(self.home, "punchline", "punchline.conf"), "w") as file:
            file.write("[punchline]\nlocal-address=127.0.0.1\n")
        self.env = environment(HOME=self.home, XDG_CONFIG_HOME=self.home,
                               XDG_DATA_HOME=os.path.join(self.home, "data"))

    def start(self, *args, **options):
        return Child([PUNCHLINE, *args], self.env, **options)

    async def run(self, *args, **options):
        """Exit status, stdout, stderr."""
        child = self.start(*args, **options)
        out = (await in_thread(child.process.stdout.read)).decode()
        return await child.status(), out, child.output()

    async def ask(self, *args, **options):
        """Its data, when it went well."""
        status, out, err = await self.run(*args, **options)
        assert status == 0, (args, status, out, err)
        return out

    async def objects(self, *args, **options):
        out = await self.ask(*args, "--json", **options)
        return [json.loads(line) for line in out.splitlines()]


class Box(Child):
    """await Box.start(folder): signaling server, simulated modem, and the box on both."""

    @classmethod
    async def start(cls, folder, *options, vendor="generic", address="127.0.0.1", signald=None,
                    modem=None, env=None):
        """`modem`: one that is there already; `env`: of the box."""
        modem = modem or await SimModem.start(folder, vendor=vendor)
        options = ["--local-address", address, *options]
        self = cls(folder, signald or Signald(), modem, options, env)
        await self.ready()
        return self

    def __init__(self, folder, signald, modem, options, env=None):
        self.folder, self.signald, self.modem, self.options = folder, signald, modem, options
        self.env = env
        self.state = os.path.join(folder, "box")
        self.clients = os.path.join(self.state, "authorized_clients")
        super().__init__([BOXD, "--signaling", signald.url, "--state-dir", self.state, "--name",
                          "home", "--modem", "at:" + modem.at, "--pcm", modem.pcm,
                          *options], env)

    async def ready(self):
        """Its door is open."""
        async def wait():
            while not os.path.exists(os.path.join(self.state, "boxd.sock")):
                assert self.alive(), self.output()
                await asyncio.sleep(0.02)
        await asyncio.wait_for(wait(), ANSWER_SECONDS)

    async def again(self):
        """Another one in the place of this, which is over."""
        box = Box(self.folder, self.signald, self.modem, self.options, self.env)
        await box.ready()
        return box

    async def pair(self, name, *options):
        """A device that is paired now."""
        device = Device(self.folder, name)
        door = Child([BOXD, "pair", "--state-dir", self.state, *options])
        code = await door.line()
        assert await device.ask("pair", code, "--signaling", self.signald.url, "--name", name) == "home\n"
        assert await door.status() == 0, door.output()
        assert f"'{name}'" in door.output(), door.output()
        return device
