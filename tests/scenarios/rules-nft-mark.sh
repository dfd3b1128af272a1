#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# What one packet writes into its connection's mark the next one reads, in
# either direction; a packet's own mark goes in and comes out; what rules drop
# leaves no mark behind.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
tracker_up nft_ip_conntrack
rules <<'END'
table ip marks {
	counter first { }
	counter answer { }
	counter bits { }
	counter restored { }
	counter before { }
	counter untouched { }
	chain prerouting {
		type filter hook prerouting priority mangle;
		tcp dport 80 ct state new ct mark set 0x17
		tcp dport 81 meta mark set 0x40 ct mark set meta mark
		tcp sport 81 meta mark set ct mark
	}
	chain forward {
		type filter hook forward priority 0;
		tcp dport 80 ct state new ct mark 0x17 counter name first
		tcp sport 80 ct state established ct mark 0x17 counter name answer
		tcp dport 80 ct state established ct mark set ct mark or 0x100
		ct mark 0x117 counter name bits
		tcp sport 81 meta mark 0x40 counter name restored
		tcp dport 82 ct mark != 0 counter name before
		tcp dport 82 ct mark set 5 drop
		udp dport 53 ct mark 0 counter name untouched
	}
}
END

play conn
play tcp c S
play tcp s SA
expect_counts 'the SYN marks, it and the SYN/ACK see it' first=1 answer=1 bits=0
play tcp c A
play tcp s A
expect_counts 'what the ACK adds is seen by it and the next' answer=1 bits=2
stock || expect_line "sport=$SPORT .*mark=279 " 'the mark in the listing is 0x117'

play conn dport=81
play tcp c S
play tcp s SA
expect_counts 'a mark goes through the connection to the answer' restored=1

play conn dport=82
play tcp c S lost
play tcp c S seq=-1 lost
expect_counts 'the mark of a packet that was dropped is gone with it' before=0
play conn dport=53
play udp c
expect_counts 'others have none' untouched=1

# Two packets of one connection before the first is confirmed are rare; two of
# different connections are not, and must not share anything.
play flood c syn 200 dport=80
expect_counts 'each SYN its own mark' first=201

tracker_down nft_ip_conntrack
no_kernel_complaints
