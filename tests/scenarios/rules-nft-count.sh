#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# ct count: in a rule for all, in a set for each source. Who exceeds the limit
# is refused, what has ended does not count, nor does what was refused; an
# element without connections goes, and a namespace can go with counts in it.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
ip neigh replace 10.0.1.101 lladdr 02:00:00:00:01:02 dev eth1
ip neigh replace 10.0.1.102 lladdr 02:00:00:00:01:02 dev eth1
tracker_up nft_ip_conntrack
rules <<'END'
table ip counts {
	set sources { type ipv4_addr; flags dynamic; size 100; }
	counter below { }
	chain forward {
		type filter hook forward priority 0;
		tcp dport 80 ct state new ct count over 3 drop
		tcp dport 81 ct state new add @sources { ip saddr ct count over 2 } drop
		tcp dport 82 ct state new ct count 2 counter name below
	}
}
END
expect_true 'it is listed as it was given' grep -q 'ct count over 3 drop' \
	<(nft list chain ip counts forward)

for sport in 41001 41002 41003; do
	handshake sport=$sport
done
play conn sport=41004
play tcp c S lost
play tcp c S seq=-1 lost
play conn sport=41005
play tcp c S lost
# they are in the way of nobody
play conn sport=41001
play tcp c PA seq=1000001 ack=2000001 len=5
# one ends: there is room for one
play tcp s R seq=2000001
handshake sport=41006
play conn sport=41007
play tcp c S lost

# each source has a count of its own
for src in 10.0.1.101 10.0.1.102; do
	for sport in 42001 42002; do
		play conn sport=$sport dport=81
		play tcp c S src=$src
	done
	play conn sport=42003 dport=81
	play tcp c S src=$src lost
done
expect_true 'the set has both' test \
	"$(nft list set ip counts sources | grep -o '10\.0\.1\.10[12]' | sort -u | wc -l)" = 2

# up to a limit
for sport in 43001 43002 43003; do
	play conn sport=$sport dport=82
	play tcp c S
done
expect_counts 'two are not more than two, three are' below=2

# who has no connection any more leaves the set, and may begin again
play conn sport=42001 dport=81
for src in 10.0.1.101 10.0.1.102; do
	for sport in 42001 42002; do
		play conn sport=$sport dport=81
		play tcp c S src=$src
		play tcp s RA seq=0 ack=1000001 dst=$src
	done
done
second_has() { [ "$(second_lines)" -ge "$1" ]; }
no_sources() { ! nft list set ip counts sources | grep -q '10\.0\.1\.10'; }
expect_within 60 'an element without connections goes' no_sources
play conn sport=42009 dport=81
play tcp c S src=10.0.1.101

# a namespace goes with counts, sets and connections in it
stock || {
	. "$LAB_TREE/tests/second.sh"
	second_up
	nft list ruleset | on fw2 nft -f -
	for sport in 42001 42002 42003; do
		play conn sport=$sport dport=81
		play tcp c2 S nowait
		play conn sport=$sport dport=80
		play tcp c2 S nowait
	done
	wait_for 10 second_has 4 || fail 'entries in the second firewall' "$(second_lines)"
	second_down
}

tracker_down nft_ip_conntrack
no_kernel_complaints
