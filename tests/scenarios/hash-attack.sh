#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# accel: single
#
# Somebody who knows the table's seed (here it is read with bpftrace) sends
# datagrams whose flows all fall on one chain. The table takes another seed
# while traffic goes on: no packet is INVALID or refused, no flow is lost, and
# listings meanwhile show each flow once.

. "$(dirname "$0")/../lib.sh"

ROUNDS=2
FLOWS=5000
COLLIDING=300

lab_up
load_module hashsize=256
sysctl_set ip_ct_udp_timeout 600
sysctl_set ip_conntrack_max 200000
work=$(mktemp -d)
gcc -O2 -Wall -Wextra -o "$work/collide" "$LAB_TREE/tests/collide.c" ||
	die 'collide.c does not compile'

# shift and seed of the table that the next new flow goes into: a namespace
# begins with its table, that with its array, and that with them. Most of what
# a packet goes through is no function of its own (src/way.c); this is one, as
# it is called through a pointer
read_seed() {
	local answer try

	# shellcheck disable=SC2016 # for bpftrace
	timeout 60 bpftrace -e 'kprobe:udp_begin {
		$b = *(uint64 *)arg0;
		printf("shift %u seed %u\n", *(uint32 *)$b, *(uint32 *)($b + 4));
		exit(); }' >"$work/seed" 2>"$work/said" &
	for try in $(seq 100); do
		play udp c sport=$((40000 + try)) nowait
		sleep 0.3
		answer=$(grep '^shift' "$work/seed") && break
	done
	wait $!
	[ -n "$answer" ] || die "bpftrace: $(cat "$work/said")"
	echo "$answer" | head -n 1
}

# what must not be: packets that were INVALID, refused or not tracked
mishaps() {
	awk '$1 != "insert_race" && $1 != "icmp_error" && $2 > 0' \
		/proc/net/ip_conntrack_reasons
}

# the lines of the flows of the beginning, counted by port
check_dump() {
	awk -v last=$((2000 + FLOWS)) '/ dport=9 \[UNREPLIED\]/ {
		sub(/ dport=9 .*/, ""); sub(/.*=/, ""); seen[$0]++
	}
	END {
		for (p = 2000; p < last; p++)
			if (seen[p] != 1)
				print "port " p " shown " seen[p] + 0 " times"
	}' "$1" | head -n 5
}

on_server timeout 250 nc -l -k 7000 >/dev/null &
listens() { on_server ss -Hltn "sport = 7000" | grep -q .; }
expect_within 20 'nc listens' listens
on_client timeout 240 sh -c "while [ ! -e $work/over ]; do
	head -c 20000 /dev/zero; sleep 0.05; done | nc -N $SERVER 7000" &
stream=$!
FOCUS='dport=7000 '
wait_entry 20 tcp ESTABLISHED 432000 '[ASSURED]'
play flood c udp $FLOWS sport=2000 dport=9

reseeds() { kernel_log | grep -c 'the table gets another seed' || :; }
dumps=0 last=''
for round in $(seq $ROUNDS); do
	STEP="round $round"
	read -r _ shift _ seed <<<"$(read_seed)"
	[ "$seed" != "$last" ] || fail 'another seed than in the last round' "$seed"
	last=$seed
	on_client "$work/collide" "$seed" $((32 - shift)) $COLLIDING "$SERVER" \
		$((100 + round)) >"$work/attack" &
	attack=$!
	while :; do
		cat $PROC >"$work/dump"
		wrong=$(check_dump "$work/dump")
		[ -z "$wrong" ] || fail 'each of the flows once' "$wrong"
		dumps=$((dumps + 1))
		if [ ! -d /proc/$attack ] || [ $dumps -ge 500 ]; then
			break
		fi
	done
	wait $attack || fail 'an attack' "$(cat "$work/attack")"
	got_seed() { [ "$(reseeds)" -ge "$round" ]; }
	expect_within 20 'the table gets another seed' got_seed
	# it does not do so again at once
	sleep 10
done
touch "$work/over"
wait $stream || fail 'a stream that comes to its end' "status $?"

STEP="$ROUNDS seeds, $dumps dumps"
echo "    measured $STEP"
expect_eq "$(mishaps)" '' 'no packet was refused'
cat $PROC >"$work/dump"
expect_eq "$(check_dump "$work/dump")" '' 'the last dump'
expect_eq "$(sort "$work/dump" | uniq -d | wc -l)" 0 'none twice'
for round in $(seq $ROUNDS); do
	expect_eq "$(grep -c " dport=$((100 + round)) \[UNREPLIED\]" "$work/dump")" \
		$COLLIDING 'the flows of the attack are known, too'
done

rm -rf "$work"
unload_module
no_kernel_complaints
