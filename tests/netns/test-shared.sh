#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Both ends behind one router: on the same LAN, or on two that cannot reach each other (two flats of
# one carrier's NAT), where the router sends them back in by its own address (hairpin) or does not.
#
#      left   right        left    right
#         \\   /             |       |
#          LAN             LAN     LAN 2
#           |               |       |
#       +--------+        +-----------+
#       | router |        |  router   |  --+
#       +--------+        +-----------+ <--+ hairpin
set -u
here=$(dirname "$0")
. "$here/tap.sh"
. "$here/lab.sh"
. "$here/ports.sh"

reason=$(lab_missing)
[[ -z $reason ]] || tap_skip_all "$reason"

shared() { # NAME KIND together|apart EXPECTED
  lab_shared "$2" "$3"
  ports_case "$1" "$4"
  lab_close_homes
}

lab_open
lab_serve || lab_die "the server does not start"
ports_file 4
shared "one LAN" port-restricted together inside
shared "two LANs, hairpin" hairpin apart inside
shared "two LANs, no hairpin" port-restricted apart relay_udp
tap_done
