# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # lab_dir, lab_pid are the lab's
# A box on the simulated modem in the left home of a lab, its owner's client in the right one.

phone_them=+4915100000001

# The network side of the modem: one action, its answer on stdout.
phone_network() { # ACTION NAME=VALUE...
  /usr/bin/python3 tests/simmodem/simctl "$lab_dir/modem-control" "$@"
}

phone_in() { # SIDE COMMAND...: in that home, with the client's own home directory
  local side=$1
  shift
  lab_in "$side" env HOME="$lab_dir/owner" XDG_CONFIG_HOME="$lab_dir/owner/config" \
    XDG_DATA_HOME="$lab_dir/owner/data" "$@"
}

phone_client() { # ARGUMENT...: a command of the client, within half a minute
  phone_in right timeout 30 "$PL_TOP_BUILDDIR/punchline" "$@" --tls-ca "$lab_dir/ca.pem" \
    2>>"$lab_dir/client.log"
}

phone_has_door() {
  [[ -S $lab_dir/box/boxd.sock ]]
}

phone_is_ready() {
  phone_client status --json | grep -q '"state":"ready"'
}

# The modem, the box on it, and the client that is paired with it.
phone_start() { # OPTION...: of the box
  local code
  mkdir -p "$lab_dir/owner"
  lab_spawn left modem.log /usr/bin/python3 tests/simmodem/simmodem --vendor quectel \
    --at-link "$lab_dir/modem-at" --pcm-link "$lab_dir/modem-pcm" --control "$lab_dir/modem-control"
  lab_until 10 test -e "$lab_dir/modem-control" || return 1
  lab_spawn left box.log "$PL_TOP_BUILDDIR/punchline-boxd" --signaling "$lab_signaling" \
    --tls-ca "$lab_dir/ca.pem" --state-dir "$lab_dir/box" --name home \
    --modem "at:$lab_dir/modem-at" --vendor quectel --pcm "$lab_dir/modem-pcm" "$@"
  lab_until 10 phone_has_door || return 1
  lab_spawn left pair.log "$PL_TOP_BUILDDIR/punchline-boxd" pair --state-dir "$lab_dir/box"
  lab_until 10 grep -q . "$lab_dir/pair.log" || return 1
  code=$(grep -oE '[0-9]+(-[a-z]+)+' "$lab_dir/pair.log" | head -n 1)
  [[ -n $code ]] || return 1
  phone_client pair "$code" --signaling "$lab_signaling" --name laptop >/dev/null || return 1
  lab_until 30 phone_is_ready
}

# What is heard in FILE: its loudest frequency of those that are asked for, in Hz; "nothing".
phone_heard() { # FILE HERTZ...
  /usr/bin/python3 - "$@" <<'END'
import math, struct, sys, wave
with wave.open(sys.argv[1]) as file:
    data, rate = file.readframes(file.getnframes()), file.getframerate()
    samples = struct.unpack(f"<{len(data) // 2}h", data)[::file.getnchannels()]
seconds = dict.fromkeys(map(int, sys.argv[2:]), 0)
size = rate // 25
for start in range(0, len(samples) - size, size):
    block = samples[start:start + size]
    power = sum(x * x for x in block)
    for hertz in seconds:
        re = sum(x * math.cos(2 * math.pi * hertz * i / rate) for i, x in enumerate(block))
        im = sum(x * math.sin(2 * math.pi * hertz * i / rate) for i, x in enumerate(block))
        if power > size * 10000 and 2 * (re * re + im * im) / size / power > 0.7:
            seconds[hertz] += 1 / 25
print(", ".join(f"{hertz} Hz for {n:.1f} s" for hertz, n in seconds.items() if n > 0.2) or "nothing")
END
}

phone_tone() { # FILE HERTZ SECONDS [SILENT SECONDS BEFORE]
  /usr/bin/python3 - "$@" <<'END'
import math, struct, sys, wave
hertz, seconds = float(sys.argv[2]), float(sys.argv[3])
before = float(sys.argv[4]) if len(sys.argv) > 4 else 0
tone = [int(9000 * math.sin(2 * math.pi * hertz * i / 8000)) for i in range(int(8000 * seconds))]
samples = [0] * int(8000 * before) + tone
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(8000)
    file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
END
}
