# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem: its parts, its ports, its settings."""

import asyncio
import inspect
import time

from .at import Refused, Session, command, commands_of
from .calls import Calls
from .card import IMEI, Card, Network
from .ports import Listener, Pty
from .quirks import Quirks
from .sound import Sound
from .texts import Texts
from .vendors import PROFILES

# Set by "=", told by "?"; the value is what a reset makes of them.
SETTINGS = {"+CMEE": "0", "+CRC": "0", "+CLIP": "0", "+CNAP": "0", "+CCWA": "0", "+CSSN": "0",
            "+COLP": "0", "+CLIR": "0", "+CVHU": "0", "+CSMS": "0", "+CNMI": "0,0,0,0,0",
            "+CUSD": "0", "+CSCS": "IRA", "+CTZU": "0", "+CTZR": "0", "+CMUT": "0",
            "+CGEREP": "0", "+VTD": "1", "+CSTA": "145", "+CIND": "", "+CMER": "0", "+CLVL": "5"}
# Kept in the same table, but answered by a part of the modem.
OWN_SETTINGS = {"+CREG": "0", "+CGREG": "0", "+CEREG": "0", "+COPS": "0", "+CLCC": "0",
                "+CFUN": "1"}
RANGES = {"+CNMI": "(0-2),(0-2),(0,2),(0-2),(0,1)", "+CUSD": "(0-2)", "+CLIP": "(0,1)",
          "+CSCS": '("IRA","GSM","UCS2")', "+CMEE": "(0-2)", "+CCWA": "(0,1)"}
ACCEPTED = ("E", "V", "Q", "X", "&C", "&D", "Z", "&F", "&W", "I", "S")
RESET_SECONDS = 0.3


class Modem:
    def __init__(self, profile, rate=8000, ppm=0.0):
        self.rate = rate
        self.listeners = []         # told of events: callables taking a dict
        self.traces = []            # told of every line on the ports: callables (direction, text)
        self.quirks = Quirks()
        self.sessions = {}          # Session to its connection, if any
        self.ports = []
        self.present = False
        self.settings = {}
        self.memories = ["ME", "ME", "ME"]
        self.full_told = False
        self.forwarding = None      # (number, seconds)
        self.ussd = {}
        self.vendor = PROFILES[profile](self)
        self.card, self.network = Card(self), Network(self)
        self.texts, self.calls = Texts(self), Calls(self)
        self.sound = Sound(self, ppm)
        self._forget_settings()
        parts = (self, self.card, self.network, self.texts, self.calls, self.vendor)
        self._table = {k: v for part in parts for k, v in commands_of(part).items()}

    def _forget_settings(self):
        self.settings = {**SETTINGS, **OWN_SETTINGS, **self.vendor.settings}
        self.memories[:] = ["ME", "ME", "ME"]
        self.texts.restart()

    # What its parts use

    def later(self, seconds, function, *args):
        return asyncio.get_running_loop().call_later(seconds, function, *args)

    def event(self, kind, **members):
        for listener in list(self.listeners):
            listener({"event": kind, **members})

    def trace(self, direction, text):
        for tell in self.traces:
            tell(direction, text)

    def urc(self, line):
        if not self.present or self.quirks.loses_urc():
            return
        for session in self.sessions:
            session.urc(line)

    def encode(self, text):
        """A string as +CSCS wants it."""
        return text.encode("utf-16-be").hex().upper() if self.settings["+CSCS"] == "UCS2" else text

    # Ports

    def add_pty(self, link):
        """An AT port."""
        pty = Pty(link, lambda data: session.feed(data))
        session = None

        def opened():
            nonlocal session
            session = Session(self, pty.write)
            return session
        self.ports.append((pty, opened))

    def add_listener(self, where):
        def connected(write):
            session = Session(self, write)
            self.sessions[session] = True
            self.event("port", connected=True)
            return session.feed, lambda: self._disconnect(session)
        listener = Listener(where, connected)
        self.ports.append((listener, None))
        return listener

    def _disconnect(self, session):
        session.close()
        self.sessions.pop(session, None)
        self.event("port", connected=False)

    def add_pcm(self, link):
        self.sound.port = Pty(link, self.sound.feed)

    async def appear(self):
        """It is plugged in: ports come, it starts, it looks for its network."""
        if self.present:
            return
        self.present = True
        self._forget_settings()
        self.vendor.reset()
        for port, opened in self.ports:
            if opened:
                port.open()
                self.sessions[opened()] = None
            else:
                await port.open()
        if self.sound.port:
            self.sound.port.open()
        self.card.boot()
        for line in self.vendor.boot_urcs:
            self.urc(line.format(pin=self.card.state()))
        if self.card.ready():
            for line in self.vendor.ready_urcs:
                self.urc(line)
            self.network.search()
        self.event("modem", present=True)

    def vanish(self):
        """It is unplugged: everything it was doing ends, what is stored stays."""
        if not self.present:
            return
        self.present = False
        self.calls.end_all("lost")
        for session in list(self.sessions):
            session.close()
        self.sessions.clear()
        for port, _ in self.ports:
            port.close()
        if self.sound.port:
            self.sound.port.close()
        self.network.drop()
        self.event("modem", present=False)

    def reset(self, seconds=RESET_SECONDS):
        self.vanish()
        self.later(seconds, lambda: asyncio.ensure_future(self.appear()))

    # Commands

    async def execute(self, session, name, op, args):
        session.name = name
        if handler := self._table.get(name):
            result = handler(session, op, args)
            return await result if inspect.isawaitable(result) else result
        if name in self.settings:
            return self._setting(name, op, args)
        if name in self.vendor.accepted:
            return None
        if name == "E0" or name == "E1":
            session.echo = name == "E1"
            return None
        if name.rstrip("0123456789=?") in ACCEPTED:
            return None
        raise Refused()

    def _setting(self, name, op, args):
        if op == "=?":
            return [f"{name}: {RANGES.get(name, '(0-2)')}"]
        if op == "?":
            value = self.settings[name]
            return [f'{name}: "{value}"' if name == "+CSCS" else f"{name}: {value}"]
        self.settings[name] = ",".join(args)
        return None

    @command("+CGMI", "+GMI", "+CGMM", "+GMM", "+CGMR", "+GMR", "+CGSN", "+GSN")
    def identity(self, session, op, _args):
        values = {"I": self.vendor.manufacturer, "M": self.vendor.model,
                  "R": self.vendor.firmware, "N": IMEI}
        return [values[session.name[-1]]] if not op else None

    @command("+GCAP")
    def gcap(self, *_):
        return [self.vendor.capabilities]

    @command("+WS46")
    def ws46(self, _session, op, _args):
        return ["+WS46: (12,22,25,28,29)"] if op == "=?" else ["+WS46: 25"]

    @command("+CFUN")
    def cfun(self, _session, op, args):
        if op == "=?":
            return ["+CFUN: (0,1,4),(0,1)"]
        if op == "?":
            return [f"+CFUN: {self.settings['+CFUN']}"]
        if args[1:] == ["1"]:
            self.later(0.02, self.reset)
            return None
        was, self.settings["+CFUN"] = self.settings["+CFUN"], args[0]
        if args[0] != "1":
            self.network.drop()
        elif was != "1":
            self.network.search()
        return None

    @command("+CCLK")
    def cclk(self, _session, op, _args):
        return [time.strftime('+CCLK: "%y/%m/%d,%H:%M:%S+00"', time.gmtime())] if op == "?" \
            else None

    @command("+CEER")
    def ceer(self, *_):
        return ["+CEER: no cause information available"]

    @command("+CCFC")
    def ccfc(self, _session, op, args):
        """No-reply forwarding (reason 2) only."""
        if op == "=?":
            return ["+CCFC: (0-3)"]
        self.card.need()
        reason, mode = args[0], args[1]
        if reason not in ("2", "4", "5"):
            return ["+CCFC: 0,7"] if mode == "2" else None
        if mode == "2":
            if not self.forwarding:
                return ["+CCFC: 0,7"]
            number, seconds = self.forwarding
            return [f'+CCFC: 1,1,"{number}",145,,,{seconds}']
        if mode in ("0", "4"):
            self.forwarding = None
        elif mode in ("1", "3"):
            self.forwarding = (args[2], args[7] if len(args) > 7 else "20")
        self.event("forwarding", number=self.forwarding and self.forwarding[0])
        return None

    @command("+CUSD")
    def cusd(self, _session, op, args):
        if op == "=?":
            return ["+CUSD: (0-2)"]
        if op == "?":
            return [f"+CUSD: {self.settings['+CUSD']}"]
        self.settings["+CUSD"] = args[0]
        if len(args) > 1:
            code = args[1]
            if self.settings["+CSCS"] == "UCS2":
                code = bytes.fromhex(code).decode("utf-16-be")
            reply, status, dcs = self.ussd.get(code, (None, 4, 15))
            line = f'+CUSD: {status},"{self.encode(reply)}",{dcs}' if reply else "+CUSD: 4"
            self.later(0.02, self.urc, line)
        return None
