#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# tc's flower reads the connection that a packet carries: its state, its mark,
# its zone.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
tracker_up nft_ip_conntrack
rules <<'END'
table ip marks {
	chain forward {
		type filter hook forward priority 0;
		tcp dport 80 ip dscp 1 ct mark set 5
	}
}
END
tc qdisc add dev eth2 clsact || die 'no clsact'
tc filter add dev eth2 egress protocol ip pref 1 flower ct_state +trk ct_mark 5 \
	action drop || die 'no flower'
tc filter add dev eth2 egress protocol ip pref 2 flower ct_state +trk+new \
	ct_zone 0 action pass || die 'flower'
tc filter add dev eth2 egress protocol ip pref 3 flower ct_state +trk+est \
	action pass || die 'flower'

# matched PREF: packets that the filter has met
matched() {
	tc -s filter show dev eth2 egress pref "$1" |
		sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p' | head -n 1
}

handshake
play tcp c PA len=5
expect_eq "$(matched 2)" 1 'the SYN is new'
expect_eq "$(matched 3)" 2 'two packets are established'
play tcp c PA len=5 tos=4 lost
play tcp c A lost
expect_eq "$(matched 1)" 2 'the mark of the connection is 5'

tc qdisc del dev eth2 clsact
tracker_down nft_ip_conntrack
no_kernel_complaints
