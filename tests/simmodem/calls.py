# SPDX-License-Identifier: LGPL-2.1-or-later
"""Voice calls: the box's commands, and the far ends behind the network."""

import re

from .at import Refused, command

STATES = ("active", "held", "dialing", "alerting", "incoming", "waiting", "ended")
FINALS = {"busy": "BUSY", "no-answer": "NO ANSWER", "remote": "NO CARRIER",
          "refused": "NO CARRIER", "lost": "NO CARRIER"}
DTMF = re.compile(r"[0-9*#A-D]")


class Call:
    def __init__(self, number, outgoing, state):
        self.id, self.number, self.outgoing, self.state = 0, number, outgoing, state
        self.validity = 0       # 1: withheld, 2: unavailable
        self.name = ""
        self.hidden = False     # our own number
        self.answered = False
        self.heard = ""         # digits that reached the far end
        self.reason = None
        self.early_audio = True # the PCM was switched on before the call was made or taken

    def stat(self):
        return STATES.index(self.state)

    def toa(self):
        if not self.number:
            return 128
        return 145 if self.number.startswith("+") else 129

    def describe(self):
        return {"call": self.id, "number": self.number, "outgoing": self.outgoing,
                "state": self.state, "heard": self.heard, "reason": self.reason,
                "hidden": self.hidden}

    def clcc(self):
        return (f'{self.id},{int(not self.outgoing)},{self.stat()},0,0,"{self.number}",'
                f"{self.toa()}")


class Calls:
    def __init__(self, modem):
        self.modem = modem
        self.list = []
        self.ring_ms = 1000
        self.policies = {}      # number or "" for all others: what becomes of a dialled call
        self.default_policy = {"alert_ms": 20}

    # What both sides do

    def find(self, *states):
        return next((c for c in self.list if c.state in states), None)

    def get(self, number=None):
        if number is None:
            return self.list[-1] if self.list else None
        return next((c for c in self.list if c.id == number), None)

    def _add(self, call):
        call.id = next(i for i in range(1, 10) if all(c.id != i for c in self.list))
        self.list.append(call)
        self._changed(call)

    def enter(self, call, state, reason=None):
        if call.state in ("ended", state) or (state == "alerting" and call.state != "dialing"):
            return
        first_answer = state == "active" and not call.answered
        was, call.state, call.reason = call.state, state, reason
        call.answered = call.answered or state == "active"
        if state == "ended":
            self.list.remove(call)
        self._changed(call, was, first_answer)
        if state == "ended":
            self._promote()

    def _changed(self, call, was=None, first_answer=False):
        self.modem.vendor.call_changed(call, was, first_answer)
        if call.state == "ended" and call.reason in FINALS:
            self.modem.urc(FINALS[call.reason])
        self.modem.event("call", **call.describe())
        self.modem.sound.update()

    def _promote(self):
        """A waiting call rings when it is alone."""
        waiting = self.find("waiting")
        if waiting and not self.find("active", "held", "dialing", "alerting"):
            self.enter(waiting, "incoming")
            self._ring(waiting)

    def end_all(self, reason):
        for call in list(self.list):
            self.enter(call, "ended", reason)

    def network_lost(self):
        self.end_all("lost")

    # The network's side

    def incoming(self, number="", withheld=False, unavailable=False, name="", stop_ms=None):
        if not self.modem.network.registered() or not self.modem.present:
            raise ValueError("the modem is not registered")
        busy = bool(self.list)
        if busy and self.find("incoming", "waiting", "dialing", "alerting"):
            raise ValueError("busy")
        if busy and self.modem.settings["+CCWA"].split(",")[0] != "1":
            raise ValueError("busy")
        call = Call("" if withheld or unavailable else number, False,
                    "waiting" if busy else "incoming")
        call.validity = 1 if withheld else 2 if unavailable else 0
        call.name = name
        self._add(call)
        if busy:
            self.modem.urc(f'+CCWA: "{call.number}",{call.toa()},1,"{name}",{call.validity}')
        else:
            self._ring(call)
        if stop_ms is not None:
            self.modem.later(stop_ms / 1000, self._stop_ringing, call)
        return call

    def _stop_ringing(self, call):
        if call.state in ("incoming", "waiting"):
            self.enter(call, "ended", "remote")

    def _ring(self, call):
        if call.state != "incoming":
            return
        setting = self.modem.settings
        self.modem.urc("+CRING: VOICE" if setting["+CRC"] == "1" else "RING")
        if setting["+CLIP"] == "1":
            self.modem.urc(f'+CLIP: "{call.number}",{call.toa()},"",,"",{call.validity}')
        if setting["+CNAP"] == "1" and call.name:
            self.modem.urc(f'+CNAP: "{call.name}",0')
        self.modem.later(self.ring_ms / 1000, self._ring, call)

    def _follow_policy(self, call):
        policy = self.policies.get(call.number, self.default_policy)
        for key, state, reason in (("alert_ms", "alerting", None), ("answer_ms", "active", None),
                                   ("busy_ms", "ended", "busy"),
                                   ("no_answer_ms", "ended", "no-answer"),
                                   ("refuse_ms", "ended", "refused"),
                                   ("hangup_ms", "ended", "remote")):
            if policy.get(key) is not None:
                self.modem.later(policy[key] / 1000, self.enter, call, state, reason)

    def far_end(self, action, number=None):
        """alert, answer, busy, no-answer, refuse or hangup, on one call (default: the last)."""
        call = self.get(number)
        if not call:
            raise ValueError("no such call")
        if action in ("alert", "answer", "busy", "no-answer", "refuse"):
            if call.state not in ("dialing", "alerting"):
                raise ValueError(f"the call is {call.state}")
        state, reason = {"alert": ("alerting", None), "answer": ("active", None),
                         "busy": ("ended", "busy"), "no-answer": ("ended", "no-answer"),
                         "refuse": ("ended", "refused"), "hangup": ("ended", "remote")}[action]
        self.enter(call, state, reason)
        return call

    # The box's side

    @command("D")
    def dial(self, _session, _op, args):
        self.modem.card.need()
        number = args[0]
        if not number.endswith(";"):
            raise Refused("NO CARRIER")     # a data call
        if not self.modem.network.registered():
            raise Refused(30)
        if self.find("incoming", "waiting", "dialing", "alerting"):
            raise Refused("NO CARRIER")
        hidden = re.search(r"^#31#|I[gG]?;$", number)
        number = re.sub(r"^#31#|[iIgG]*;$", "", number).replace(" ", "").replace("-", "")
        if not re.fullmatch(r"\+?[0-9*#]{1,40}", number):
            raise Refused(100)
        if active := self.find("active"):
            self.enter(active, "held")
        call = Call(number, True, "dialing")
        call.hidden = bool(hidden)
        call.early_audio = self.modem.vendor.audio_ready()
        self.modem.later(0, self._add, call)
        self.modem.later(0, self._follow_policy, call)

    @command("A")
    def answer(self, *_):
        call = self.find("incoming")
        if not call:
            raise Refused("NO CARRIER")
        call.early_audio = self.modem.vendor.audio_ready()
        self.enter(call, "active")

    @command("+CHUP")
    def chup(self, _session, op, _args):
        if op == "=?":
            return
        for call in [c for c in self.list if c.state not in ("held", "waiting")]:
            self.enter(call, "ended", "local")

    @command("H", "H0")
    def hang_up(self, *_):
        if self.modem.settings["+CVHU"] == "0":
            for call in [c for c in self.list if c.state != "waiting"]:
                self.enter(call, "ended", "local")

    @command("+CLCC")
    def clcc(self, _session, op, args):
        if op == "=?":
            return self.modem.vendor.clcc_test
        if op == "=":
            self.modem.settings["+CLCC"] = args[0]
            return None
        return [f"+CLCC: {call.clcc()}" for call in sorted(self.list, key=lambda c: c.id)]

    @command("+CHLD")
    def chld(self, _session, op, args):
        if op == "=?":
            return ["+CHLD: (0,1,1x,2,2x,3)"]
        if not self.list:
            raise Refused(3)
        what, which = args[0][0], args[0][1:]
        if which:
            self._chld_one(what, self.get(int(which)))
        else:
            {"0": self._chld_0, "1": self._chld_1, "2": self._chld_2, "3": self._chld_3}[what]()

    def _chld_one(self, what, call):
        if not call:
            raise Refused(3)
        if what == "1":
            self.enter(call, "ended", "local")
        elif what == "2":
            for other in self.list:
                if other.state == "active" and other is not call:
                    self.enter(other, "held")
            self.enter(call, "active")
        else:
            raise Refused(3)

    def _chld_0(self):
        doomed = self.find("waiting", "incoming")
        for call in [doomed] if doomed else [c for c in self.list if c.state == "held"]:
            self.enter(call, "ended", "local")

    def _chld_1(self):
        taken = self.find("waiting") or self.find("held")
        for call in [c for c in self.list if c.state == "active"]:
            self.enter(call, "ended", "local")
        if taken and taken.state != "ended":
            self.enter(taken, "active")

    def _chld_2(self):
        taken = self.find("waiting") or self.find("held")
        if active := self.find("active"):
            self.enter(active, "held")
        if taken:
            self.enter(taken, "active")

    def _chld_3(self):
        for call in self.list:
            if call.state == "held":
                self.enter(call, "active")

    @command("+VTS", "+QVTS")
    def vts(self, _session, op, args):
        call = self.find("active")
        if op == "=?":
            return ["+VTS: (0-9,A-D,*,#)"]
        digits = args[0].strip("{")
        if not call or not DTMF.fullmatch(digits):
            raise Refused(3)
        call.heard += digits
        self.modem.event("dtmf", call=call.id, digit=digits)
        return None
