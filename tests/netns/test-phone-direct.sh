#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The SIM box and its client, through a punched hole; the modem is ModemManager's.
set -u
here=$(dirname "$0")
. "$here/tap.sh"
. "$here/lab.sh"
. "$here/phone.sh"
. "$here/phone-checks.sh"

reason=$(lab_missing)
[[ -n $reason ]] || reason=$(phone_missing mm)
[[ -z $reason ]] || tap_skip_all "$reason"

lab_open
lab_serve || lab_die "the server does not start"
lab_home left port-restricted
lab_home right port-restricted
phone_checks mm direct
tap_done
