# SPDX-License-Identifier: LGPL-2.1-or-later
"""What makes of modems differ in: commands, unsolicited lines, and the order that they insist on.

Sources: the vendors' AT manuals as chan_quectel, chan_dongle and ModemManager's plugins use
them."""

from .at import Refused, command


class Generic:
    """Voice and texts by 3GPP TS 27.005 and 27.007. Its PCM, where there is one, simply runs."""

    manufacturer, model, firmware = "Punchline", "Simulated modem", "SIM1.0"
    capabilities = "+GCAP: +CGSM,+CLTE2,+FCLASS,+DS"
    boot_urcs = ()
    ready_urcs = ()
    iccid_prefix = ""
    first_index = 1
    settings = {}
    accepted = ()           # commands that only say OK
    clcc_test = None        # AT+CLCC=?, where it can be told to report changes by itself

    def __init__(self, modem):
        self.modem = modem
        self.reset()

    def reset(self):
        """The modem starts."""

    def store_full(self, memory):
        """Standard modems say nothing."""

    def signal_changed(self, signal):
        """Standard modems say nothing."""

    def call_changed(self, call, was, first_answer):
        """Standard modems say nothing but RING and the final results."""

    def dtmf_heard(self, digit):
        self.modem.urc(f"+DTMF: {digit}")

    def flow(self, on):
        """The PCM input is full, or has room again."""

    def audio_ready(self):
        return True

    def audio_on(self):
        """Whether PCM runs now."""
        return self.modem.calls.find("active") is not None

    def audio_rate(self):
        return self.modem.rate


class Quectel(Generic):
    """EC25: PCM by +QPCMV, which has to be on before ATD or ATA."""

    manufacturer, model, firmware = "Quectel", "EC25", "EC25EFAR06A06M4G"
    boot_urcs = ("RDY", "+CFUN: 1", "+CPIN: {pin}", "+QUSIM: 1")
    ready_urcs = ("+QIND: SMS DONE", "+QIND: PB DONE")
    iccid_prefix = "+QCCID: "
    first_index = 0
    settings = {"+QURCCFG": '"urcport","usbat"', "+QTONEDET": "0", "^DSCI": "0"}
    accepted = ("+QCFG", "+QGPSCFG", "+QAUDMOD", "+QMIC", "+QRXGAIN", "+QEEC", "+QDAI",
                "+QAUDLOOP", "+QSCLK", "+QSIDET")

    def reset(self):
        self.pcm, self.ccinfo, self.smsfull = False, False, False

    def store_full(self, memory):
        if self.smsfull:
            self.modem.urc(f'+QIND: "smsfull","{memory}"')

    def call_changed(self, call, was, first_answer):
        ended = call.state == "ended"
        shape = f'0,0,"{call.number}",{call.toa()}'
        direction = int(not call.outgoing)
        if self.ccinfo:
            stat = -1 if ended else call.stat()
            self.modem.urc(f'+QIND: "ccinfo",{call.id},{direction},{stat},{shape}')
        if self.modem.settings["^DSCI"] == "1":
            self.modem.urc(f"^DSCI: {call.id},{direction},{call.stat()},0,{call.number},"
                           f"{call.toa()}")

    def dtmf_heard(self, digit):
        if self.modem.settings["+QTONEDET"] == "1":
            self.modem.urc(f"+QTONEDET: {ord(digit)}")

    def flow(self, on):
        self.modem.urc(f"+QPCMV: {int(on)}")

    def audio_ready(self):
        return self.pcm

    def audio_on(self):
        call = self.modem.calls.find("active", "alerting")
        return self.pcm and call is not None and call.early_audio

    @command("+QPCMV")
    def qpcmv(self, _session, op, args):
        if op == "=?":
            return ["+QPCMV: (0,1),(0-2)"]
        if op == "?":
            return [f"+QPCMV: {int(self.pcm)},0"]
        if args[0] not in ("0", "1") or (args[0] == "1" and args[1:] not in (["0"], ["2"])):
            raise Refused()
        self.pcm = args == ["1", "0"]       # 2 is a sound card on USB: not here
        self.modem.sound.update()
        return None

    @command("+QINDCFG")
    def qindcfg(self, _session, op, args):
        if op == "=" and len(args) > 1:
            if args[0] in ("ccinfo", "all"):
                self.ccinfo = args[1] == "1"
            if args[0] in ("smsfull", "all"):
                self.smsfull = args[1] == "1"

    @command("+QHUP")
    def qhup(self, _session, _op, args):
        call = self.modem.calls.get(int(args[1])) if len(args) > 1 else self.modem.calls.get()
        if not call:
            raise Refused(3)
        self.modem.calls.enter(call, "ended", "local")


class Simtech(Generic):
    """SIM7600: PCM by +CPCMREG, which is refused before VOICE CALL: BEGIN."""

    manufacturer, model = "SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H"
    firmware = "LE20B03SIM7600M22"
    boot_urcs = ("RDY", "+CPIN: {pin}")
    ready_urcs = ("SMS DONE", "PB DONE")
    iccid_prefix = "+ICCID: "
    first_index = 0
    settings = {"+CPCMFRM": "0", "+DDET": "0", "+CVHU": "1"}
    clcc_test = ["+CLCC: (0-1)"]
    accepted = ("+CMICGAIN", "+COUTGAIN", "+CECM", "+CECDT", "+CSDVC", "+CTXVOL", "+CRXVOL",
                "+CPCMBANDWIDTH", "+AUTOCSQ", "+CEXTEXCHANGE")

    def reset(self):
        self.pcm = False

    def store_full(self, memory):
        self.modem.urc("+SMS FULL")

    def call_changed(self, call, was, first_answer):
        ended = call.state == "ended"
        if self.modem.settings["+CLCC"] == "1":
            self.modem.urc(f"+CLCC: {call.clcc()}")
        if first_answer:
            self.modem.urc("VOICE CALL: BEGIN")
        if ended and call.answered:
            self.modem.urc("VOICE CALL: END: 000017")
        elif ended and not call.outgoing and call.reason != "local":
            self.modem.urc(f"MISSED_CALL: 08:52AM {call.number}")
        if not self.modem.calls.find("active", "held"):
            self.pcm = False

    def dtmf_heard(self, digit):
        if self.modem.settings["+DDET"].startswith("1"):
            self.modem.urc(f"+RXDTMF: {digit}")

    def audio_on(self):
        return self.pcm

    def audio_rate(self):
        return 16000 if self.modem.settings["+CPCMFRM"] == "1" else 8000

    @command("+CPCMREG")
    def cpcmreg(self, _session, op, args):
        if op == "=?":
            return ["+CPCMREG: (0-1)"]
        if op == "?":
            return [f"+CPCMREG: {int(self.pcm)}"]
        if args[0] == "1" and not self.modem.calls.find("active"):
            raise Refused()
        self.pcm = args[0] == "1"
        self.modem.sound.update()
        return None

    @command("+CRESET")
    def creset(self, *_):
        self.modem.later(0.01, self.modem.reset)


class Huawei(Generic):
    """E173: PCM by ^DDSETEX=2 once the call is connected."""

    manufacturer, model, firmware = "huawei", "E173", "11.126.85.00.209"
    boot_urcs = ("^SIMST:1",)
    ready_urcs = ("^SIMST:1", "^SRVST:2")
    iccid_prefix = "^ICCID: "
    first_index = 0
    accepted = ("^CURC", "^STSF", "^PORTSEL", "^U2DIAG")

    def reset(self):
        self.pcm = False

    def store_full(self, memory):
        self.modem.urc(f'^SMMEMFULL: "{memory}"')

    def signal_changed(self, signal):
        self.modem.urc(f"^RSSI:{signal}")

    def call_changed(self, call, was, first_answer):
        if call.outgoing and was is None:
            self.modem.urc(f"^ORIG:{call.id},0")
        elif call.outgoing and call.state == "alerting":
            self.modem.urc(f"^CONF:{call.id}")
        elif first_answer:
            self.modem.urc(f"^CONN:{call.id},0")
        elif call.state == "ended":
            cause = {"busy": 17, "no-answer": 19, "refused": 21}.get(call.reason, 16)
            self.modem.urc(f"^CEND:{call.id},1,67,{cause}")
        if not self.modem.calls.find("active", "held"):
            self.pcm = False

    def dtmf_heard(self, digit):
        self.modem.urc(f"^DDTMF: {digit}")

    def audio_on(self):
        return self.pcm

    def audio_rate(self):
        return 8000

    @command("^CVOICE")
    def cvoice(self, _session, op, _args):
        return ["^CVOICE:0,8000,16,20"] if op == "?" else None

    @command("^DDSETEX")
    def ddsetex(self, _session, op, args):
        if op != "=" or args != ["2"] or not self.modem.calls.find("active"):
            raise Refused()
        self.pcm = True
        self.modem.sound.update()


PROFILES = {"generic": Generic, "quectel": Quectel, "simtech": Simtech, "huawei": Huawei}
