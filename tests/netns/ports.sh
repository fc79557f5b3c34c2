# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # lab_dir, lab_pid are the lab's
# Two `punchline ports` in the homes of a lab, a file through them, and what the routers counted.

declare -A ports_pid=()
declare -A ports_write=([left]=10100 [right]=10100) ports_read=([left]=10200 [right]=10200)

# Starts one end; its events go to lab_dir/SIDE.events, what it says to lab_dir/SIDE.log.
ports_start() { # SIDE CODE OPTION...
  local side=$1 code=$2
  shift 2
  lab_spawn "$side" "$side.log" "$PL_TOP_BUILDDIR/punchline" ports "$code" \
    --signaling "$lab_signaling" --tls-ca "$lab_dir/ca.pem" --events 3 "$@" \
    3>"$lab_dir/$side.events"
  ports_pid[$side]=$lab_pid
}

ports_stop() { # prints what is wrong with how the ends take their end
  local side
  kill "${ports_pid[@]}" 2>/dev/null
  for side in left right; do
    lab_wait "${ports_pid[$side]}" 10
    [[ $lab_status == 0 ]] || echo "exit status of $side: $lab_status"
  done
}

ports_connected() {
  grep -q '"connected"' "$lab_dir/left.events" && grep -q '"connected"' "$lab_dir/right.events"
}

ports_ended() {
  lab_gone "${ports_pid[left]}" || lab_gone "${ports_pid[right]}"
}

ports_connected_or_ended() {
  ports_connected || ports_ended
}

# The newest value of KEY among the `connected` events of a side.
ports_event() { # SIDE KEY
  grep '"connected"' "$lab_dir/$1.events" |
    sed -nE 's/.*"'"$2"'" *: *"?([^",}]*).*/\1/p' | tail -n 1
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
    (($(lab_bytes "$way") >= ports_size)) && ways+=("$way")
  done
  echo "${ways[*]}"
}

# One whole meeting in homes that stand: both ends connect, a file crosses, both end. Passed if
# nothing went wrong, the routers counted the file where it was EXPECTED (a way of ports_carried),
# and both ends say the same.
ports_case() { # NAME EXPECTED OPTION...: options of both ends
  local name=$1 expected=$2 wrong
  shift 2
  lab_reset
  { ports_cross "$expected" "$@"; ports_stop; } >"$lab_dir/wrong"
  wrong=$(cat "$lab_dir/wrong")
  tap_is "$wrong" "" "$name: ${expected/_/ over }"
  printf '# %-9s after %4s ms, %s/%s over %s, rtt %s ms\n' "$ports_way" "$(ports_event left setup_ms)" \
    "$(ports_event left local_type)" "$(ports_event left remote_type)" \
    "$(ports_event left protocol)" "$(ports_event left rtt_ms)"
  [[ -z $wrong ]] || ports_blame
}

ports_cross() { # EXPECTED OPTION...: prints what is wrong
  local code expected=$1 side path
  shift
  code=$(openssl rand -hex 8)
  ports_way=
  ports_start left "$code" "$@"
  ports_start right "$code" "$@"
  lab_until 30 ports_connected_or_ended
  ports_connected || { echo "not connected"; return; }
  ports_send left right 30 || echo "the file did not arrive whole"
  ports_way=$(ports_carried)
  [[ $ports_way == "$expected" ]] || echo "carried: '$ports_way'"
  for side in left right; do
    path=$(ports_event "$side" path)
    [[ $path == "${expected%%_*}" ]] || echo "$side says '$path'"
  done
}

ports_blame() { # the ends of both logs
  local side
  for side in left right; do
    tap_file "$lab_dir/$side.log"
    tap_file "$lab_dir/$side.events" 5
  done
}
