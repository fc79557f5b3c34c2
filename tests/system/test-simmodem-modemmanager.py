#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The unmodified ModemManager takes the simulated modem for one."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_dbus import MM, Bus, GLib, ModemManager, need, until
from pl_simmodem import SimModem
from pl_test import run

need("ModemManager")

REGISTERED = 8              # MMModemState
RECEIVING, RECEIVED = 2, 3       # MMSmsState
RINGING_OUT, RINGING_IN, ACTIVE, TERMINATED = 2, 3, 4, 7   # MMCallState


class Managed:
    """One modem, enabled."""

    def __init__(self, daemon, path, sim):
        self.daemon, self.bus, self.path, self.sim = daemon, daemon.bus, path, sim

    @classmethod
    async def start(cls, folder, vendor):
        bus = await Bus.start(folder)
        port = f"abstract:punchline.{os.getpid()}.{vendor}"
        sim = await SimModem.start(folder, vendor=vendor, at_socket=port)
        daemon = await ModemManager.start(bus, folder)
        self = cls(daemon, await daemon.add(vendor, port), sim)
        await self.call("Enable", "(b)", True)
        await until(self._registered, "registered")
        return self

    async def _registered(self):
        return await self.get("", "State") == REGISTERED

    async def has_signal(self):
        return await self.get("", "SignalQuality") == (64, True)

    async def call(self, method, signature="()", *arguments):
        return await self.bus.call(MM, self.path, f"{MM}.Modem.{method}", signature, *arguments)

    async def get(self, interface, prop):
        return await self.bus.get(MM, self.path, f"{MM}.Modem{interface}", prop)

    async def state_is(self, path, kind, state):
        async def reached():
            return await self.bus.get(MM, path, f"{MM}.{kind}", "State") == state
        await until(reached, f"{path} is {state}")


async def check_status(modem):
    assert await modem.get("", "Model") == modem.model
    assert await modem.get("", "OwnNumbers") == ["+4915112345678"]
    await until(modem.has_signal, "the signal is measured")
    assert await modem.get(".Modem3gpp", "OperatorName") == "Simnet"


async def arrived(modem, known):
    """The message that is not yet known."""
    async def new():
        return set(await modem.get(".Messaging", "Messages")) - known
    path = (await until(new, "one more text")).pop()
    known.add(path)
    return path


async def is_text(modem, path, number, text):
    await modem.state_is(path, "Sms", RECEIVED)
    assert await modem.bus.get(MM, path, MM + ".Sms", "Text") == text
    assert await modem.bus.get(MM, path, MM + ".Sms", "Number") == number


async def check_texts_in(modem):
    known = set()
    for number, text in (("+4917099", "Hello € [x]"), ("Bank", "Code 1234"),
                         ("+4917099", "Smile 😀")):
        await modem.sim.do("text", number=number, text=text)
        await is_text(modem, await arrived(modem, known), number, text)
    # Not in one burst: ModemManager 1.20 does not fetch the second of two +CMTI in one read.
    long = "0123456789" * 25
    await modem.sim.do("text", number="+4917099", text=long, ref=7, drop=[1])
    path = await arrived(modem, known)
    await modem.state_is(path, "Sms", RECEIVING)
    await modem.sim.do("text", number="+4917099", text=long, ref=7, drop=[2])
    await is_text(modem, path, "+4917099", long)


async def check_texts_out(modem):
    for n, text in enumerate(("hi there [€]", "grüße 😀"), 1):
        path = await modem.call("Messaging.Create", "(a{sv})", {
            "number": GLib.Variant("s", "+491234"), "text": GLib.Variant("s", text)})
        await modem.bus.call(MM, path, MM + ".Sms.Send")
        sent = (await modem.sim.outbox(n))[n - 1]
        assert (sent["number"], sent["text"]) == ("+491234", text), sent


async def check_calls(modem):
    await modem.sim.do("call", number="+4917099")

    async def listed():
        return await modem.get(".Voice", "Calls")
    path = (await until(listed, "an incoming call"))[0]
    await modem.state_is(path, "Call", RINGING_IN)
    await modem.bus.call(MM, path, MM + ".Call.Accept")
    await modem.state_is(path, "Call", ACTIVE)
    await modem.daemon.idle()
    await modem.sim.do("hangup")
    await modem.state_is(path, "Call", TERMINATED)
    path = await modem.call("Voice.CreateCall", "(a{sv})", {
        "number": GLib.Variant("s", "+49555")})
    await modem.bus.call(MM, path, MM + ".Call.Start")
    await modem.sim.event("call", state="alerting")
    await modem.state_is(path, "Call", RINGING_OUT)
    await modem.sim.do("answer")
    await modem.state_is(path, "Call", ACTIVE)
    await modem.bus.call(MM, path, MM + ".Call.SendDtmf", "(s)", "5")
    await modem.sim.event("dtmf", digit="5")
    await modem.bus.call(MM, path, MM + ".Call.Hangup")
    await modem.sim.event("call", state="ended", reason="local", number="+49555")


def case(vendor, model):
    async def test(folder):
        modem = await Managed.start(folder, vendor)
        modem.model = model
        await check_status(modem)
        await check_texts_in(modem)
        await check_texts_out(modem)
        await check_calls(modem)
    test.__name__ = "test_" + vendor
    return test


# its huawei plugin aborts on every device that is not in udev
run([case("generic", "Simulated modem"), case("quectel", "EC25"),
     case("simtech", "SIMCOM_SIM7600E-H")])
