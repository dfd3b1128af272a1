#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
# accel: icount
#
# Nothing is lost while who listens keeps up: twenty thousand connections, at
# 10,000 a second, are twenty thousand NEW, with a second packet that marks them
# twenty thousand UPDATE and, when their time is over, twenty thousand DESTROY,
# for a listener whose buffer holds a fifth of a second; conntrack -E prints
# each NEW. Who does not read is told so, with ENOBUFS.
#
# The clock of this VM counts instructions, a nanosecond each (scripts/vm.sh,
# icount), so what a second holds does not depend on the machine that it runs
# on; nf_conntrack does the same first, for comparison. In another VM, where
# the emulator may be too slow for that rate, the rate reached is only told.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

# a slow kernel would be at it for longer than they live
COUNT=$((20000 / (SLOW * SLOW)))
RATE=10000
BUFFER=1000000		# bytes, of which netlink takes twice as many
BUFFER_ALL=60000000	# as many as COUNT events need

# connections RATE [FROM]: COUNT of them, 0: as fast as they go; PACE is how many
# a second it was
connections() {
	local out ms

	STEP="tests/many.c $COUNT at $1 a second"
	out=$(on_client "$many" 10.0.2.77 1000 $COUNT "$@") ||
		fail 'datagrams' "$out"
	ms=${out#* in }
	ms=${ms% ms}
	PACE=$((COUNT * 1000 / ms))
}

# at_rate PORT: packets of COUNT connections, at RATE a second
at_rate() {
	connections $RATE "$1"
	say "$PACE connections a second of $RATE asked for"
	[ -z "${IP_CONNTRACK_ICOUNT:-}" ] || [ $PACE -ge $((RATE * 99 / 100)) ] ||
		fail "$RATE connections a second" "$PACE"
	expect_eq "$(lines)" $COUNT 'each of them is a connection'
}

# printed MASK REGEX: conntrack(8) has printed COUNT of these, and no others
printed() {
	expect_events $COUNT "$2" "conntrack -E -e $1 misses none"
	silence
	expect_eq "$(events '\[[A-Z]+\]')" $COUNT 'and has been told no other'
	expect_eq "$(events ENOBUFS)" 0 'nor of a gap'
	say "conntrack -E -e $1: $COUNT events, none lost"
}

# marks VALUE: packets give their connection that mark; 0: they do not
marks() {
	nft flush chain ip ask marks || die 'nft'
	[ "$1" = 0 ] || nft add rule ip ask marks ct mark set "$1" || die 'nft'
}

# hear: stops the listener; HEARD is what it has counted
hear() {
	silence
	HEARD=$(tail -n 1 "$EVENTS")
}

empty() { [ "$(conntrack -C)" = 0 ]; }

# at_full_speed NAME: what goes at the most, with a listener that gets it all
at_full_speed() {
	listen "$ctprog" watch n $BUFFER_ALL
	connections 0
	hear
	expect_eq "$HEARD" "new $COUNT update 0 destroy 0 lost 0" "$1"
	STEP='conntrack -F'
	conntrack -F 2>/dev/null || die 'conntrack -F'
	say "$1 at full speed: $PACE connections a second, heard by one listener"
}

lab_up
build many
many=$BUILT
build ctprog -lnetfilter_conntrack -lnfnetlink
ctprog=$BUILT
on_server ip addr add "$S/24" dev eth0

# nf_conntrack, which tracks where a rule asks it
modprobe nf_conntrack_netlink || die 'no nf_conntrack_netlink'
nft -f - <<-'END' || die 'nft'
	table ip ask {
		chain forward { type filter hook forward priority 0; ct state new; }
	}
END
echo 0 >/proc/sys/net/netfilter/nf_conntrack_checksum
at_full_speed nf_conntrack
theirs=$PACE
nft flush ruleset
expect_within 40 'nf_conntrack goes' \
	modules_gone nft_ct nf_conntrack_netlink nf_conntrack

netlink_up ip_conntrack_max=200000
# the same work as under nf_conntrack
nft -f - <<-'END' || die 'nft'
	table ip ask {
		chain forward { type filter hook forward priority 0; meta mark 5; }
	}
END
sysctl_set ip_conntrack_checksum 0
at_full_speed ip_conntrack
say "ip_conntrack : nf_conntrack = $((PACE * 100 / theirs)) : 100"

# as fast as asked, nobody answers, their mark is changed, and their time ends
load_beside nft_ip_conntrack
nft add chain ip ask marks '{ type filter hook forward priority 1; }' ||
	die 'nft'
sysctl_set ip_ct_udp_timeout 60
listen "$ctprog" watch nud $BUFFER
at_rate 999
marks 6
at_rate 999
marks 0
expect_within 90 'their time is over' empty
hear
expect_eq "$HEARD" "new $COUNT update $COUNT destroy $COUNT lost 0"

# conntrack(8), which prints each
listen conntrack -E -e NEW -b $BUFFER
at_rate 998
printed NEW '^ *\[NEW\] udp '
STEP='conntrack -F'
conntrack -F 2>/dev/null || die 'conntrack -F'

# a listener with a small buffer that does not read for a while
listen "$ctprog" watch nud 1000
STEP='a listener that sleeps'
kill -STOP "$LISTEN" || die 'the listener is gone'
on_client "$many" 10.0.2.77 1000 5000 0 >/dev/null
expect_eq "$(lines)" 5000 'that does not hold up connections'
STEP='it has woken up'
kill -CONT "$LISTEN" || die 'the listener is gone'
on_client "$many" 10.0.2.77 40000 16 0 >/dev/null
sleep 1
hear
say "$HEARD"
[[ $HEARD =~ ^new\ ([0-9]+)\ update\ 0\ destroy\ 0\ lost\ ([0-9]+)$ ]] ||
	fail 'new and lost events' "$HEARD"
[ "${BASH_REMATCH[2]}" -ge 1 ] || fail 'ENOBUFS' "$HEARD"
[ "${BASH_REMATCH[1]}" -lt 5016 ] || fail 'fewer than all' "$HEARD"

nft flush ruleset
unload_beside nft_ip_conntrack
netlink_down
no_kernel_complaints
rm -f "$many" "$ctprog"
