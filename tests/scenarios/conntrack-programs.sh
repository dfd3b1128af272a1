#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# Other programs than conntrack(8), none of them changed: iptstate, a program
# on libnetfilter_conntrack (tests/ctprog.c), and Python with pyroute2
# (tests/ctpy.py) list, watch and change connections.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

lab_up
build ctprog -lnetfilter_conntrack -lnfnetlink
ctprog=$BUILT
netlink_up
# as long as this takes
sysctl_set ip_ct_icmp_timeout 600

handshake dport=443
tcp=$SPORT
play conn dport=53
play udp c
play udp s
udp=$SPORT
play icmp c 8 id=7

# iptstate(8): once and no curses; -o, or it pads its columns to the width of a
# terminal that is not there, which never ends
STEP='iptstate -1 -o'
out=$(timeout 60 iptstate -1 -o 2>&1 </dev/null | head -n 20)
[[ $out =~ $C:$tcp\ +$S:443\ +tcp\ +ESTABLISHED\ +1[12][0-9]:[0-9:]+ ]] ||
	fail 'the TCP connection' "$out"
[[ $out =~ $C:$udp\ +$S:53\ +udp\ +0:0[23]:[0-9]+ ]] ||
	fail 'the UDP connection' "$out"
[[ $out =~ $C\ +$S\ +icmp\ +8/0 ]] || fail 'the ICMP query' "$out"
STEP='iptstate -1 -o -t -D 53'
out=$(timeout 60 iptstate -1 -o -t -D 53 2>&1 </dev/null | head -n 20)
[[ $out =~ Total\ States:\ 3\ .*TCP:\ 1\ UDP:\ 1\ ICMP:\ 1\ .*Filtered:\ 2 ]] ||
	fail 'three, of which it shows one' "$out"
say "$(sed -n 2p <<<"$out")"

# and as people use it, on a terminal: x, and y for sure, ends the connection
# that is marked
SCREEN=$(mktemp)
keys=$SCREEN.keys
mkfifo "$keys"
exec {KEYS}<>"$keys"
STEP='iptstate -D 7000, on a terminal'
play conn dport=7000
play udp c
(exec timeout -k 3 90 script -qfc \
	'stty rows 30 cols 120; TERM=vt100 iptstate -D 7000' "$SCREEN") \
	<&"$KEYS" >/dev/null 2>&1 &
expect_within 30 'it shows the connection' grep -q "$C:$SPORT" "$SCREEN"
printf x >&"$KEYS"
expect_within 30 'it asks' grep -q 'Are you sure' "$SCREEN"
printf 'y\r' >&"$KEYS"
gone() { [ "$(lines 'dport=7000 ')" = 0 ]; }
expect_within 30 'it ends the connection' gone
printf q >&"$KEYS"
wait $!
exec {KEYS}>&-
rm -f "$keys" "$SCREEN"

STEP='ctprog list'
out=$(timeout 60 "$ctprog" list | sed 's/ id=[0-9]*$//' | plain)
expect_eq "$out" "$(plain <$PROC)"
STEP='ctprog get'
out=$(timeout 60 "$ctprog" get "$C" "$S" "$udp" 53 2>&1) ||
	fail 'the connection' "$out"
[[ $out == *" sport=$udp dport=53 "* ]] || fail 'the connection' "$out"
expect_false 'there is no other' timeout 60 "$ctprog" get "$C" "$S" 1 53
STEP='ctprog watch'
listen "$ctprog" watch nud 1000000
STEP='ctprog mark'
expect_true 'it sets a mark' timeout 60 "$ctprog" mark "$C" "$S" "$udp" 53 77
expect_line "sport=$udp .* mark=77 "
STEP='ctprog create'
expect_true 'it makes a connection' \
	timeout 60 "$ctprog" create "$C" "$S" 9 10 600
expect_line '^udp +17 (600|59[0-9]) .*sport=9 dport=10 '
expect_false 'but not twice' timeout 60 "$ctprog" create "$C" "$S" 9 10 600
STEP='ctprog delete'
expect_true 'it ends one' timeout 60 "$ctprog" delete "$C" "$S" 9 10
expect_no_line 'sport=9 '
expect_false 'but not twice' timeout 60 "$ctprog" delete "$C" "$S" 9 10
silence
expect_eq "$(tail -n 1 "$EVENTS")" 'new 1 update 1 destroy 1 lost 0'
say 'libnetfilter_conntrack: listed, found, marked, made, deleted, heard'

STEP='tests/ctpy.py'
out=$(timeout -k 5 100 "$LAB_TREE/tests/ctpy.py" "$C" "$S" "$udp" 53 2>&1) ||
	fail 'pyroute2 lists, watches and changes' "$out"
say "$out"
expect_no_line "sport=$udp " 'pyroute2 has deleted it'

netlink_down
no_kernel_complaints
rm -f "$ctprog"
