#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bench-box.py [SECONDS]: the figures of a call through the whole box, in one run.

The simulated modem (PCM on a pty, its clock 1000 ppm fast) speaks; the shipped punchline-boxd and
punchline carry it over ICE, DTLS and SRTP on loopback; `punchline call --record -` is the
loudspeaker: 20 ms each 20 ms of its own clock. Then the same with 5 % of the UDP packets lost
(nft, in a network namespace; needs root). The baseline is plain GStreamer with its defaults, fed
with the same speech under the same loss: opusenc ! rtpopuspay ! udp ! rtpjitterbuffer ! opusdec
! a sink that keeps time, no encryption.

A delay is from the moment when a block of 20 ms leaves the modem until it is played, without the
20 ms that it takes to be spoken. Each line says what the machine's load was.

In the build directory: make tests/bench/bench-sound && .../tests/bench/bench-box.py"""

import asyncio
import os
import pty
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tty

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_box import Box
from pl_test import BUILD, Program

THEM = "+4915100001"
RATE, SPEAKER_RATE, PPM = 8000, 48000, 1000
LOSS_PERCENT = 5
SENTENCES = ("The line is open and the weather is fine. Please send the parcel to the second floor. "
             "Seven boats left the harbour before noon. Did you read what she wrote about it? "
             "I will call you again when the train has arrived. Nobody was at home on Thursday. ")


def speech(folder, seconds):
    """espeak-ng's, at the modem's rate."""
    path = os.path.join(folder, "speech.raw")
    words = SENTENCES * (seconds // 15 + 1)
    spoken = subprocess.run(["espeak-ng", "-s", "150", "--stdout", words], check=True,
                            stdout=subprocess.PIPE).stdout
    subprocess.run(["sox", "-q", "-t", "wav", "-", "-t", "raw", "-r", str(RATE), "-c", "1", "-e",
                    "signed", "-b", "16", path, "trim", "0", str(seconds)], input=spoken,
                   check=True)
    return path


def be_hardware(pid=0):
    """This thread, or that process, stands for a device whose clock waits for nobody. What it
    starts is a program like others again."""
    try:
        os.sched_setscheduler(pid, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(2))
    except PermissionError:
        pass


class Speaker(threading.Thread):
    """Takes what is played, with the time of each piece; silence where nothing came."""

    def __init__(self, fd):
        super().__init__(daemon=True)
        self.fd, self.track, self.began, self.late = fd, bytearray(), None, []
        self.start()

    def run(self):
        be_hardware()
        while data := os.read(self.fd, 65536):
            now = time.monotonic()
            self.began = self.began or now
            behind = now - self.began - len(self.track) / 2 / SPEAKER_RATE
            if behind > 0.03:
                self.track += bytes(int(behind * SPEAKER_RATE) * 2)
            else:
                self.late.append(behind)
            self.track += data

    def match(self, sent, rate, at, folder):
        """Delay in ms (mean and largest of five seconds each), correlation, gaps."""
        heard = os.path.join(folder, "heard.raw")
        with open(heard, "wb") as file:
            file.write(self.track)
        began = self.began + statistics.median(self.late)
        out = subprocess.run([os.path.join(BUILD, "tests", "bench", "bench-sound"), sent, str(rate),
                              str(at), heard, str(SPEAKER_RATE), str(began)], check=True,
                             stdout=subprocess.PIPE).stdout.split()
        return f"{out[0].decode()} ms (up to {out[3].decode()})", float(out[1]), int(out[2])


def terminal_latency():
    """What a block takes through a terminal of this machine, in ms: median and 99 of 100. It passes
    a worker of the kernel, of normal priority: a floor of what follows that is not ours."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    late = []

    def measure():
        be_hardware()
        for _ in range(300):
            time.sleep(0.02)
            began = time.monotonic()
            os.write(ours, bytes(320))
            left = 320
            while left:
                left -= len(os.read(theirs, left))
            late.append((time.monotonic() - began) * 1000)
    thread = threading.Thread(target=measure)
    thread.start()
    thread.join()
    os.close(ours)
    os.close(theirs)
    late.sort()
    return late[len(late) // 2], late[len(late) * 99 // 100]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(figure, value, goal=""):
    print(f"{figure:<52} {value:<44} {goal:<18} load {os.getloadavg()[0]:.2f}", flush=True)


async def call(box, laptop, sent, seconds, folder):
    """One call of ours: what the speaker played of it, and the box's share of a core."""
    child = laptop.start("call", THEM, "--play", sent.replace(".raw", ".wav"), "--record", "-")
    speaker = Speaker(child.process.stdout.fileno())
    await child.said("active")
    await asyncio.sleep(2)
    await box.modem.do("sound", ppm=PPM)
    await box.modem.do("play", file=sent)
    cpu, began = cpu_seconds(box.process.pid), time.monotonic()
    await asyncio.sleep(seconds)
    used = (cpu_seconds(box.process.pid) - cpu) / (time.monotonic() - began)
    await asyncio.sleep(1)
    sound = await box.modem.do("sound")
    await box.modem.do("hangup")
    await child.status()
    rate = RATE * (1 + PPM / 1e6)
    return (*speaker.match(sent, rate, sound["played_at"], folder), used * 100)


def baseline(sent, seconds, folder):
    """Plain GStreamer's delay, correlation and gaps."""
    port = random.randrange(20000, 30000)
    receiver = Child(["gst-launch-1.0", "-q", "udpsrc", "address=127.0.0.1", f"port={port}",
                      "caps=application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=96",
                      "!", "rtpjitterbuffer", "!", "rtpopusdepay", "!", "opusdec", "!",
                      "audioconvert", "!", "audioresample", "!",
                      f"audio/x-raw,format=S16LE,rate={SPEAKER_RATE},channels=1", "!", "fdsink",
                      "fd=1", "sync=true"])
    speaker = Speaker(receiver.process.stdout.fileno())
    sender = Child(["gst-launch-1.0", "-q", "fdsrc", "fd=0", "do-timestamp=true", "!", "rawaudioparse",
                    "format=pcm", "pcm-format=s16le", f"sample-rate={RATE}", "num-channels=1", "!",
                    "audioconvert", "!", "audioresample", "!", "opusenc", "!", "rtpopuspay", "!",
                    "udpsink", "host=127.0.0.1", f"port={port}"])
    with open(sent, "rb") as file:
        data = bytes(RATE * 2 * 2) + file.read()
    size = RATE // 50 * 2
    be_hardware()
    began = time.monotonic()
    for n in range(seconds * 50 + 100):
        time.sleep(max(0, began + n / 50 - time.monotonic()))
        sender.process.stdin.write(data[n * size:(n + 1) * size])
        sender.process.stdin.flush()
    time.sleep(1)
    sender.stop()
    receiver.stop()
    return speaker.match(sent, RATE, began + 2, folder)


class Child(Program):
    def __init__(self, args):
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        Program.running.append(self)


def lose(percent):
    subprocess.run(["nft", "-f", "-"], check=True, text=True, input=(
        "table inet bench {\n chain in {\n type filter hook input priority 0;\n"
        f"meta l4proto udp numgen random mod 100 < {percent} drop\n }}\n }}\n"))


async def bench(seconds, folder):
    sent = speech(folder, seconds)
    subprocess.run(["sox", "-q", "-t", "raw", "-r", str(RATE), "-c", "1", "-e", "signed", "-b", "16", sent,
                    sent.replace(".raw", ".wav")], check=True)
    box = await Box.start(folder)
    be_hardware(box.modem.process.pid)
    await box.modem.registered()
    await asyncio.sleep(5)
    say("box, idle, just started: resident memory", f"{box.rss_mib():.1f} MiB", "< 25 MiB")
    laptop = await box.pair("laptop")
    while (await laptop.objects("status"))[0]["state"] != "ready":
        pass
    await box.modem.do("policy", answer_ms=100)
    await asyncio.sleep(5)
    say("box, idle, clients have been there: resident memory", f"{box.rss_mib():.1f} MiB", "< 25 MiB")
    runs = [("", seconds)]
    if inside():
        runs.append((f", {LOSS_PERCENT} % loss", max(20, seconds // 2)))
    for name, length in runs:
        if name:
            lose(LOSS_PERCENT)
        median, worst = terminal_latency()
        say(f"a block through a terminal of this machine{name}", f"{median:.1f} ms, 99 of 100 {worst:.1f} ms")
        delay, correlation, gaps, cpu = await call(box, laptop, sent, length, folder)
        say(f"modem PCM to speaker, one way{name}", delay, "<= 80 ms" if not name else "")
        say(f"  envelope correlation{name}", f"{correlation:.3f}", ">= 0.9")
        say(f"  dropouts in {length} s at {PPM} ppm{name}", f"{gaps}", "0" if not name else "")
        say(f"  CPU of the box{name}", f"{cpu:.1f} % of a core", "<= 5 %")
        delay, correlation, gaps = baseline(sent, length, folder)
        say(f"  baseline plain GStreamer{name}",
            f"{delay}, correlation {correlation:.3f}, dropouts {gaps}")
    await asyncio.sleep(2)
    say("box, after its calls: resident memory", f"{box.rss_mib():.1f} MiB")


def inside():
    return "--inside" in sys.argv


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 60
    if os.geteuid() == 0 and not inside():
        os.execvp("unshare", ["unshare", "-n", sys.executable, os.path.abspath(__file__), str(seconds),
                              "--inside"])
    if inside():
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    else:
        print("not root: without the runs with loss")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(bench(seconds, folder))


main()
