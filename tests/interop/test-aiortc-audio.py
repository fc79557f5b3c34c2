# SPDX-License-Identifier: LGPL-2.1-or-later
"""Audio with a peer that has no Opus: aiortc, told to speak PCMU or PCMA alone. Each end sends a
tone of its own, and each hears the other's."""
import array
import importlib.util
import math
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import interop  # noqa: E402

RATE = 48000
OUR_HERTZ, THEIR_HERTZ = 440, 1000
WINDOW = RATE // 20


def write_tone(path):
    with open(path, "wb") as file:
        array.array("h", (int(12000 * math.sin(2 * math.pi * OUR_HERTZ * i / RATE))
                          for i in range(30 * RATE))).tofile(file)


def count_heard(path):
    """How many windows have the pitch of their tone, by the changes of sign."""
    with open(path, "rb") as file:
        data = file.read()
    samples = array.array("h", data[:len(data) // 2 * 2])
    n = 0
    for start in range(0, len(samples) - WINDOW, WINDOW):
        part = samples[start:start + WINDOW]
        changes = sum((x < 0) != (y < 0) for x, y in zip(part, part[1:]))
        n += max(part) > 1000 and abs(changes * 10 - THEIR_HERTZ) < 0.03 * THEIR_HERTZ
    return n


def run_codec(tap, folder, codec):
    heard = f"{folder}/heard-{codec}.raw"
    pair = interop.Pair([sys.executable, f"{interop.HERE}/peer-aiortc.py", "--audio", codec,
                         str(THEIR_HERTZ)], ["--audio", f"{folder}/ours.raw", heard])

    def connect():
        pair.ours.send(type="start")
        pair.wait(40, (pair.ours, "voice", "codec", codec), (pair.theirs, "state", "state", "open"))

    def they_hear():
        until = time.monotonic() + 30
        while time.monotonic() < until:
            pair.wait(30, (pair.theirs, "tone", None, None))
            hertz = float(pair.last(pair.theirs, "tone")["hertz"])
            if abs(hertz - OUR_HERTZ) < 12:
                return f"{hertz:.0f} Hz"
        raise AssertionError(f"{hertz} Hz")

    def we_hear():
        until = time.monotonic() + 30
        while (n := count_heard(heard)) < 20:
            assert time.monotonic() < until, f"their tone in {n} windows"
            time.sleep(0.3)

    try:
        for text, function in (("connect", connect), ("they hear our tone", they_hear),
                               ("we hear their tone", we_hear)):
            if not tap.run(f"{codec}: {text}", function):
                break
    finally:
        pair.stop()


def main():
    if importlib.util.find_spec("aiortc") is None:
        interop.skip_all("python3-aiortc is not installed")
    interop.enter_namespace()
    tap = interop.Tap()
    with tempfile.TemporaryDirectory() as folder:
        write_tone(f"{folder}/ours.raw")
        for codec in ("PCMU", "PCMA"):
            run_codec(tap, folder, codec)
    print(f"1..{tap.n}", flush=True)
    sys.exit(1 if tap.failed else 0)


main()
