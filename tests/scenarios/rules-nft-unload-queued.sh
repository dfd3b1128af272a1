#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# The modules go while packets that they know wait in a queue of the device
# (netem): the packets are waited for, and get through.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

waits() { tc -s qdisc show dev eth2 | grep -q "backlog [0-9Kb]* ${1}p"; }
arrived() { on_server nft list counters | sed -n 's/.*packets \([0-9]*\) .*/\1/p'; }

lab_up
tracker_up nft_ip_conntrack
rules <<'END'
table ip filter {
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state { new, established } ct mark set 1 accept
	}
}
END
on_server nft -f - <<'END'
table ip arrivals {
	counter came { }
	chain prerouting {
		type filter hook prerouting priority 0;
		udp dport 9 counter name came
	}
}
END
# with a queue for what is delayed, or 20 packets would be its limit
tc qdisc add dev eth2 root netem delay 4s limit 1000 || die 'no netem'
# the destination is somebody, or the server would not see it in IPv4
play flood c udp 50 dport=9 dst="$SERVER"
wait_for 10 waits 50 || fail '50 packets in the queue' "$(tc -s qdisc show dev eth2)"
STEP='rmmod while 50 packets wait in the queue'
start=$SECONDS
nft flush ruleset
expect_within 20 'no rule asks' rmmod nft_ip_conntrack
expect_true 'rmmod comes to an end' timeout 60 rmmod ip_conntrack
say "rmmod took $((SECONDS - start)) s"
all_there() { [ "$(arrived)" = 50 ]; }
expect_within 20 'all packets get through' all_there
tc qdisc del dev eth2 root
no_stock_modules
no_kernel_complaints
