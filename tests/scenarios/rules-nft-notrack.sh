#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# notrack: UNTRACKED for all rules, no entry, and nothing else that "ct" asks
# for. Where it comes too late it does nothing.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
tracker_up nft_ip_conntrack
rules <<'END'
table ip apart {
	counter none { }
	counter others { }
	counter dir { }
	counter limited { }
	counter late { }
	chain raw {
		type filter hook prerouting priority raw;
		udp dport 53 notrack
		udp sport 53 notrack
	}
	chain late {
		type filter hook prerouting priority mangle;
		udp dport 54 notrack
	}
	chain forward {
		type filter hook forward priority 0;
		ct state untracked counter name none
		ct state { invalid, new, established, related } counter name others
		udp dport 53 ct direction { original, reply } counter name dir
		udp dport 53 ct mark set 7
		udp dport 53 ct count over 0 counter name limited
		udp dport 54 ct state new counter name late
	}
}
END

play conn dport=53
play udp c
play udp s
play udp c
expect_counts 'no packet of it is tracked' none=3 others=0 dir=0 limited=0
stock || expect_no_line . 'what is not tracked has no entry'

play conn dport=54
play udp c
expect_counts 'after the tracker it comes too late' none=3 others=1 late=1
stock || expect_line "sport=$SPORT dport=54 .*UNREPLIED"

tracker_down nft_ip_conntrack
no_kernel_complaints
