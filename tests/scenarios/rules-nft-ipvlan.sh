#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# Rules about connections with ipvlan devices: where a leg of the firewall is
# one (what it forwards comes in by the device below, for ipvlan goes by
# addresses, and goes out by this), and where the firewall is host to a
# namespace behind one in mode l3s, whose packets pass the host's hooks.
#
#	client 10.0.1.2 ---- eth1, leg1 (ipvlan l2 of fw) eth2 ---- 10.0.2.2 server
#	box 10.0.2.50 ------ (ipvlan l3s on eth2 of fw) ----------- 10.0.2.2 server

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
modprobe ipvlan || die 'no ipvlan'
tracker_up nft_ip_conntrack
rules <<'END'
table ip ways {
	counter begun { }
	counter bad { }
	counter host_begun { }
	counter host_established { }
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established accept
		tcp dport 80 ct state new counter name begun accept
		udp dport 53 ct state new counter name begun accept
		counter name bad
	}
	chain output {
		type filter hook output priority 0;
		ip saddr 10.0.2.50 ct state new counter name host_begun
	}
	chain input {
		type filter hook input priority 0;
		ip daddr 10.0.2.50 ct state established counter name host_established
		ip daddr 10.0.2.50 ct state new,invalid counter name bad drop
	}
}
END

# the leg towards the client is an ipvlan device
echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
echo 0 >/proc/sys/net/ipv4/conf/eth1/rp_filter
ip -batch - <<'END' || die 'cannot set up leg1'
link add link eth1 name leg1 type ipvlan mode l2
addr del 10.0.1.1/24 dev eth1
addr add 10.0.1.1/24 dev leg1
link set leg1 up
neigh replace 10.0.1.2 lladdr 02:00:00:00:01:02 dev leg1
END
conversations leg client server "$SERVER"
expect_counts 'through an ipvlan device' begun=2 bad=0
stock || expect_eq "$(lines "dst=$SERVER ")" 2 'one connection, one entry'
play listen closed server "$SERVER" 81
STEP='a connection that is not allowed'
expect_false 'it is not let through' on client timeout 2 nc -z "$SERVER" 81
stock || expect_no_line 'dport=81 ' 'what was dropped has no entry'

# a namespace behind an ipvlan device in mode l3s: its connections are the
# host's, and its host's rules decide what comes in
lab_node box
ip -batch - <<'END' || die 'cannot set up the box'
link add link eth2 name box0 type ipvlan mode l3s
link set box0 netns box
END
ip -n box -batch - <<'END' || die 'cannot set up the box'
link set lo up
link set box0 up
addr add 10.0.2.50/24 dev box0
END
ip -n server neigh replace 10.0.2.50 lladdr 02:00:00:00:02:01 dev eth0 ||
	die 'neighbour'
conversations box box server "$SERVER"
expect_counts 'a namespace behind ipvlan, mode l3s' begun=2 host_begun=2
[ "$(counted | sed -n 's/^host_established //p')" -ge 4 ] ||
	fail 'its answers are ESTABLISHED' "$(counted)"
stock || expect_eq "$(lines "src=10.0.2.50 dst=$SERVER ")" 2 \
	'one connection, one entry'
STEP='a connection towards the box'
expect_false 'it is not let in' on server timeout 2 nc -z 10.0.2.50 81
stock || expect_no_line 'dport=81 ' 'what was dropped has no entry'

ip netns del box
tracker_down nft_ip_conntrack
no_kernel_complaints
