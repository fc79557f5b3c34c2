#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ofono takes the simulated modem for one, over TCP as it takes its own phonesim."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_dbus import Bus, GLib, need, until
from pl_simmodem import SimModem
from pl_test import Program, run

need("ofonod", "unshare")

OFONO, MODEM = "org.ofono", "/phonesim"
STATE = "/var/lib/ofono"


class Ofono(Program):
    """The daemon on a bus of ours, its state in a mount of its own."""

    def __init__(self, bus, folder, port):
        self.bus = bus
        with open(folder + "/phonesim.conf", "w") as config:
            config.write(f"[phonesim]\nDriver=phonesim\nAddress=127.0.0.1\nPort={port}\n")
        private = [] if os.geteuid() == 0 else ["--map-root-user"]
        super().__init__(["unshare", "--mount", *private, "sh", "-c",
                          f"mount -t tmpfs none {STATE} && exec ofonod -n"])

    @classmethod
    async def start(cls, bus, folder, port):
        os.environ.update(DBUS_SYSTEM_BUS_ADDRESS=bus.address,
                          OFONO_PHONESIM_CONFIG=folder + "/phonesim.conf",
                          PATH="/usr/sbin:" + os.environ["PATH"])
        self = cls(bus, folder, port)
        await until(self._ready, "ofono has the modem")
        return self

    async def _ready(self):
        assert self.alive(), self.output()
        if not await self.bus.owned(OFONO):
            return False
        return [p for p, _ in await self.call("/", "Manager.GetModems") if p == MODEM]

    async def call(self, path, method, signature="()", *arguments):
        return await self.bus.call(OFONO, path, f"{OFONO}.{method}", signature, *arguments)

    async def switch_on(self):
        for name in "Powered", "Online":
            async def switched(name=name):
                await self.call(MODEM, "Modem.SetProperty", "(sv)", name,
                                GLib.Variant("b", True))
                return True
            await until(switched, name)

    async def has(self, interface):
        async def listed():
            properties = await self.call(MODEM, "Modem.GetProperties")
            return f"{OFONO}.{interface}" in properties["Interfaces"]
        await until(listed, interface)

    async def call_is(self, state):
        """The path of the one call in this state; None for no call at all."""
        async def found():
            calls = await self.call(MODEM, "VoiceCallManager.GetCalls")
            if state is None:
                return not calls
            return next((path for path, p in calls if p["State"] == state), None)
        return await until(found, f"a call is {state}")


async def start(folder):
    sim = await SimModem.start(folder, at_socket="tcp:0")
    bus = await Bus.start(folder)
    ofono = await Ofono.start(bus, folder, sim.ports[0])
    await ofono.switch_on()
    return sim, ofono


async def test_registration(folder):
    _, ofono = await start(folder)
    await ofono.has("NetworkRegistration")

    async def registered():
        found = await ofono.call(MODEM, "NetworkRegistration.GetProperties")
        return found["Status"] == "registered" and found.get("Name") == "Simnet"
    await until(registered, "registered")


async def test_texts(folder):
    sim, ofono = await start(folder)
    await ofono.has("MessageManager")
    # shown before +CNMI is set and +CMT listened for; the listing of the store comes after both
    await sim.event("at", **{"from": "box", "text": "AT+CMGL=4"})
    came = []
    ofono.bus.connection.signal_subscribe(
        OFONO, OFONO + ".MessageManager", "IncomingMessage", None, None, 0,
        lambda *args: came.append(args[5].unpack()[0]))
    await ofono.bus.owned(OFONO)  # an answer: the subscription, sent before it, is in force
    # ofono 1.31 knows no characters beyond UCS-2
    await sim.do("text", number="+491799", text="Grüße 漢字")
    # three parts in one burst and out of order; each is acknowledged by +CNMA
    await sim.do("text", number="+491799", text="abc" * 120, order=[3, 1, 2])

    def both():
        while GLib.MainContext.default().iteration(False):
            pass
        return len(came) == 2
    await until(both, "two texts")
    assert came == ["Grüße 漢字", "abc" * 120], came
    await ofono.call(MODEM, "MessageManager.SendMessage", "(ss)", "+4912345", "héllo {x}")
    sent, = await sim.outbox(1)
    assert (sent["number"], sent["text"]) == ("+4912345", "héllo {x}"), sent


async def test_calls(folder):
    sim, ofono = await start(folder)
    await ofono.has("VoiceCallManager")
    await sim.do("calls", ring_ms=300)
    await sim.registered()
    await sim.do("call", number="+4917099")
    path = await ofono.call_is("incoming")
    await ofono.call(path, "VoiceCall.Answer")
    await ofono.call_is("active")
    await sim.do("hangup")
    await ofono.call_is(None)
    await ofono.call(MODEM, "VoiceCallManager.Dial", "(ss)", "+49555", "default")
    await ofono.call_is("alerting")
    await sim.do("answer")
    await ofono.call_is("active")
    await ofono.call(MODEM, "VoiceCallManager.SendTones", "(s)", "12#")
    await sim.event("dtmf", digit="#")
    assert (await sim.do("calls"))["calls"][0]["heard"] == "12#"
    await ofono.call(MODEM, "VoiceCallManager.HangupAll")
    await sim.event("call", state="ended", reason="local", number="+49555")


run([test_registration, test_texts, test_calls])
