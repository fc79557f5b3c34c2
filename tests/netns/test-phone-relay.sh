#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The SIM box and its client, through a TURN relay, as symmetric NATs want; the modem
# is driven by AT commands.
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
lab_home left symmetric
lab_home right symmetric
phone_checks at relay
tap_done
