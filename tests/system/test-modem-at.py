#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""PlModemAt against the simulated modem: every vendor, and what real modems should not do."""

import fcntl
import os
import random
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_modem_shell import Shell
from pl_simmodem import SimModem
from pl_test import run
from pl_usb import Usb

VENDORS = {"generic": "generic", "quectel": "quectel", "simtech": "simcom", "huawei": "huawei"}
FAR = "+4930123456"


async def start(folder, *options, vendor="quectel", sim=(), **keys):
    modem = await SimModem.start(folder, *sim, vendor=vendor)
    return modem, await Shell.start(modem, *options, **keys)


def each_vendor(case):
    """One case for each vendor."""
    def make(vendor):
        async def one(folder):
            modem, shell = await start(folder, vendor=vendor)
            await case(modem, shell, vendor)
            assert await shell.quit() == 0
        one.__name__ = f"{case.__name__}_{vendor}"
        return one
    return [make(vendor) for vendor in VENDORS]


async def test_status(modem, shell, vendor):
    await shell.event("status", operator="Simnet")
    status = await shell.ask("status")
    assert f"is driven as {VENDORS[vendor]}" in shell.output()
    assert status["imei"] == "490154203237518", status
    assert status["own_number"] == "+4915112345678", status
    assert status["technology"] == "LTE" and not status["roaming"], status
    assert status["dbm"] == -73 and 60 <= status["percent"] <= 70, status
    assert status["problem"] is None, status
    while status["iccid"] is None:
        status = await shell.ask("status")
    assert status["iccid"] == "8949012345678901234", status
    mark = shell.mark()
    await modem.do("network", registration="roaming", technology="3G")
    await shell.event("status", after=mark, roaming=True, technology="3G")
    await modem.do("network", registration="denied")
    await shell.event("status", after=mark, state="denied",
                      problem="the network refuses this SIM card")
    await modem.do("network", registration="home")
    await shell.event("status", after=mark, state="ready", problem=None)


async def test_dial(modem, shell, vendor):
    """Out and up, with audio both sides agree on; the other end hangs up."""
    done = await shell.do("dial", FAR)
    assert done["call"] == 1
    await modem.do("answer")
    await shell.event("call", state="active", number=FAR, outgoing=True)
    await shell.event("audio", on=True)
    await modem.event("audio", on=True)
    await shell.do("dtmf", 1, "12*#A")
    calls = (await modem.do("calls"))["calls"]
    assert calls[0]["heard"] == "12*#A", calls
    mark = shell.mark()
    await modem.do("dtmf", digits="7")
    await shell.event("dtmf", after=mark, call=1, digit="7")
    await modem.do("hangup")
    await shell.event("call", state="ended", end="remote")
    await shell.event("audio", after=mark, on=False)
    await shell.event("texts-waiting", after=mark)


async def test_hang_up(modem, shell, _vendor):
    await shell.do("dial", FAR, "hidden")
    await shell.event("call", state="alerting")
    assert (await modem.do("calls"))["calls"][0]["hidden"]
    await shell.do("hang-up", 1)
    await shell.event("call", state="ended", end="local")
    assert (await modem.do("calls"))["calls"] == []
    assert not (await shell.ask("hang-up", 1))["ok"]


async def test_incoming(modem, shell, _vendor):
    await modem.do("call", number=FAR, name="Anna")
    call = await shell.event("call", state="incoming", number=FAR)
    assert not call["outgoing"] and not call["withheld"], call
    await shell.event("call", state="incoming", name="Anna")
    await shell.do("answer", 1)
    await shell.event("call", state="active")
    await modem.event("audio", on=True)
    await modem.do("hangup")
    await shell.event("call", state="ended", end="remote")
    assert shell.calls(1) == ["incoming", "active", "ended"], shell.calls(1)
    assert FAR[3:] not in shell.output() and "Anna" not in shell.output()

    await modem.do("call", withheld=True)
    await shell.event("call", call=2, state="incoming", number=None, withheld=True)
    await shell.do("hang-up", 2)
    await shell.event("call", call=2, state="ended", end="local")
    await modem.do("call", number=FAR, stop_ms=300)
    await shell.event("call", call=3, state="ended", end="remote")
    assert shell.calls(3) == ["incoming", "ended"], shell.calls(3)


async def test_ends(modem, shell, _vendor):
    for call, (policy, end) in enumerate({"busy_ms": "busy", "no_answer_ms": "no-answer",
                                          "refuse_ms": "refused"}.items(), 1):
        await modem.do("policy", **{policy: 50})
        await shell.do("dial", FAR)
        await shell.event("call", call=call, state="ended", end=end)


async def test_two_calls(modem, shell, _vendor):
    await modem.do("policy", alert_ms=10, answer_ms=20)
    await shell.do("dial", FAR)
    await shell.event("call", call=1, state="active")
    await modem.do("call", number="+4930999")
    await shell.event("call", call=2, state="waiting", number="+4930999")
    mark = shell.mark()
    await shell.do("answer", 2)
    await shell.event("call", after=mark, call=1, state="held")
    await shell.event("call", after=mark, call=2, state="active")
    mark = shell.mark()
    await shell.do("chld", 0)
    await shell.event("call", after=mark, call=1, state="active")
    await shell.event("call", after=mark, call=2, state="held")
    mark = shell.mark()
    await shell.do("hang-up", 2)
    await shell.event("call", after=mark, call=2, state="ended", end="local")
    await modem.do("call", number="+4930777")
    await shell.event("call", call=3, state="waiting")
    await shell.do("chld", 2)
    await shell.event("call", call=3, state="ended", end="local")
    assert shell.calls(1)[-1] == "active", shell.calls(1)
    await shell.do("hang-up", 1)
    await shell.event("call", call=1, state="ended", end="local")


# Texts.

async def test_texts(modem, shell, _vendor):
    """In: long ones in a burst, and a name for a number; out: long, with a report."""
    long = "Long text with an emoji \U0001f600. " * 9
    for sender in FAR, "Bank", "+4917011":
        mark = shell.mark()
        await modem.do("text", number=sender, text=long)
        await shell.event("texts-waiting", after=mark)
    texts = (await shell.do("sweep"))["texts"]
    got = {}
    for text in texts:
        got[text["number"]] = got.get(text["number"], "") + text["text"]
    assert got == {FAR: long, "Bank": long, "+4917011": long}, got
    assert texts[0]["text"] not in shell.output()
    for text in texts:
        await shell.do("delete", text["handle"])
    assert (await shell.do("delete", texts[0]["handle"]))["ok"]    # as often as one likes
    assert (await shell.do("sweep"))["texts"] == []

    handle = (await shell.do("prepare", FAR, 1, 77, "out it goes"))["handle"]
    assert (await shell.do("sweep"))["texts"] == [
        {"handle": handle, "ours": True, "went_out": False}]
    mark = shell.mark()
    reference = (await shell.do("send", handle))["mr"]
    sent, = await modem.outbox(1)
    assert (sent["number"], sent["text"], sent["mr"]) == (FAR, "out it goes", reference), sent
    await shell.event("texts-waiting", after=mark)
    texts = {t["handle"]: t for t in (await shell.do("sweep"))["texts"]}
    assert texts.pop(handle)["went_out"]
    report, = texts.values()
    assert report["mr"] == reference, report


async def test_keeps_no_texts(folder):
    """+CMGW refused, reports not stored: both have handles all the same."""
    modem, shell = await start(folder, vendor="generic")
    await modem.do("quirk", fail={"+CMGW": ["+CMS ERROR: 500", -1], "+CNMI": ["ERROR", 1]})
    mark = shell.mark()
    await modem.do("reset")
    await shell.event("status", after=mark, state="absent")
    await shell.event("texts-waiting", after=mark)
    await shell.state("ready", after=mark)
    handle = (await shell.do("prepare", FAR, 1, 1, "directly"))["handle"]
    assert handle.startswith("pdu:"), handle
    assert (await shell.do("sweep"))["texts"] == []
    mark = shell.mark()
    reference = (await shell.do("send", handle))["mr"]
    assert (await modem.outbox(1))[0]["text"] == "directly"
    await shell.event("texts-waiting", after=mark)
    report, = (await shell.do("sweep"))["texts"]
    assert report["handle"].startswith("direct:") and report["mr"] == reference, report
    await shell.do("delete", report["handle"])
    assert (await shell.do("sweep"))["texts"] == []


async def test_full_store(folder):
    modem, shell = await start(folder)
    await modem.do("store", memory="ME", size=3)
    mark = shell.mark()
    for number in range(3):
        await modem.do("text", number=FAR, text=str(number))
    texts = (await shell.do("sweep"))["texts"]
    assert len(texts) == 3
    mark = shell.mark()
    await modem.do("text", number=FAR, text="3")
    await shell.event("texts-waiting", after=mark)     # by +QIND: "smsfull"
    mark = shell.mark()
    for text in texts:
        await shell.do("delete", text["handle"])
    await shell.event("texts-waiting", after=mark)
    assert [t["text"] for t in (await shell.do("sweep"))["texts"]] == ["3"]


async def test_both_stores(folder):
    """What lies on the card is found as well, and deleted from there."""
    modem, shell = await start(folder, "--storage", "SM")
    await modem.do("text", number=FAR, text="on the card")
    await shell.quit()
    shell = await Shell.start(modem, "--storage", "ME")
    await modem.do("text", number=FAR, text="in the modem")
    texts = {t["text"]: t["handle"] for t in (await shell.do("sweep"))["texts"]}
    assert texts["on the card"].startswith("SM:"), texts
    assert texts["in the modem"].startswith("ME:"), texts
    await modem.do("quirk", fail={"+CPMS": ["+CMS ERROR: 302", 1]})
    assert not (await shell.ask("delete", texts["on the card"]))["ok"]
    assert len((await shell.do("sweep"))["texts"]) == 2   # nothing went from the wrong store
    await shell.do("delete", texts["on the card"])
    assert [t["text"] for t in (await shell.do("sweep"))["texts"]] == ["in the modem"]


async def test_refused_text(folder):
    modem, shell = await start(folder)
    await modem.do("texts", cms=500, count=1)
    handle = (await shell.do("prepare", FAR, 1, 1, "hello"))["handle"]
    refused = await shell.ask("send", handle)
    assert not refused["ok"] and "500" in refused["error"], refused
    assert not (await shell.do("sweep"))["texts"][0]["went_out"]
    await shell.do("send", handle)
    assert not (await shell.ask("prepare", FAR, 2, 1, "one part"))["ok"]
    for handle in "ME:77", "ME:x", "XX:1", "pdu:20:xyz", "pdu:0:00", "", 'ME:1";+CFUN=0':
        assert not (await shell.ask("send", handle))["ok"], handle
    assert "+CFUN" not in "".join(modem.at_lines("box"))


# The card.

async def test_pin(folder):
    modem, shell = await start(folder, "--pin", "4711", sim=("--pin", "4711"))
    assert modem.at_lines("box").count('AT+CPIN="4711"') == 1
    assert "4711" not in shell.output()
    mark = shell.mark()
    await modem.do("reset")         # a right PIN opens the card again
    await shell.event("status", after=mark, state="ready")


async def test_wrong_pin(folder):
    """Tried once, and two tries stay whatever is asked for."""
    modem, shell = await start(folder, "--pin", "1111", sim=("--pin", "4711"), ready=False)
    status = await shell.event("status", state="locked", tries=2,
                               problem="the PIN was wrong, 2 tries are left")
    assert not status["puk"]
    for pin in "1111", "4711":
        assert (await shell.ask("pin", pin))["code"] == 3
    mark = shell.mark()
    await modem.do("reset")
    await shell.event("status", after=mark, state="locked", tries=2)
    assert (await modem.do("sim"))["tries"] == 2
    shell.stop()
    shell = await Shell.start(modem, "--pin", "4711", ready=False)
    await shell.event("status", state="locked", tries=2)
    assert (await modem.do("sim"))["tries"] == 2


async def test_pin_by_hand(folder):
    modem, shell = await start(folder, sim=("--pin", "4711"), ready=False)
    await shell.event("status", state="locked", tries=3,
                      problem="the SIM card wants its PIN, 3 tries are left")
    for bad in "123", "12a4", '1234"':
        assert (await shell.ask("pin", bad))["code"] == 4, bad
    mark = shell.mark()
    shell.send("pin", "1111")       # together: the second may not be spent
    shell.send("pin", "2222")
    await shell.event("status", after=mark, state="locked", tries=2)
    assert (await modem.do("sim"))["tries"] == 2
    assert "AT+CPIN=\"2222\"" not in modem.at_lines("box")
    await modem.do("sim", tries=3)
    mark = shell.mark()
    await modem.do("reset")
    await shell.event("status", after=mark, state="locked", tries=3)
    await shell.do("pin", "4711")
    await shell.state("ready")


async def test_puk(folder):
    modem, shell = await start(folder, "--pin", "1111", sim=("--pin", "4711"), ready=False)
    await shell.event("status", state="locked", tries=2)
    mark = shell.mark()
    await modem.do("sim", tries=0)
    await modem.do("reset")
    await shell.event("status", after=mark, state="locked", puk=True)
    assert not (await shell.ask("pin", "4711"))["ok"]


async def test_no_card(folder):
    modem, shell = await start(folder)
    mark = shell.mark()
    await modem.do("sim", present=False)
    await modem.do("emit", line="+CPIN: NOT INSERTED")
    await shell.event("status", after=mark, state="no-sim",
                      problem="there is no SIM card in the modem")
    refused = await shell.ask("dial", FAR)
    assert refused["code"] == 3 and refused["error"] == "there is no SIM card", refused
    mark = shell.mark()
    await modem.do("sim", present=True)
    await modem.do("emit", line="+CPIN: READY")
    await shell.event("status", after=mark, state="ready", problem=None)


# What real modems should not do.

async def full_round(modem, shell):
    """A call and a text in both directions."""
    mark = shell.mark()
    await modem.do("call", number=FAR)
    ring = await shell.event("call", after=mark, state="incoming", number=FAR)
    await shell.do("answer", ring["call"])
    await shell.event("call", after=mark, state="active")
    await modem.do("hangup")
    await shell.event("call", after=mark, state="ended", end="remote")
    await modem.do("text", number=FAR, text="in")
    await shell.event("texts-waiting", after=mark)
    handle = (await shell.do("prepare", FAR, 1, 1, "out"))["handle"]
    await shell.do("send", handle)
    texts = (await shell.do("sweep"))["texts"]
    assert sorted((t["ours"], t.get("text") or "") for t in texts if t.get("kind", 0) == 0) == [
        (False, "in"), (True, "")], texts
    for text in texts:
        await shell.do("delete", text["handle"])


def with_quirk(name, **quirk):
    async def one(folder):
        modem = await SimModem.start(folder, vendor="simtech")
        await modem.do("texts", reports="manual")
        await modem.do("quirk", **quirk)
        shell = await Shell.start(modem)
        await full_round(modem, shell)
        assert await shell.quit() == 0
    one.__name__ = f"test_quirk_{name}"
    return one


QUIRKS = [with_quirk("echo", echo=True), with_quirk("crcrlf", crcrlf=True),
          with_quirk("half_lines", split=3), with_quirk("garbage", garbage="00ff80feff0d0a2b"),
          with_quirk("no_ok", cpin_no_ok=True), with_quirk("at_error", at_error=True)]


async def test_urcs_inside(folder):
    """In the middle of a listing, and two in one read."""
    modem, shell = await start(folder)
    await modem.do("text", number=FAR, text="one")
    await modem.do("text", number=FAR, text="two")
    mark = shell.mark()
    await modem.do("quirk", inside=['+CMTI: "ME",7', "RING", "NO CARRIER", "+CREG: 1"])
    texts = (await shell.do("sweep"))["texts"]
    assert [t["text"] for t in texts] == ["one", "two"], texts
    await shell.event("texts-waiting", after=mark)
    mark = shell.mark()
    await modem.do("emit", hex=b'\r\n+CMTI: "ME",1\r\n\r\n+QTONEDET: 53\r\n\r\n+CM'.hex())
    await shell.event("texts-waiting", after=mark)
    mark = shell.mark()
    await modem.do("emit", hex=b'TI: "SM",1,"MMS PUSH",2,1\r\n'.hex())
    await shell.event("texts-waiting", after=mark)


async def test_garbage(folder):
    """Megabytes of it, and all that looks like something."""
    modem, shell = await start(folder)
    lines = ["+CLCC: 1,0", "+CLCC: ,,,,,", '+CLIP: "', "+CREG:", "+CMGL: 99999999999999999999",
             '+QIND: "ccinfo",,,', "^DSCI: -1,-1,-1", "+CDS: 999", "+CMT: ,", "^CEND:9,9,9,9",
             "VOICE CALL: END:", "BUSY", "NO CARRIER", "+CPIN: NONSENSE", "ERROR", "OK", "> ",
             "+CME ERROR: 16", "A" * 5000]
    for line in lines:
        await modem.do("emit", line=line)
    seed = int(os.environ.get("PL_TEST_SEED", random.randrange(1 << 20)))
    print(f"# PL_TEST_SEED={seed}")
    garbage = random.Random(seed)
    for _ in range(16):
        await modem.do("emit", hex=garbage.randbytes(1 << 16).hex())
    await modem.do("emit", hex="0d0a")
    await shell.do("sweep")
    await modem.do("texts", reports="manual")
    await full_round(modem, shell)
    assert await shell.quit() == 0


async def test_injection(folder):
    modem, shell = await start(folder)
    for number in ("+49;+CFUN=0", "49\r", "+", "49A", "4 9", "112,1", "1" * 33):
        result = await shell.ask("dial", number.replace(" ", "\u00a0"))
        assert result["code"] == 4, (number, result)
        result = await shell.ask("prepare", number.replace(" ", "\u00a0"), 1, 1, "text")
        assert result["code"] == 4, (number, result)
    lines = modem.at_lines("box")
    assert not [l for l in lines if l.startswith(("ATD", "AT+CMGW")) or "CFUN" in l], lines


async def test_lost_urcs(folder):
    """Calls come, change and end all the same, and texts are found by the sweep."""
    modem, shell = await start(folder, vendor="generic")
    await modem.do("quirk", lose_urcs=-1)
    await modem.do("policy", alert_ms=10, answer_ms=20)
    await shell.do("dial", FAR)
    await shell.event("call", state="active")
    await modem.do("hangup")
    await shell.event("call", state="ended", end="remote")


async def test_another_call_at_once(folder):
    """It has the number of the one before, whose end nobody saw."""
    modem, shell = await start(folder, vendor="generic")
    await modem.do("policy", alert_ms=10, answer_ms=20)
    await shell.do("dial", FAR)
    await shell.event("call", state="active")
    await modem.do("quirk", lose_urcs=-1)
    for call in 1, 2:
        await modem.do("hangup")
        await modem.do("call", number="+4940987654")
        await shell.event("call", call=call, state="ended", end="remote")
        await shell.event("call", call=call + 1, state="incoming", number="+4940987654")
        await shell.do("answer", call + 1)
        await shell.event("call", call=call + 1, state="active")


async def test_late_answer(folder):
    """That of a command whose time is up is not taken for the next one's."""
    modem, shell = await start(folder, answer_ms=2500)
    await modem.do("quirk", delay_ms={"+CLCC": 1600})     # one second is its time in a call
    await shell.do("dial", FAR)
    await modem.do("quirk", delay_ms={})
    handle = (await shell.do("prepare", FAR, 1, 1, "still right"))["handle"]
    assert (await shell.do("send", handle))["mr"] >= 0
    assert (await modem.outbox(1))[0]["text"] == "still right"


# The modem goes.

async def test_vanishes(modem, shell, _vendor):
    await modem.do("policy", alert_ms=10, answer_ms=20)
    await shell.do("dial", FAR)
    await shell.event("call", state="active")
    await shell.event("audio", on=True)
    mark = shell.mark()
    await modem.do("vanish")
    await shell.event("call", after=mark, state="ended", end="lost")
    await shell.event("audio", after=mark, on=False)
    await shell.state("absent", after=mark)
    for words in ("dial", FAR), ("sweep",), ("reset",), ("forwarding",):
        assert (await shell.ask(*words))["code"] == 1, words
    mark = shell.mark()
    await modem.do("appear")
    await shell.state("ready", after=mark)
    await shell.event("texts-waiting", after=mark)
    await modem.do("texts", reports="manual")
    await full_round(modem, shell)


async def test_silent_in_a_call(modem, shell, _vendor):
    """Two questions without an answer, whatever the first is, and the call is over."""
    await modem.do("policy", alert_ms=10, answer_ms=20)
    await shell.do("dial", FAR)
    await shell.event("call", state="active")
    mark = shell.mark()
    await modem.do("quirk", mute=True)
    asked = len(modem.events)
    # What comes of it, AT+COPS?, has 20 s where there is no call.
    await modem.do("emit", line='+CREG: 1,"0001","00000001",7')
    await shell.event("call", after=mark, state="ended", end="lost")
    lines = [e["text"] for e in modem.events[asked:] if e["event"] == "at" and e["from"] == "box"]
    # the first one may have come just before
    assert lines[-1] == "AT+CMEE?" and len(lines) <= 2, lines
    await shell.event("status", after=mark, state="not-answering",
                      problem="the modem does not answer: it is set up anew")
    refused = await shell.ask("dial", FAR)
    assert refused["code"] == 3 and refused["error"] == "the modem does not answer", refused
    await modem.do("quirk")
    await modem.do("hangup")
    await shell.event("status", after=mark, state="ready", problem=None)
    await shell.event("texts-waiting", after=mark)
    await modem.do("texts", reports="manual")
    await full_round(modem, shell)


async def test_silent_while_ringing(folder):
    modem, shell = await start(folder)
    await modem.do("call", number=FAR)
    await shell.event("call", state="incoming", number=FAR)
    mark = shell.mark()
    await modem.do("quirk", mute=True)
    shell.send("answer", 1)
    await shell.event("call", after=mark, state="ended", end="lost")
    await shell.state("not-answering", after=mark)


async def test_ladder(folder):
    """Asked again, restarted, given up; plugged in again it works."""
    modem, shell = await start(folder, answer_ms=300)
    await shell.do("dial", FAR)
    await shell.event("call", state="alerting")
    mark = shell.mark()
    await modem.do("quirk", mute=True)
    await shell.event("call", after=mark, state="ended", end="lost")
    await shell.event("status", after=mark, state="not-answering",
                      problem="the modem does not answer: it is restarted")
    status = await shell.event("status", after=mark, state="failed",
                               problem="the modem does not answer, a restart did not help: "
                               "unplug it and plug it in again, and check its power supply")
    assert [l for l in modem.at_lines("box") if l == "AT+CFUN=1,1"], status
    await modem.do("vanish")
    await shell.state("absent", after=mark)
    await modem.do("quirk")
    await modem.do("appear")
    await shell.event("status", after=mark, state="ready", problem=None)


async def test_reset(modem, shell, vendor):
    mark = shell.mark()
    await shell.do("reset")
    await shell.state("absent", after=mark)
    await shell.state("ready", after=mark)
    command = "AT+CRESET" if vendor == "simtech" else "AT+CFUN=1,1"
    assert command in modem.at_lines("box")


async def test_restarts_by_itself(folder):
    """The port stays, the modem has forgotten all."""
    modem, shell = await start(folder)
    mark = shell.mark()
    await modem.do("emit", line="RDY")
    await shell.state("absent", after=mark)
    await shell.state("ready", after=mark)


async def test_forwarding(folder):
    modem, shell = await start(folder)
    assert (await shell.do("forwarding"))["number"] == ""
    await modem.do("forwarding", number="+491719999")
    assert (await shell.do("forwarding"))["number"] == "+491719999"
    await shell.do("erase-forwarding")
    assert (await shell.do("forwarding"))["number"] == ""
    assert (await modem.do("forwarding"))["number"] is None


async def test_ussd(folder):
    """What the network says, in either alphabet; a menu is not answered; one at a time."""
    modem, shell = await start(folder)
    await modem.do("ussd", code="*100#", reply="5 EUR\nbye")
    assert (await shell.do("ussd", "*100#"))["text"] == "5 EUR\nbye"
    await modem.do("ussd", code="*101#", reply="0035002020AC", status=1, dcs=72)
    assert (await shell.do("ussd", "*101#"))["text"] == "5 \u20ac"
    await shell.do("sweep")
    assert "AT+CUSD=2" in modem.at_lines("box")
    assert (await shell.ask("ussd", "*999#"))["error"] == "the network does not know this code"
    for bad in "+491", '*1#"', "abc":
        assert (await shell.ask("ussd", bad))["code"] == 4, bad
    mark = shell.mark()
    await modem.do("emit", line='+CUSD: 0,"an advertisement",15')
    await modem.do("quirk", delay_ms={"+CUSD": 300})
    shell.send("ussd", "*100#")
    assert (await shell.ask("ussd", "*100#"))["error"] == "another code is under way"
    await shell.done("ussd", after=mark, text="5 EUR\nbye")
    await modem.do("quirk", fail={"+CUSD": ["ERROR", 1]})
    assert not (await shell.ask("ussd", "*100#"))["ok"]
    await modem.do("quirk", delay_ms={"+CUSD": 30000})
    mark = shell.mark()
    shell.send("ussd", "*100#")
    await modem.do("vanish")
    await shell.done("ussd", after=mark, code=1)


async def test_not_there(folder):
    """The port comes late, or is another thing."""
    modem = await SimModem.start(folder, "--absent")
    shell = await Shell.start(modem, ready=False)
    problem = f"the modem is not there: '{modem.at}': No such file or directory"
    await shell.event("status", problem=problem)
    with open(modem.at, "w", encoding="ascii"):
        await shell.event("status",
                          problem=f"the modem is not there: '{modem.at}': "
                          "Inappropriate ioctl for device")
    os.unlink(modem.at)
    mark = shell.mark()
    await modem.do("appear")
    await shell.event("status", after=mark, state="ready", problem=None)


async def test_nobody_answers(folder):
    modem = await SimModem.start(folder)
    await modem.do("quirk", mute=True)
    shell = await Shell.start(modem, ready=False, answer_ms=100)
    await shell.event("status", state="failed", problem=f"nothing answers on '{modem.at}': "
                      "is it the port for AT commands of the modem?")


async def test_rings_while_busy(folder):
    """A text that takes long must not keep a call from being shown."""
    modem, shell = await start(folder)
    await modem.do("calls", ring_ms=600)
    await modem.do("texts", delay_ms=3000)
    handle = (await shell.do("prepare", FAR, 1, 1, "slow"))["handle"]
    shell.send("send", handle)
    await modem.do("quirk", lose_urcs=2)        # ccinfo and ^DSCI
    await modem.do("call", number=FAR)
    await shell.event("call", state="incoming", number=FAR)
    assert not [l for l in shell.lines if l.get("done") == "send"]
    await shell.do("answer", 1)
    await shell.event("call", call=1, state="active")
    assert (await modem.outbox(1))[0]["text"] == "slow"
    assert shell.calls(1) == ["incoming", "active"], shell.calls(1)


async def test_wideband(folder):
    modem, shell = await start(folder, "--audio-rate", "16000", vendor="simtech")
    assert (await shell.ask("status"))["rate"] == 16000
    assert (await modem.do("sound"))["rate"] == 16000


ORDERS = {
    "generic": (["ATD", "AT+CHUP"], ["ATA", "AT+CHUP"]),
    "quectel": (["AT+QPCMV=0", "AT+QPCMV=1,0", "ATD", "AT+CHUP", "AT+QPCMV=0"],
                ["AT+QPCMV=0", "AT+QPCMV=1,0", "ATA", "AT+CHUP", "AT+QPCMV=0"]),
    "simtech": (["ATD", "VOICE CALL: BEGIN", "AT+CPCMREG=1", "AT+CHUP", "AT+CPCMREG=0"],
                ["ATA", "VOICE CALL: BEGIN", "AT+CPCMREG=1", "AT+CHUP", "AT+CPCMREG=0"]),
    "huawei": (["ATD", "^CONN:1,0", "AT^DDSETEX=2", "AT+CHUP"],
               ["ATA", "^CONN:1,0", "AT^DDSETEX=2", "AT+CHUP"]),
}
SETUPS = {
    "generic": [],
    "quectel": ['AT+QURCCFG="urcport","usbat"', 'AT+QINDCFG="ccinfo",1,0',
                'AT+QINDCFG="smsfull",1,0', "AT^DSCI=1", 'AT+QGPSCFG="outport","none"',
                "AT+QEEC=2,0", "AT+QTONEDET=1", "AT+CTZU=1"],
    "simtech": ["AT+CLCC=1", "AT+CECM=0", "AT+CMICGAIN=3", "AT+COUTGAIN=8", "AT+DDET=1",
                "AT+CTZU=1", "AT+CPCMFRM=0"],
    "huawei": ["AT^CURC=1", "AT^CVOICE?", "AT^DDTMFCFG=0,1"],
}


def order_of(modem, after):
    """What the order depends on, in the order that it went over the port."""
    words = ("ATD", "ATA", "AT+CHUP", "QPCMV", "CPCMREG", "DDSETEX", "VOICE CALL: BEGIN", "^CONN")
    found = [e["text"].strip() for e in modem.events[after:] if e["event"] == "at"]
    return ["ATD" if line.startswith("ATD") else line for line in found
            if any(word in line for word in words)]


async def test_orders(modem, shell, vendor):
    setup = modem.at_lines("box")
    assert setup[:4] == ["AT", "ATE0", "ATV1", "AT+CMEE=1"], setup
    assert [line for line in setup if line in SETUPS[vendor]] == SETUPS[vendor], setup
    assert setup.index("AT+CPIN?") < setup.index("AT+CLIP=1") < setup.index("AT+CMGF=0"), setup
    if SETUPS[vendor]:
        assert setup.index(SETUPS[vendor][-1]) < setup.index("AT+CPMS=?"), setup
    after = len(modem.events)
    await modem.do("policy", alert_ms=10, answer_ms=20)
    await shell.do("dial", FAR)
    await modem.event("audio", after=after, on=True)
    await shell.event("audio", on=True)
    await shell.do("hang-up", 1)
    mark = shell.mark()
    await shell.event("call", call=1, state="ended", end="local")
    await modem.event("audio", after=after, on=False)
    await shell.do("sweep")     # behind what the end of a call left to be said
    assert order_of(modem, after) == ORDERS[vendor][0]
    after = len(modem.events)
    await modem.do("call", number=FAR)
    await shell.event("call", call=2, state="incoming")
    await shell.do("answer", 2)
    await modem.event("audio", after=after, on=True)
    await shell.event("audio", after=mark, on=True)
    await shell.do("hang-up", 2)
    await shell.event("call", call=2, state="ended", end="local")
    await shell.do("sweep")
    assert order_of(modem, after) == ORDERS[vendor][1]


async def test_sound_repaired(folder):
    """Quectel: refused twice (off, on), then taken behind AT+QAUDMOD, still before ATD."""
    modem, shell = await start(folder)
    await modem.do("quirk", fail={"+QPCMV": ["ERROR", 2]})
    await modem.do("policy", alert_ms=10, answer_ms=20)
    after = len(modem.events)
    await shell.do("dial", FAR)
    await shell.event("audio", on=True)
    await modem.event("audio", on=True)
    assert order_of(modem, after) == ["AT+QPCMV=0", "AT+QPCMV=1,0", "AT+QAUDMOD=3;+QPCMV=1,0",
                                      "ATD"]
    await modem.do("hangup")
    await shell.event("call", state="ended")
    await shell.event("audio", on=False, problem=None)
    assert not [l for l in modem.at_lines("box") if "CFUN" in l]


def refused_sound(vendor, command, restart):
    async def one(folder):
        """The call goes on and says that it has no sound; after it the modem is restarted, once."""
        modem, shell = await start(folder, vendor=vendor)
        await modem.do("policy", alert_ms=10, answer_ms=20)
        name = command.removeprefix("AT").partition("=")[0]
        for call in 1, 2:
            await modem.do("quirk", fail={name: ["+CME ERROR: 4", -1]})
            mark = shell.mark()
            await shell.do("dial", FAR)
            event = await shell.event("audio", after=mark, on=False)
            assert event["problem"].startswith(
                f"the call has no sound: the modem answers {command} with: "), event
            await shell.event("call", after=mark, call=call, state="active")
            await modem.do("hangup")
            await shell.event("call", after=mark, call=call, state="ended", end="remote")
            await shell.event("audio", after=mark, on=False, problem=None)
            if call == 1:
                await shell.event("status", after=mark, state="absent",
                                  problem="the modem is restarted, because a call had no sound")
                mark = shell.mark()
                await shell.event("status", after=mark, state="ready", problem=None)
                await shell.event("texts-waiting", after=mark)
        await shell.do("sweep")
        assert modem.at_lines("box").count(restart) == 1
        await modem.do("quirk")
        mark = shell.mark()
        await shell.do("dial", FAR)
        await shell.event("audio", after=mark, on=True)
    one.__name__ = f"test_sound_refused_{vendor}"
    return one


REFUSED = [refused_sound("quectel", "AT+QPCMV=1,0", "AT+CFUN=1,1"),
           refused_sound("simtech", "AT+CPCMREG=1", "AT+CRESET"),
           refused_sound("huawei", "AT^DDSETEX=2", "AT+CFUN=1,1")]


# --modem auto

NONE = ("no modem is found: plug one by Quectel, SIMCom or Huawei into USB, or name the port of "
        "another with --modem at:DEVICE")


async def machine(folder, vendor="quectel", name="root"):
    """A machine with nothing plugged in, and a modem to plug in."""
    os.makedirs(os.path.join(folder, vendor), exist_ok=True)
    return Usb(os.path.join(folder, name)), await SimModem.start(os.path.join(folder, vendor),
                                                                 vendor=vendor)


async def test_auto(folder):
    """By the maker's number, commands and voice by the interface's; nobody else is written to."""
    usb, modem = await machine(folder)
    theirs, ours = os.openpty()
    usb.plug("1-2", "0403", {0: os.ttyname(ours)}, name=("FTDI", "UART"))
    nowhere = os.path.join(folder, "nothing")
    ports = usb.plug("1-1", "2c7c", {0: nowhere, 1: modem.pcm, 2: modem.at, 3: nowhere})
    shell = await Shell.start_auto(usb.root)
    status = await shell.state("ready")
    assert (status["device"], status["pcm"]) == (ports[2], ports[1]), status
    await modem.do("policy", alert_ms=10, answer_ms=20)
    await shell.do("dial", FAR)
    await modem.event("audio", on=True)
    os.set_blocking(theirs, False)
    try:
        assert not os.read(theirs, 100)
    except BlockingIOError:
        pass


async def test_auto_simcom(folder):
    """Its voice is elsewhere; without udev there are the kernel's names."""
    usb, modem = await machine(folder, "simtech")
    ports = usb.plug("1-1", "1e0e", {2: modem.at, 4: modem.pcm}, by_id=False)
    shell = await Shell.start_auto(usb.root)
    status = await shell.state("ready")
    assert (status["device"], status["pcm"]) == (ports[2], ports[4]), status


async def test_auto_elsewhere(folder):
    """Not where the maker's others have it: the ports that do not answer are passed by."""
    usb, modem = await machine(folder)
    theirs, ours = os.openpty()
    ports = usb.plug("1-1", "2c7c", {0: os.path.join(folder, "nothing"), 2: os.ttyname(ours),
                                     3: modem.at})
    shell = await Shell.start_auto(usb.root)
    status = await shell.state("ready")
    assert (status["device"], status["pcm"]) == (ports[3], None), status
    os.close(theirs)


async def test_auto_comes_and_goes(folder):
    """Not there, there, gone, there as another one."""
    usb, modem = await machine(folder)
    shell = await Shell.start_auto(usb.root)
    await shell.event("status", state="absent", problem=NONE)
    first = usb.plug("1-1", "2c7c", {2: modem.at})
    await shell.event("status", state="ready", device=first[2])
    mark = shell.mark()
    await modem.do("vanish")
    usb.unplug()
    await shell.state("absent", after=mark)
    await modem.do("appear")
    second = usb.plug("1-4", "2c7c", {2: modem.at})
    assert first != second
    await shell.event("status", after=mark, state="ready", device=second[2], problem=None)


async def test_auto_several(folder):
    usb, one = await machine(folder)
    os.makedirs(os.path.join(folder, "other"))
    two = await SimModem.start(os.path.join(folder, "other"), vendor="huawei")
    first = usb.plug("1-1", "2c7c", {2: one.at})
    second = usb.plug("1-2", "12d1", {2: two.at}, name=("HUAWEI", "E173"))
    shell = await Shell.start_auto(usb.root)
    await shell.event("status", state="absent", problem="there are several modems, choose one: "
                      f"Quectel EC25 with --modem at:{first[2]}, "
                      f"HUAWEI E173 with --modem at:{second[2]}")


async def test_auto_in_use(folder):
    """Another program has it for itself, as ModemManager would: told once, not for each port."""
    usb = Usb(os.path.join(folder, "root"))
    theirs, ours = os.openpty()
    fcntl.ioctl(ours, termios.TIOCEXCL)
    ports = usb.plug("1-1", "2c7c", {i: os.ttyname(ours) for i in range(4)})
    shell = await Shell.start_auto(usb.root)
    await shell.event("status", state="absent", problem=f"no modem answers: '{ports[2]}' is in use "
                      "by another program: stop it (systemctl stop ModemManager), or leave the "
                      "modem to it with --modem mm")
    os.close(theirs)


async def test_auto_no_answer(folder):
    usb, modem = await machine(folder)
    await modem.do("quirk", mute=True)
    ports = usb.plug("1-1", "2c7c", {2: modem.at})
    shell = await Shell.start_auto(usb.root)
    await shell.event("status", state="absent",
                      problem=f"no modem answers: '{ports[2]}' does not answer")
    await modem.do("quirk")
    await shell.state("ready")


async def test_no_pcm(folder):
    """Without a port for it nothing is switched on."""
    modem, shell = await start(folder, "--pcm", "none")
    await modem.do("policy", alert_ms=10, answer_ms=20)
    await shell.do("dial", FAR)
    await shell.event("call", state="active")
    assert not [l for l in modem.at_lines("box") if "QPCMV" in l]


VENDOR_CASES = [case for group in (test_status, test_dial, test_hang_up, test_incoming, test_ends,
                                   test_two_calls, test_texts, test_vanishes, test_reset,
                                   test_orders, test_silent_in_a_call)
                for case in each_vendor(group)]
run(VENDOR_CASES + QUIRKS + REFUSED
    + [test_keeps_no_texts, test_full_store, test_both_stores, test_refused_text, test_pin,
       test_wrong_pin, test_pin_by_hand, test_puk, test_no_card, test_urcs_inside, test_garbage,
       test_injection, test_lost_urcs, test_another_call_at_once, test_late_answer,
       test_silent_while_ringing, test_ladder,
       test_sound_repaired, test_auto, test_auto_simcom, test_auto_elsewhere,
       test_auto_comes_and_goes, test_auto_several, test_auto_in_use, test_auto_no_answer,
       test_restarts_by_itself, test_ussd, test_forwarding, test_wideband, test_no_pcm,
       test_not_there, test_nobody_answers, test_rings_while_busy])
