#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
#
# nf_conntrack and ip_conntrack see the same packets in the same namespace, and
# after each one they show the same state, [UNREPLIED] and [ASSURED], or a row
# of tests/differences.json says why not. First the conversations of
# tests/conversations.txt, then random ones (how: tests/beside.py).
#
#   IP_CONNTRACK_SEED=N        other random conversations (default 1)
#   IP_CONNTRACK_PACKETS=N     of N packets in all (default 20000)
#   IP_CONNTRACK_PLAY='c S; s SA; c A'    only this one, step by step
#
# Time-outs are not compared, all are out of the way. nf_conntrack is liberal:
# its window tracking is set aside, its verdicts on RST are not
# (nf_conntrack_tcp_ignore_invalid_rst stays 0). Everything else is as it comes.

. "$(dirname "$0")/../lib.sh"

# few buckets: a listing walks them all
nsenter --net=/proc/1/ns/net modprobe nf_conntrack hashsize=256 ||
	die 'no nf_conntrack'
lab_up
player_stop
nft -f - <<'END' || die 'nft'
table ip lab {
	chain forward {
		type filter hook forward priority 0; policy accept;
		ct state established counter
	}
}
END
NF=/proc/sys/net/netfilter/nf_conntrack
for name in tcp_timeout_{syn_sent,syn_recv,established,fin_wait,close_wait} \
	tcp_timeout_{last_ack,time_wait,close,max_retrans,unacknowledged} \
	udp_timeout{,_stream} icmp_timeout generic_timeout; do
	echo 100000 >"${NF}_$name" || die "no ${NF}_$name"
done
echo 1 >${NF}_tcp_be_liberal

expect_true 'README has the table as it is' \
	"$LAB_TREE/scripts/differences.py" --check "$LAB_TREE/README.md"

beside() { python3 "$LAB_TREE/tests/beside.py" "$KO" "$@"; }
if [ -n "${IP_CONNTRACK_PLAY:-}" ]; then
	beside play "$IP_CONNTRACK_PLAY" || exit 1
else
	beside script "$LAB_TREE/tests/conversations.txt" \
		random "${IP_CONNTRACK_PACKETS:-20000}" || exit 1
fi

unload_module
no_kernel_complaints
