#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts and contacts as the owner has them: the box is killed, away, full, and comes back."""

import asyncio
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import Box
from pl_test import Signald, run

THEM = "+4915100001"


async def start(folder, *options):
    """A box whose modem is ready, and a client of it."""
    box = await Box.start(folder, *options)
    laptop = await box.pair("laptop")
    while (await laptop.objects("status"))[0]["state"] != "ready":
        pass
    return box, laptop


async def listed(device, count):
    while len(texts := await device.objects("sms", "list")) < count:
        pass
    return texts


def kill(box):
    """Without a word to anybody."""
    box.process.kill()
    box.process.wait()


async def stop(box):
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()


async def test_watch_outlives_the_box(folder):
    """What came while the box was dead is printed when it is back: all of it, in order, once."""
    box, laptop = await start(folder)
    phone = await box.pair("phone")
    watch = phone.start("sms", "watch", "--json")
    await watch.said('"watching"')
    await box.modem.do("text", number=THEM, text="before")
    assert (await watch.object())["text"] == "before"
    seen = []
    for times in range(2):
        if times == 0:
            kill(box)
            await watch.said('"disconnected"')
        else:
            await stop(box)
            await watch.said('"lost"')
        for n in range(20):
            await box.modem.do("text", number=THEM, text=f"{times}.{n}")
        box = await box.again()
        seen += [(await watch.object())["text"] for n in range(20)]
    assert seen == [f"{times}.{n}" for times in range(2) for n in range(20)], seen
    await box.modem.do("text", number=THEM, text="after")
    assert (await watch.object())["text"] == "after"
    watch.signal(signal.SIGINT)
    assert await watch.status() == 130, watch.output()
    assert watch.process.stdout.read() == b""
    assert len(await listed(laptop, 42)) == 42


async def test_watch_says_so(folder):
    box, laptop = await start(folder)
    watch = laptop.start("sms", "watch")
    await watch.said("waiting for texts")
    await stop(box)
    await watch.said("lost the box")
    box = await box.again()
    await watch.said("the box is back")
    await box.modem.do("text", number=THEM, text="a\x1b[2Jb\nc")
    line = await watch.line()
    assert "\x1b" not in line and line.endswith("b c"), line
    watch.process.stdout.close()
    await box.modem.do("text", number=THEM, text="nobody reads")
    assert await watch.status() == 1, watch.output()


async def test_watch_outlives_the_network(folder):
    """Box and signaling server vanish together, and come back one after the other."""
    box, laptop = await start(folder)
    watch = laptop.start("sms", "watch", "--json")
    await watch.said('"watching"')
    box.signald.stop()
    await stop(box)
    await watch.said('"lost"')
    await box.modem.do("text", number=THEM, text="meanwhile")
    box.signald = Signald("--listen", f"127.0.0.1:{box.signald.port}")
    await box.again()
    assert (await watch.object())["text"] == "meanwhile"


async def test_same_texts(folder):
    """The same words twice in one second are two texts."""
    box, laptop = await start(folder)
    for _ in range(3):
        await box.modem.do("text", number=THEM, text="yes", when=1_700_000_000)
    texts = await listed(laptop, 3)
    assert [text["text"] for text in texts] == ["yes"] * 3, texts
    kill(box)
    await box.modem.do("text", number=THEM, text="yes", when=1_700_000_000)
    await box.again()
    assert len(await listed(laptop, 4)) == 4


async def test_send(folder):
    box, laptop = await start(folder)
    name = os.path.join(folder, "text")
    with open(name, "w") as file:
        file.write("from a file\n\n")
    with open(name) as file:
        sent, = await laptop.objects("sms", "send", "0151 1", "-", stdin=file)
    assert (sent["text"], sent["state"]) == ("from a file", "sent"), sent
    sent, = await laptop.objects("sms", "send", "--wait", "0151 1", "arrives")
    assert sent["state"] == "delivered", sent
    await box.modem.do("texts", reports="manual")
    waiting = laptop.start("sms", "send", "--wait", "--json", "0151 1", "does not")
    await waiting.said("accepted")
    text = (await box.modem.outbox(3))[2]
    await box.modem.do("report", mr=text["mr"], number=text["number"], status=0x43)
    assert await waiting.status() == 1 and "not delivered" in waiting.output(), waiting.output()
    for status, words, sentence in [
            (2, ["anna", "x"], "digits"), (2, ["0151", ""], "empty"),
            (2, ["0151", b"\xff"], "UTF-8"), (2, ["0151", "x" * 20000], "too long"),
            (1, ["112", "x"], "emergency"), (1, ["0151", "x" * 10000], "66 parts, 40 are the most")]:
        result = await laptop.run("sms", "send", *words)
        assert (result[0], result[1]) == (status, "") and sentence in result[2], (words, result)
    assert len((await box.modem.do("outbox"))["texts"]) == 3


async def test_send_while_killed(folder):
    """The box dies with the text in its hands: the command goes on with the next one."""
    box, laptop = await start(folder)
    await box.modem.do("texts", delay_ms=500)
    sending = laptop.start("sms", "send", "--json", "0151 1", "once")
    await sending.said("accepted")
    kill(box)
    await sending.said('"disconnected"')
    box = await box.again()
    assert (await sending.object())["state"] in ("sent", "delivered")
    assert await sending.status() == 0, sending.output()
    assert len((await box.modem.do("outbox"))["texts"]) == 1


async def test_box_away(folder):
    box, laptop = await start(folder)
    kill(box)
    sending = laptop.start("sms", "send", "--json", "0151 1", "x")
    await sending.said("signaling")
    sending.signal(signal.SIGINT)
    assert await sending.status() == 130, sending.output()


CARDS = """BEGIN:VCARD
VERSION:3.0
FN:Anna Müller
TEL;TYPE=CELL:0151 00001
TEL;TYPE=HOME:+49 (0)30 1234567
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=84rger;Bernd
TEL;CELL:+43 1 2345678
TEL;HOME:ask him
END:VCARD
"""


async def test_contacts(folder):
    box, laptop = await start(folder, "--country", "49")
    reader = await box.pair("reader", "--rights", "read-only")
    name = os.path.join(folder, "contacts.vcf")
    with open(name, "w") as file:
        file.write(CARDS)
    status, out, err = await laptop.run("contacts", "import", name)
    assert (status, out) == (0, "") and "3 numbers" in err and "1 were no" in err, (status, err)
    contacts = await reader.objects("contacts", "list")
    assert [(c["name"], c["number"]) for c in contacts] == [
        ("Anna Müller", "+49301234567"), ("Anna Müller", "015100001"),
        ("Bernd Ärger", "+4312345678")], contacts
    assert (await laptop.ask("contacts", "list", "ärg")) == "+4312345678  Bernd Ärger\n"

    await box.modem.do("text", number=THEM, text="hello")
    text, = await listed(laptop, 1)
    assert text["name"] == "Anna Müller", text
    assert "(Anna Müller)" in await laptop.ask("sms", "list")
    answer = laptop.start("answer", "--json")
    await answer.said('"ready"')
    await box.modem.do("call", number="+4312345678")
    assert (await answer.object(state="incoming"))["name"] == "Bernd Ärger"
    await box.modem.do("hangup")
    await answer.status()

    await laptop.ask("contacts", "set", "0151-00001", "Anna")
    await laptop.ask("contacts", "delete", "+49301234567")
    assert (await laptop.run("contacts", "delete", "+49301234567"))[0] == 1
    with open(name, "w") as file:
        file.write(CARDS.split("BEGIN:VCARD")[2].join(["BEGIN:VCARD", ""]))
    await laptop.ask("contacts", "import", "--replace", name)
    assert [c["number"] for c in await laptop.objects("contacts", "list")] == ["+4312345678"]
    for args in ["import", name], ["set", "1", "x"], ["delete", "+4312345678"]:
        assert (await reader.run("contacts", *args))[0] == 5, args


async def test_many_contacts(folder):
    """5,000 of them, with pictures, in messages of 64 KiB; it takes what it takes."""
    _, laptop = await start(folder)
    name = os.path.join(folder, "contacts.vcf")
    picture = "PHOTO;ENCODING=b;TYPE=JPEG:" + "\n ".join(["QUJD" * 16] * 10)
    with open(name, "w") as file:
        for n in range(5000):
            file.write(f"BEGIN:VCARD\nVERSION:3.0\nFN:{'Nobody ' * 4}{n}\nTEL:+49151{n:07}\n"
                       f"{picture}\nEND:VCARD\n")
    importing = laptop.start("contacts", "import", name)
    assert await asyncio.to_thread(importing.process.wait) == 0, importing.output()
    contacts = await laptop.objects("contacts", "list")
    assert len({c["number"] for c in contacts}) == 5000


async def test_bad_contacts(folder):
    _, laptop = await start(folder)
    name = os.path.join(folder, "file")
    for data, sentence in [(b"hello", "no vCard"), (b"BEGIN:VCARD\nFN:a\nEND:VCARD", "no contact")]:
        with open(name, "wb") as file:
            file.write(data)
        status, out, err = await laptop.run("contacts", "import", name)
        assert (status, out) == (1, "") and sentence in err, (data, status, err)
    for args in ["import", os.path.join(folder, "none")], ["set", "x", "Anna"], ["burn", "it"]:
        status, out, err = await laptop.run("contacts", *args)
        assert status in (1, 2) and not out, (args, status, err)


run([case for name, case in list(globals().items()) if name.startswith("test_")])
