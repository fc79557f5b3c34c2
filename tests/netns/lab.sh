# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # variables for those who source it
# A small internet of network namespaces, with real kernel NATs, for tests and tools/quickstart.
#
#      left (host)                                                        right (host)
#      192.168.1.20   2001:db8:1::20                 2001:db8:2::30   192.168.1.30
#          | eth0                                                         eth0 |
#          | lan: 192.168.1.1                                192.168.1.1 :lan  |
#       left-gw  (NAT or firewall, by kind)                            right-gw
#          | wan                                                           wan |
#     [ left-cgn  (kind double only: 100.64.0.1, a carrier's NAT)      right-cgn ]
#          | 198.51.100.10                                     203.0.113.10    |
#          +-------------------------- internet ---------------------------+
#                          (routes, counts, never changes a packet)
#                                         |
#                                       server
#          192.0.2.10, 2001:db8:5::10: coturn, 3478 (UDP, TCP) and 443 (TLS)
#          192.0.2.11, 2001:db8:5::11: signald, 443 (TLS)
#
# Both homes use the same private network, as real ones do. With one home for both (lab_shared),
# `right` hangs on left-gw too: on the same LAN, or on one of its own that cannot reach the other.
#
# Everything is named after the process that made it, so that labs may run side by side, and goes
# away with lab_close, which the exit trap of lab_open calls. Kinds of home:
#
#   public              no router: the host has the public address
#   full-cone           one mapping for all destinations; anyone may send to it
#   address-restricted  one mapping; only addresses that were sent to
#   port-restricted     one mapping; only addresses and ports that were sent to
#   symmetric           a mapping of its own for each destination, at a random port
#   double              port-restricted behind a port-restricted carrier's NAT
#   no-udp              port-restricted, and the router drops UDP without a word
#   only-443            the same, and nothing but TCP to port 443
#   ipv6                no IPv4; the router lets in answers only

. "$(dirname "${BASH_SOURCE[0]}")/lab-nat.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lab-server.sh"

lab_id=
lab_dir=
declare -A lab_pids=()
lab_made=()

# --- namespaces ---------------------------------------------------------------------------------

# Prints why there can be no lab here; nothing if there can.
lab_missing() {
  local tool probe="pl$$-probe"
  [[ $(id -u) == 0 ]] || { echo "not root"; return; }
  for tool in ip nft; do
    command -v "$tool" >/dev/null || { echo "no '$tool' here"; return; }
  done
  ip netns add "$probe" 2>/dev/null || { echo "no right to make network namespaces"; return; }
  # shellcheck disable=SC2016 # meant for the inner shell
  ip netns exec "$probe" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward &&
    ip link add wan type veth peer name lan && ip link add bridge0 type bridge &&
    nft add table ip nat && nft add chain ip nat post "{ type nat hook postrouting priority 100; }" &&
    nft add rule ip nat post masquerade fully-random' >/dev/null 2>&1 ||
    echo "no kernel NAT in network namespaces"
  ip netns del "$probe"
}

lab_ns() { # PLACE: its namespace
  echo "$lab_id-$1"
}

lab_exec() { # PLACE COMMAND...: in the place of this shell
  exec ip netns exec "$(lab_ns "$1")" "${@:2}"
}

lab_in() { # PLACE COMMAND...
  (lab_exec "$@")
}

lab_ip() { # PLACE ARGUMENT...
  ip -n "$(lab_ns "$1")" "${@:2}" || lab_die "ip ${*:2} in $1"
}

lab_nft() { # PLACE <RULES
  lab_in "$1" nft -f - || lab_die "nft in $1"
}

lab_die() { # WHAT: the lab cannot be built; TAP's word for that
  echo "Bail out! laboratory: $1"
  exit 99
}

lab_place() { # PLACE...
  local place
  for place; do
    ip netns add "$(lab_ns "$place")"
    lab_made+=("$place")
    lab_ip "$place" link set lo up
    # shellcheck disable=SC2016 # meant for the inner shell
    lab_in "$place" sh -c 'cd /proc/sys/net && for i in all default; do
      echo 0 >ipv6/conf/$i/accept_dad; echo 0 >ipv4/conf/$i/rp_filter; done'
  done
}

# Hosts know the server's names as from a DNS with both families. `ip netns exec` puts the file in
# the place of /etc/hosts, for the namespace alone.
lab_host() { # PLACE...
  local place
  lab_place "$@"
  for place; do
    mkdir -p "/etc/netns/$(lab_ns "$place")"
    cat >"/etc/netns/$(lab_ns "$place")/hosts" <<'END'
127.0.0.1 localhost
::1 localhost
192.0.2.10 turn.test
2001:db8:5::10 turn.test
192.0.2.11 signal.test
2001:db8:5::11 signal.test
END
  done
}

lab_router() { # PLACE: forwards
  lab_in "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

lab_cable() { # PLACE INTERFACE PLACE INTERFACE
  lab_ip "$1" link add "$2" type veth peer name "$4" netns "$(lab_ns "$3")"
  lab_ip "$1" link set "$2" up
  lab_ip "$3" link set "$4" up
}

lab_address() { # PLACE INTERFACE ADDRESS/LENGTH...
  local place=$1 interface=$2 address
  shift 2
  for address; do
    lab_ip "$place" address add "$address" dev "$interface"
  done
}

lab_route() { # PLACE GATEWAY...: default routes
  local place=$1 gateway
  shift
  for gateway; do
    lab_ip "$place" route add default via "$gateway"
  done
}

# --- homes --------------------------------------------------------------------------------------

# The last two are where a host goes that moves (lab_move).
declare -A lab_wan=([left]=198.51.100 [right]=203.0.113 [train]=198.18.7 [hotel]=198.18.8)
declare -A lab_private=([left]=192.168.1.20 [right]=192.168.1.30)
declare -A lab_v6=([left]=2001:db8:1 [right]=2001:db8:2)

lab_uplink() { # PLACE SIDE: PLACE's interface wan gets the side's public address
  lab_cable internet "$1" "$1" wan
  lab_address internet "$1" "${lab_wan[$2]}.1/24"
  lab_address "$1" wan "${lab_wan[$2]}.10/24"
  lab_route "$1" "${lab_wan[$2]}.1"
}

lab_gateway() { # PLACE KIND: a router with the NAT of KIND
  lab_place "$1"
  lab_router "$1"
  lab_nat_rules "$2" | lab_nft "$1"
}

lab_lan() { # GATEWAY INTERFACE HOST ADDRESS: one cable from the router to one host
  local net=${4%.*}
  lab_cable "$1" "$2" "$3" eth0
  lab_address "$1" "$2" "$net.1/24"
  lab_address "$3" eth0 "$4/24"
  lab_route "$3" "$net.1"
}

lab_home() { # SIDE KIND
  local side=$1 kind=$2
  lab_host "$side"
  case $kind in
  public) lab_uplink "$side" "$side" ;;
  ipv6) lab_home_v6 "$side" "${lab_v6[$side]}" ;;
  double)
    lab_gateway "$side-cgn" port-restricted
    lab_uplink "$side-cgn" "$side"
    lab_gateway "$side-gw" port-restricted
    lab_cable "$side-cgn" lan "$side-gw" wan
    lab_address "$side-cgn" lan 100.64.0.1/24
    lab_address "$side-gw" wan 100.64.0.2/24
    lab_route "$side-gw" 100.64.0.1
    lab_lan "$side-gw" lan "$side" "${lab_private[$side]}"
    ;;
  *)
    lab_gateway "$side-gw" "$kind"
    lab_uplink "$side-gw" "$side"
    lab_lan "$side-gw" lan "$side" "${lab_private[$side]}"
    ;;
  esac
}

lab_home_v6() { # SIDE PREFIX
  local side=$1 net=$2
  lab_place "$side-gw"
  lab_router "$side-gw"
  lab_firewall_rules | lab_nft "$side-gw"
  lab_cable internet "$side-gw" "$side-gw" wan
  lab_cable "$side-gw" lan "$side" eth0
  lab_address internet "$side-gw" "$net:f::1/64"
  lab_address "$side-gw" wan "$net:f::2/64"
  lab_address "$side-gw" lan "$net:1::1/64"
  lab_address "$side" eth0 "$net:1::20/64"
  lab_ip internet route add "$net:1::/64" via "$net:f::2"
  lab_route "$side-gw" "$net:f::1"
  lab_route "$side" "$net:1::1"
}

# The host of a home goes to another network, behind a router of KIND, without a word: its old
# address is gone, and for some seconds it has none.
lab_move() { # SIDE SECONDS train|hotel KIND
  lab_ip "$1" link del eth0
  sleep "$2"
  lab_gateway "$3" "$4"
  lab_uplink "$3" "$3"
  lab_lan "$3" lan "$1" 10.20.30.40
}

lab_shared() { # KIND together|apart: both hosts behind one router, on one LAN or on two
  lab_host left right
  lab_gateway left-gw "$1"
  lab_uplink left-gw left
  if [[ $2 == apart ]]; then
    lab_lan left-gw lan left "${lab_private[left]}"
    lab_lan left-gw lan2 right 192.168.2.30
    return
  fi
  lab_ip left-gw link add lan type bridge
  lab_ip left-gw link set lan up
  lab_address left-gw lan 192.168.1.1/24
  local side
  for side in left right; do
    lab_cable left-gw "port-$side" "$side" eth0
    lab_ip left-gw link set "port-$side" master lan
    lab_address "$side" eth0 "${lab_private[$side]}/24"
    lab_route "$side" 192.168.1.1
  done
  lab_nft left-gw <<'END'
table bridge filter {
  counter through { }
  chain forward {
    type filter hook forward priority filter;
    counter name through
  }
}
END
}

# --- the internet and its server ------------------------------------------------------------------

# Makes lab_id, lab_dir (a folder for whatever the lab writes), the internet and the server.
lab_open() {
  lab_id="pl$$"
  lab_dir=$(mktemp -d "${TMPDIR:-/tmp}/punchline-lab.XXXXXX")
  trap lab_close EXIT
  trap 'exit 130' INT TERM HUP
  lab_place internet
  lab_host server
  lab_router internet
  lab_cable internet server server eth0
  lab_address internet server 192.0.2.1/24 2001:db8:5::1/64
  lab_address server eth0 192.0.2.10/24 192.0.2.11/24 2001:db8:5::10/64 2001:db8:5::11/64
  lab_route server 192.0.2.1 2001:db8:5::1
  lab_nft internet <<'END'
table inet count {
  set homes { type ipv4_addr; elements = { 198.51.100.10, 203.0.113.10, 198.18.7.10, 198.18.8.10 } }
  counter direct { }
  counter relay_udp { }
  counter relay_tcp { }
  counter relay_tls { }
  chain forward {
    type filter hook forward priority filter;
    ip saddr @homes ip daddr @homes counter name direct
    ip6 saddr 2001:db8:1::/32 ip6 daddr 2001:db8:1::/32 jump six
    ip saddr 192.0.2.10 jump relay
    ip daddr 192.0.2.10 jump relay
    ip6 saddr 2001:db8:5::10 jump relay
    ip6 daddr 2001:db8:5::10 jump relay
  }
  chain six {
    ip6 saddr 2001:db8:5::/64 return
    ip6 daddr 2001:db8:5::/64 return
    counter name direct
  }
  chain relay {
    udp dport 3478 counter name "relay_udp"
    udp sport 3478 counter name "relay_udp"
    tcp dport 3478 counter name "relay_tcp"
    tcp sport 3478 counter name "relay_tcp"
    tcp dport 443 counter name "relay_tls"
    tcp sport 443 counter name "relay_tls"
  }
}
END
}

# Bytes since the last lab_reset: `direct` between the homes, or to and from coturn as `relay_udp`,
# `relay_tcp`, `relay_tls`.
lab_bytes() { # NAME
  lab_in internet nft list counter inet count "$1" | lab_read_bytes
}

# Bytes that a shared router passed between its hosts, on one LAN or (hairpin) on two.
lab_bytes_inside() {
  [[ " ${lab_made[*]} " == *" left-gw "* ]] || { echo 0; return; }
  lab_in left-gw nft list counters | lab_read_bytes | sort -n | tail -n 1 | grep . || echo 0
}

# The line of a home goes dead, without a word to anyone; and is mended.
lab_cut() { # SIDE
  lab_nft internet <<END
table ip cut {
  chain forward {
    type filter hook forward priority filter - 1;
    ip saddr ${lab_wan[$1]}.10 drop
    ip daddr ${lab_wan[$1]}.10 drop
  }
}
END
}

lab_mend() {
  lab_in internet nft delete table ip cut
}

# The router of a home starts anew, and maps as a symmetric one from now on.
lab_forget() { # SIDE
  lab_nft "$1-gw" <<'END'
flush chain ip nat out
add rule ip nat out oifname "wan" masquerade fully-random
END
  lab_in "$1-gw" /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/nat-forget.py"
}

lab_read_bytes() {
  sed -n 's/.* bytes \([0-9]*\).*/\1/p'
}

lab_reset() {
  lab_in internet nft reset counters >/dev/null
  [[ " ${lab_made[*]} " != *" left-gw "* ]] || lab_in left-gw nft reset counters >/dev/null
}

# --- processes ------------------------------------------------------------------------------------

# Starts COMMAND in PLACE with its output in lab_dir/LOG; lab_pid is its process.
lab_spawn() { # PLACE LOG COMMAND...
  local place=$1 log=$lab_dir/$2
  shift 2
  lab_exec "$place" "$@" <"${lab_stdin:-/dev/null}" >"$log" 2>&1 &
  lab_pid=$!
  lab_pids[$lab_pid]=$1
}

lab_until() { # SECONDS COMMAND...: until COMMAND succeeds
  local end=$((SECONDS + $1 + 1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.05
  done
}

# Waits for a process of the lab; lab_status is its exit status, or "running" if it did not end.
lab_wait() { # PID SECONDS
  lab_status=running
  lab_until "$2" lab_gone "$1" || return 1
  wait "$1"
  lab_status=$?
  unset "lab_pids[$1]"
}

# Ends processes of the lab; a stubborn one is killed.
lab_end() { # PID...
  local pid
  (($#)) || return 0
  kill "$@" 2>/dev/null
  for pid; do
    lab_wait "$pid" 5 && continue
    kill -KILL "$pid" 2>/dev/null
    lab_wait "$pid" 5
  done
}

lab_gone() { # PID
  ! kill -0 "$1" 2>/dev/null
}

# Takes away the homes, so that others may be built; internet and server stay.
lab_close_homes() {
  local place keep=()
  # The kernel takes a namespace apart some time later; the cables' names are needed again now.
  for place in $(lab_in internet ls /sys/class/net); do
    case $place in
    lo | server) ;;
    *) lab_ip internet link del "$place" ;;
    esac
  done
  for place in "${lab_made[@]}"; do
    case $place in
    internet | server) keep+=("$place") ;;
    *) lab_remove "$place" ;;
    esac
  done
  lab_made=("${keep[@]}")
}

lab_remove() { # PLACE
  ip netns del "$(lab_ns "$1")"
  rm -rf "/etc/netns/$(lab_ns "$1")"
}

lab_close() {
  local status=$? place
  trap - EXIT
  lab_end "${!lab_pids[@]}"
  for place in "${lab_made[@]}"; do lab_remove "$place"; done
  rmdir /etc/netns 2>/dev/null
  rm -rf "$lab_dir"
  exit "$status"
}
