#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The laboratory itself: each kind of home (drawn in lab.sh) behaves as its name says, found out
# from inside by a probe after RFC 5780, and traffic is counted where it goes.
set -u
here=$(dirname "$0")
. "$here/tap.sh"
. "$here/lab.sh"

reason=$(lab_missing)
[[ -z $reason ]] || tap_skip_all "$reason"

places=(192.0.2.10 192.0.2.11 5000 5001)

probe() { # KIND: what the probe prints, in one line
  lab_home left "$1"
  lab_in left /usr/bin/python3 "$here/nat-probe.py" ask "${places[@]}" | paste -sd ' '
  lab_close_homes
}

expect() { # KIND EXPECTED
  tap_is "$(probe "$1")" "$2" "$1: $2"
}

tcp_ports() { # KIND: coturn's TCP ports that can be reached
  local port open=()
  lab_home left "$1"
  for port in 3478 443; do
    lab_in left timeout 1 bash -c "exec 3<>/dev/tcp/192.0.2.10/$port" 2>/dev/null && open+=("$port")
  done
  lab_close_homes
  echo "${open[*]}"
}

lab_open
lab_certificates
lab_serve_turn || lab_die "coturn does not start"
lab_spawn server probe.log /usr/bin/python3 "$here/nat-probe.py" serve "${places[@]}"
lab_until 5 lab_listening udp 192.0.2.11:5001

any=endpoint-independent address=address-dependent port=address-and-port-dependent
expect public "mapping=no-nat filtering=$any keeps-port=yes hairpin=yes"
expect full-cone "mapping=$any filtering=$any keeps-port=yes hairpin=no"
expect hairpin "mapping=$any filtering=$any keeps-port=yes hairpin=yes"
expect address-restricted "mapping=$any filtering=$address keeps-port=yes hairpin=no"
expect port-restricted "mapping=$any filtering=$port keeps-port=yes hairpin=no"
expect symmetric "mapping=$port filtering=$port keeps-port=no hairpin=no"
expect double "mapping=$any filtering=$port keeps-port=yes hairpin=no"
expect no-udp "mapping=none"
expect only-443 "mapping=none"

tap_is "$(tcp_ports port-restricted)" "3478 443" "port-restricted: TURN over TCP and TLS"
tap_is "$(tcp_ports no-udp)" "3478 443" "no-udp: TURN over TCP and TLS"
tap_is "$(tcp_ports only-443)" "443" "only-443: TURN over TLS"
tap_done
