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

# Starts `punchline pipe` at both ends; their stdin stays open and silent.
pipes() { # CODE CODE OPTION...
  local lab_stdin=$lab_dir/silence
  ports_command left pipe "$1" "${@:3}"
  ports_command right pipe "$2" "${@:3}"
}

ends() { # EXPECTED SECONDS NAME: both exit statuses, and a sentence
  local side got=
  for side in left right; do
    lab_wait "${ports_pid[$side]}" "$2"
    got+="${got:+ }$lab_status"
  done
  tap_is "$got" "$1" "$3"
  tap_note "$(says left)"
  if [[ $got != "$1" ]]; then
    ports_blame
    lab_end "${ports_pid[@]}"
  fi
}

ports_both_say() { # STATE
  grep -q "\"state\":\"$1\"" "$lab_dir/left.events" &&
    grep -q "\"state\":\"$1\"" "$lab_dir/right.events"
}

says() { # SIDE: the last error, for humans
  grep '^punchline: ' "$lab_dir/$1.log" | tail -n 1
}

lab_open
lab_serve || lab_die "the server does not start"
ports_file 4
mkfifo "$lab_dir/silence"
exec 6<>"$lab_dir/silence"

lab_home left public
lab_home right public
ports_case "relay only, although a direct path is there" relay_udp --relay-only
lab_close_homes

lab_home left no-udp
lab_home right public
ports_case "no UDP and no relay, TCP from peer to peer" direct --direct-only
lab_close_homes

lab_home left symmetric
lab_home right symmetric
code=$(openssl rand -hex 8)
pipes "$code" "$code" --direct-only
lab_until 60 ports_ended
got=0
for side in left right; do
  lab_gone "${ports_pid[$side]}" || continue # who was first in the room may wait for the next
  lab_wait "${ports_pid[$side]}" 1
  got=$lab_status
  tap_note "$(says "$side")"
done
tap_is "$got" 4 "direct only between symmetric NATs"
[[ $got == 4 ]] || ports_blame
lab_end "${ports_pid[@]}"
lab_close_homes

lab_home left port-restricted
lab_home right port-restricted
code=$(lab_in left "$PL_TOP_BUILDDIR/punchline" code --signaling "$lab_signaling" \
  --tls-ca "$lab_dir/ca.pem" 2>"$lab_dir/code.log" | head -n 1)
IFS=- read -r number one two three <<<"$code"
pipes "$code" "$number-$three-$one-$two"
ends "5 5" 30 "the words of a code in the wrong order"

code=$(openssl rand -hex 8)
pipes "$code" "$code"
lab_until 30 ports_connected_or_ended
lab_cut right
ends "6 6" 60 "a line goes dead under a pipe"
lab_mend

code=$(openssl rand -hex 8)
ports_start left "$code"
ports_start right "$code"
lab_until 30 ports_settled direct
tap_ok $? "a direct path"
lab_forget left
lab_reset
ports_send left right 60
tap_ok $? "a router forgets its mappings and makes others: the stream gets through"
tap_is "$(ports_carried)" relay_udp "by a relay, since the new ones are symmetric"

lab_cut right
lab_until 60 ports_both_say closed
tap_ok $? "a line goes dead under ports: both say so"
lab_mend
: >"$lab_dir/left.events"
: >"$lab_dir/right.events"
lab_until 60 ports_connected_or_ended
ports_send left right 30
tap_ok $? "and meet again when it is back"
ports_stop
lab_close_homes

lab_refuse_relays || lab_die "coturn does not start again"
lab_home left port-restricted
lab_home right port-restricted
ports_case "the relays refuse, the STUN server of the same address answers" direct
tap_done
