#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# Rules about connections where packets take other ways through the kernel: a
# bridge with br_netfilter, and a VRF, where a packet meets the hooks twice.
#
#	client3 10.0.3.2 ---- (br0 of fw) ---- 10.0.3.3 server3
#	client 10.0.1.2 ---- eth1 (vrf1 of fw) eth2 ---- 10.0.2.2 server

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
modprobe br_netfilter || die 'no br_netfilter'
lab_node client3
lab_node server3
ip -batch - <<'END' || die 'cannot build the bridge'
link add br0 type bridge
link set br0 up
link add p1 type veth peer name eth0 address 02:00:00:00:05:02 netns client3
link add p2 type veth peer name eth0 address 02:00:00:00:05:03 netns server3
link set p1 master br0
link set p2 master br0
link set p1 up
link set p2 up
END
for end in 'client3 2 3' 'server3 3 2'; do
	read -r ns own other <<<"$end"
	ip -n "$ns" -batch - <<-END || die "cannot set up $ns"
	link set eth0 up
	addr add 10.0.3.$own/24 dev eth0
	neigh replace 10.0.3.$other lladdr 02:00:00:00:05:0$other dev eth0
	END
done
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
tracker_up nft_ip_conntrack
rules <<'END'
table ip ways {
	counter begun { }
	counter bad { }
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established accept
		tcp dport 80 ct state new counter name begun accept
		udp dport 53 ct state new counter name begun accept
		counter name bad
	}
}
END


conversations bridge client3 server3 10.0.3.3
expect_counts 'over the bridge' begun=2 bad=0
play listen closed server3 10.0.3.3 81
STEP='a connection that is not allowed, over the bridge'
expect_false 'it is not let through' on client3 timeout 2 nc -z 10.0.3.3 81
stock || expect_no_line 'dport=81 ' 'what was dropped has no entry'

modprobe vrf || die 'no vrf'
ip -batch - <<'END' || die 'cannot set up the VRF'
link add vrf1 type vrf table 10
link set vrf1 up
link set eth1 master vrf1
link set eth2 master vrf1
END
# what the move into the VRF has taken away
ip -batch - <<'END' || die 'cannot set up the VRF'
neigh replace 10.0.1.2 lladdr 02:00:00:00:01:02 dev eth1
neigh replace 10.0.2.2 lladdr 02:00:00:00:02:02 dev eth2
END
before=$(counted | sed -n 's/^begun //p')
conversations vrf client server "$SERVER"
after=$(counted | sed -n 's/^begun //p')
expect_eq "$after" $((before + 2)) 'through the VRF'
stock || {
	expect_eq "$(lines "dst=$SERVER .*dport=80 ")" 1 'one connection, one entry'
	expect_eq "$(lines "dst=$SERVER .*dport=53 ")" 1
}

tracker_down nft_ip_conntrack
no_kernel_complaints
