# SPDX-License-Identifier: LGPL-2.1-or-later
"""aiortc as one end of an interop test; the protocol is that of interop-peer.c.

peer-aiortc.py [--audio CODEC HERTZ]: sends a tone, in this codec or none, and says the pitch of
each half second that it hears."""
import array
import asyncio
import fractions
import hashlib
import json
import math
import os
import sys
import time

from aiortc import (MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp

CHUNK = 16 * 1024
LOW = 256 * 1024
SAMPLES = ["Grüße, 世界", "", bytes(k * 7 % 256 for k in range(60000)), b""]


def say(kind, **keys):
    print(json.dumps({"type": kind, **keys}), flush=True)


class Tone(MediaStreamTrack):
    kind = "audio"
    RATE = 8000

    def __init__(self, hertz):
        super().__init__()
        self.hertz, self.at, self.began = hertz, 0, time.monotonic()

    async def recv(self):
        from av import AudioFrame
        n = self.RATE // 50
        await asyncio.sleep(self.began + self.at / self.RATE - time.monotonic())
        frame = AudioFrame(format="s16", layout="mono", samples=n)
        frame.planes[0].update(array.array("h", (
            int(12000 * math.sin(2 * math.pi * self.hertz * (self.at + i) / self.RATE))
            for i in range(n))).tobytes())
        frame.pts, frame.sample_rate = self.at, self.RATE
        frame.time_base = fractions.Fraction(1, self.RATE)
        self.at += n
        return frame


async def listen(track):
    """Says the pitch of each half second, by the changes of sign."""
    samples = array.array("h")
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        data, rate = array.array("h", bytes(frame.planes[0])), frame.sample_rate
        channels = len(frame.layout.channels)
        samples.extend(data[:frame.samples * channels:channels])
        if len(samples) >= rate // 2:
            changes = sum((x < 0) != (y < 0) for x, y in zip(samples, samples[1:]))
            say("tone", hertz=str(changes / 2 * rate / len(samples)))
            samples = array.array("h")


class Peer:
    def __init__(self):
        self.pc = RTCPeerConnection()
        self.channels = []
        self.pc.on("datachannel", self.on_datachannel)
        self.pc.on("connectionstatechange", self.on_state)
        if sys.argv[1:2] == ["--audio"]:
            self.add_audio("audio/" + sys.argv[2], int(sys.argv[3]))

    def add_audio(self, mime, hertz):
        transceiver = self.pc.addTransceiver(Tone(hertz), direction="sendrecv")
        transceiver.setCodecPreferences([codec for codec in
                                         RTCRtpSender.getCapabilities("audio").codecs
                                         if codec.mimeType == mime])
        self.pc.on("track", lambda track: asyncio.ensure_future(listen(track)))

    def on_state(self):
        state = self.pc.connectionState
        say("state", state="open" if state == "connected" else state)

    def adopt(self, channel):
        self.channels.append(channel)

        def on_close():
            say("channel-closed", label=channel.label)
            # All that shows of a remote that closed: DTLS's end leaves connectionState as it is.
            if all(c.readyState == "closed" for c in self.channels):
                say("closed")

        channel.on("close", on_close)

    def on_datachannel(self, channel):
        self.adopt(channel)
        digest = hashlib.sha256()

        def on_message(message):
            if channel.label == "echo":
                channel.send(message)
            elif isinstance(message, bytes):
                digest.update(message)
            else:
                channel.send(digest.hexdigest())

        channel.on("message", on_message)

    async def describe(self, description):
        await self.pc.setLocalDescription(description)
        say(self.pc.localDescription.type, sdp=self.pc.localDescription.sdp)

    def open(self, label):
        channel = self.pc.createDataChannel(label)
        self.adopt(channel)
        inbox = asyncio.Queue()
        channel.on("message", inbox.put_nowait)
        return channel, inbox

    async def run(self, size):
        echo, inbox = self.open("echo")
        opened = asyncio.Event()
        echo.on("open", opened.set)
        await opened.wait()
        for sample in SAMPLES:
            echo.send(sample)
        for sample in SAMPLES:
            if await inbox.get() != sample:
                say("result", ok="", text="an echo is not what was sent")
                return
        sink, inbox = self.open("sink")
        opened = asyncio.Event()
        sink.on("open", opened.set)
        await opened.wait()
        low = asyncio.Event()
        sink.bufferedAmountLowThreshold = LOW
        sink.on("bufferedamountlow", low.set)
        digest = hashlib.sha256()
        while size > 0:
            chunk = os.urandom(min(CHUNK, size))
            digest.update(chunk)
            low.clear()
            sink.send(chunk)
            size -= len(chunk)
            if sink.bufferedAmount > LOW:
                await low.wait()
        sink.send("end")
        same = await inbox.get() == digest.hexdigest()
        say("result", ok="1" if same else "", text="" if same else "the hash is another")

    async def obey(self, message):
        kind = message["type"]
        if kind == "start":
            self.pc.createDataChannel("first")
            await self.describe(await self.pc.createOffer())
        elif kind in ("offer", "answer"):
            await self.pc.setRemoteDescription(RTCSessionDescription(message["sdp"], kind))
            if kind == "offer":
                await self.describe(await self.pc.createAnswer())
        elif kind == "candidate" and message["candidate"]:
            candidate = candidate_from_sdp(message["candidate"].split(":", 1)[1])
            candidate.sdpMid = message["mid"]
            await self.pc.addIceCandidate(candidate)
        elif kind == "run":
            asyncio.ensure_future(self.run(message["bytes"]))
        elif kind == "close-channel":
            for channel in self.channels:
                if channel.label == message["label"] and channel.readyState == "open":
                    channel.close()
                    break
        elif kind == "close":
            await self.pc.close()


async def main():
    peer = Peer()
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_event_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await peer.obey(json.loads(line))
    await peer.pc.close()


asyncio.run(main())
