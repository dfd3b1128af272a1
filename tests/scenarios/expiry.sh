#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Seen from outside: the seconds left run down by the clock, are never negative
# nor above the time-out, and the entry is gone within a second of its end.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

now_ms() { NOW=$((${EPOCHREALTIME/./} / 1000)); }

# outlives PROTOCOL TIMEOUT: watches the entry in focus, made just now at
# about BORN, until it is gone
outlives() {
	local proto=$1 timeout=$2 line left last=$BORN

	while :; do
		now_ms
		line=$(entry)
		[ -n "$line" ] || break
		last=$NOW
		read -r _ _ left _ <<<"$line"
		{ [[ $left =~ ^[0-9]+$ ]] && [ "$left" -le "$timeout" ]; } ||
			fail "0 to $timeout seconds left" "$line"
		# what is shown is rounded down; 300 ms for reading it
		[ $((NOW - BORN + left * 1000)) -le $((timeout * 1000 + 300)) ] ||
			fail "an end $timeout s after the last packet" \
				"$left s left after $((NOW - BORN)) ms"
		[ $((NOW - BORN)) -le $((timeout * 1000 + 4000)) ] || break
		sleep 0.05
	done
	[ $((last - BORN)) -ge $((timeout * 1000 - 1100)) ] ||
		fail "$proto lives for $timeout s" "gone after $((last - BORN)) ms"
	# a second by the contract, half a one for a late emulator
	[ $((NOW - BORN)) -le $((timeout * 1000 + 1500)) ] ||
		fail "gone within a second of its end at $timeout s" \
			"still there after $((NOW - BORN)) ms"
}

sysctl_set ip_ct_udp_timeout 3
sysctl_set ip_ct_tcp_timeout_syn_sent 2
sysctl_set ip_ct_icmp_timeout 4
play conn
play udp c
now_ms
BORN=$NOW
outlives udp 3

play conn
play tcp c S
now_ms
BORN=$NOW
outlives tcp 2

# a packet in between puts the end off
play conn
play udp c
sleep 1.5
play udp c
now_ms
BORN=$NOW
outlives udp 3

expect_eq "$(sysctl_get ip_conntrack_count)" 0 'none is counted any more'

unload_module
no_kernel_complaints
