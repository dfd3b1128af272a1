#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# A program behind NFQUEUE that asks for it is shown the connection of each
# packet (NFQA_CFG_F_CONNTRACK), and its verdict can set mark and time-out: of a
# connection that this packet begins too. One that listens to NFLOG is shown it
# as well. Without ip_conntrack_netlink, and beside an observer, asking for it
# is refused.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

ANSWERS=$(mktemp)

# program ARGUMENT...: tests/nfqueue.py, in the place of the last one
program() {
	STEP="nfqueue.py $*"
	program_ends
	"$LAB_TREE/tests/nfqueue.py" "$@" >"$ANSWERS" 2>&1 &
	PROGRAM=$!
	expect_within 30 'it begins' grep -q . "$ANSWERS"
}

program_ends() {
	[ -z "${PROGRAM:-}" ] || kill "$PROGRAM" 2>/dev/null
	[ -z "${PROGRAM:-}" ] || wait "$PROGRAM" 2>/dev/null
	PROGRAM=
}

# shown REGEX: so it was shown a packet
shown() {
	wait_for 20 grep -qE "^$1\$" "$ANSWERS" ||
		fail "a line: $1" "$(cat "$ANSWERS")"
}

# not_to_be_had: a program that asks for connections is told so
not_to_be_had() {
	STEP='nfqueue.py 1 ct'
	if out=$("$LAB_TREE/tests/nfqueue.py" 1 ct 2>&1); then
		fail 'no connections to be had' "$out"
	fi
	[[ $out == *'[Errno 95]'* ]] || fail 'EOPNOTSUPP' "$out"
}

lab_up
tracker_up nft_ip_conntrack
rules <<'END'
table ip ask {
	counter seven { }
	chain forward {
		type filter hook forward priority 0; policy drop;
		icmp type echo-request log group 5 accept
		ct mark 7 counter name seven queue num 1
		ct state new,established queue num 1
	}
}
END
if stock; then
	modprobe nf_conntrack_netlink || die 'no nf_conntrack_netlink'
else
	modprobe nfnetlink_queue
	# the kernel would load it; not here, where it is installed nowhere
	not_to_be_had
	load_beside ip_conntrack_netlink
fi

# its first packet, and a verdict that marks the connection
program 1 ct=7
play conn dport=53
play udp c
shown "1 info=2 proto=17 sport=$SPORT dport=53 status=0x[0-9a-f]+ mark=0"
stock || expect_line \
	"^udp +17 (500|4[0-9][0-9]) .*sport=$SPORT dport=53 \[UNREPLIED\] .*mark=7 " \
	'it is entered with mark and time-out'
expect_counts 'it had no mark yet' seven=0
program 1 ct
play udp s
shown "1 info=3 proto=17 sport=$SPORT dport=53 status=0x[0-9a-f]+ mark=7"
expect_counts 'the next packet has it' seven=1
stock || expect_entry udp - 180 '[ASSURED]'

# it ends, and with it the mark; TCP from its first packet on
conntrack -D -p udp --dport 53 >/dev/null 2>&1
play udp c
shown "2 info=2 proto=17 sport=$SPORT dport=53 status=0x[0-9a-f]+ mark=0"
program 1 ct=9
handshake dport=80
shown "1 info=2 proto=6 sport=$SPORT dport=80 status=0x[0-9a-f]+ mark=0"
shown "2 info=3 proto=6 sport=$SPORT dport=80 status=0x[0-9a-f]+ mark=9"
shown "3 info=0 proto=6 sport=$SPORT dport=80 status=0x[0-9a-f]+ mark=9"
stock || expect_line " ESTABLISHED .*sport=$SPORT .*\[ASSURED\] mark=9 "

program 5 log
play icmp c 8 id=7
shown '1 info=2 proto=1 sport=0 dport=0 status=0x[0-9a-f]+ mark=0'

# it goes while a program sees packets with connections
program 1 ct
handshake dport=81
stock || {
	STEP='rmmod ip_conntrack_netlink'
	expect_true 'it goes' rmmod ip_conntrack_netlink
	play tcp c A len=5
	shown '4'
}
program_ends
tracker_down nft_ip_conntrack

stock || {
	load_module role=observer
	load_beside ip_conntrack_netlink
	# nor does the kernel's own come instead
	helper=$(</proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	not_to_be_had
	echo "$helper" >/proc/sys/kernel/modprobe
	rmmod ip_conntrack_netlink
	unload_module
}
rm -f "$ANSWERS"
no_kernel_complaints
