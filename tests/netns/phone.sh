# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # lab_dir, lab_pid are the lab's
# A box on the simulated modem in the left home of a lab, its owner's client in the right one.

phone_them=+4915100000001
phone_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Prints what this machine lacks for a box; nothing if it has all.
phone_missing() { # at|mm
  local tool tools=(/usr/bin/python3)
  [[ $1 == at ]] || tools+=(dbus-daemon gdbus ModemManager)
  for tool in "${tools[@]}"; do
    PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || { echo "no '$tool' here"; return; }
  done
}

# The network side of the modem: one action, its answer on stdout.
phone_network() { # ACTION NAME=VALUE...
  /usr/bin/python3 "$phone_top/tests/simmodem/simctl" "$lab_dir/modem-control" "$@"
}

phone_sound() { # write|heard|hears FILE NUMBER...
  /usr/bin/python3 "$phone_top/tests/lib/pl_sound.py" "$@"
}

# --- the client -----------------------------------------------------------------------------------

phone_env=() # the client's home directory

phone_client() { # ARGUMENT...: a command of the client, within half a minute
  lab_in right env "${phone_env[@]}" timeout 30 "$PL_TOP_BUILDDIR/punchline" "$@" \
    --tls-ca "$lab_dir/ca.pem" 2>>"$lab_dir/client.log"
}

# A command of the client that goes on; what it says is in lab_dir/LOG.log, its events beside.
phone_spawn() { # LOG ARGUMENT...
  local log=$1
  shift
  : >"$lab_dir/$log.events"
  lab_spawn right "$log.log" env "${phone_env[@]}" "$PL_TOP_BUILDDIR/punchline" "$@" \
    --tls-ca "$lab_dir/ca.pem" --events 3 3>>"$lab_dir/$log.events"
}

phone_is_ready() {
  phone_client status --json | grep -q '"state":"ready"'
}

# --- the box --------------------------------------------------------------------------------------

phone_bus() { # COMMAND...: on the message bus of the left home
  lab_in left env DBUS_SESSION_BUS_ADDRESS="unix:path=$lab_dir/bus" "$@"
}

phone_give_modem() {
  phone_bus gdbus call --session -d org.freedesktop.ModemManager1 \
    -o /org/freedesktop/ModemManager1 -m org.freedesktop.ModemManager1.Test.SetProfile \
    simbox generic "['abstract:$lab_id.modem']" >>"$lab_dir/gdbus.log" 2>&1
}

# The unmodified ModemManager, on a bus of its own, takes the modem.
phone_manage() {
  local address=unix:path=$lab_dir/bus
  lab_spawn left bus.log dbus-daemon --session --nofork --address="$address"
  lab_until 10 test -S "$lab_dir/bus" || return 1
  lab_spawn left mm.out env DBUS_SESSION_BUS_ADDRESS="$address" PATH="/usr/sbin:$PATH" \
    ModemManager --test-session --test-enable --no-auto-scan --test-no-udev \
    --test-no-suspend-resume --test-no-qrtr --debug --log-file="$lab_dir/mm.log"
  lab_until 10 phone_give_modem
}

phone_has_door() {
  [[ -S $lab_dir/box/boxd.sock ]]
}

# The simulated modem, for the box or for ModemManager.
phone_simulate() { # at|mm
  local vendor=generic
  [[ $1 == mm ]] || vendor=quectel
  lab_spawn left modem.log /usr/bin/python3 "$phone_top/tests/simmodem/simmodem" \
    --vendor "$vendor" --at-link "$lab_dir/modem-at" --at-socket "abstract:$lab_id.modem" \
    --pcm-link "$lab_dir/modem-pcm" --control "$lab_dir/modem-control"
  lab_until 10 test -S "$lab_dir/modem-control" || return 1
  [[ $1 == at ]] || phone_manage
}

# The modem, and the box on it: the simulated one by AT commands or through ModemManager, or a real
# one, found (auto) or named (at:DEVICE).
phone_box() { # at|mm|auto|at:DEVICE OPTION...: of the box
  local modem=(--modem "$1")
  case $1 in
  at) modem=(--modem "at:$lab_dir/modem-at" --pcm "$lab_dir/modem-pcm") ;;
  mm) modem=(--modem mm --pcm "$lab_dir/modem-pcm") ;;
  esac
  [[ $1 != at && $1 != mm ]] || phone_simulate "$1" || return 1
  shift
  lab_spawn left box.log env DBUS_SYSTEM_BUS_ADDRESS="unix:path=$lab_dir/bus" \
    "$PL_TOP_BUILDDIR/punchline-boxd" --signaling "$lab_signaling" \
    --tls-ca "$lab_dir/ca.pem" --state-dir "$lab_dir/box" --name home \
    "${modem[@]}" "$@"
  lab_until 10 phone_has_door
}

# A box, and the client that is paired with it.
phone_start() { # at|mm|auto|at:DEVICE OPTION...: of the box
  local code
  mkdir -p "$lab_dir/owner"
  phone_env=(HOME="$lab_dir/owner" XDG_CONFIG_HOME="$lab_dir/owner/config"
    XDG_DATA_HOME="$lab_dir/owner/data")
  phone_box "$@" || return 1
  lab_spawn left pair.log "$PL_TOP_BUILDDIR/punchline-boxd" pair --state-dir "$lab_dir/box"
  lab_until 10 grep -q . "$lab_dir/pair.log" || return 1
  code=$(grep -oE '[0-9]+(-[a-z]+)+' "$lab_dir/pair.log" | head -n 1)
  [[ -n $code ]] || return 1
  phone_client pair "$code" --signaling "$lab_signaling" --name laptop >/dev/null || return 1
  lab_until 30 phone_is_ready
}

phone_blame() { # the ends of all logs
  local log
  for log in modem mm box pair client "$@"; do
    [[ ! -s $lab_dir/$log.log ]] || tap_file "$lab_dir/$log.log"
  done
}
