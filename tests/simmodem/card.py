# SPDX-License-Identifier: LGPL-2.1-or-later
"""Identity, SIM card and registration."""

from .at import Refused, command

IMEI = "490154203237518"
IMSI = "262019876543210"
ICCID = "8949012345678901234"
# 3GPP TS 27.007 section 7.3
TECHNOLOGIES = {"2G": 0, "3G": 2, "LTE": 7, "5G": 11}
REGISTRATIONS = {"none": 0, "home": 1, "searching": 2, "denied": 3, "roaming": 5}


class Card:
    """The SIM: its lock is kept over a reset, but a reset asks for the PIN again."""

    def __init__(self, modem):
        self.modem = modem
        self.present, self.pin, self.puk = True, None, "12345678"
        self.tries, self.puk_tries = 3, 10
        self.unlocked = True
        self.number = "+4915112345678"

    def set(self, present=None, pin=None, puk=None, tries=None, number=None):
        """The network side puts a card in, or takes it out; `pin` "" is none."""
        self.present = self.present if present is None else present
        self.pin = self.pin if pin is None else pin or None
        self.puk, self.tries = puk or self.puk, self.tries if tries is None else tries
        self.number = number or self.number
        self.boot()

    def boot(self):
        self.unlocked = self.pin is None and self.tries > 0
        if not self.ready():
            self.modem.network.drop()

    def ready(self):
        return self.present and self.unlocked

    def need(self, kind="CME"):
        """Refuses what needs a SIM."""
        if not self.present:
            raise Refused(10 if kind == "CME" else 310, kind)
        if not self.unlocked:
            puk = self.tries == 0
            raise Refused((12 if puk else 11) if kind == "CME" else (316 if puk else 311), kind)

    def state(self):
        if self.ready():
            return "READY"
        return "SIM PIN" if self.tries else "SIM PUK"

    def _unlock(self):
        self.unlocked = True
        self.tries = 3
        self.modem.event("sim", state="ready")
        for line in self.modem.vendor.ready_urcs:
            self.modem.urc(line)
        self.modem.network.search()

    @command("+CPIN")
    def cpin(self, _session, op, args):
        if not self.present:
            raise Refused(10)
        if op == "?":
            return ["+CPIN: " + self.state()]
        if op == "=?":
            return None
        if self.ready():
            raise Refused(3)
        if self.tries == 0:
            return self._enter_puk(*args)
        if len(args) != 1 or args[0] != self.pin:
            self.tries -= 1
            self.modem.event("sim", state="wrong", tries=self.tries)
            raise Refused(16 if self.tries else 12)
        return self._unlock()

    def _enter_puk(self, puk="", new=None):
        if not new or puk != self.puk:
            self.puk_tries -= 1
            raise Refused(16)
        self.pin = new
        return self._unlock()

    @command("+CPINR")
    def cpinr(self, *_):
        self.need_present()
        return [f"+CPINR: SIM PIN,{self.tries},3", f"+CPINR: SIM PUK,{self.puk_tries},10"]

    @command("+SPIC")
    def spic(self, *_):
        self.need_present()
        return [f"+SPIC: {self.tries},{self.puk_tries},3,10"]

    def need_present(self):
        if not self.present:
            raise Refused(10)

    @command("+CSIM")
    def csim(self, _session, _op, args):
        """VERIFY without a PIN tells the tries left (ETSI TS 102 221 section 11.1.9)."""
        self.need_present()
        if args[1:] != ["0020000100"]:
            raise Refused()
        return [f'+CSIM: 4,"63C{self.tries:X}"']

    @command("+CLCK")
    def clck(self, _session, op, args):
        if op == "=?":
            return ['+CLCK: ("SC")']
        self.need()
        if args[:2] != ["SC", "2"]:
            raise Refused(3)
        return [f"+CLCK: {int(self.pin is not None)}"]

    @command("+CIMI")
    def cimi(self, _session, op, _args):
        self.need()
        return [IMSI] if not op else None

    @command("+CCID", "+ICCID", "+QCCID", "+CICCID", "^ICCID")
    def ccid(self, *_):
        self.need_present()
        return [f"{self.modem.vendor.iccid_prefix}{ICCID}F"]

    @command("+CRSM")
    def crsm(self, _session, op, args):
        if op == "=?":
            return None
        self.need()
        if args[:2] != ["176", "12258"]:
            raise Refused()
        digits = ICCID + "F"
        swapped = "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))
        return [f'+CRSM: 144,0,"{swapped}"']

    @command("+CNUM")
    def cnum(self, _session, op, _args):
        self.need()
        return [f'+CNUM: ,"{self.number}",145'] if not op else None


class Network:
    """Registration, operator and signal, as the modem reports them."""

    SEARCH_SECONDS = 0.05

    def __init__(self, modem):
        self.modem = modem
        self.wanted = "home"
        self.state = "home"
        self.operator, self.code = "Simnet", "26201"
        self.technology = "LTE"
        self.signal = 20

    def set(self, registration=None, operator=None, code=None, technology=None, signal=None):
        if registration is not None and registration not in REGISTRATIONS:
            raise ValueError(f"registration is one of {', '.join(REGISTRATIONS)}")
        if technology is not None and technology not in TECHNOLOGIES:
            raise ValueError(f"technology is one of {', '.join(TECHNOLOGIES)}")
        self.operator, self.code = operator or self.operator, code or self.code
        self.technology = technology or self.technology
        if signal is not None:
            self.signal = signal
            self.modem.vendor.signal_changed(signal)
        if registration or technology:
            self.wanted = registration or self.wanted
            self._enter(self.wanted if self._possible() else "none")

    def _possible(self):
        return self.modem.card.ready() and self.modem.settings["+CFUN"] == "1"

    def drop(self):
        self._enter("none")

    def search(self):
        self._enter("searching")
        self.modem.later(self.SEARCH_SECONDS, self._found)

    def _found(self):
        if self._possible():
            self._enter(self.wanted)

    def registered(self):
        return self.state in ("home", "roaming")

    def _enter(self, state):
        self.state = state
        self.modem.event("network", state=state, registered=self.registered())
        for name in "+CREG", "+CGREG", "+CEREG":
            if (mode := self.modem.settings[name]) != "0":
                self.modem.urc(f"{name}: {self._report(mode)}")
        if self.registered():
            self.modem.texts.deliver_waiting()
        else:
            self.modem.calls.network_lost()

    def _report(self, mode):
        report = str(REGISTRATIONS[self.state])
        if mode == "2" and self.registered():
            report += f',"1A2B","01C3D4E5",{TECHNOLOGIES[self.technology]}'
        return report

    @command("+CREG", "+CGREG", "+CEREG")
    def creg(self, session, op, args):
        name = session.name
        if op == "=?":
            return [f"{name}: (0-2)"]
        if op == "=":
            self.modem.settings[name] = args[0]
            return None
        return [f"{name}: {self.modem.settings[name]},{self._report(self.modem.settings[name])}"]

    @command("+COPS")
    def cops(self, _session, op, args):
        if op == "=":
            if args[0] == "3":
                self.modem.settings["+COPS"] = args[1]
            return None
        numeric = self.modem.settings["+COPS"] == "2"
        if op == "=?":
            return [f'+COPS: (2,"{self.operator}","{self.operator}","{self.code}",7),,(0-4),(0-2)']
        if not self.registered():
            return ["+COPS: 0"]
        name = self.code if numeric else self.modem.encode(self.operator)
        style = self.modem.settings["+COPS"]
        return [f'+COPS: 0,{style},"{name}",{TECHNOLOGIES[self.technology]}']

    @command("+CSQ")
    def csq(self, _session, op, _args):
        return ["+CSQ: (0-31,99),(99)"] if op == "=?" else [f"+CSQ: {self.signal},99"]
