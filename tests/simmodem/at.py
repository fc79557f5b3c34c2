# SPDX-License-Identifier: LGPL-2.1-or-later
"""The line discipline of AT commands: one Session for each place where the modem is reached."""

import asyncio
import random
import re

MAX_LINE = 8192
NAME = re.compile(r"[+^$*#%][A-Z][A-Z0-9]*", re.I)
BASIC = re.compile(r"S\d+(=\d*|\?)?|&?[A-Z]\d*", re.I)
CME_WORDS = {3: "operation not allowed", 10: "SIM not inserted", 11: "SIM PIN required",
             12: "SIM PUK required", 16: "incorrect password", 30: "no network service"}


class Refused(Exception):
    """A command's other end: Refused () is ERROR, Refused (10) +CME ERROR: 10,
    Refused (321, "CMS") +CMS ERROR: 321, Refused ("NO CARRIER") these words."""

    def __init__(self, what=None, kind="CME"):
        super().__init__(what)
        self.what, self.kind = what, kind

    def line(self, cmee):
        if isinstance(self.what, str):
            return self.what
        if self.what is None or (cmee == "0" and self.kind == "CME"):
            return "ERROR"
        words = CME_WORDS.get(self.what) if cmee == "2" else None
        return f"+{self.kind} ERROR: {words or self.what}"


def command(*names):
    """Marks a method of a part of the modem: (session, op, args) gives lines or None.
    op is "" (bare), "=", "?" or "=?"; args are strings without their quotes."""
    def mark(method):
        method.at_names = names
        return method
    return mark


def commands_of(part):
    found = {}
    for attribute in dir(part):
        method = getattr(part, attribute)
        for name in getattr(method, "at_names", ()):
            found[name] = method
    return found


def split_arguments(raw):
    """'1,"a,b",' to ['1', 'a,b', '']."""
    arguments = [a.strip() for a in re.findall(r'(?:^|,)((?:"[^"]*"|[^",])*)', raw)] if raw else []
    return [a[1:-1] if len(a) > 1 and a[0] == a[-1] == '"' else a for a in arguments]


def split_commands(body):
    """'E0+CMEE=1;+CPIN?' to [(name, op, args)]; a ValueError when it is none."""
    found = []
    while body := body.lstrip(" ;"):
        if name := NAME.match(body):
            rest = body[name.end():]
            end = re.match(r'(?:"[^"]*"|[^";])*', rest).end()
            raw, body = rest[:end].strip(), rest[end:]
            op = next((o for o in ("=?", "?", "=") if raw.startswith(o)), "")
            if raw and not op:
                raise ValueError(raw)
            found.append((name.group().upper(), op, split_arguments(raw[len(op):])))
        elif body[0] in "Dd":
            number, colon, body = body[1:].partition(";")
            found.append(("D", "=", [number.strip() + colon]))
        elif basic := BASIC.match(body):
            found.append((basic.group().upper(), "", []))
            body = body[basic.end():]
        else:
            raise ValueError(body)
    return found


class Session:
    """One port. `write` takes bytes; all that is received goes to feed()."""

    def __init__(self, modem, write):
        self.modem = modem
        self.name = None            # of the command that is carried out
        self._write = write
        self.echo = True
        self.prompting = False
        self._held = []
        self._input = bytearray()
        self._news = asyncio.Event()
        self._output = asyncio.Queue()
        self._tasks = [asyncio.ensure_future(self._work()), asyncio.ensure_future(self._drain())]

    def close(self):
        for task in self._tasks:
            task.cancel()

    def feed(self, data):
        if (self.echo or self.modem.quirks["echo"]) and not self.modem.quirks["mute"]:
            self.send(data)
        self._input += data
        self._news.set()

    def send(self, data):
        self._output.put_nowait(data)

    async def _drain(self):
        """In one piece, or in small ones with pauses between them when asked for."""
        while True:
            data = await self._output.get()
            while data:
                size = random.randint(1, self.modem.quirks["split"] or 1)
                if not self.modem.quirks["split"]:
                    size = len(data)
                self._write(data[:size])
                data = data[size:]
                if data:
                    await asyncio.sleep(0.002)

    def send_lines(self, *lines):
        """One block: empty line, the lines."""
        end = "\r\r\n" if self.modem.quirks["crcrlf"] else "\r\n"
        text = end + "".join(line + end for line in lines)
        self.modem.trace("<", text)
        self.send(text.encode())

    def urc(self, line):
        """Kept back while a message is typed in at the prompt."""
        if self.prompting:
            self._held.append(line)
        else:
            self.send_lines(line)

    async def _take(self, stops):
        while True:
            for i, octet in enumerate(self._input):
                if octet in stops:
                    taken = bytes(self._input[:i + 1])
                    del self._input[:i + 1]
                    return taken
            if len(self._input) > MAX_LINE:
                self._input.clear()
            self._news.clear()
            await self._news.wait()

    async def ask(self):
        """The prompt of +CMGS and +CMGW: the octets typed in, or None when escaped."""
        self.prompting = True
        try:
            self.send(b"\r\n> ")
            typed = await self._take(b"\x1a\x1b")
        finally:
            self.prompting = False
        self.modem.trace(">", typed.decode("latin-1"))
        for line in self._held:
            self.send_lines(line)
        self._held.clear()
        if typed.endswith(b"\x1b"):
            return None
        try:
            return bytes.fromhex(typed[:-1].decode("ascii").strip())
        except ValueError as error:
            raise Refused(304, "CMS") from error

    async def _work(self):
        while True:
            line = (await self._take(b"\r"))[:-1].strip(b"\0\n \x1a\x1b").decode("latin-1")
            if line[:2].upper() != "AT":
                continue
            self.modem.trace(">", line)
            if self.modem.quirks["mute"]:
                continue
            await self._answer(line[2:])

    async def _answer(self, body):
        lines, final = [], "OK"
        try:
            if not body and self.modem.quirks["at_error"]:
                raise Refused()
            for name, op, args in split_commands(body):
                await self.modem.quirks.before(name)
                lines += await self.modem.execute(self, name, op, args) or []
        except Refused as refused:
            final = refused.line(self.modem.settings["+CMEE"])
        except (ValueError, IndexError):
            final = "ERROR"
        if self.modem.quirks["mute"]:
            return
        lines[1:1] = self.modem.quirks.inside()
        if lines:
            self.send_lines(*lines)
        if not self.modem.quirks.swallows_final(body):
            self.send(bytes.fromhex(self.modem.quirks["garbage"]))
            self.send_lines(final)
