#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
#
# A dump of a table that fills and grows meanwhile shows every entry that
# lives throughout, each exactly once; and so do two dumps at once, of which
# one reads little at a time.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module hashsize=16

sysctl_set ip_ct_udp_timeout 600
sysctl_set ip_conntrack_max 100000
buckets=$(sysctl_get ip_conntrack_buckets)
play flood c udp 1500 sport=2000 dport=9
expect_eq "$(sysctl_get ip_conntrack_count)" 1500

# the lines of the 1500, counted by port; says what is wrong, if anything
check_dump() {
	awk '/ dport=9 \[UNREPLIED\]/ {
		sub(/ dport=9 .*/, ""); sub(/.*=/, ""); seen[$0]++
	}
	END {
		for (p = 2000; p < 3500; p++)
			if (seen[p] != 1)
				print "port " p " shown " seen[p] + 0 " times"
	}' "$1" | head -n 5
}

filler() { play flood c udp 20000 sport=2000 dport=10 nowait; }

dump=$(mktemp)
filler &
busy=$!
dumps=0 grew=0 first=0
while kill -0 "$busy" 2>/dev/null; do
	cat $PROC >"$dump"
	wrong=$(check_dump "$dump")
	[ -z "$wrong" ] || fail 'each of the 1500 once' "$wrong" "dump $dumps"
	n=$(wc -l <"$dump")
	[ "$n" -le "$first" ] || grew=$((grew + 1))
	first=$n
	dumps=$((dumps + 1))
	[ $dumps -lt 500 ] || break
done
wait "$busy"
STEP="$dumps dumps while 20000 flows came in"
[ "$grew" -ge 2 ] || fail 'at least two dumps while it grew' "$grew"
cat $PROC >"$dump"
expect_eq "$(check_dump "$dump")" '' 'the last dump'
expect_eq "$(wc -l <"$dump")" 21500 'all of them'
expect_eq "$(sort "$dump" | uniq -d | wc -l)" 0 'none twice'
[ "$(sysctl_get ip_conntrack_buckets)" -gt "$buckets" ] ||
	fail 'the table to have grown' "$buckets buckets before and after"

# a reader that takes little at a time gets the same
expect_eq "$(dd if=$PROC bs=511 2>/dev/null | wc -l)" 21500 'in pieces of 511 bytes'

# two at once, the second in small pieces, begun while the first goes on
filler() { play flood c udp 20000 sport=2000 dport=11 nowait; }
slow=$(mktemp)
filler &
busy=$!
for round in 1 2 3; do
	STEP="two dumps at once, round $round"
	dd if=$PROC of="$slow" bs=700 2>/dev/null &
	other=$!
	first=0
	while kill -0 $other 2>/dev/null; do
		cat $PROC >"$dump"
		expect_eq "$(check_dump "$dump")" '' 'the fast one'
		first=$((first + 1))
		[ $first -lt 200 ] || break
	done
	wait $other || fail 'a dump that comes to its end' "status $?"
	expect_eq "$(check_dump "$slow")" '' 'the slow one'
	[ $first -ge 1 ] || fail 'a dump beside the slow one' 'none'
done
wait "$busy"
rm -f "$dump" "$slow"

unload_module
no_kernel_complaints
