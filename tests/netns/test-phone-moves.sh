#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The client of a SIM box changes its network in a call, and the call goes on.
set -u
here=$(dirname "$0")
. "$here/tap.sh"
. "$here/lab.sh"
. "$here/phone.sh"
. "$here/phone-checks.sh"

reason=$(lab_missing)
[[ -n $reason ]] || reason=$(phone_missing at)
[[ -z $reason ]] || tap_skip_all "$reason"

lab_open
lab_serve || lab_die "the server does not start"
lab_home left port-restricted
lab_home right port-restricted
phone_begin at
phone_check "behind another NAT, after a second" \
  phone_try phone_move direct 1 train port-restricted direct
phone_check "behind a symmetric NAT, after 12 seconds" \
  phone_try phone_move direct 12 hotel symmetric relay
tap_done
