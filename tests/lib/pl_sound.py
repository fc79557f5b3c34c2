# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tones in WAV files: written, and found again. Also for shell tests:

  pl_sound.py write FILE HERTZ SECONDS [SILENT-SECONDS-BEFORE]
  pl_sound.py heard FILE HERTZ...        prints how long each is heard
  pl_sound.py hears FILE HERTZ SECONDS   exit status 0: at least that long
"""

import math
import struct
import sys
import wave

RATE = 8000
STEP_SECONDS = 0.02
QUIET = 1000        # amplitude below which nothing counts


def sine(hertz, seconds, loudness=9000):
    return [int(loudness * math.sin(2 * math.pi * hertz * i / RATE))
            for i in range(int(RATE * seconds))]


def write_wav(path, samples):
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", None))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def write_tone(path, hertz, seconds, before=0):
    return write_wav(path, [0] * int(RATE * before) + sine(hertz, seconds))


def read_wav(path):
    with wave.open(path) as file:
        frames = file.readframes(file.getnframes())
        samples = struct.unpack(f"<{len(frames) // 2}h", frames)
        return samples[::file.getnchannels()], file.getframerate()


def seconds_of_tone(path, hertz, purity=0.7):
    """How much of a file is this tone, in steps of 20 ms (Goertzel's sum for one frequency). On a
    busy machine steps are missing: a test of the way asks for a third of them, how many there are
    on an idle one is for the benches."""
    samples, rate = read_wav(path)
    size, found = int(rate * STEP_SECONDS), 0
    turns = [2 * math.pi * hertz * i / rate for i in range(size)]
    cosines, sines = [math.cos(t) for t in turns], [math.sin(t) for t in turns]
    for start in range(0, len(samples) - size + 1, size):
        block = samples[start:start + size]
        power = sum(x * x for x in block)
        if power <= size * QUIET ** 2:
            continue
        re = sum(x * c for x, c in zip(block, cosines))
        im = sum(x * s for x, s in zip(block, sines))
        found += 2 * (re * re + im * im) / size / power > purity
    return found * STEP_SECONDS


def main(what, path, *numbers):
    numbers = [float(number) for number in numbers]
    if what == "write":
        write_tone(path, *numbers)
    elif what == "hears":
        sys.exit(0 if seconds_of_tone(path, numbers[0]) >= numbers[1] else 1)
    else:
        found = {hertz: seconds_of_tone(path, hertz) for hertz in numbers}
        print(", ".join(f"{hertz:.0f} Hz for {seconds:.1f} s"
                        for hertz, seconds in found.items() if seconds > 0.2) or "nothing")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (OSError, EOFError) as error:
        sys.exit(str(error))
