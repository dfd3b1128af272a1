#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A bridged packet that br_netfilter shows to the IPv4 hooks is seen once, and
# one that it does not show is not seen.
# The bridge does not snoop: one that does joins a group as it comes up, and the
# reports of that are IPv4 packets of the firewall's own.
#
#	client3 10.0.3.2 ---- (br0 of fw) ---- 10.0.3.3 server3

. "$(dirname "$0")/../lib.sh"

lab_up
modprobe br_netfilter || die 'no br_netfilter'
lab_node client3
lab_node server3
ip -batch - <<'END' || die 'cannot build the bridge'
link add br0 type bridge mcast_snooping 0
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
load_module

echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables
play bind a server3 10.0.3.3 53
play ask a client3 10.0.3.3 53
expect_eq "$(entry)" '' 'bridge-nf-call-iptables 0: not ours to see'

echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
play bind b server3 10.0.3.3 54
play ask b client3 10.0.3.3 54
expect_entry udp - 30 '[UNREPLIED]'
play answer b
expect_entry udp - 180 '[ASSURED]'
expect_lines 1 . 'one packet, one flow'
play listen web server3 10.0.3.3 80
play connect web client3 10.0.3.3 80
wait_entry 3 tcp ESTABLISHED 432000 '[ASSURED]'
play send web.s 100000
play shut web.c
wait_entry 3 tcp CLOSE_WAIT 43200 '[ASSURED]'
play close web.s
wait_entry 3 tcp TIME_WAIT 120 '[ASSURED]'
expect_lines 2

unload_module
no_kernel_complaints
