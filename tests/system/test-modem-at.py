#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""PlModemAt against the simulated modem: every vendor, and what real modems should not do."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_modem_shell import Shell
from pl_simmodem import SimModem
from pl_test import run

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


run([case for group in (test_status, test_dial, test_hang_up) for case in each_vendor(group)])
