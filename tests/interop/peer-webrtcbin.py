# SPDX-License-Identifier: LGPL-2.1-or-later
"""GStreamer's webrtcbin as one end of an interop test; the protocol is that of interop-peer.c.

webrtcbin calls back on threads of its own: everything is taken to the main loop first.
"""
import hashlib
import json
import os
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

CHUNK = 16 * 1024
LOW = 512 * 1024
# No empty ones: the sctpenc of GStreamer 1.22 fails on them (EFAULT) and takes the channel along.
SAMPLES = ["Grüße, 世界", bytes(k * 7 % 256 for k in range(60000))]
TYPES = {"offer": GstWebRTC.WebRTCSDPType.OFFER, "answer": GstWebRTC.WebRTCSDPType.ANSWER}


def say(kind, **keys):
    print(json.dumps({"type": kind, **keys}), flush=True)


def later(function, *arguments):
    """For handlers of webrtcbin: runs in the main loop."""
    GLib.idle_add(lambda: function(*arguments) and False)


class Channel:
    living = 0

    def __init__(self, channel, handler):
        self.channel = channel
        self.label = channel.get_property("label")
        self.closed = False
        self.begun = False
        self.handler = handler
        channel.connect("on-message-string", lambda _, text: later(self.message, text or ""))
        channel.connect("on-message-data",
                        lambda _, data: later(self.message, data.get_data() if data else b""))
        channel.connect("on-close", lambda _: later(self.close))
        Channel.living += 1

    def when_open(self, function):
        """Once; "on-open" may have come before anybody could listen."""
        def go():
            if not self.begun:
                self.begun = True
                function()

        self.channel.connect("on-open", lambda _: later(go))
        if self.channel.get_property("ready-state") == GstWebRTC.WebRTCDataChannelState.OPEN:
            go()

    def message(self, message):
        self.handler(self, message)

    def close(self):
        if not self.closed:
            self.closed = True
            say("channel-closed", label=self.label)
            Channel.living -= 1
            # All that shows of a remote that closed the connection: DTLS's end is not told.
            if Channel.living == 0:
                say("closed")

    def send(self, message):
        if isinstance(message, str):
            self.channel.emit("send-string", message)
        else:
            self.channel.emit("send-data", GLib.Bytes.new(message) if message else None)


class Peer:
    def __init__(self, loop):
        self.loop = loop
        self.channels = []
        self.pipe = Gst.Pipeline.new(None)
        self.bin = Gst.ElementFactory.make("webrtcbin", None)
        self.bin.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.pipe.add(self.bin)
        self.bin.connect("on-ice-candidate", lambda _, index, line: later(self.candidate, line))
        self.bin.connect("on-data-channel", lambda _, channel: self.take(channel))
        self.bin.connect("notify::connection-state", lambda *_: later(self.state))
        self.pipe.set_state(Gst.State.PLAYING)

    def candidate(self, line):
        say("candidate", candidate=line, mid=None)

    def state(self):
        state = self.bin.get_property("connection-state").value_nick
        say("state", state="open" if state == "connected" else state)

    def take(self, channel):
        # On webrtcbin's thread: handlers must stand before it goes on.
        digest = hashlib.sha256()

        def on_message(own, message):
            if own.label == "echo":
                own.send(message or "empty")
            elif isinstance(message, bytes):
                digest.update(message)
            else:
                own.send(digest.hexdigest())

        self.channels.append(Channel(channel, on_message))

    def describe(self, kind, promise):
        reply = promise.get_reply()
        description = reply.get_value(kind)
        if description is None:  # it is closed already
            return
        self.bin.emit("set-local-description", description, None)
        later(say_description, kind, description.sdp.as_text())

    def start(self):
        self.open("first", lambda *_: None)
        self.bin.emit("create-offer", None, Gst.Promise.new_with_change_func(
            lambda promise, *_: self.describe("offer", promise)))

    def answer(self):
        self.bin.emit("create-answer", None, Gst.Promise.new_with_change_func(
            lambda promise, *_: self.describe("answer", promise)))

    def open(self, label, handler):
        channel = Channel(self.bin.emit("create-data-channel", label, None), handler)
        self.channels.append(channel)
        return channel

    def run(self, size):
        waiting = list(SAMPLES)

        def on_echo(own, message):
            if message != waiting.pop(0):
                say("result", ok="", text="an echo is not what was sent")
            elif not waiting:
                self.bulk(size)

        echo = self.open("echo", on_echo)
        echo.when_open(lambda: [echo.send(sample) for sample in SAMPLES])

    def bulk(self, size):
        digest = hashlib.sha256()
        left = size

        def on_sum(own, message):
            same = message == digest.hexdigest()
            say("result", ok="1" if same else "", text="" if same else "the hash is another")

        def push():
            nonlocal left
            while left > 0 and sink.channel.get_property("buffered-amount") <= 2 * LOW:
                chunk = os.urandom(min(CHUNK, left))
                digest.update(chunk)
                sink.send(chunk)
                left -= len(chunk)
                if left == 0:
                    sink.send("end")

        sink = self.open("sink", on_sum)
        sink.channel.set_property("buffered-amount-low-threshold", LOW)
        sink.channel.connect("on-buffered-amount-low", lambda _: later(push))
        sink.when_open(push)

    def obey(self, message):
        kind = message["type"]
        if kind == "start":
            self.start()
        elif kind in TYPES:
            _, sdp = GstSdp.SDPMessage.new_from_text(message["sdp"])
            description = GstWebRTC.WebRTCSessionDescription.new(TYPES[kind], sdp)
            self.bin.emit("set-remote-description", description, None)
            if kind == "offer":
                self.answer()
        elif kind == "candidate" and message["candidate"]:
            self.bin.emit("add-ice-candidate", 0, message["candidate"])
        elif kind == "run":
            self.run(message["bytes"])
        elif kind == "close-channel":
            for own in self.channels:
                if own.label == message["label"] and not own.closed:
                    own.channel.emit("close")
                    break
        elif kind == "close":
            self.pipe.set_state(Gst.State.NULL)


def say_description(kind, text):
    say(kind, sdp=text)


def read(peer):
    for line in sys.stdin:
        later(peer.obey, json.loads(line))
    # A pipeline that is torn down here may hang in its threads; there is nothing to save.
    os._exit(0)


Gst.init(None)
main_loop = GLib.MainLoop()
threading.Thread(target=read, args=(Peer(main_loop),), daemon=True).start()
main_loop.run()
