#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients of the SIM box: several programs of one, pairing, and the file that says who may what."""

import asyncio
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import BOXD, Box, Child, Device
from pl_punchline import PUNCHLINE, in_thread
from pl_test import run

THEM = "+4915100001"
MAX_CONNECTIONS = 8
MAX_CLIENTS = 16
PAGE = 16


async def ready(device, *args):
    """A command of that device, connected."""
    child = device.start(*args, "--json")
    await child.said('"ready"')
    return child


async def modem_ready(device):
    while (await device.objects("status"))[0]["state"] != "ready":
        pass


async def test_programs_at_once(folder):
    """Two that wait for texts, one that calls, and the commands of every day beside them."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await modem_ready(laptop)
    watches = [await ready(laptop, "sms", "watch") for _ in range(2)]
    await box.modem.do("policy", answer_ms=50)
    call = laptop.start("call", THEM, "--json")
    await call.object(state="active", you=True)
    await box.modem.do("text", number=THEM, text="to both")
    for watch in watches:
        await watch.object(text="to both")
    await laptop.ask("sms", "send", THEM, "meanwhile")
    watches[0].signal(signal.SIGKILL)
    third = await ready(laptop, "sms", "watch")
    await box.modem.do("text", number=THEM, text="to the new one")
    for watch in watches[1], third:
        await watch.object(text="to the new one")
    assert call.alive() and (await box.modem.do("calls"))["calls"], "the call goes on"
    await laptop.ask("hangup")
    assert await call.status() == 0, call.output()


async def test_too_many_programs(folder):
    """Those that are there stay; the next waits until one goes."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await modem_ready(laptop)
    watches = [await ready(laptop, "sms", "watch") for _ in range(MAX_CONNECTIONS)]
    late = laptop.start("sms", "watch", "--json")
    await late.said('"connecting"')
    await late.said('"closed"')
    watches[0].signal(signal.SIGTERM)
    await late.said('"ready"')
    await box.modem.do("text", number=THEM, text="to all of them")
    for watch in [*watches[1:], late]:
        await watch.object(text="to all of them")
    assert not any('"lost"' in watch.output() for watch in watches), "they were left alone"


async def test_killed_in_call(folder):
    """What a program had that died is its device's, as soon as the box has seen it."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    phone = await box.pair("phone")
    await modem_ready(laptop)
    bystander = await ready(phone, "answer")
    await box.modem.do("policy", answer_ms=50)
    call = laptop.start("call", THEM, "--json")
    await call.object(state="active")
    call.signal(signal.SIGKILL)
    answer = await ready(laptop, "answer")
    await answer.object(state="lost")
    await answer.object(state="active", you=True)
    assert bystander.alive(), "it has not taken the call"
    await box.modem.do("hangup")
    assert await answer.status() == 0, answer.output()


def lines_of(box):
    with open(box.clients) as file:
        return file.read().splitlines()


def write_lines(box, lines):
    with open(box.clients, "w") as file:
        file.write("".join(line + "\n" for line in lines))


async def test_edited(folder):
    """What is right in the file holds at once, whatever is wrong in other lines."""
    box = await Box.start(folder)
    laptop, phone, tablet = [await box.pair(name) for name in ("laptop", "phone", "tablet")]
    await modem_ready(laptop)
    watches = [await ready(device, "sms", "watch") for device in (laptop, phone, tablet)]
    line = {text.split()[0]: text for text in lines_of(box)}

    # A mistake in one line; another is removed.
    broken = line["laptop"].replace("call,sms,voicemail", "call,smss")
    write_lines(box, ["# by hand", broken, line["tablet"]])
    await watches[1].said('"lost"')
    await box.said("line 2: right 'smss'")
    await box.modem.do("text", number=THEM, text="still here")
    for watch in watches[0], watches[2]:
        await watch.object(text="still here")

    # Right again, with less; and who was out is in.
    write_lines(box, [line["laptop"].replace("call,sms,voicemail", "read-only"), line["phone"]])
    await watches[0].said('"lost"')
    await watches[2].said('"lost"')
    status, _, err = await laptop.run("dnd", "on")
    assert status == 5 and "does not allow" in err, (status, err)
    await phone.ask("dnd", "on")

    # An editor that writes elsewhere and renames; and the file is gone.
    other = box.clients + ".new"
    with open(other, "w") as file:
        file.write(line["tablet"] + "\n")
    watch = await ready(phone, "sms", "watch")
    os.rename(other, box.clients)
    await watch.said('"lost"')
    watch = await ready(tablet, "sms", "watch")
    os.unlink(box.clients)
    await watch.said('"lost"')


async def test_link(folder):
    """The link is the code and the server; neither is in the list of processes."""
    box = await Box.start(folder)
    device = Device(folder, "laptop")
    door = Child([BOXD, "pair", "--state-dir", box.state])
    code = await door.line()
    await door.said("#pair=")
    link, = re.findall(r"http://\S+", door.output())
    assert link == box.signald.url.replace("ws:", "http:") + "/#pair=" + code, link
    pair = device.start("pair", link, "--name", "laptop")
    while "pair=" in (shown := open(f"/proc/{pair.process.pid}/cmdline").read()):
        assert pair.alive(), pair.output()
    assert code not in shown, shown
    assert await pair.status() == 0, pair.output()
    assert await door.status() == 0, door.output()
    await modem_ready(device)


async def test_pair_by_hand(folder):
    """The code is shown as a QR on a terminal, and typed in on the other side."""
    box = await Box.start(folder)
    master, slave = os.openpty()
    door = subprocess.Popen([BOXD, "pair", "--state-dir", box.state], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    code = (await in_thread(door.stdout.readline)).decode()
    shown = b""
    while "█" not in shown.decode(errors="replace"):
        shown += await in_thread(os.read, master, 4096)
    device = Device(folder, "laptop")
    pair = subprocess.Popen([PUNCHLINE, "pair", "--signaling", box.signald.url], env=device.env,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
    out, _ = await in_thread(pair.communicate, code.encode())
    assert (pair.returncode, out) == (0, b"home\n"), (pair.returncode, out)
    while b"paired with" not in shown:
        shown += await in_thread(os.read, master, 4096)
    assert await in_thread(door.wait) == 0
    door.stdout.close()
    os.close(master)


async def test_pair_without_code(folder):
    nobody = Device(folder, "nobody")
    for args in [["pair"], ["pair", "--signaling", "ws://127.0.0.1:1"]]:
        status, out, err = await nobody.run(*args)
        assert (status, out) == (2, "") and "no code" in err, (status, out, err)
    status, out, err = await nobody.run("pair", "417-walnut-harbor-ember")
    assert (status, out) == (2, "") and "--signaling" in err, (status, out, err)


async def test_too_many_clients(folder):
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    line, = lines_of(box)
    keys = [line]
    while len(keys) < MAX_CLIENTS:
        other = Device(folder, f"c{len(keys)}")
        await other.run("status", "--signaling", box.signald.url)
        door = Child([BOXD, "pair", "--state-dir", box.state])
        await other.ask("pair", await door.line(), "--signaling", box.signald.url)
        assert await door.status() == 0, door.output()
        keys = lines_of(box)
    late = Device(folder, "late")
    door = Child([BOXD, "pair", "--state-dir", box.state])
    status, out, err = await late.run("pair", await door.line(), "--signaling", box.signald.url)
    assert (status, out) == (1, "") and "16 clients already" in err, (status, out, err)
    assert await door.status() == 1, door.output()
    assert lines_of(box) == keys
    assert (await late.objects("boxes")) == []
    await modem_ready(laptop)


async def miss_call(box, reader, number):
    """The box has heard it ring; one who may not answer says so."""
    bell = await ready(reader, "answer")
    await box.modem.do("call", number=number)
    await bell.object(state="incoming")
    await box.modem.do("hangup")
    assert await bell.status() in (1, 5), bell.output()


async def test_missed(folder):
    """What was missed is counted until somebody was shown it; the log has all."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    reader = await box.pair("reader", "--rights", "read-only")
    await modem_ready(laptop)
    assert (await laptop.objects("status"))[0]["missed_calls"] == 0
    for number in THEM, "+4915100002":
        await miss_call(box, reader, number)
        while number not in await laptop.ask("calls"):
            pass
    assert (await laptop.objects("status"))[0]["missed_calls"] == 0, "the list has shown them"
    await miss_call(box, reader, THEM)
    while (shown := await laptop.ask("status")).count("missed") == 0:
        pass
    assert "missed     1, see" in shown, shown
    assert "missed" not in await laptop.ask("status")
    calls = await laptop.objects("calls")
    assert [call["number"] for call in calls] == [THEM, "+4915100002", THEM], calls
    assert {call["state"] for call in calls} == {"missed"}, calls


async def test_many_calls(folder):
    """The log is read page by page."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    reader = await box.pair("reader", "--rights", "read-only")
    await modem_ready(laptop)
    for n in range(PAGE + 2):
        await miss_call(box, reader, f"+49151{n:05}")
    while len(calls := await laptop.objects("calls")) < PAGE + 2:
        pass
    assert [call["number"] for call in calls] == [f"+49151{n:05}" for n in range(PAGE + 1, -1, -1)]


async def test_terminal(folder):
    """A text from a stranger does nothing to the terminal, and is one text."""
    box = await Box.start(folder)
    laptop = await box.pair("laptop")
    await modem_ready(laptop)
    await box.modem.do("text", number=THEM, text="\u001b[2Jone\ntwo\u009b31m")
    while not (shown := await laptop.ask("sms", "list")):
        pass
    assert "\u001b" not in shown and "\u009b" not in shown and shown.count("\n") == 1, shown


run([case for name, case in list(globals().items()) if name.startswith("test_")])
