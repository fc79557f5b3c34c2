#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Meetings that end otherwise: only one kind of path allowed, no path, the wrong code, and an end
# that is cut off.
set -u
here=$(dirname "$0")
. "$here/tap.sh"
. "$here/lab.sh"
. "$here/ports.sh"

reason=$(lab_missing)
[[ -z $reason ]] || tap_skip_all "$reason"

both() { # SECONDS OPTION...: starts both ends and waits for the end of both
  local limit=$1 code
  shift
  code=$(openssl rand -hex 8)
  ports_start left "$code" "$@"
  ports_start right "$code" "$@"
  both_wait "$limit"
}

both_wait() { # SECONDS: sets ended to both exit statuses
  local side
  ended=
  for side in left right; do
    lab_wait "${ports_pid[$side]}" "$1"
    ended+="${ended:+ }$lab_status"
  done
}

says() { # SIDE: the last line for humans
  tail -n 1 "$lab_dir/$1.log"
}

lab_open
lab_serve || lab_die "the server does not start"
ports_file 4

lab_home left public
lab_home right public
ports_case "relay only, although a direct path is there" relay_udp --relay-only
lab_close_homes

lab_home left no-udp
lab_home right public
ports_case "no UDP and no relay: TCP from peer to peer" direct --direct-only
lab_close_homes

lab_home left symmetric
lab_home right symmetric
both 60 --direct-only
tap_is "$ended" "4 4" "direct only between symmetric NATs: no path"
tap_note "$(says left)"
[[ $ended == "4 4" ]] || ports_blame
lab_close_homes

lab_home left port-restricted
lab_home right port-restricted
nameplate=$(lab_in left "$PL_TOP_BUILDDIR/punchline" code --signaling "$lab_signaling" \
  --tls-ca "$lab_dir/ca.pem" 2>"$lab_dir/code.log" | head -n 1)
ports_start left "$nameplate"
ports_start right "${nameplate%%-*}-wrong-wrong-wrong"
both_wait 30
tap_is "$ended" "5 5" "the wrong code"
tap_note "$(says left)"
[[ $ended == "5 5" ]] || ports_blame

code=$(openssl rand -hex 8)
ports_start left "$code"
ports_start right "$code"
lab_until 30 ports_connected_or_ended
ports_send left right 30
tap_ok $? "connected"
ip -n "$(lab_ns right-gw)" link set wan down
both_wait 120
tap_is "$ended" "6 6" "a router loses its line: both ends say so"
tap_note "$(says left)"
[[ $ended == "6 6" ]] || ports_blame
tap_done
