#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web phone's protocol modules in a browser against a box on the simulated modem: pairing, calls
with a tone each way, texts. The page has no microphone, so that its addresses are hidden behind
.local names as those of a page are that has never asked for one."""
import array
import asyncio
import cmath
import math
import os
import shutil
import subprocess
import sys
import wave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import BOXD, Box, Child
from pl_browser import need_browser
from pl_namespace import ADDRESS, enter_namespace, skip_all
from pl_test import Signald, run
from pl_web import Page

THEM = "+4915100001"
OUR_HERTZ, THEIR_HERTZ = 1000, 700
# Looks at the spectrum in the page, and windows of 20 ms at the modem, that have to be right.
LOOKS, WINDOWS = 10, 50
CASE_SECONDS = 180


def write_tone(path, hertz, rate=8000):
    """A second of it, a whole number of periods, so that it can be repeated."""
    samples = array.array("h", (int(8000 * math.sin(2 * math.pi * hertz * n / rate))
                                for n in range(rate)))
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def share(samples, hertz, rate):
    """Of the power, what is at `hertz`."""
    power = sum(s * s for s in samples)
    turn = -2j * math.pi * hertz / rate
    part = abs(sum(s * cmath.exp(turn * i) for i, s in enumerate(samples))) ** 2
    return 2 * part / len(samples) / power if power else 0


def count_windows(path, hertz):
    """How many windows of 20 ms are this tone, and how many there are."""
    with wave.open(path) as file:
        rate = file.getframerate()
        samples = array.array("h", file.readframes(file.getnframes()))
    size = rate // 50
    windows = [samples[i:i + size] for i in range(0, len(samples) - size, size)]
    return sum(share(window, hertz, rate) > 0.8 for window in windows), len(windows)


def nft(*commands):
    subprocess.run(["nft", "; ".join(commands)], check=True)


class Phone:
    """A page that is paired with a box and connected."""

    def __init__(self, page, box, folder):
        self.page, self.box, self.modem, self.folder = page, box, box.modem, folder

    @classmethod
    async def start(cls, folder, *options):
        page = await Page.open("phone.html")
        box = await Box.start(folder, *options, address=ADDRESS,
                              signald=Signald("--allow-origin", page.web.origin))
        self = cls(page, box, folder)
        await self.pair()
        await page.do("connect")
        await page.event("state", state="ready")
        return self

    async def pair(self, *options):
        door = Child([BOXD, "pair", "--state-dir", self.box.state, *options])
        code = await door.line()
        paired = await self.page.do("pair", {"signalingUrl": self.box.signald.url, "code": code,
                                             "name": "browser"})
        assert (paired["name"], paired["client"]) == ("home", "browser"), paired
        assert await door.status() == 0, door.output()

    async def modem_ready(self):
        while (await self.page.do("control", "status", {}))["state"] != "ready":
            await asyncio.sleep(0.05)

    async def gap(self):
        """Nothing goes through until the page has noticed; then it finds a path again."""
        nft("add table inet gap", "add chain inet gap entry { type filter hook input priority 0; }",
            f"add rule inet gap entry ip daddr {ADDRESS} drop")
        states = [await self.page.event("state")]
        nft("delete table inet gap")
        states.append(await self.page.event("state"))
        assert [state["state"] for state in states] == ["interrupted", "ready"], states

    async def take_call(self):
        """Somebody calls, the page answers: the call's id."""
        await self.modem.do("call", number=THEM)
        ring = await self.page.event("call", state="incoming")
        assert ring["number"] == THEM and not ring["you"], ring
        await self.page.do("control", "call.answer", {"call": ring["call"]})
        await self.page.event("call", call=ring["call"], state="active", you=True)
        return ring["call"]

    def recorded(self):
        """Bytes of the voicemail that is being spoken."""
        folder = os.path.join(self.box.state, "voicemail")
        return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)
                   if name.endswith(".part"))

    async def tones_arrive(self):
        """In a call: what the page says arrives at the modem, and the other way round."""
        await self.page.do("speak", OUR_HERTZ)
        theirs, recorded = (os.path.join(self.folder, name) for name in ("them.wav", "us.wav"))
        write_tone(theirs, THEIR_HERTZ)
        await self.modem.do("play", file=theirs, loop=True)
        await self.page.do("hear", THEIR_HERTZ, LOOKS)
        right = 0
        while right < WINDOWS:
            await self.modem.do("record", file=recorded)
            before = (await self.modem.do("sound"))["blocks"]
            while (await self.modem.do("sound"))["blocks"] < before + 2 * WINDOWS:
                await asyncio.sleep(0.1)
            await self.modem.do("record")
            right, whole = count_windows(recorded, OUR_HERTZ)
            print(f"# the page's tone in {right} of {whole} windows of 20 ms at the modem")


def check_reports(reports):
    """RTCP goes both ways, and the sound is whole enough."""
    assert reports["codec"]["mimeType"] == "audio/opus", reports
    assert "useinbandfec=1" in reports["codec"]["sdpFmtpLine"], reports
    assert reports["theyReceived"]["roundTripTime"] < 1, reports
    assert reports["theySent"]["packetsSent"] > 0, reports
    received = reports["received"]
    concealed = received["concealedSamples"] / received["totalSamplesReceived"]
    print(f"# concealed in the page: {100 * concealed:.1f} %")
    assert concealed < 0.2, reports
    ours = [end for end in reports["candidates"] if not end["isRemote"]]
    assert ours and not any(end["address"] for end in ours), "addresses were to be hidden"


async def test_calls(folder):
    """A call is taken, and the other side hangs up; one is made, and the page hangs up."""
    phone = await Phone.start(folder)
    page, modem = phone.page, phone.modem
    await phone.modem_ready()
    call = await phone.take_call()
    await phone.tones_arrive()
    check_reports(await page.do("waitReports"))
    path = await page.do("path")
    assert path["kind"] == "direct", path
    await modem.do("hangup")
    await page.event("call", call=call, state="ended")

    await modem.do("policy", answer_ms=100)
    called = await page.do("control", "call.dial", {"id": "page-1", "number": THEM, "hide": False})
    await page.event("call", call=called["call"], state="active", you=True)
    await phone.tones_arrive()
    await page.do("control", "call.dtmf", {"call": called["call"], "digits": "5#"})
    for digit in "5#":
        await modem.event("dtmf", digit=digit)
    await page.do("mute")
    await page.do("control", "call.hangup", {"call": called["call"]})
    await page.event("call", call=called["call"], state="ended")
    await modem.event("call", state="ended", reason="local")
    page.check_console()


async def test_both_roles(folder):
    """Who offers is decided by the shares, that is by chance: until each has."""
    phone = await Phone.start(folder)
    page, modem = phone.page, phone.modem
    await phone.modem_ready()
    done = set()
    while len(done) < 2:
        role = (await page.do("began"))[-1]
        if role not in done:
            print(f"# the page's first description: {role}")
            call = await phone.take_call()
            await phone.tones_arrive()
            await modem.do("hangup")
            await page.event("call", call=call, state="ended")
            done.add(role)
        await page.do("close")
        await page.event("state", state="closed")
        await page.do("connect")
        await page.event("state", state="ready")


async def test_reload_in_call(folder):
    """The box holds the call; the page, which is a new one, has it again."""
    phone = await Phone.start(folder)
    page, modem = phone.page, phone.modem
    await phone.modem_ready()
    call = await phone.take_call()
    await page.load()
    await page.do("connect")
    await page.event("call", call=call, state="active", you=True)
    await page.event("state", state="ready")
    await phone.tones_arrive()
    assert (await modem.do("calls"))["calls"][0]["state"] == "active"


async def test_two_tabs(folder):
    """Both ring, one answers, the other is told; and it may hang up."""
    phone = await Phone.start(folder)
    one, modem = phone.page, phone.modem
    two = await one.open_tab()
    await two.do("connect")
    await two.event("state", state="ready")
    await phone.modem_ready()
    await modem.do("call", number=THEM)
    rings = [await tab.event("call", state="incoming") for tab in (one, two)]
    call = rings[0]["call"]
    assert rings[1]["call"] == call, rings
    await two.do("control", "call.answer", {"call": call})
    await two.event("call", call=call, state="active", you=True, elsewhere=False)
    await one.event("call", call=call, state="active", you=False, elsewhere=True)
    await one.do("control", "call.hangup", {"call": call})
    await two.event("call", call=call, state="ended")


async def test_voicemail(folder):
    """Nobody answers; what the caller said is fetched and heard in the page."""
    said = os.path.join(folder, "said.wav")
    write_tone(said, THEIR_HERTZ)
    phone = await Phone.start(folder, "--ring-seconds", "1", "--greeting", said)
    page, modem = phone.page, phone.modem
    await phone.modem_ready()
    await modem.do("call", number=THEM)
    await page.event("call", state="voicemail")
    await modem.do("play", file=said, loop=True)
    while not phone.recorded() > 8000:
        await asyncio.sleep(0.05)
    await modem.do("hangup")
    await page.event("voicemail", unheard=1)
    listed = await page.do("control", "voicemail.list", {})
    mail, = listed["voicemails"]
    heard = await page.do("listen", mail["id"], THEIR_HERTZ)
    assert heard["tone"] > 0.5, heard
    page.check_console()


async def test_network_gap(folder):
    """Nothing goes through for longer than ICE waits: a restart finds the path again, and the
    call goes on."""
    phone = await Phone.start(folder)
    page, modem = phone.page, phone.modem
    await phone.modem_ready()
    await phone.take_call()
    await phone.tones_arrive()
    await phone.gap()
    await phone.tones_arrive()
    assert (await page.do("control", "status", {}))["state"] == "ready"


async def test_server_restart(folder):
    """The server is killed and started anew in a call: the call goes on, and a new conversation
    carries the descriptions of an ICE restart."""
    phone = await Phone.start(folder)
    page, box = phone.page, phone.box
    await phone.modem_ready()
    await phone.take_call()
    joins = await page.do("joins")
    box.signald.process.kill()
    box.signald.wait()
    await phone.tones_arrive()
    Signald("--allow-origin", page.web.origin, "--listen", f"127.0.0.1:{box.signald.port}")
    await page.do("waitSignaling", joins)
    await phone.gap()
    await phone.tones_arrive()


async def test_texts(folder):
    phone = await Phone.start(folder)
    page, modem = phone.page, phone.modem
    await phone.modem_ready()
    await page.do("sms", "sms.watch", {})
    await modem.do("text", number=THEM, text="Grüße 🙂")
    came = await page.event("sms", direction="in")
    assert (came["number"], came["text"]) == (THEM, "Grüße 🙂"), came
    await page.do("sms", "sms.send", {"id": "one", "to": THEM, "text": "It's \"me\" 😀"})
    sent, = await modem.outbox(1)
    assert (sent["number"], sent["text"]) == (THEM, "It's \"me\" 😀"), sent
    await page.event("sms", id="one", state="sent")


async def test_identity(folder):
    """It stays over a reload and cannot be read; the box's list decides what it may do."""
    phone = await Phone.start(folder)
    page, box = phone.page, phone.box
    assert await page.do("stealKeys") == ["InvalidAccessError"] * 2
    await page.load()
    await page.do("connect")
    await page.event("state", state="ready")
    assert [entry["name"] for entry in await page.do("boxes")] == ["home"]
    with open(box.clients) as file:
        line, = file.readlines()
    with open(box.clients, "w"):
        pass
    await page.event("state", state="connecting", reason="closed")
    with open(box.clients, "w") as file:
        file.write(line.replace("call,sms,voicemail", "read-only"))
    await page.event("state", state="ready")
    assert await page.do("sms", "sms.list", {}) == {"texts": [], "more": False}
    try:
        await page.do("control", "call.dial", {"id": "x", "number": THEM})
    except AssertionError as error:
        assert "does not allow" in str(error), error
    else:
        raise AssertionError("a reader may call")


async def test_flood(folder):
    """A page that asks too much is cut off by the box, and comes back."""
    phone = await Phone.start(folder)
    try:
        await phone.page.do("flood", 1000)
    except AssertionError as error:
        assert "closed" in str(error), error
    else:
        raise AssertionError("the box answers everything")
    await phone.page.event("state", state="connecting", reason="closed")
    await phone.page.event("state", state="ready")


async def test_wrong_code(folder):
    """Nobody is paired by guessing, and both are told."""
    page = await Page.open("phone.html")
    box = await Box.start(folder, address=ADDRESS,
                          signald=Signald("--allow-origin", page.web.origin))
    door = Child([BOXD, "pair", "--state-dir", box.state])
    number = (await door.line()).split("-")[0]
    try:
        await page.do("pair", {"signalingUrl": box.signald.url, "name": "guesser",
                               "code": f"{number}-zebra-zebra-zebra"})
    except AssertionError as error:
        assert "used another code" in str(error), error
    else:
        raise AssertionError("paired")
    assert await door.status() != 0
    assert await page.do("boxes") == []


async def test_comes_back(folder):
    """The box is started anew, in good order or killed; the page is there again by itself."""
    phone = await Phone.start(folder)
    page, box = phone.page, phone.box
    box.signal(15)
    assert await box.status() == 0, box.output()
    await page.event("state", state="connecting")
    box = await box.again()
    await page.event("state", state="ready")
    box.signal(9)
    await box.status()
    await box.again()
    await page.event("state", state="ready")
    await page.do("control", "status", {})
    await page.do("close")
    await page.event("state", state="closed")


need_browser()
if not shutil.which("nft"):
    skip_all("nft is not installed")
enter_namespace()
run([case for name, case in list(globals().items()) if name.startswith("test_")
     and sys.argv[1:] in ([], [name])], CASE_SECONDS)
