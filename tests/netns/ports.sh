# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # lab_dir, lab_pid are the lab's
# Two `punchline ports` in the homes of a lab, a file through them, and what the routers counted.

declare -A ports_pid=()
declare -A ports_write=([left]=10100 [right]=10100) ports_read=([left]=10200 [right]=10200)

# Starts one end; its events go to lab_dir/SIDE.events, what it says to lab_dir/SIDE.log.
ports_start() { # SIDE CODE OPTION...
  ports_command "$1" ports "${@:2}"
}

ports_command() { # SIDE COMMAND ARGUMENT...: the same for another command
  local side=$1
  shift
  : >"$lab_dir/$side.events"
  lab_spawn "$side" "$side.log" "$PL_TOP_BUILDDIR/punchline" "$@" \
    --signaling "$lab_signaling" --tls-ca "$lab_dir/ca.pem" --events 3 3>>"$lab_dir/$side.events"
  ports_pid[$side]=$lab_pid
}

ports_stop() { # SIGTERM; prints what is wrong with how the ends take it
  local side
  kill "${ports_pid[@]}" 2>/dev/null
  for side in left right; do
    lab_wait "${ports_pid[$side]}" 10
    [[ $lab_status == 143 ]] || echo "exit status of $side: $lab_status"
  done
}

ports_connected() {
  [[ -n $(ports_event left path) && -n $(ports_event right path) ]]
}

ports_ended() {
  lab_gone "${ports_pid[left]}" || lab_gone "${ports_pid[right]}"
}

ports_connected_or_ended() {
  ports_connected || ports_ended
}

# The value of KEY in the newest `connected` event of a side; empty without.
ports_event() { # SIDE KEY
  grep '"event":"connected"' "$lab_dir/$1.events" | tail -n 1 |
    sed -nE 's/.*"'"$2"'":"?([^",}]*).*/\1/p'
}

# The file of all transfers, and its size.
ports_file() { # MEGABYTES
  ports_size=$(($1 * 1000000))
  head -c "$ports_size" /dev/urandom >"$lab_dir/sent"
  ports_hash=$(sha256sum <"$lab_dir/sent")
}

# From the write port of one end to the read port of the other, by what any shell has.
ports_send() { # FROM TO SECONDS
  local reader
  rm -f "$lab_dir/received"
  # shellcheck disable=SC2016 # meant for the inner shell
  lab_spawn "$2" reader.log bash -c 'exec cat </dev/tcp/127.0.0.1/$1 >"$2"' - \
    "${ports_read[$2]}" "$lab_dir/received"
  reader=$lab_pid
  # shellcheck disable=SC2016
  lab_in "$1" timeout "$3" bash -c 'exec cat "$2" >/dev/tcp/127.0.0.1/$1' - \
    "${ports_write[$1]}" "$lab_dir/sent" 2>"$lab_dir/writer.log" || return 1
  lab_wait "$reader" "$3" || { lab_end "$reader"; return 1; }
  [[ $(sha256sum <"$lab_dir/received") == "$ports_hash" ]]
}

# Where the file went, by the routers' counters: each way that carried at least its size. Within a
# home (lab_shared) no packet of it is seen outside: "inside".
ports_carried() {
  local way ways=()
  (($(lab_bytes_inside) < ports_size)) || ways=(inside)
  for way in direct relay_udp relay_tcp relay_tls; do
    (($(lab_bytes "$way") < ports_size)) || ways+=("$way")
  done
  echo "${ways[*]}"
}

# Whether CARRIED is as EXPECTED. Two ends behind such NATs that each needs its own relay use two
# ways: the expected one is among them then, and none is direct.
ports_as_expected() { # CARRIED EXPECTED
  [[ $1 == "$2" ]] || [[ $2 == relay_* && " $1 " == *" $2 "* && $1 != *direct* && $1 != *inside* ]]
}

# Whether both ends say what is EXPECTED: direct, or relayed, and one of them by that relay. What
# comes first is used at once and left for a better path that takes a moment longer.
ports_settled() { # EXPECTED
  local side said=direct relays=
  [[ $1 == relay* ]] && said=relay
  for side in left right; do
    [[ $(ports_event "$side" path) == "$said" ]] || return 1
    relays+=" relay_$(ports_event "$side" relay_protocol)"
  done
  [[ $said == direct || " $relays " == *" $1 "* ]]
}

# One whole meeting in homes that stand: both ends connect, a file crosses, both end. Passed if
# nothing went wrong, the routers counted the file where it was EXPECTED (a way of ports_carried),
# and both ends say the same.
ports_case() { # NAME EXPECTED OPTION...: options of both ends
  local name=$1 expected=$2 wrong
  shift 2
  { ports_cross "$expected" "$@"; ports_stop; } >"$lab_dir/wrong"
  wrong=$(cat "$lab_dir/wrong")
  tap_is "$wrong" "" "$name: ${expected/_/ over }"
  printf '# %s after %s ms, %s/%s over %s\n' "$ports_way" "$(ports_event left setup_ms)" \
    "$(ports_event left local_type)" "$(ports_event left remote_type)" \
    "$(ports_event left protocol)"
  [[ -z $wrong ]] || ports_blame
}

ports_cross() { # EXPECTED OPTION...: prints what is wrong
  local code expected=$1
  shift
  code=$(openssl rand -hex 8)
  ports_way=
  ports_start left "$code" "$@"
  ports_start right "$code" "$@"
  lab_until 30 ports_connected_or_ended
  ports_connected || { echo "not connected"; return; }
  lab_until 5 ports_settled "$expected" || echo "they say otherwise"
  lab_reset
  ports_send left right 30 || echo "the file did not arrive whole"
  ports_way=$(ports_carried)
  ports_as_expected "$ports_way" "$expected" || echo "carried: '$ports_way'"
  ports_settled "$expected" || echo "they say otherwise at the end"
}

ports_blame() { # the ends of both logs
  local side
  for side in left right; do
    tap_file "$lab_dir/$side.log"
    tap_file "$lab_dir/$side.events" 5
  done
}
