# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The netfilter rules of the laboratory's routers (lab.sh).

# The rules of a router of KIND with the interfaces wan and lan*. What they give is checked by
# test-lab.sh, not believed.
#
# Linux keeps a connection's port where it can, so plain masquerade is a port-restricted cone. Only
# if something unsolicited never gets an entry in the connection table, though: such an entry would
# occupy the tuple and shift the port of the next mapping. Hence the input chain.
#
# Cones that let in more: "learn" notes each mapping as it leaves (after masquerade, thus with its
# real port) and, for the address-restricted one, to whom; "in" then lets what comes to a known
# mapping through to its owner.
lab_nat_rules() { # KIND
  local random='' in='' hairpin='' udp='' tcp=''
  case $1 in
  full-cone) in='dnat ip addr . port to udp dport map @mapped' ;;
  hairpin)
    in='dnat ip addr . port to udp dport map @mapped'
    hairpin='iifname "lan*" ip daddr 198.51.100.10 dnat ip addr . port to udp dport map @mapped'
    ;;
  address-restricted)
    in='udp dport . ip saddr @sent dnat ip addr . port to udp dport map @mapped'
    ;;
  symmetric) random=fully-random ;;
  no-udp) udp='meta l4proto udp drop' ;;
  only-443) udp='meta l4proto udp drop' tcp='iifname "lan*" tcp dport != 443 drop' ;;
  esac
  cat <<END
table ip nat {
  map mapped { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout 5m; }
  set sent { type inet_service . ipv4_addr; flags dynamic,timeout; timeout 5m; }
  chain in {
    type nat hook prerouting priority dstnat;
    ${in:+iifname "wan" $in}
    $hairpin
  }
  chain out {
    type nat hook postrouting priority srcnat;
    oifname "wan" masquerade $random
    ${hairpin:+iifname "lan*" oifname "lan*" ct status dnat snat to 198.51.100.10}
  }
  chain learn {
    type filter hook postrouting priority srcnat + 50;
    oifname "wan" update @mapped { udp sport : ct original ip saddr . ct original proto-src }
    oifname "wan" update @sent { udp sport . ip daddr }
  }
}
table ip filter {
  counter through { }
  chain forward {
    type filter hook forward priority filter;
    $udp
    $tcp
    iifname "lan*" oifname "lan*" ct status dnat counter name through accept
    iifname "lan*" oifname "lan*" drop
    iifname "lan*" accept
    ct state established,related accept
    ct status dnat accept
    drop
  }
  chain input {
    type filter hook input priority filter;
    iifname "wan" ct state new drop
  }
}
END
}

lab_firewall_rules() {
  cat <<'END'
table ip6 filter {
  chain forward {
    type filter hook forward priority filter;
    iifname "lan" accept
    ct state established,related accept
    drop
  }
}
END
}
