# SPDX-License-Identifier: LGPL-2.1-or-later
"""Audio with Chromium: each end sends a tone of its own, and each hears the other's."""
import array
import cmath
import math
import os
import shutil
import sys
import tempfile
import time
import wave

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import interop  # noqa: E402

RATE = 48000
OUR_HERTZ, THEIR_HERTZ = 440, 1000
# Short, because the clocks are evened out by resampling: half a percent is 5 Hz.
WINDOW = RATE // 50


def tone(hertz, seconds):
    """A whole number of periods, so that it can be repeated."""
    return array.array("h", (int(12000 * math.sin(2 * math.pi * hertz * i / RATE))
                             for i in range(seconds * RATE)))


def write_tones(folder):
    with open(f"{folder}/ours.raw", "wb") as file:
        tone(OUR_HERTZ, 30).tofile(file)
    with wave.open(f"{folder}/theirs.wav", "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone(THEIR_HERTZ, 1).tobytes())


def share(samples, hertz):
    """Of the power, what is at `hertz`."""
    power = sum(s * s for s in samples)
    turn = -2j * math.pi * hertz / RATE
    part = abs(sum(s * cmath.exp(turn * i) for i, s in enumerate(samples))) ** 2
    return 2 * part / len(samples) / power if power else 0


def count_heard(path):
    """How many windows are their tone."""
    with wave.open(path) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    return sum(share(samples[i:i + WINDOW], THEIR_HERTZ) > 0.8
               for i in range(0, len(samples) - WINDOW, WINDOW))


def run_side(tap, folder, we_offer):
    heard = f"{folder}/heard-{we_offer}.wav"
    theirs = [sys.executable, f"{interop.HERE}/peer-chromium.py", f"{folder}/theirs.wav"]
    pair = interop.Pair(theirs, ["--audio", f"{folder}/ours.raw", heard])
    name = "we offer" if we_offer else "they offer"

    def connect():
        pair.theirs.send(type="microphone")
        pair.wait(40, (pair.theirs, "microphone", None, None))
        (pair.ours if we_offer else pair.theirs).send(type="start")
        pair.wait(40, (pair.ours, "voice", None, None), (pair.theirs, "state", "state", "open"))
        return pair.last(pair.ours, "voice")["profile"]

    def they_hear():
        pair.wait(30, (pair.theirs, "tone", None, None))
        hertz = float(pair.last(pair.theirs, "tone")["hertz"])
        assert abs(hertz - OUR_HERTZ) < 12, f"{hertz} Hz"
        return f"{hertz:.0f} Hz"

    def we_hear():
        # Their microphone begins when it likes; the file grows while the call lasts.
        until = time.monotonic() + 20
        while os.path.getsize(heard) < 3 * RATE * 2 and time.monotonic() < until:
            time.sleep(0.1)
        pair.ours.send(type="close")
        pair.wait(15, (pair.ours, "closed", None, None))
        pair.ours.process.wait(15)
        n = count_heard(heard)
        assert n >= 50, f"their tone in {n} windows of 20 ms"
        return f"{n / 50:.1f} s of their tone"

    try:
        for text, function in (("connect", connect), ("they hear our tone", they_hear),
                               ("we hear their tone", we_hear)):
            if not tap.run(f"{name}: {text}", function):
                break
    finally:
        pair.stop()


def main():
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            interop.skip_all(f"{program} is not installed")
    interop.enter_namespace()
    tap = interop.Tap()
    with tempfile.TemporaryDirectory() as folder:
        write_tones(folder)
        for we_offer in (True, False):
            run_side(tap, folder, we_offer)
    print(f"1..{tap.n}", flush=True)
    sys.exit(1 if tap.failed else 0)


main()
