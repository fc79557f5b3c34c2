#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an owner looks after from the command line: texts, blocked numbers, devices, the greeting."""

import os
import signal
import struct
import sys
import wave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import Box
from pl_test import run

THEM = "+4915100001"
OTHER = "+4915100002"


async def start(folder, *options):
    box = await Box.start(folder, *options)
    laptop = await box.pair("laptop")
    while (await laptop.objects("status"))[0]["state"] != "ready":
        pass
    return box, laptop


async def texts_of(device, count, *words):
    while len(texts := await device.objects("sms", "list", *words)) < count:
        pass
    return texts


async def test_texts(folder):
    """Found, read and deleted, for all devices; who was away hears of it."""
    box, laptop = await start(folder)
    phone = await box.pair("phone")
    for number, text in (THEM, "Übung macht"), (OTHER, "den Meister"), (THEM, "ÜBUNGEN"):
        before = len(await laptop.objects("sms", "list"))
        await box.modem.do("text", number=number, text=text)
        texts = await texts_of(laptop, before + 1)
    assert (await phone.objects("status"))[0]["sms_unread"] == 3
    found = await phone.objects("sms", "search", "übung")
    assert [text["text"] for text in found] == ["ÜBUNGEN", "Übung macht"], found
    assert await phone.objects("sms", "search", "übung", OTHER) == []
    await phone.ask("sms", "read", THEM)
    assert (await laptop.objects("status"))[0]["sms_unread"] == 1

    line = next(line for line in (await laptop.ask("sms", "list")).splitlines() if "Meister" in line)
    assert line.split()[0] == str(texts[1]["seq"]), line
    await phone.ask("sms", "delete", line.split()[0])
    assert [text["number"] for text in await laptop.objects("sms", "list")] == [THEM, THEM]
    status, _, err = await phone.run("sms", "delete", line.split()[0])
    assert status == 1 and "no such text" in err, (status, err)
    await phone.ask("sms", "delete", "all", "015100001")
    assert await laptop.objects("sms", "list") == []
    strange = os.fsdecode(b"\xff")
    for words in (("delete",), ("delete", "x"), ("delete", "all"), ("read",), ("search",),
                  ("list", strange), ("search", strange), ("search", "x", strange)):
        status, _, err = await phone.run("sms", *words)
        assert status == 2 and "sms delete SEQ" in err, (words, status, err)


async def test_blocked(folder):
    """Rings nowhere and is in the log; its text is there, as read."""
    box, laptop = await start(folder)
    await laptop.ask("block", "add", "0151 / 00001")
    await laptop.ask("block", "add", "Lotto")
    assert await laptop.ask("block", "list") == "015100001\nLotto\n"
    answer = laptop.start("answer", "--json", "--record", os.path.join(folder, "x.wav"))
    await answer.said('"ready"')
    begin = len(box.modem.events)
    await box.modem.do("call", number=THEM)
    await box.modem.event("call", begin, state="ended")
    await box.modem.do("text", number=THEM, text="call me")
    text, = await texts_of(laptop, 1)
    assert text["read"] and (await laptop.objects("status"))[0]["sms_unread"] == 0, text
    while not (calls := await laptop.objects("calls")):
        pass
    assert [call["state"] for call in calls] == ["blocked"], calls
    assert (await laptop.objects("status"))[0]["missed_calls"] == 0
    await laptop.ask("block", "remove", THEM)
    await box.modem.do("call", number=THEM)
    await answer.object(state="active", you=True)
    await laptop.ask("hangup")
    await answer.status()

    while len(calls := await laptop.objects("calls")) < 2:
        pass
    first = (await laptop.ask("calls")).split()[0]
    await laptop.ask("calls", "delete", first)
    assert [str(call["seq"]) for call in await laptop.objects("calls")] == [str(calls[1]["seq"])]
    await laptop.ask("calls", "delete", "all")
    assert await laptop.ask("calls") == ""
    status, _, err = await laptop.run("block", "remove", THEM)
    assert status == 1 and "not blocked" in err, (status, err)


async def test_devices(folder):
    """One is put out: it is disconnected and cannot come again. Each may go by itself."""
    box, laptop = await start(folder)
    phone = await box.pair("phone")
    reader = await box.pair("reader", "--rights", "read-only")
    while len(clients := await laptop.objects("clients", "list")) < 3:
        pass
    names = {client["name"]: client for client in clients}
    assert list(names) == ["laptop", "phone", "reader"], names
    assert names["laptop"]["you"] and names["laptop"]["connected"], names
    assert not names["phone"]["connected"] and names["reader"]["rights"] == "read-only", names
    watch = phone.start("sms", "watch", "--json")
    await watch.said('"watching"')
    while "connected" not in (await laptop.ask("clients", "list")).splitlines()[1]:
        pass
    status, _, err = await reader.run("clients", "remove", "phone")
    assert status == 5 and "allow" in err, (status, err)
    await laptop.ask("clients", "remove", "phone")
    left = [client["name"] for client in await laptop.objects("clients", "list")]
    assert left == ["laptop", "reader"], left
    await watch.said('"lost"')
    watch.signal(signal.SIGKILL)
    with open(box.clients) as file:
        assert "phone" not in file.read()
    await reader.ask("clients", "remove", "reader")
    while len(clients := await laptop.objects("clients", "list")) > 1:
        pass
    assert clients[0]["name"] == "laptop", clients
    status, _, err = await laptop.run("clients", "remove", "phone")
    assert status == 1 and "no client" in err, (status, err)


def write_wav(path, rate, seconds):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack("<h", 1000) * int(rate * seconds))
    return path


async def test_greeting(folder):
    """Recorded on one device, heard on another; a restart keeps it."""
    box, laptop = await start(folder)
    phone = await box.pair("phone")
    assert await laptop.objects("voicemail", "greeting") == [{"own": False}]
    mine = write_wav(os.path.join(folder, "mine.wav"), 44100, 2.5)
    await laptop.ask("voicemail", "greeting", "set", mine)
    assert await phone.objects("voicemail", "greeting") == [{"own": True, "seconds": 3}]
    saved = os.path.join(folder, "saved.wav")
    await phone.ask("voicemail", "greeting", "save", saved)
    with wave.open(saved) as file:
        assert file.getframerate() == 16000 and abs(file.getnframes() - 40000) < 400
    played = os.path.join(folder, "played.wav")
    await phone.ask("voicemail", "greeting", "play", "--record", played)
    assert os.path.getsize(played) > 40000
    status, _, err = await laptop.run("voicemail", "greeting", "set", os.path.join(folder, "no"))
    assert status == 1 and "greeting" in err, (status, err)
    box.signal(signal.SIGTERM)
    await box.status()
    await box.again()
    assert await phone.objects("voicemail", "greeting") == [{"own": True, "seconds": 3}]
    await phone.ask("voicemail", "greeting", "reset")
    assert await laptop.objects("voicemail", "greeting") == [{"own": False}]
    assert await laptop.objects("voicemail", "list") == []


run([case for name, case in list(globals().items()) if name.startswith("test_")])
