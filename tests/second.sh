# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A second firewall with the same addresses, for scenarios about namespaces;
# sourced after lib.sh.
#
#	client2 10.0.1.2 ---- 10.0.1.1 fw2 10.0.2.1 ---- 10.0.2.2 server2
#
# The player's sides there are c2 and s2.

# second COMMAND: a line of shell on the second firewall
second() { on fw2 "$BASH" -c "$1"; }

# second_lines [REGEX]
second_lines() { on fw2 grep -cE -- "${1:-.}" /proc/net/ip_conntrack; }

second_up() {
	lab_node client2
	lab_node server2
	lab_node fw2
	second 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	ip -n fw2 -batch - <<-'END' || die 'cannot lay the second wires'
	link set lo up
	link add eth1 address 02:00:00:00:03:01 type veth peer name eth0 address 02:00:00:00:03:02 netns client2
	link add eth2 address 02:00:00:00:04:01 type veth peer name eth0 address 02:00:00:00:04:02 netns server2
	addr add 10.0.1.1/24 dev eth1
	addr add 10.0.2.1/24 dev eth2
	link set eth1 up
	link set eth2 up
	neigh replace 10.0.1.2 lladdr 02:00:00:00:03:02 dev eth1
	neigh replace 10.0.1.100 lladdr 02:00:00:00:03:02 dev eth1
	neigh replace 10.0.2.2 lladdr 02:00:00:00:04:02 dev eth2
	neigh replace 10.0.2.100 lladdr 02:00:00:00:04:02 dev eth2
	END
	lab_end client2 10.0.1.2 10.0.1.1 02:00:00:00:03:01
	lab_end server2 10.0.2.2 10.0.2.1 02:00:00:00:04:01
	play side c2 client2 eth0 "$C" 02:00:00:00:03:01
	play side s2 server2 eth0 "$S" 02:00:00:00:04:01
}

second_down() {
	play forget c2
	play forget s2
	ip netns del client2
	ip netns del server2
	ip netns del fw2
}
