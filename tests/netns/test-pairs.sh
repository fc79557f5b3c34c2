#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every pairing of homes (drawn in lab.sh): two `punchline ports` find each other, a file crosses,
# and the internet's packet counters say which way it went.
set -u
here=$(dirname "$0")
. "$here/tap.sh"
. "$here/lab.sh"
. "$here/ports.sh"

reason=$(lab_missing)
[[ -z $reason ]] || tap_skip_all "$reason"

# Connects, transfers, stops, and says what was wrong; nothing if all was as EXPECTED.
cross() { # EXPECTED, a way of ports_carried
  local code side path
  code=$(openssl rand -hex 8)
  carried=
  ports_start left "$code"
  ports_start right "$code"
  lab_until 30 ports_connected_or_ended
  ports_connected || { echo "not connected"; return; }
  ports_send left right 30 || echo "the file did not arrive whole"
  carried=$(ports_carried)
  [[ $carried == "$1" ]] || echo "carried: '$carried', expected '$1'"
  for side in left right; do
    path=$(ports_event "$side" path)
    [[ $path == "${1%%_*}" ]] || echo "$side says '$path'"
  done
}

pair() { # LEFT RIGHT EXPECTED
  local wrong
  lab_home left "$1"
  lab_home right "$2"
  lab_reset
  { cross "$3"; ports_stop; } >"$lab_dir/wrong"
  wrong=$(cat "$lab_dir/wrong")
  tap_is "$wrong" "" "$1 with $2: ${3/_/ over }"
  printf '# %-18s %-18s %-9s %5s ms  %s/%s over %s, rtt %s ms\n' "$1" "$2" "$carried" \
    "$(ports_event left setup_ms)" "$(ports_event left local_type)" \
    "$(ports_event left remote_type)" "$(ports_event left protocol)" "$(ports_event left rtt_ms)"
  [[ -z $wrong ]] || ports_blame
  lab_close_homes
}

lab_open
lab_serve || lab_die "the server does not start"
ports_file 4

kinds=(public full-cone address-restricted port-restricted double symmetric)
for ((i = 0; i < ${#kinds[@]}; i++)); do
  for ((j = i; j < ${#kinds[@]}; j++)); do
    # What symmetric cannot reach: an end that wants to have sent to the very port.
    case "${kinds[i]} ${kinds[j]}" in
    "port-restricted symmetric" | "double symmetric" | "symmetric symmetric") way=relay_udp ;;
    *) way=direct ;;
    esac
    pair "${kinds[i]}" "${kinds[j]}" "$way"
  done
done

pair no-udp port-restricted relay_tcp
pair no-udp symmetric relay_tcp
pair no-udp no-udp relay_tcp
pair only-443 port-restricted relay_tls
pair only-443 symmetric relay_tls
pair only-443 only-443 relay_tls
pair ipv6 ipv6 direct
tap_done
