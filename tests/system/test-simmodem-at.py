#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulated modem by itself: what other tests rely on."""

import asyncio
import os
import re
import sys
import wave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_simmodem import SimModem
from pl_test import ANSWER_SECONDS, run

FINAL = re.compile(r"(^|\n)(OK|ERROR|NO CARRIER|\+CM[ES] ERROR: .*)\r*\n|> $")
# 23.038 and 23.040 by hand: "hello" to +49171234567, no service centre.
HELLO = "0011000B919471214365F70000AA05E8329BFD06"


class Line:
    """The box's end of a serial port."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.text = ""
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.fd, self._readable)

    def _readable(self):
        data = os.read(self.fd, 65536)
        if not data:        # the port vanished
            asyncio.get_running_loop().remove_reader(self.fd)
        self.text += data.decode() or "GONE"
        self._news.set()

    async def until(self, pattern):
        """All up to this pattern's first match."""
        async def wait():
            while not (match := re.search(pattern, self.text)):
                self._news.clear()
                await self._news.wait()
            taken, self.text = self.text[:match.end()], self.text[match.end():]
            return taken
        try:
            return await asyncio.wait_for(wait(), ANSWER_SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {pattern!r} in {self.text!r}") from None

    async def ask(self, command):
        os.write(self.fd, command.encode() + b"\r")
        return await self.until(FINAL)

    async def type(self, pdu):
        os.write(self.fd, pdu.encode() + b"\x1a")
        return await self.until(FINAL)


async def start(folder, *options, **keys):
    modem = await SimModem.start(folder, *options, **keys)
    if "--pin" not in options:
        await modem.registered()
    line = Line(modem.at)
    assert "OK" in await line.ask("ATE0")
    await line.ask("AT+CMEE=1;+CNMI=2,1,0,1,0;+CLIP=1")
    return modem, line


async def test_store_and_send_once(folder):
    modem, line = await start(folder)
    assert "> " in await line.ask(f"AT+CMGW={len(HELLO) // 2 - 1}")
    assert "+CMGW: 1" in await line.type(HELLO)
    assert f"+CMGL: 1,2,,19\r\n{HELLO}" in await line.ask("AT+CMGL=4")
    assert (await modem.do("outbox"))["texts"] == []
    assert "+CMSS: 1" in await line.ask("AT+CMSS=1")
    assert "+CMGL: 1,3,," in await line.ask("AT+CMGL=4")
    text, = await modem.outbox(1)
    assert (text["number"], text["text"]) == ("+49171234567", "hello"), text
    # one octet short, no hex, no such index
    await line.ask(f"AT+CMGS={len(HELLO) // 2 - 2}")
    assert "+CMS ERROR: 304" in await line.type(HELLO)
    await line.ask("AT+CMGS=5")
    assert "+CMS ERROR: 304" in await line.type("zz")
    assert "+CMS ERROR: 321" in await line.ask("AT+CMSS=7")


async def test_full_store_loses_nothing(folder):
    modem, line = await start(folder, vendor="simtech")
    await modem.do("store", memory="ME", size=2)
    for i in range(5):
        await modem.do("text", number="+491701", text=f"text {i}")
    await line.until(r"\+SMS FULL")
    for _ in range(5):
        listing = await line.ask("AT+CMGL=4")
        for index in re.findall(r"\+CMGL: (\d+),", listing):
            await line.ask(f"AT+CMGD={index}")
        if not (await modem.do("store"))["waiting"]:
            break
        await line.until(r"\+CMTI: .*\n")
    arrived = [e for e in modem.events if e["event"] == "store"]
    assert len(arrived) == 5, arrived


async def test_call_and_its_order(folder):
    modem, line = await start(folder, vendor="simtech")
    await modem.do("call", number="+4917012", stop_ms=10_000)
    await line.until(r'RING\r\n\r\n\+CLIP: "\+4917012",145,')
    assert "ERROR" in await line.ask("AT+CPCMREG=1")
    assert "VOICE CALL: BEGIN" in await line.ask("ATA")
    assert "OK" in await line.ask("AT+CPCMREG=1")
    assert (await modem.do("sound"))["on"]
    await line.ask('AT+VTS="5"')
    assert (await modem.do("calls"))["calls"][0]["heard"] == "5"
    await modem.do("hangup")
    assert "NO CARRIER" in await line.until(r"NO CARRIER\r\n")
    assert not (await modem.do("sound"))["on"]


async def test_pcm_both_ways(folder):
    """What the far end plays comes out of the port, what goes in is what it hears."""
    spoken = bytes(i * 7 & 255 for i in range(8000))
    with wave.open(folder + "/spoken.wav", "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", None))
        file.writeframes(spoken)
    modem, line = await start(folder, "--ppm", "1000", vendor="quectel")
    await modem.do("play", file=folder + "/spoken.wav")
    await modem.do("record", file=folder + "/heard.wav")
    pcm = os.open(modem.pcm, os.O_RDWR | os.O_NOCTTY)
    assert "OK" in await line.ask("AT+QPCMV=1,0;D+49170;")
    await modem.event("audio", on=True)
    got = b""
    while len(got) < len(spoken):
        got += await asyncio.to_thread(os.read, pcm, 4096)
        os.write(pcm, got[-320:])
    assert spoken in got, "not what was played"
    await line.ask("AT+CHUP")
    stats = await modem.do("sound")
    assert not stats["on"] and stats["heard"] > 10, stats
    await modem.do("record")
    with wave.open(folder + "/heard.wav") as file:
        heard = file.readframes(file.getnframes())
    assert spoken[640:3200] in heard, "not what was written"
    os.close(pcm)


async def test_pin_and_its_tries(folder):
    _, line = await start(folder, "--pin", "1234")
    assert "SIM PIN" in await line.ask("AT+CPIN?")
    assert "+CME ERROR: 11" in await line.ask("ATD123;")
    assert "+CME ERROR: 16" in await line.ask('AT+CPIN="0000"')
    assert "+CPINR: SIM PIN,2,3" in await line.ask("AT+CPINR")
    assert '+CSIM: 4,"63C2"' in await line.ask('AT+CSIM=10,"0020000100"')
    assert "OK" in await line.ask('AT+CPIN="1234"')
    await line.ask("AT+CREG=1")
    assert "READY" in await line.ask("AT+CPIN?")


async def test_reset_keeps_the_store(folder):
    modem, line = await start(folder)
    await modem.do("text", number="Bank", text="Kod 1 ¿€?")
    await line.until(r"\+CMTI")
    os.write(line.fd, b"AT+CFUN=1,1\r")
    await line.until("GONE")
    await modem.event("modem", present=True)
    line = Line(modem.at)
    await line.ask("ATE0")
    assert "+CMGL: 1,0,," in await line.ask("AT+CMGL=4")


async def test_quirks(folder):
    modem, line = await start(folder)
    await modem.do("quirk", inside=["RING"], crcrlf=True, split=2)
    assert re.search(r"\+CSQ: 20,99\r\r\nRING\r\r\n\r\r\nOK", await line.ask("AT+CSQ"))
    await modem.do("quirk", lose_final={"+CREG": 1}, fail={"+CSQ": ["ERROR", 1]}, split=0)
    os.write(line.fd, b"AT+CREG?\r")
    assert "ERROR" in await line.ask("AT+CSQ") and "OK" in await line.ask("AT+CSQ")
    await modem.do("quirk", lose_urcs=1)
    await modem.do("text", number="+49", text="1")
    await modem.do("text", number="+49", text="2")
    assert '"ME",1' not in await line.until(r'\+CMTI: "ME",\d')
    assert not (await modem.ask("quirk", split="much"))["ok"]
    await modem.do("quirk")
    await line.ask("AT+CSQ")
    assert "\r\r\n" not in await line.ask("AT+CSQ")


run([test_store_and_send_once, test_full_store_loses_nothing, test_call_and_its_order,
     test_pcm_both_ways, test_pin_and_its_tries, test_reset_keeps_the_store, test_quirks])
