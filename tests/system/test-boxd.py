#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""punchline-boxd as a service: its options, its start and end, and a modem that does not do what
it should, seen by a client."""

import asyncio
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import BOXD, Box, Child
from pl_punchline import PUNCHLINE, environment
from pl_test import ANSWER_SECONDS, run

THEM = "+4915100001"
EXIT_LOST = 6


async def status_of(device, state):
    """Its status, once the modem is in this state."""
    while True:
        status, = await device.objects("status")
        if status["state"] == state:
            return status


async def in_a_call(box):
    """A client with a call that stands, and the program that has it."""
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("policy", answer_ms=100)
    call = laptop.start("call", THEM, "--play", "/dev/null", "--record", "/dev/null", "--json")
    await call.object(state="active")
    return laptop, call


# Start and end.

def ends(number):
    async def one(folder):
        """Everybody is told good-bye, nothing is waited for."""
        box = await Box.start(folder, "--log", "all:debug")
        laptop = await box.pair("laptop")
        watch = laptop.start("voicemail", "watch", "--json")
        await watch.said('"ready"')
        box.signal(number)
        assert await box.status() == 0, box.output()
        assert "all connections are closed" in box.output()
        assert not os.path.exists(os.path.join(box.state, "boxd.sock"))
    one.__name__ = f"test_ends_by_{number.name}"
    return one


ENDS = [ends(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]


async def test_ends_with_a_call(folder):
    """It is hung up, and its client is told."""
    box = await Box.start(folder)
    _, call = await in_a_call(box)
    box.signal(signal.SIGTERM)
    await box.modem.event("call", state="ended", reason="local")
    await call.object(state="ended", reason="hung-up")
    assert await box.status() == 0, box.output()


async def test_ends_with_a_ring(folder):
    """A call that rings is left for the next box."""
    box = await Box.start(folder, "--log", "all:debug")
    await box.said("searching --registered--> ready")
    await box.modem.do("call", number=THEM)
    await box.said(": state 3, end 0")
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()
    calls = (await box.modem.do("calls"))["calls"]
    assert [call["state"] for call in calls] == ["incoming"], calls


async def test_ends_without_a_modem(folder):
    """It does not even hang up: two seconds, and that is it."""
    box = await Box.start(folder)
    await in_a_call(box)
    await box.modem.do("quirk", mute=True)
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()


async def test_service(folder):
    """What it tells systemd."""
    path = os.path.join(folder, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(ANSWER_SECONDS)

        async def told(what):
            while (await asyncio.to_thread(manager.recv, 1000)).decode() != what:
                pass
        box = Child([BOXD, "--signaling", "ws://127.0.0.1:1", "--state-dir", folder, "--modem",
                     "at:" + os.path.join(folder, "none")],
                    environment(NOTIFY_SOCKET=path, WATCHDOG_USEC="300000"))
        await told("READY=1")
        await told("WATCHDOG=1")
        await told("WATCHDOG=1")
        box.signal(signal.SIGTERM)
        await told("STOPPING=1")
        assert await box.status() == 0, box.output()


# Options.

async def test_check_config(folder):
    """What is wrong, in which line of which file, under which name."""
    path = os.path.join(folder, "boxd.conf")
    good = "# a box\n[boxd]\nsignaling=ws://127.0.0.1\n"
    cases = [("", 0, "the configuration is good"),
             ("ring-seconds=0\n", 2, ":4: --ring-seconds: 0 is not from 1 to 600"),
             ("\nring-seconds = soon\n", 2, "--ring-seconds"),
             ("modem=ttyUSB2\n", 2, ":4: --modem: expected at:DEVICE, mm, mm:PATH or auto: "
              "'ttyUSB2'"),
             ("vendor=nokia\n", 2, ":4: --vendor: expected auto, generic, quectel, simcom or "
              "huawei: 'nokia'"),
             ("modem=at:/dev/ttyUSB2\npcm=auto\n", 2, ":5: --pcm: auto goes with --modem auto"),
             ("pcm=card\n", 2, ":4: --pcm: "), ("country=+49\n", 2, ":4: --country: "),
             ("max-calls=-1\n", 2, ":4: --max-calls"), ("rights=all\n", 2, ":4: --rights: "),
             ("log=loud\n", 2, ":4: --log: "), ("ice-server=x\n", 2, ":4: --ice-server: "),
             ("relay-only=true\ndirect-only=true\n", 2, ":4: --relay-only and --direct-only"),
             ("relay-only=perhaps\n", 2, ":4: key 'relay-only': "),
             ("modems=auto\n", 2, ":4: unknown key 'modems'"),
             ("[signald]\n", 2, ":4: unknown group '[signald]'"), ("what\n", 2, "what")]
    for lines, status, words in cases:
        with open(path, "w", encoding="utf-8") as file:
            file.write(good + lines)
        child = Child([BOXD, "--config", path, "--check-config"])
        out = (await asyncio.to_thread(child.process.stdout.read)).decode()
        assert await child.status() == status, (lines, out, child.output())
        said = out + child.output()
        assert words in said, (lines, said)
        assert status == 0 or path in said, (lines, said)
    # what stands on the command line is not the file's fault
    child = Child([BOXD, "--config", path, "--check-config", "--ring-seconds", "0"])
    with open(path, "w", encoding="utf-8") as file:
        file.write(good + "ring-seconds=25\n")
    assert await child.status() == 2
    child = Child([BOXD, "--config", path, "--check-config", "--ring-seconds", "0"])
    assert await child.status() == 2
    assert "boxd: --ring-seconds: 0 is not" in child.output(), child.output()


# A modem that does not do what it should.

async def test_silent_in_a_call(folder):
    """The client knows that the call is over and why, and what the box does about it."""
    box = await Box.start(folder, vendor="quectel")
    laptop, call = await in_a_call(box)
    await box.modem.do("quirk", mute=True)
    await call.object(state="ended", reason="modem-lost")
    assert await call.status() == EXIT_LOST, call.output()
    status = await status_of(laptop, "not-answering")
    assert status["problem"] == "the modem does not answer: it is set up anew", status
    await box.modem.do("quirk")
    status = await status_of(laptop, "ready")
    assert "problem" not in status, status


async def test_no_sound(folder):
    """The call stands, and says that it has no sound; so does the status."""
    box = await Box.start(folder, vendor="quectel")
    await box.modem.do("quirk", fail={"+QPCMV": ["+CME ERROR: 4", -1]})
    laptop, call = await in_a_call(box)
    words = "the call has no sound: the modem answers AT+QPCMV=1,0 with: "
    other = await box.pair("other")
    status, = await other.objects("status")
    assert status["problem"].startswith(words), status
    after = len(box.modem.events)
    await box.modem.do("hangup")
    assert await call.status() == 0, call.output()
    await box.modem.event("modem", after=after, present=True)   # restarted
    await status_of(laptop, "ready")
    call = laptop.start("call", THEM, "--play", "/dev/null", "--record", "/dev/null", "--json")
    while not (told := await call.object()).get("problem", "").startswith(words):
        pass


async def test_no_sound_for_voicemail(folder):
    """Nothing can be said to the caller, nor heard: the line is not kept."""
    box = await Box.start(folder, "--ring-seconds", "1", vendor="quectel")
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("quirk", fail={"+QPCMV": ["+CME ERROR: 4", -1]})
    await box.modem.do("call", number=THEM)
    await box.modem.event("call", state="active")
    await box.modem.event("call", state="ended", reason="local")


async def test_puk(folder):
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await status_of(laptop, "ready")
    await box.modem.do("sim", pin="4711", tries=0)
    await box.modem.do("reset")
    status = await status_of(laptop, "locked")
    assert status["puk"] and status["problem"] == (
        "the SIM card wants its PUK: put it into a phone and enter it there"), status
    assert not [line for line in box.modem.at_lines("box") if line.startswith("AT+CPIN=")]


async def test_sim(folder):
    """PIN, codes for the network, the operator's voicemail, by a client."""
    box = await Box.start(folder, "--allow", "*100#", "--deny", "*100#9")
    laptop, reader = await box.pair("laptop"), await box.pair("reader", "--rights", "read-only")
    await status_of(laptop, "ready")
    for code in "*100#", "**21*0900#", "*101#":
        await box.modem.do("ussd", code=code, reply="5 EUR")
    assert await laptop.ask("sim", "ussd", "*100#") == "5 EUR\n"
    assert await laptop.objects("sim", "ussd", "*100#") == [{"text": "5 EUR"}]
    for code, words in [("**21*0900#", "allow=**21*0900#"), ("*101#", "allow=*101#"),
                        ("100", "begins with"), ("*100#9#", "not among")]:
        status, _, err = await laptop.run("sim", "ussd", code)
        assert status == 1 and words in err, (code, status, err)
    await box.modem.do("forwarding", number="+491719999")
    assert await reader.ask("sim", "forwarding") == "+491719999\n"
    for words in ("ussd", "*100#"), ("forwarding", "off"):
        assert (await reader.run("sim", *words))[0] == 5, words
    await laptop.ask("sim", "forwarding", "off")
    assert await laptop.ask("sim", "forwarding") == "none\n"
    for words in ("pin", "4711"), ("ussd",), ("forwarding", "on"), ("burn",):
        assert (await laptop.run("sim", *words))[0] == 2, words
    await box.modem.do("sim", pin="4711")
    await box.modem.do("reset")
    await status_of(laptop, "locked")
    process = await asyncio.create_subprocess_exec(PUNCHLINE, "sim", "pin", env=laptop.env,
                                                   stdin=asyncio.subprocess.PIPE)
    await process.communicate(b"4711\n")
    assert process.returncode == 0
    await status_of(laptop, "ready")
    assert "4711" not in box.output()


async def test_no_modem_found(folder):
    """--modem auto where there is none: told on stderr and to the clients; the box runs."""
    box = await Box.start(folder, "--modem", "auto", "--pcm", "auto", "--log", "all:info")
    words = "no modem is found: plug one by Quectel, SIMCom or Huawei into USB"
    await box.said(words)
    laptop = await box.pair("laptop")
    status, = await laptop.objects("status")
    assert status["state"] == "absent" and status["problem"].startswith(words), status


run(ENDS + [case for name, case in list(globals().items()) if name.startswith("test_")])
