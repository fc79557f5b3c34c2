# SPDX-License-Identifier: LGPL-2.1-or-later
"""What real modems do and should not; all off until the control socket asks for it."""

import asyncio

from .at import Refused

DEFAULTS = {
    "echo": False,         # echoes whatever ATE0 said
    "crcrlf": False,       # lines end in \r\r\n
    "split": 0,            # output in pieces of 1 to this many octets, 2 ms apart
    "inside": [],          # lines for the next answer, after its first line (once)
    "lose_urcs": 0,        # this many unsolicited lines are lost; -1: all
    "mute": False,         # hears nothing, answers nothing
    "lose_final": {},      # prefix: how many final results of such commands are lost
    "garbage": "",         # hex, put before each final result
    "fail": {},            # name: [final result, how often (-1: always)]
    "delay_ms": {},        # name: milliseconds before the command is carried out
    "cpin_no_ok": False,   # +CPIN? without its OK
    "at_error": False,     # ERROR to a bare AT
}


class Quirks:
    def __init__(self):
        self.values = {}
        self.clear()

    def clear(self):
        self.values = {k: type(v)(v) for k, v in DEFAULTS.items()}

    def set(self, **values):
        for name, value in values.items():
            if not isinstance(value, type(DEFAULTS[name])):
                raise ValueError(f"{name}: {type(DEFAULTS[name]).__name__} expected")
            self.values[name] = value

    def __getitem__(self, name):
        return self.values[name]

    async def before(self, name):
        """Before a command is carried out."""
        if delay := self.values["delay_ms"].get(name):
            await asyncio.sleep(delay / 1000)
        if failure := self.values["fail"].get(name):
            if failure[1]:
                failure[1] -= 1
                raise Refused(failure[0])

    def inside(self):
        lines, self.values["inside"] = self.values["inside"], []
        return lines

    def loses_urc(self):
        if self.values["lose_urcs"] > 0:
            self.values["lose_urcs"] -= 1
            return True
        return self.values["lose_urcs"] < 0

    def swallows_final(self, body):
        body = body.upper()
        if self.values["cpin_no_ok"] and body == "+CPIN?":
            return True
        lost = self.values["lose_final"]
        for prefix, count in lost.items():
            if count and body.startswith(prefix):
                lost[prefix] = count - 1
                return True
        return False
