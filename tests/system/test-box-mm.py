#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The SIM box with --modem mm: punchline-boxd on the unmodified ModemManager, and that on the
simulated modem."""

import asyncio
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import Box
from pl_dbus import MM, Bus, ModemManager, need
from pl_punchline import environment
from pl_simmodem import SimModem
from pl_sound import seconds_of_tone, write_tone
from pl_test import run

need("ModemManager")

THEM = "+4915100001"
PORT = f"abstract:punchline.box-mm.{os.getpid()}"


class Managed(Box):
    """The box on ModemManager, which is on a bus of the test's own."""

    @classmethod
    async def start_on(cls, folder, *options, sim=(), running=True):
        modem = await SimModem.start(folder, *sim, at_socket=PORT)
        bus = await Bus.start(folder)
        daemon = await ModemManager.start(bus, folder) if running else None
        if daemon:
            await daemon.add("generic", PORT)
        self = await cls.start(folder, "--modem", "mm", *options, modem=modem,
                               env=environment(DBUS_SYSTEM_BUS_ADDRESS=bus.address))
        self.bus, self.daemon = bus, daemon
        return self

    async def manage(self):
        """Another ModemManager, which finds the modem."""
        self.daemon = await ModemManager.start(self.bus, self.folder)
        await self.daemon.add("generic", PORT)


async def status_of(device, **members):
    """Its status, once it has these members."""
    while True:
        status, = await device.objects("status")
        if members.items() <= status.items():
            return status


async def test_comes_and_goes(folder):
    """Bus, daemon and modem: each may come late, go, and come back."""
    box = await Managed.start_on(folder, running=False)
    laptop = await box.pair("laptop")
    await status_of(laptop, state="absent", problem="ModemManager does not run")
    status, _, err = await laptop.run("call", THEM)
    assert status == 1 and "ModemManager does not run" in err, (status, err)
    box.daemon = await ModemManager.start(box.bus, folder)
    await status_of(laptop, state="absent", problem="ModemManager has no modem")
    await box.daemon.add("generic", PORT)
    status = await status_of(laptop, state="ready", operator="Simnet")
    assert status["number"] == "+4915112345678" and "problem" not in status, status

    box.daemon.signal(signal.SIGKILL)
    box.daemon.wait()
    await status_of(laptop, state="absent", problem="ModemManager does not run")
    await box.modem.do("text", number=THEM, text="meanwhile")
    await box.manage()
    await status_of(laptop, state="ready")
    while not (texts := await laptop.objects("sms", "list")):
        pass
    assert texts[0]["text"] == "meanwhile", texts

    box.bus.signal(signal.SIGKILL)
    box.bus.wait()
    box.daemon.wait()
    os.unlink(os.path.join(folder, "bus"))
    await status_of(laptop, state="absent")
    box.bus = await Bus.start(folder)
    await box.manage()
    await status_of(laptop, state="ready")
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()


async def test_texts(folder):
    box = await Managed.start_on(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, state="ready")
    watch = laptop.start("sms", "watch", "--json")
    await watch.said('"ready"')
    await box.modem.do("text", number=THEM, text="Grüße 🙂")
    await watch.object(direction="in", number=THEM, text="Grüße 🙂", state="received")
    watch.signal(signal.SIGINT)
    await watch.status()
    await laptop.ask("sms", "send", THEM, "and back")
    sent, = await box.modem.outbox(1)
    assert (sent["number"], sent["text"]) == (THEM, "and back"), sent
    while (await laptop.objects("sms", "list"))[-1]["state"] != "delivered":
        pass


async def hold_call(box, call, folder, theirs):
    """Both sides speak for three seconds of the modem's clock; what the far end heard."""
    heard = os.path.join(folder, "far-end.wav")
    await box.modem.do("record", file=heard)
    await box.modem.do("play", file=write_tone(os.path.join(folder, "theirs.wav"), theirs, 8))
    await call.object(state="active", you=True)
    begin = (await box.modem.do("sound"))["blocks"]
    while (await box.modem.do("sound"))["blocks"] < begin + 150:
        pass
    await box.modem.do("record")
    return heard


async def test_calls(folder):
    """Out and in, with a voice from the PCM port, keys, and either side hanging up."""
    box = await Managed.start_on(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, state="ready")
    ours, heard = (os.path.join(folder, name + ".wav") for name in ("ours", "heard"))
    write_tone(ours, 440, 8)

    await box.modem.do("policy", answer_ms=100)
    call = laptop.start("call", THEM, "--play", ours, "--record", heard, "--dtmf", "12#", "--json")
    far_end = await hold_call(box, call, folder, 700)
    while (await box.modem.do("calls"))["calls"][0]["heard"] != "12#":
        await asyncio.sleep(0.02)
    begin = len(box.modem.events)
    call.signal(signal.SIGINT)
    await box.modem.event("call", begin, state="ended", reason="local")
    assert await call.status() == 130, call.output()
    assert seconds_of_tone(heard, 700) > 0.5, (seconds_of_tone(heard, 700), box.output())
    assert seconds_of_tone(far_end, 440) > 0.5, (seconds_of_tone(far_end, 440), box.output())

    call = laptop.start("answer", "--play", ours, "--record", heard, "--json")
    await call.said('"ready"')
    await box.modem.do("call", number=THEM)
    await call.object(state="incoming", number=THEM)
    far_end = await hold_call(box, call, folder, 800)
    await box.daemon.idle()
    await box.modem.do("hangup")
    assert await call.status() == 0, call.output()
    assert seconds_of_tone(heard, 800) > 0.5, (seconds_of_tone(heard, 800), box.output())
    assert seconds_of_tone(far_end, 440) > 0.5, (seconds_of_tone(far_end, 440), box.output())


async def test_voicemail(folder):
    greeting = write_tone(os.path.join(folder, "greeting.wav"), 1000, 0.6)
    box = await Managed.start_on(folder, "--ring-seconds", "1", "--greeting", greeting)
    laptop = await box.pair("laptop")
    await status_of(laptop, state="ready")
    said = write_tone(os.path.join(folder, "said.wav"), 300, 3, before=4)
    await box.modem.do("play", file=said)
    await box.modem.do("call", number=THEM)
    await box.modem.event("call", state="ended")
    mail, = await laptop.objects("voicemail", "list")
    played = os.path.join(folder, "played.wav")
    await laptop.ask("voicemail", "play", str(mail["id"]), "--record", played)
    assert mail["number"] == THEM and seconds_of_tone(played, 300) > 0.8, mail


async def test_pin(folder):
    """The one of --pin-file is entered once; a wrong one costs one try and is told."""
    pin = os.path.join(folder, "pin")
    for digits, state in ("0000", "locked"), ("1234", "ready"):
        with open(pin, "w") as file:
            file.write(digits + "\n")
        home = os.path.join(folder, state)
        os.mkdir(home)
        box = await Managed.start_on(home, "--pin-file", pin, sim=("--pin", "1234"))
        laptop = await box.pair("laptop")
        status = await status_of(laptop, state=state)
        if state == "locked":
            await box.modem.event("sim", state="wrong", tries=2)
            assert (await box.modem.do("sim"))["tries"] == 2, status
        for program in box.daemon, box.modem:
            program.stop()      # the next one's port has the same name


async def test_chosen_modem(folder):
    """One of another path is not taken."""
    box = await Managed.start_on(folder, "--modem", f"mm:/{MM.replace('.', '/')}/Modem/7")
    laptop = await box.pair("laptop")
    await status_of(laptop, state="absent",
                    problem="ModemManager does not have the modem of --modem")


run([case for name, case in list(globals().items()) if name.startswith("test_")])
