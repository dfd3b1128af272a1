#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# With ip_conntrack_acct and ip_conntrack_timestamp on, conntrack(8) shows each
# direction's packets and bytes as /proc/net/ip_conntrack does, when a
# connection began and when it ended; -z tells them and begins anew. A rule that
# asks for them switches them on.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

lab_up
netlink_up

play conn dport=52
play udp c
plain_port=$SPORT
sysctl_set ip_conntrack_acct 1
sysctl_set ip_conntrack_timestamp 1
play conn dport=53
play udp c len=72
play udp c len=72
play udp s len=172
counts='packets=2 bytes=200 .*packets=1 bytes=200 '

STEP='conntrack -L with accounting'
expect_line "sport=$SPORT .*$counts"
expect_same 'counters and all'
out=$(conntrack -L -p udp --dport 52 2>/dev/null)
[[ $out == *"sport=$plain_port dport=52 [UNREPLIED]"* ]] ||
	fail 'no counters for one that was there before' "$out"
STEP='conntrack -G with accounting'
out=$(conntrack -G -p udp -s "$C" -d "$S" --sport "$SPORT" --dport 53 2>/dev/null)
[[ $out =~ $counts ]] || fail "$counts" "$out"

STEP='conntrack -L -o ktimestamp'
out=$(conntrack -L -p udp --dport 53 -o ktimestamp 2>/dev/null)
[[ $out =~ delta-time=([0-9]+)\ \[start=.*20[0-9][0-9]\] ]] ||
	fail 'start and delta-time' "$out"
[ "${BASH_REMATCH[1]}" -le 60 ] || fail 'a delta-time of seconds' "$out"

listen conntrack -E -e DESTROY -o ktimestamp
STEP='conntrack -D'
conntrack -D -p udp --dport 53 >/dev/null 2>&1
expect_events 1 "\[DESTROY\] udp .*sport=$SPORT .*$counts.*start=.*stop="
silence

STEP='conntrack -L -z'
play udp c len=72
play udp s len=172
counts='packets=1 bytes=100 .*packets=1 bytes=200 '
out=$(conntrack -L -z 2>/dev/null)
[[ $out =~ $counts ]] || fail "$counts" "$out"
expect_line "sport=$SPORT .*packets=0 bytes=0 .*packets=0 bytes=0 "
play udp c len=72
expect_line "sport=$SPORT .*packets=1 bytes=100 .*packets=0 bytes=0 " 'from 0 on'

# a rule that asks; when it goes they stay on, as under nf_conntrack, for there
# may be others who count on it
sysctl_set ip_conntrack_acct 0
play conn dport=60
play udp c
load_beside nft_ip_conntrack
nft -f - <<'END' || die 'nft'
table ip count {
	counter many { }
	chain forward {
		type filter hook forward priority 0;
		ct bytes > 150 counter name many
	}
}
END
expect_eq "$(sysctl_get ip_conntrack_acct)" 1 'the rule asks for counters'
play udp s len=472
play conn dport=61
play udp c len=72
play udp c len=72
expect_line 'dport=61 .*packets=2 bytes=200 '
expect_no_line 'dport=60 .*packets=' 'it began before the rule came'
expect_true 'the rule has seen 200 bytes, once' grep -q 'packets 1 ' \
	<(nft list counter ip count many)
nft delete table ip count
expect_eq "$(sysctl_get ip_conntrack_acct)" 1 'and nobody asked to stop'
expect_true 'until somebody does' sysctl_set ip_conntrack_acct 0
play conn dport=62
play udp c
expect_no_line 'dport=62 .*packets='
unload_beside nft_ip_conntrack

netlink_down
no_kernel_complaints
