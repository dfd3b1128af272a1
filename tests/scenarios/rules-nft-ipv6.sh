#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# IPv6 in tables inet and ip6: the state is UNTRACKED, and whatever else "ct"
# asks for does not match. docs/firewall.nft is for a host with both, and lets
# both through.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

# v6 COMMAND NAMESPACE-DEVICE...
v6_up() {
	echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	echo 0 >/proc/sys/net/ipv6/conf/eth1/disable_ipv6
	echo 0 >/proc/sys/net/ipv6/conf/eth2/disable_ipv6
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	ip addr add fd00:1::1/64 dev eth1 nodad
	ip addr add fd00:2::1/64 dev eth2 nodad
	v6_end client fd00:1::2 fd00:1::1
	v6_end server fd00:2::2 fd00:2::1
}

v6_end() {
	on "$1" "$BASH" -c '
		echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6
		echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6'
	ip -n "$1" addr add "$2/64" dev eth0 nodad
	ip -n "$1" route add default via "$3"
}

pings() { on_client ping -6 -c 1 -W 5 fd00:2::2; }

# fetches ADDRESS PORT: a line from a server there
fetches() {
	[ "$(on_client timeout 20 nc -d "$1" "$2")" = hello ]
}

# serves NAMESPACE PORT: on both families, for as long as the lab stands
serves() {
	on "$1" socat TCP6-LISTEN:"$2",fork,reuseaddr,ipv6only=0 \
		SYSTEM:'echo hello' &
	expect_within 10 "socat listens at $2" listens "$1" "$2"
}
listens() { on "$1" ss -Hltn "sport = $2" | grep -q .; }

lab_up
v6_up
tracker_up nft_ip_conntrack
expect_within 20 'IPv6 goes through without rules' pings

rules <<'END'
table inet both {
	counter v6_untracked { }
	counter v6_other { }
	counter v6_mark { }
	counter v6_direction { }
	counter v6_tuple { }
	counter v6_count { }
	chain forward {
		type filter hook forward priority 0;
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		meta nfproto ipv6 jump six
	}
	chain six {
		ct state untracked counter name v6_untracked
		ct state { invalid, new, related, established } counter name v6_other
		ct mark set 5
		ct mark { 0, 5 } counter name v6_mark
		ct direction { original, reply } counter name v6_direction
		ct original ip6 saddr fd00:1::2 counter name v6_tuple
		ct count over 0 counter name v6_count
	}
}
table ip6 six {
	counter six_untracked { }
	chain forward {
		type filter hook forward priority 1;
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		ct state untracked counter name six_untracked
	}
}
END
expect_true 'IPv6 passes' pings
stock || expect_counts 'IPv6 is UNTRACKED, and nothing else' v6_untracked=2 \
	v6_other=0 v6_mark=0 v6_direction=0 v6_tuple=0 v6_count=0 six_untracked=2
nft flush ruleset

# the firewall of docs, for both families
rules <"$LAB_TREE/docs/firewall.nft"
serves server 80
serves server 8080
expect_true 'IPv6: ping' pings
expect_true 'IPv6: web from the inside' fetches fd00:2::2 80
expect_true 'IPv4: web from the inside' fetches "$SERVER" 80
expect_false 'IPv6: no other port' fetches fd00:2::2 8080
expect_false 'IPv4: no other port' fetches "$SERVER" 8080
expect_false 'IPv6: nobody may begin from the outside' \
	on_server ping -6 -c 1 -W 2 fd00:1::2

tracker_down nft_ip_conntrack
no_kernel_complaints
