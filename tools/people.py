#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The people behind the simulated network of tools/quickstart.

  people.py CONTROL FOLDER seed   they have written, called in vain and left a voicemail before
  people.py CONTROL FOLDER        they answer calls and texts; keys let them call and write

CONTROL is simmodem's socket, FOLDER is for sounds. With `seed` the box takes calls that nobody
answers after two seconds."""

import array
import asyncio
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import termios
import tty

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from pl_sound import RATE, seconds_of_tone, write_tone, write_wav

ANNA, BERT = "+4915100000001", "+493012345678"
TONE_HERTZ = 440        # of the box, after its greeting
RING_MS = 12000         # then the caller gives up; the box takes calls later than that
HELLO = "Hello! This is the simulated network. What you say comes back to you."
MESSAGE = "Hello, it is Anna. Nothing urgent. Call me back when you have time. Bye."
TEXTS = ["Are you there?", "See you at eight?", "The train is late, as ever. 🚂",
         "Did you hear my message?", "Thanks! 👍"]
KEYS = """
  c  somebody calls you           t  somebody writes to you
  v  somebody leaves a voicemail  q  ends it all
"""


class People:
    """One connection to the network's control socket."""

    def __init__(self, folder):
        self.folder = folder
        self.answers = asyncio.Queue()
        self.asking = asyncio.Lock()
        self.tasks = set()
        self.listeners = []     # of events
        self.speech = None      # what the far end is saying

    async def connect(self, control):
        self.reader, self.writer = await asyncio.open_unix_connection(control, limit=1 << 24)
        self.start(self.listen())
        await self.do("subscribe")

    def start(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def listen(self):
        while line := await self.reader.readline():
            message = json.loads(line)
            if "event" not in message:
                self.answers.put_nowait(message)
                continue
            for listener in list(self.listeners):
                listener(message)

    async def do(self, action, **members):
        """The answer; it may say that it is not `ok`."""
        async with self.asking:
            self.writer.write(json.dumps({"do": action, **members}).encode() + b"\n")
            return await self.answers.get()

    async def event(self, kind, **members):
        """The next event of this kind with these members."""
        found = asyncio.get_running_loop().create_future()

        def look(event):
            if event["event"] == kind and members.items() <= event.items() and not found.done():
                found.set_result(event)
        self.listeners.append(look)
        try:
            return await found
        finally:
            self.listeners.remove(look)

    def say(self, name, text):
        """A WAV file of it; a tone where nothing can speak."""
        path = os.path.join(self.folder, name + ".wav")
        if not os.path.exists(path):
            if shutil.which("espeak-ng"):
                subprocess.run(["espeak-ng", "-w", path, text], check=True)
            else:
                write_tone(path, 600, 4)
        return path

    async def play(self, path):
        """Until it was said."""
        await self.do("play", file=path)
        while (await self.do("sound"))["playing"]:
            await asyncio.sleep(0.1)

    # Calls

    async def talk(self):
        await self.do("sound", echo=False)
        await self.play(self.say("hello", HELLO))
        await self.do("sound", echo=True)

    async def hear_tone(self):
        """Until the greeting is over."""
        heard = os.path.join(self.folder, "heard")
        await self.do("record", file=heard + ".raw")
        while True:
            await asyncio.sleep(0.3)
            with open(heard + ".raw", "rb") as file:
                last = array.array("h", file.read())[-2 * RATE:]
            if seconds_of_tone(write_wav(heard + ".wav", last), TONE_HERTZ) > 0.3:
                break
        await self.do("record")

    async def leave_message(self):
        """FALSE: the line is busy."""
        active = self.start(self.event("call", state="active", outgoing=False))
        ended = self.start(self.event("call", state="ended", outgoing=False))
        await self.do("sound", echo=False)
        if not (await self.do("call", number=ANNA))["ok"]:
            active.cancel()
            ended.cancel()
            return False
        await asyncio.wait([active, ended], return_when=asyncio.FIRST_COMPLETED)
        speech = self.start(self._speak_after_tone())
        await asyncio.wait([speech, ended], return_when=asyncio.FIRST_COMPLETED)
        speech.cancel()
        active.cancel()
        await self.do("hangup")
        return True

    async def _speak_after_tone(self):
        await self.hear_tone()
        await self.play(self.say("message", MESSAGE))

    # What they do by themselves

    def on_event(self, event):
        if event["event"] == "call":
            if event["state"] == "active" and not self.leaving:
                self.hush()
                self.speech = self.start(self.talk())
            elif event["state"] == "ended":
                self.hush()
        elif event["event"] == "text-sent" and event["seq"] == event["total"]:
            self.start(self.reply(event["number"], event["text"]))

    def hush(self):
        if self.speech:
            self.speech.cancel()
            self.speech = None
            self.start(self.do("sound", echo=False))

    async def reply(self, number, text):
        await asyncio.sleep(2)
        await self.do("text", number=number, text=f"You wrote: {text}")

    leaving = False

    async def press(self, key):
        if key == "t":
            print("Anna writes.")
            await self.do("text", number=ANNA, text=random.choice(TEXTS))
        elif key == "c":
            done = await self.do("call", number=BERT, stop_ms=RING_MS)
            print("Bert calls, for twelve seconds." if done["ok"] else "The line is busy.")
        elif key == "v" and not self.leaving:
            print("Anna calls; do not answer, the box does after fifteen seconds.")
            self.leaving = True
            try:
                print("Anna has hung up." if await self.leave_message() else "The line is busy.")
            finally:
                self.leaving = False

    async def live(self):
        await self.do("policy", alert_ms=1000, answer_ms=4000)
        self.listeners.append(self.on_event)
        over = asyncio.Event()

        def on_key():
            key = os.read(0, 1).decode(errors="replace")
            if key in ("q", ""):
                over.set()
            else:
                self.start(self.press(key))
        if sys.stdin.isatty():
            print(KEYS)
            asyncio.get_running_loop().add_reader(0, on_key)
        lost = self.start(self.reader_lost())
        await asyncio.wait([self.start(over.wait()), lost],
                           return_when=asyncio.FIRST_COMPLETED)

    async def reader_lost(self):
        while not self.reader.at_eof():
            await asyncio.sleep(1)

    async def seed(self):
        """What a phone has that was in use."""
        taken = self.start(self.event("deleted"))   # the box has it
        await self.do("text", number=ANNA, text="Hi! Are you at home tonight?")
        await taken
        await self.do("text", number=ANNA, text="Write back, somebody answers. 🙂")
        await self.do("text", number="Parcels", text="Your parcel arrives tomorrow from 10 to 12.")
        ended = self.start(self.event("call", state="ended"))
        await self.do("call", number=BERT, stop_ms=1500)
        await ended
        await self.leave_message()


@contextlib.contextmanager
def single_keys():
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(0)
    tty.setcbreak(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


async def main(control, folder, what=""):
    people = People(folder)
    await people.connect(control)
    await (people.seed() if what == "seed" else people.live())
    for task in people.tasks:
        task.cancel()


if len(sys.argv) < 3:
    sys.exit(__doc__)
with single_keys(), contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main(*sys.argv[1:]))
