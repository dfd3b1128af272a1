#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 7200
# kernel: kasan debian
# attack: hostile packets: malformed at every layer, random, mutated (also from a capture of real ones), overlapping fragments, option bombs, land, forged ICMP errors
#
# IP_CONNTRACK_FLOOD (200000) hostile packets of all kinds (tests/torture/
# hostile.c) for each of IP_CONNTRACK_ROLES (observer and provider), through
# the firewall, half from either side, while connections of real stacks live:
# those go on, the table keeps its limit, nothing is said in the log, and all
# that was taken is given back. Only packets that came as far as the firewall's
# devices are counted.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=${IP_CONNTRACK_FLOOD:-200000}
SEED=${IP_CONNTRACK_SEED:-1}
ROLES=${IP_CONNTRACK_ROLES:-observer provider}
MAX=20000
CAPTURE=/tmp/capture

# What real stacks say to each other: TCP that is closed, reset and refused (and
# one that stays open), UDP, an error about it, echoes, fragments
capture() {
	local dump

	STEP='a capture of real packets'
	# not by a function, whose shell would be the one that is killed: what
	# the victims of the flood say must stay secret
	nsenter --net=/run/netns/client \
		tcpdump -U -s 0 -i eth0 -w $CAPTURE 2>/tmp/tcpdump &
	dump=$!
	expect_within 30 'tcpdump listens' grep -q '^tcpdump: listening' /tmp/tcpdump
	play listen real server "$SERVER" 9000
	talk close
	talk abort
	play connect real client "$SERVER" 9000 sport=5003
	play send real.c 700
	play send real.s 700
	play refused client "$SERVER" 9001 sport=5004
	play bind names server "$SERVER" 53
	play ask names client "$SERVER" 53 sport=5005
	play answer names
	on client ping -q -c 2 -i 0.2 "$SERVER" >/dev/null || fail 'an echo'
	on client ping -q -c 2 -i 0.2 -s 3000 "$SERVER" >/dev/null || fail 'a long echo'
	on client bash -c "echo >/dev/udp/$SERVER/54"
	expect_within 10 'the capture has its last packet' captured 'port 54 unreachable'
	kill $dump
	wait $dump || die "tcpdump: $(cat /tmp/tcpdump)"
	! on client pgrep -x tcpdump >/dev/null || die 'tcpdump goes on'
	say "$(tcpdump -n -r $CAPTURE 2>/dev/null | wc -l) packets captured"
}

captured() { tcpdump -n -r $CAPTURE 2>/dev/null | grep -q "$1"; }

# talk END: a connection that carries something each way and ends so
talk() {
	play connect real client "$SERVER" 9000
	play send real.c 700
	play send real.s 1400
	play "$1" real.c
	[ "$1" = abort ] || play "$1" real.s
}

# send NAMESPACE NEXT-HOP SEED: half of them
send() {
	on "$1" "$TOOLS/flood" eth0 "$2" "$CLIENT" "$SERVER" $((COUNT / 2)) \
		"$3" $CAPTURE
}

# how many packets the firewall's devices have received
arrived() {
	awk '$1 ~ /^eth[12]:$/ { n += $3 } END { printf "%d\n", n }' /proc/net/dev
}

# of which kinds both senders' packets were
kinds() {
	awk 'NF == 2 { n[$1] += $2 } END { for (k in n) print k, n[k] }' \
		/tmp/flood.[cs] | sort | awk '{ printf "%s%s %d", sep, $1, $2
			sep = ", " }'
}

flood() {
	local role=$1 port i count hit back before
	local -a ports=()

	load_module "role=$role" ip_conntrack_max=$MAX ip_conntrack_log_invalid=255
	for i in 1 2 3 4 5; do
		play listen "$role$i" server "$SERVER" $((PORT + i))
		play connect "$role$i" client "$SERVER" $((PORT + i))
		ports+=("$SPORT")
	done

	STEP="$COUNT hostile packets, $role, seed $SEED"
	before=$(arrived)
	send server 02:00:00:00:02:01 $((SEED + 1)) >/tmp/flood.s &
	back=$!
	send client 02:00:00:00:01:01 "$SEED" >/tmp/flood.c || die 'flood failed'
	wait "$back" || die 'flood failed on the way back'
	count=$(($(arrived) - before))
	[ "$count" -ge "$COUNT" ] || fail "$COUNT packets at the firewall" "$count"
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
capture
leaks_begin
PORT=90
for role in $ROLES; do
	flood "$role"
	PORT=$((PORT + 10))
	tried "$COUNT packets as $role: $(kinds)"
done
no_leaks
no_kernel_complaints
