# SPDX-License-Identifier: LGPL-2.1-or-later
"""The PCM port: 20 ms blocks at the modem's own clock, and the far end's ear and mouth."""

import array
import asyncio
import wave

BLOCK_SECONDS = 0.02
# What the modem's input buffer holds before it asks to wait, and when it asks to go on.
FULL_BLOCKS, LOW_BLOCKS, LOST_BLOCKS = 25, 5, 100


def read_sound(path, rate):
    """A WAV file, or raw s16le at @rate, as s16le mono at @rate."""
    if not path.endswith(".wav"):
        with open(path, "rb") as file:
            return file.read()
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            raise ValueError("16 bit wanted")
        samples = array.array("h", file.readframes(file.getnframes()))[::file.getnchannels()]
        theirs = file.getframerate()
    if theirs == rate:
        return samples.tobytes()
    out = array.array("h")
    for i in range(len(samples) * rate // theirs):
        at, part = divmod(i * theirs, rate)
        after = samples[min(at + 1, len(samples) - 1)]
        out.append(samples[at] + (after - samples[at]) * part // rate)
    return out.tobytes()


class Sound:
    def __init__(self, modem, ppm):
        self.modem = modem
        self.skew(ppm)
        self.port = None            # a ports.Pty, when there is one
        self.echo = False
        self._play, self._loop = b"", False
        self._source = None         # (path, loop), until its rate is known
        self._file = self._record = None    # and what writes a block into it
        self._input = bytearray()
        self._rest = b""            # of a block that the port took only half of
        self._timer = None
        self._waiting = False       # told the box to stop
        self.stalled = False        # gives nothing and hears nothing
        self.stats = {}
        self._clear_stats()

    def _clear_stats(self):
        self.stats = {"blocks": 0, "heard": 0, "underruns": 0, "lost_blocks": 0,
                      "unread_blocks": 0, "flow_stops": 0, "played_at": None}

    # The far end

    def play(self, path, loop=False):
        """From the next block on, or from the first one of the next call."""
        read_sound(path, 8000)      # a broken file is told at once
        self._source, self._play = (path, loop), b""

    def record(self, path):
        """What the far end hears goes into a file, until the next record(); None stops."""
        if self._file:
            self._file.close()
        self._file = self._record = None
        if path and path.endswith(".wav"):
            self._file = wave.open(path, "wb")
            self._file.setparams((1, 2, self.modem.vendor.audio_rate(), 0, "NONE", None))
            self._record = self._file.writeframesraw
        elif path:
            self._file = open(path, "wb")
            self._record = self._file.write

    def playing(self):
        return bool(self._source or self._play)

    # The modem

    def skew(self, ppm):
        """Its clock runs this much too fast."""
        self.period = BLOCK_SECONDS / (1 + ppm / 1e6)

    def running(self):
        return self._timer is not None

    def feed(self, data):
        """The box wrote to the PCM port."""
        if not self._timer:
            return
        self._input += data
        size = self._block_size()
        if len(self._input) > FULL_BLOCKS * size and not self._waiting:
            self._waiting = True
            self.stats["flow_stops"] += 1
            self.modem.vendor.flow(False)
        if (excess := len(self._input) // size - LOST_BLOCKS) > 0:
            self.stats["lost_blocks"] += excess
            del self._input[:excess * size]

    def _block_size(self):
        return self.modem.vendor.audio_rate() // 50 * 2

    def update(self):
        """Starts or stops with the vendor's command and the call."""
        on = self.port is not None and self.modem.present and self.modem.vendor.audio_on()
        if on == bool(self._timer):
            return
        self.modem.event("audio", on=on, rate=self.modem.vendor.audio_rate(), **self.stats)
        self._input.clear()
        self._waiting = False
        if on:
            self._clear_stats()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(loop.time() + self.period, self._tick,
                                       loop.time() + self.period)
        else:
            self._timer.cancel()
            self._timer = None
            self._play = b""

    def _tick(self, due):
        self._timer = asyncio.get_running_loop().call_at(due + self.period, self._tick,
                                                         due + self.period)
        if self.stalled:
            return
        size = self._block_size()
        self.stats["blocks"] += 1
        if self._source and not self._play:
            self.stats["played_at"] = due
        heard = self._hear(size)
        block = heard if self.echo else self._speak(size)
        self._send(block)
        if self._waiting and len(self._input) <= LOW_BLOCKS * size:
            self._waiting = False
            self.modem.vendor.flow(True)

    def _send(self, block):
        """Nobody reads: whole blocks are lost, never half a sample."""
        if self._rest:
            self._rest = self._rest[self.port.write(self._rest):]
        if self._rest:
            self.stats["unread_blocks"] += 1
        else:
            self._rest = block[self.port.write(block):]

    def _hear(self, size):
        if len(self._input) >= size:
            block = bytes(self._input[:size])
            del self._input[:size]
            self.stats["heard"] += 1
        else:
            block = bytes(size)
            if self.stats["heard"]:
                self.stats["underruns"] += 1
        if self._record:
            self._record(block)
        return block

    def _speak(self, size):
        if self._source and not self._play:
            path, loop = self._source
            self._play = read_sound(path, self.modem.vendor.audio_rate())
            if not loop:
                self._source = None
        block, self._play = self._play[:size], self._play[size:]
        return block + bytes(size - len(block))
