#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""PlModemMm on the unmodified ModemManager, and that on the simulated modem."""

import asyncio
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_dbus import Bus, ModemManager, need
from pl_modem_shell import Shell
from pl_simmodem import SimModem
from pl_test import run

need("ModemManager")

PORT = f"abstract:punchline.mm.{os.getpid()}"
GONE, NOT_READY, INVALID, UNSUPPORTED = 1, 3, 4, 5     # PlModemError


SHELLS = []


async def start(folder, *options, vendor="generic", ready=True):
    bus = await Bus.start(folder)
    sim = await SimModem.start(folder, *options, vendor=vendor, at_socket=PORT)
    daemon = await ModemManager.start(bus, folder)
    await daemon.add(vendor, PORT)
    shell = await Shell.start_mm(bus, ready=ready)
    SHELLS.append(shell)
    return sim, bus, daemon, shell


def ending_well(test):
    """The shell ends in good order after it, with nothing leaked where that is looked for."""
    async def case(folder):
        await test(folder)
        assert await SHELLS.pop().quit() == 0
    case.__name__ = test.__name__
    return case


async def sweep(shell, count):
    """What the modem holds, when it is this many."""
    while True:
        after = shell.mark()
        result = await shell.ask("sweep")
        if result["ok"] and len(result["texts"]) == count:
            return result["texts"]
        await shell.event("texts-waiting", after=after)


async def send(shell, number, text):
    handle = (await shell.do("prepare", number, 1, 7, text))["handle"]
    return handle, await shell.do("send", handle)


async def test_status(folder):
    sim, _, _, shell = await start(folder)
    status = await shell.event("status", state="ready", operator="Simnet", percent=64)
    assert status["model"] == "Simulated modem" and status["imei"] == "490154203237518", status
    assert status["own_number"] == "+4915112345678" and status["technology"] == "LTE", status
    assert status["tries"] == 3 and not status["roaming"], status
    while status["iccid"] is None:
        status = await shell.ask("status")
    assert status["iccid"] == "8949012345678901234" and status["firmware"], status
    await sim.do("network", registration="roaming")
    await shell.event("status", roaming=True)
    await sim.do("network", registration="denied")
    await shell.state("denied", after=shell.mark() - 1)
    refused = await shell.ask("forwarding")
    assert refused["code"] == UNSUPPORTED, refused


async def test_ussd(folder):
    """What the network says; a menu is left, so that the next code goes out."""
    sim, _, _, shell = await start(folder)
    await sim.do("ussd", code="*100#", reply="5 EUR")
    await sim.do("ussd", code="*101#", reply="1 more, 2 less", status=1)
    for code, text in ("*101#", "1 more, 2 less"), ("*100#", "5 EUR"):
        assert (await shell.do("ussd", code))["text"] == text
    assert not (await shell.ask("ussd", "*999#"))["ok"]
    assert (await shell.ask("ussd", "100;"))["code"] == INVALID


async def test_texts_in(folder):
    sim, _, _, shell = await start(folder)
    for number, text in ("+4917099", "Smile 😀 €"), ("Bank", "Code 1234"):
        await sim.do("text", number=number, text=text)
        got, = await sweep(shell, 1)
        assert (got["number"], got["text"], got["kind"]) == (number, text, 0), got
        await shell.do("delete", got["handle"])
        await sim.event("deleted")
        assert (await shell.ask("sweep"))["texts"] == []
    assert not (await shell.ask("delete", got["handle"]))["ok"]


async def test_burst_loses_nothing(folder):
    """ModemManager fetches the first of them only; the others by the second look."""
    sim, _, _, shell = await start(folder)
    long = "0123456789" * 40
    await sim.do("text", number="+4917099", text=long, order=[3, 1, 2])
    for n in range(4):
        await sim.do("text", number="+4917099", text=f"text {n}")
    texts = await sweep(shell, 5)
    assert sorted(t["text"] for t in texts) == sorted([long, *(f"text {n}" for n in range(4))])
    # all the while it was ready
    states = {e["state"] for e in shell.lines[shell.lines.index(await shell.state("ready")):]
              if e.get("event") == "status"}
    assert states == {"ready"}, states


async def test_burst_of_parts(folder):
    sim, _, _, shell = await start(folder)
    long = "0123456789" * 40
    await sim.do("text", number="+4917099", text=long, order=[2, 3, 1])
    got, = await sweep(shell, 1)
    assert got["text"] == long, got


async def test_texts_out(folder):
    sim, _, _, shell = await start(folder)
    handle, result = await send(shell, "+491234", "grüße 😀 [x]")
    sent, = await sim.outbox(1)
    assert (sent["number"], sent["text"]) == ("+491234", "grüße 😀 [x]"), sent
    assert result["mr"] == sent["mr"] and sent["report"], (result, sent)
    # its report, and itself, with the same handle
    texts = await sweep(shell, 2)
    ours, = (t for t in texts if t["ours"])
    report, = (t for t in texts if not t["ours"])
    assert ours["handle"] == handle and ours["went_out"], ours
    assert report["kind"] == 1 and report["mr"] == sent["mr"], report
    # the same once more is a text of its own
    again, _ = await send(shell, "+491234", "grüße 😀 [x]")
    assert again == handle and len(await sim.outbox(2)) == 2
    long = "long " * 60
    await send(shell, "+491234", long.strip())
    assert "".join(t["text"] for t in (await sim.outbox(4))[2:]) == long.strip()


async def test_prepared_survives_the_daemon(folder):
    sim, bus, daemon, shell = await start(folder)
    text = "two parts of it " * 14 + "€"
    handle = (await shell.do("prepare", "+491234", 1, 7, text))["handle"]
    daemon.signal(9)
    daemon.wait()
    await shell.state("absent", after=shell.mark() - 1)
    assert (await shell.ask("send", handle))["code"] == GONE
    after = shell.mark()
    daemon = await ModemManager.start(bus, folder)
    await daemon.add("generic", PORT)
    await shell.event("texts-waiting", after=after)
    ours, = await sweep(shell, 1)
    assert ours["handle"] == handle and not ours["went_out"], ours
    assert (await sim.do("outbox"))["texts"] == []
    await shell.do("send", handle)
    assert "".join(t["text"] for t in await sim.outbox(2)) == text


async def test_failed_sending(folder):
    sim, _, _, shell = await start(folder)
    await sim.do("texts", cms=500, count=1)
    handle = (await shell.do("prepare", "+491234", 1, 7, "hello"))["handle"]
    failed = await shell.ask("send", handle)
    assert not failed["ok"], failed
    assert (await sim.do("outbox"))["texts"] == []
    await shell.do("send", handle)
    assert len(await sim.outbox(1)) == 1


async def test_incoming_call(folder):
    sim, _, daemon, shell = await start(folder)
    await sim.do("call", number="+4917099")
    call = (await shell.event("call", state="incoming", number="+4917099"))["call"]
    await shell.do("answer", call)
    await shell.event("call", call=call, state="active")
    await shell.do("dtmf", call, "12#")
    assert (await sim.do("calls"))["calls"][0]["heard"] == "12#"
    await daemon.idle()
    await sim.do("hangup")
    await shell.event("call", call=call, state="ended", end="remote")
    # one that rings off, one that is refused
    await sim.do("call", number="+4917098", stop_ms=500)
    call = (await shell.event("call", state="incoming", number="+4917098"))["call"]
    await shell.event("call", call=call, state="ended", end="remote")
    await sim.do("call", withheld=True)
    call = (await shell.event("call", state="incoming", number=None))["call"]
    await shell.do("hang-up", call)
    await sim.event("call", state="ended", reason="local")
    await shell.event("call", call=call, state="ended", end="local")


async def test_outgoing_call(folder):
    sim, _, _, shell = await start(folder)
    assert (await shell.ask("dial", "+49555", "hidden"))["code"] == UNSUPPORTED
    call = (await shell.do("dial", "+49555"))["call"]
    await sim.event("call", number="+49555", state="alerting")
    await shell.event("call", call=call, state="alerting", number="+49555", outgoing=True)
    await sim.do("answer")
    await shell.event("call", call=call, state="active")
    await shell.do("hang-up", call)
    await shell.event("call", call=call, state="ended", end="local")
    assert shell.calls(call) == ["dialing", "alerting", "active", "ended"], shell.calls(call)
    # ModemManager itself would take this for two commands
    refused = await shell.ask("dial", "+49;+CFUN=0")
    assert refused["code"] == INVALID, refused
    assert not any("CFUN=0" in line for line in sim.at_lines("box"))


async def test_dialled_at_the_second_look(folder):
    """While the modem is off for a moment, to find lost texts, a call waits for its end."""
    sim, _, _, shell = await start(folder)
    await sim.do("text", number="+4917099", text="hello")
    await sweep(shell, 1)
    before = len(sim.at_lines("box"))
    while "AT+CREG=0" not in sim.at_lines("box")[before:]:
        await asyncio.sleep(0.01)
    call = (await shell.do("dial", "+49555"))["call"]
    await sim.do("answer")
    await shell.event("call", call=call, state="active")


async def test_waiting_call(folder):
    sim, _, _, shell = await start(folder)
    first = (await shell.do("dial", "+49555"))["call"]
    await sim.do("answer")
    await shell.event("call", call=first, state="active")
    await sim.do("call", number="+49777")
    second = (await shell.event("call", state="waiting", number="+49777"))["call"]
    await shell.do("answer", second)
    await shell.event("call", call=second, state="active")
    await shell.event("call", call=first, state="held")


async def test_pin(folder):
    _, _, _, shell = await start(folder, "--pin", "1234", ready=False)
    await shell.state("locked")
    await shell.do("pin", "1234")
    await shell.state("ready")


async def test_wrong_pin_spends_one_try(folder):
    sim, _, _, shell = await start(folder, "--pin", "1234", ready=False)
    await shell.state("locked")
    assert not (await shell.ask("pin", "0000"))["ok"]
    await sim.event("sim", state="wrong", tries=2)
    refused = await shell.ask("pin", "1234")
    assert refused["code"] == NOT_READY, refused
    assert (await sim.do("sim"))["tries"] == 2


async def test_lost_modem(folder):
    sim, _, daemon, shell = await start(folder)
    call = (await shell.do("dial", "+49555"))["call"]
    await sim.do("answer")
    await shell.event("call", call=call, state="active")
    daemon.signal(9)
    await shell.event("call", call=call, state="ended", end="lost")
    await shell.state("absent", after=shell.mark() - 1)
    assert (await shell.ask("dial", "+49555"))["code"] == GONE


run([ending_well(test) for test in (
    test_status, test_ussd, test_texts_in, test_burst_loses_nothing, test_burst_of_parts,
    test_texts_out, test_prepared_survives_the_daemon, test_failed_sending, test_incoming_call,
    test_outgoing_call, test_dialled_at_the_second_look, test_waiting_call, test_pin,
    test_wrong_pin_spends_one_try, test_lost_modem)])
