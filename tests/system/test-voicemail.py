#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Voicemail from outside: what a caller hears and says, and what the owner's clients get of it."""

import asyncio
import math
import os
import signal
import struct
import sys
import wave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import Box
from pl_test import run

THEM = "+4915100001"
RATE = 8000


def sine(hertz, seconds, loudness=9000):
    return [int(loudness * math.sin(2 * math.pi * hertz * i / RATE))
            for i in range(int(RATE * seconds))]


def write_wav(path, samples, rate=RATE):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def read_wav(path):
    with wave.open(path) as file:
        frames = file.readframes(file.getnframes())
        samples = struct.unpack(f"<{len(frames) // 2}h", frames)
        return samples[::file.getnchannels()], file.getframerate()


def seconds_of_tone(path, hertz, purity=0.8):
    """How much of a file is this tone, in steps of 20 ms (Goertzel)."""
    samples, rate = read_wav(path)
    size, found = rate // 50, 0
    for start in range(0, len(samples) - size + 1, size):
        block = samples[start:start + size]
        power = sum(x * x for x in block)
        re = sum(x * math.cos(2 * math.pi * hertz * i / rate) for i, x in enumerate(block))
        im = sum(x * math.sin(2 * math.pi * hertz * i / rate) for i, x in enumerate(block))
        found += power > size * 1000 ** 2 and 2 * (re * re + im * im) / size / power > purity
    return found / 50


async def start(folder, *options):
    greeting = write_wav(os.path.join(folder, "greeting.wav"), sine(1000, 0.6))
    box = await Box.start(folder, "--ring-seconds", "1", "--greeting", greeting, *options)
    laptop = await box.pair("laptop")
    while (await laptop.objects("status"))[0]["state"] != "ready":
        pass
    return box, laptop


async def leave_message(box, folder, hertz, seconds):
    """A caller who begins to speak when the tone is over, then is silent until the box has had
    enough; what he heard."""
    heard = os.path.join(folder, "caller.wav")
    said = write_wav(os.path.join(folder, "said.wav"), [0] * RATE * 4 + sine(hertz, seconds))
    await box.modem.do("record", file=heard)
    begin = len(box.modem.events)
    await box.modem.do("call", number=THEM)
    await box.modem.event("audio", begin, on=True)
    await box.modem.do("play", file=said)
    await box.modem.event("call", begin, state="ended")
    await box.modem.do("record")
    return heard


async def mails_of(device, n):
    while len(mails := await device.objects("voicemail", "list")) < n:
        pass
    return mails


async def check_rest(device, mail, wav, hertz):
    """From the middle of the tone on, as it stands in the whole of it: where that is depends on
    how soon the box had its voice."""
    samples, rate = read_wav(wav)
    rest, part = wav + ".rest", wav + ".part"
    tones = [seconds_of_tone(write_wav(part, samples[second * rate:], rate), hertz)
             for second in range(len(samples) // rate)]
    second = max(n for n, tone in enumerate(tones) if tone > 0.6)
    assert second > 0, tones
    await device.ask("voicemail", "play", str(mail["id"]), "--from", f"0:{second:02}",
                     "--record", rest)
    after, _ = read_wav(rest)
    assert abs(len(samples) - len(after) - second * rate) < rate / 10, (len(samples), len(after))
    assert 0.2 < seconds_of_tone(rest, hertz) < tones[second] + 0.6, (second, tones)


async def test_message(folder):
    """The greeting, the tone, a message that ends in silence; list, save, play, heard, delete."""
    box, laptop = await start(folder)
    heard = await leave_message(box, folder, 300, 3)
    assert 0.3 <= seconds_of_tone(heard, 1000) <= 0.75, seconds_of_tone(heard, 1000)
    assert 0.15 <= seconds_of_tone(heard, 440) <= 0.65, seconds_of_tone(heard, 440)

    mail, = await mails_of(laptop, 1)
    assert (mail["number"], mail["state"]) == (THEM, "new") and 6 <= mail["seconds"] <= 13, mail
    assert (await laptop.objects("status"))[0]["voicemail_unheard"] == 1
    saved = os.path.join(folder, "saved.ogg")
    await laptop.ask("voicemail", "save", str(mail["id"]), saved)
    with open(saved, "rb") as file:
        assert file.read(36)[28:] == b"OpusHead"
    wav = os.path.join(folder, "played.wav")
    await laptop.ask("voicemail", "play", str(mail["id"]), "--record", wav)
    assert 1.2 <= seconds_of_tone(wav, 300) <= 3.3, seconds_of_tone(wav, 300)
    assert [mail["state"] for mail in await laptop.objects("voicemail", "list")] == ["heard"]
    await check_rest(laptop, mail, wav, 300)
    rest = os.path.join(folder, "rest.wav")
    for time, code, words in (("3:00", 1, "ends before"), ("1:75", 2, "--from"), ("x", 2, "--from")):
        status, _, err = await laptop.run("voicemail", "play", str(mail["id"]), "--from", time,
                                          "--record", rest)
        assert status == code and words in err, (time, status, err)
    await laptop.ask("voicemail", "delete", str(mail["id"]))
    assert await laptop.objects("voicemail", "list") == []
    assert os.listdir(os.path.join(box.state, "voicemail")) == []
    status, _, err = await laptop.run("voicemail", "save", str(mail["id"]), saved)
    assert status == 1 and "no voicemail" in err, (status, err)
    assert os.path.getsize(saved) > 1000, "what was there stays"


async def test_waiting(folder):
    """Every client that is there is told how many are unheard, whoever hears them."""
    box, laptop = await start(folder)
    phone = await box.pair("phone")
    watches = [device.start("voicemail", "watch", "--json") for device in (laptop, phone)]
    for watch in watches:
        await watch.object(unheard=0)
    await leave_message(box, folder, 300, 2)
    ids = {(await watch.object(unheard=1))["id"] for watch in watches}
    assert len(ids) == 1, ids
    watches[0].signal(signal.SIGINT)
    await watches[0].status()
    mail, = await mails_of(laptop, 1)
    await laptop.ask("voicemail", "play", str(mail["id"]), "--record", os.path.join(folder, "x.wav"))
    await watches[1].object(unheard=0)
    await laptop.ask("voicemail", "unheard", str(mail["id"]))
    await watches[1].object(unheard=1)
    await laptop.ask("voicemail", "delete", str(mail["id"]))
    await watches[1].object(unheard=0)


def size_of_part(box):
    """Of the recording that goes on; 0: none does."""
    folder = os.path.join(box.state, "voicemail")
    return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)
               if name.endswith(".part"))


async def ring_and_speak(box, folder, hertz, size):
    """A caller speaks, from the first moment on, until so much is recorded."""
    begin = len(box.modem.events)
    await box.modem.do("call", number=THEM)
    await box.modem.event("audio", begin, on=True)
    await box.modem.do("play", file=write_wav(os.path.join(folder, "said.wav"), sine(hertz, 30)))
    while size_of_part(box) <= size:
        await asyncio.sleep(0.02)
    return begin


async def test_caller_hangs_up(folder):
    """While nobody has said a word nothing is kept; with a word it is."""
    box, laptop = await start(folder)
    for hertz, size, n in ((0, 0, 0), (300, 8000, 1)):
        begin = await ring_and_speak(box, folder, hertz, size)
        await box.modem.do("hangup")
        await box.modem.event("call", begin, state="ended")
        while size_of_part(box):
            await asyncio.sleep(0.02)
        assert len(await laptop.objects("voicemail", "list")) == n


async def test_taken_over(folder):
    """A client that answers while the caller speaks has the call; what was said is kept, and
    counts as heard."""
    box, laptop = await start(folder)
    phone = await box.pair("phone")
    begin = await ring_and_speak(box, folder, 300, 8000)
    wav = os.path.join(folder, "answered.wav")
    answer = laptop.start("answer", "--record", wav, "--json")
    await answer.object(state="active", you=True)
    mail, = await mails_of(phone, 1)
    assert mail["state"] == "heard", mail
    while not os.path.exists(wav) or os.path.getsize(wav) < 200000:     # two seconds
        await asyncio.sleep(0.02)
    await box.modem.do("hangup")
    await box.modem.event("call", begin, state="ended")
    assert await answer.status() == 0, answer.output()
    assert seconds_of_tone(wav, 300, purity=0.7) > 0.1


async def test_rights(folder):
    box, laptop = await start(folder)
    reader = await box.pair("reader", "--rights", "read-only")
    texter = await box.pair("texter", "--rights", "sms")
    await leave_message(box, folder, 300, 2)
    mail, = await mails_of(laptop, 1)
    assert len(await reader.objects("voicemail", "list")) == 1
    for device, args in [(reader, ("delete", str(mail["id"]))), (texter, ("list",))]:
        status, out, err = await device.run("voicemail", *args)
        assert (status, out) == (5, "") and "does not allow" in err, (status, out, err)
    assert len(await laptop.objects("voicemail", "list")) == 1


async def test_stopped_while_recording(folder):
    """A box that is told to stop keeps what the caller has said."""
    box, laptop = await start(folder)
    await ring_and_speak(box, folder, 300, 8000)
    box.signal(signal.SIGTERM)
    assert await box.status() == 0, box.output()
    names = os.listdir(os.path.join(box.state, "voicemail"))
    assert len(names) == 1 and names[0].endswith(".ogg"), names
    await box.again()
    mail, = await mails_of(laptop, 1)
    assert (mail["number"], mail["state"]) == (THEM, "new"), mail


async def test_killed_while_recording(folder):
    """What a caller had said when the box was killed is there after it has started again."""
    box, laptop = await start(folder)
    await ring_and_speak(box, folder, 300, 12000)
    box.process.kill()
    await box.status()
    await box.modem.do("hangup")
    await box.again()
    mail, = await mails_of(laptop, 1)
    assert mail["number"] == THEM, mail
    wav = os.path.join(folder, "played.wav")
    await laptop.ask("voicemail", "play", str(mail["id"]), "--record", wav)
    assert seconds_of_tone(wav, 300) > 0.8, seconds_of_tone(wav, 300)


run([case for name, case in list(globals().items()) if name.startswith("test_")])
