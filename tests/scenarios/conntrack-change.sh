#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# conntrack -I, -U, -D and -F: what they do is exact, shows in
# /proc/net/ip_conntrack, and holds for the next packet.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

lab_up
netlink_up

# run COMMAND...: it succeeds
run() {
	STEP=$*
	expect_true 'conntrack(8) does it' "$@"
}

# -U: mark and time-out of one, of several, of none
handshake dport=443
one=$SPORT
handshake dport=443
two=$SPORT
handshake dport=80
run conntrack -U -p tcp --sport "$one" -m 7
expect_line "sport=$one .* mark=7 "
expect_eq "$(lines ' mark=')" 1 'no other has a mark'
run conntrack -U -p tcp --dport 443 -m 0x10/0xf0
expect_line "sport=$one .* mark=23 " 'the other bits stay'
expect_line "sport=$two .* mark=16 "
expect_listed 2 -m 16/0xf0
expect_listed 1 -m 23
expect_same 'marks and all'
run conntrack -U -p tcp --sport "$one" -t 100
expect_line "^tcp +6 (100|9[0-9]) ESTABLISHED .*sport=$one " 'a shorter time-out'
run conntrack -U -p tcp --sport "$two" -t 400000
expect_line "^tcp +6 (400000|39999[0-9]) ESTABLISHED .*sport=$two "
run conntrack -U -p tcp --sport "$one" -t 500000
expect_line "^tcp +6 (500000|49999[0-9]) ESTABLISHED .*sport=$one " 'a longer one'
STEP='a change with NLM_F_ECHO'
out=$("$LAB_TREE/tests/ctnl.py" echo "$C" "$S" "$one" 443 23) ||
	fail 'it is acknowledged' "$out"
expect_eq "$out" 'errno 0, 0 events' 'the mark is that already'
out=$("$LAB_TREE/tests/ctnl.py" echo "$C" "$S" "$two" 443 24) ||
	fail 'it is acknowledged' "$out"
expect_eq "$out" 'errno 0, 1 events' 'what it has become comes back'
expect_line "sport=$two .* mark=24 "
run conntrack -U -p tcp --sport "$two" -m 16
before=$(plain <$PROC)
STEP='conntrack -U of none'
conntrack -U -p tcp --sport 1 -m 9 >/dev/null 2>&1
expect_eq "$(plain <$PROC)" "$before" 'nothing is changed'

# -D: by tuple, by filter, by mark; the next packet begins anew
run conntrack -D -p tcp -s "$C" -d "$S" --sport "$two" --dport 443
expect_no_line "sport=$two "
expect_eq "$(lines)" 2 'it alone is gone'
play conn sport=$PORT dport=53
play udp c
play udp s
expect_entry udp - 180 '[ASSURED]'
run conntrack -D -p udp --reply-port-src 53
expect_no_line ^udp
play udp c
expect_entry udp - 30 '[UNREPLIED]' 'its next packet began anew'
run conntrack -D -m 23
expect_no_line ' mark=23 '
expect_line 'dport=80 ' 'that has another mark'
play icmp c 8 id=9
run conntrack -D -p icmp
expect_no_line ^icmp
refused '0 flow entries' conntrack -D -p tcp -s "$C" -d "$S" --sport "$two" --dport 443

# a live connection that is deleted is picked up by its next packet
play conn sport=$((PORT + 1)) dport=22
play tcp c S
play tcp s SA
play tcp c A
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
run conntrack -D -p tcp --sport $((PORT + 1))
sysctl_set ip_conntrack_tcp_loose 0
expect_counted no_syn play tcp c A len=5
expect_no_line "sport=$((PORT + 1)) " 'and not if that is not wanted'
sysctl_set ip_conntrack_tcp_loose 1
play tcp c A len=5
expect_entry tcp ESTABLISHED 432000 '[UNREPLIED]'

# -F
run conntrack -F -f ipv6
[ "$(lines)" != 0 ] || fail 'IPv4 connections' 'none: -F -f ipv6 took them'
run conntrack -F
expect_eq "$(lines)" 0
expect_eq "$(conntrack -C)" 0

# -I: entered by hand, followed by packets
run conntrack -I -p udp -s "$C" -d "$S" --sport $((PORT + 2)) --dport 53 -t 50 -m 3
expect_line "^udp +17 (50|4[0-9]) src=$C dst=$S sport=$((PORT + 2)) dport=53 \[UNREPLIED\] src=$S dst=$C sport=53 dport=$((PORT + 2)) mark=3 "
play conn sport=$((PORT + 2)) dport=53
play udp c
expect_entry udp - 30 '[UNREPLIED]' 'the packet is one of it'
play udp s
expect_entry udp - 180 '[ASSURED]'
expect_line " mark=3 "
run conntrack -I -p tcp -s "$C" -d "$S" --sport $((PORT + 3)) --dport 22 -t 90 \
	--state ESTABLISHED -u SEEN_REPLY,ASSURED
expect_line "^tcp +6 (90|8[0-9]) ESTABLISHED .*sport=$((PORT + 3)) .*\[ASSURED\]"
play conn sport=$((PORT + 3)) dport=22
play tcp c A len=10
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'windows are learnt from packets'
play tcp s A len=10
play tcp c FA
expect_entry tcp FIN_WAIT 120 '[ASSURED]'
run conntrack -I -p icmp -s "$C" -d "$S" --icmp-type 8 --icmp-code 0 --icmp-id 5 -t 20
expect_line '^icmp .* type=8 code=0 id=5 \[UNREPLIED\] .* type=0 code=0 id=5 '
expect_same 'entered by hand'
refused 'exists' conntrack -I -p udp -s "$C" -d "$S" --sport $((PORT + 2)) --dport 53 -t 50
refused 'failed' conntrack -I -p udp -s "$C" -d "$S" --sport 4 --dport 53 -t 50 --dst-nat 10.9.9.9
refused 'failed' conntrack -I -p udp -s "$C" -d "$S" --sport 4 --dport 53 -t 50 --src-nat 10.9.9.9
refused 'failed' conntrack -I -p udp -s "$C" -d "$S" --sport 4 --dport 53 -t 50 -w 5
expect_no_line 'sport=4 ' 'what is refused leaves nothing'

# an entry goes when its time is over
run conntrack -I -p udp -s "$C" -d "$S" --sport 4 --dport 53 -t 6
expect_line 'sport=4 '
gone() { [ "$(lines 'sport=4 ')" = 0 ]; }
expect_within 20 'six seconds are over' gone

netlink_down
no_kernel_complaints
