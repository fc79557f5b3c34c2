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

pair() { # LEFT RIGHT EXPECTED
  lab_home left "$1"
  lab_home right "$2"
  ports_case "$1 with $2" "$3"
  lab_close_homes
}

lab_open
lab_serve || lab_die "the server does not start"
ports_file 4

kinds=(public full-cone address-restricted port-restricted double symmetric)
for ((i = 0; i < ${#kinds[@]}; i++)); do
  for ((j = i; j < ${#kinds[@]}; j++)); do
    # What symmetric cannot reach: an end that lets in only the very port it has sent to.
    case "${kinds[i]} ${kinds[j]}" in
    "port-restricted symmetric" | "double symmetric" | "symmetric symmetric") way=relay_udp ;;
    *) way=direct ;;
    esac
    pair "${kinds[i]}" "${kinds[j]}" "$way"
  done
done

pair no-udp public relay_tcp
pair no-udp port-restricted relay_tcp
pair no-udp symmetric relay_tcp
pair no-udp no-udp relay_tcp
pair only-443 public relay_tls
pair only-443 port-restricted relay_tls
pair only-443 symmetric relay_tls
pair only-443 only-443 relay_tls
pair ipv6 ipv6 direct
tap_done
