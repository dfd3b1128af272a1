#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 3000
# kernel: kasan debian
# attack: hostile packets: malformed at every layer, random, mutated, overlapping fragments, option bombs, land, forged ICMP errors
#
# IP_CONNTRACK_FLOOD (200000) hostile packets of all kinds (tests/torture/
# hostile.c) for each role, through the firewall, half from either side, while
# connections of real stacks live: those go on, the table keeps its limit,
# nothing is said in the log, and all that was taken is given back.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=${IP_CONNTRACK_FLOOD:-200000}
SEED=${IP_CONNTRACK_SEED:-1}
MAX=20000

# send NAMESPACE NEXT-HOP SEED: half of them
send() {
	on "$1" "$TOOLS/flood" eth0 "$2" "$CLIENT" "$SERVER" $((COUNT / 2)) "$3"
}

flood() {
	local role=$1 port i count hit back
	local -a ports=()

	load_module "role=$role" ip_conntrack_max=$MAX ip_conntrack_log_invalid=255
	for i in 1 2 3 4 5; do
		play listen "$role$i" server "$SERVER" $((PORT + i))
		play connect "$role$i" client "$SERVER" $((PORT + i))
		ports+=("$SPORT")
	done

	STEP="$COUNT hostile packets, $role, seed $SEED"
	send server 02:00:00:00:02:01 $((SEED + 1)) >/tmp/flood.s &
	back=$!
	send client 02:00:00:00:01:01 "$SEED" >/tmp/flood.c || die 'flood failed'
	wait "$back" || die 'flood failed on the way back'
	say "$role: from the client $(tail -n 1 /tmp/flood.c), from the server $(tail -n 1 /tmp/flood.s)"

	count=$(sysctl_get ip_conntrack_count)
	[ "$count" -le $MAX ] || fail "at most $MAX flows" "$count"
	for i in 1 2 3 4 5; do
		play send "$role$i.c" 1000
		play send "$role$i.s" 1000
		port=${ports[i-1]}
		expect_line "ESTABLISHED src=$CLIENT dst=$SERVER sport=$port .*\[ASSURED\]" \
			'a connection that lives is no victim'
		play abort "$role$i.c"
	done
	hit=$(awk '$2 > 0' "$REASONS" | wc -l)
	say "$hit reasons were met, $(counter early_drop) flows gave way"
	[ "$hit" -ge 20 ] || fail 'packets that met at least 20 reasons' "$hit"
	unload_module
	expect_eq "$(live_flows)" 0
}

lab_up
ip route add 11.0.0.0/8 via 10.0.1.2 dev eth1
leaks_begin
PORT=90
flood observer
PORT=100
flood provider
no_leaks
no_kernel_complaints
tried "$COUNT packets as observer, $COUNT as provider"
