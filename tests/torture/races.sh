#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1500
# kernel: kasan kcsan
# attack: unload, resize, reseed, flush, dump, expiry, namespace exit, settings, CPU hotplug, conntrack -D, -F, -L, -E: each against each, under hostile and honest traffic
#
# Everything that changes the table meets everything else, in pairs, while two
# CPUs send hostile and honest packets through: unload, resize, another seed,
# flush, dump, expiry, the end of a namespace, settings, a CPU that goes, and
# conntrack(8), which lists, deletes, flushes and listens. Each pair lasts
# IP_CONNTRACK_RACE seconds (5); IP_CONNTRACK_RACES names the racers (all).

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

SECS=${IP_CONNTRACK_RACE:-5}
PARAMETERS='ip_conntrack_checksum=0 ip_ct_udp_timeout=2 ip_ct_generic_timeout=2
	ip_ct_tcp_timeout_syn_sent=2 ip_ct_icmp_timeout=1'

GOING=/tmp/races.$$
TALLY=/tmp/races.$$.tally	# "racer turns", a line for each start

set_to() { { echo "$2" >"$SYSCTL/$1"; } 2>/dev/null; }

# what may happen; each goes on until stop_racers
going() {
	[ -e "$GOING" ] || return 1
	turns=$((turns + 1))
}

race_unload() {
	local role=observer

	while going; do
		rmmod ip_conntrack_netlink 2>/dev/null
		rmmod ip_conntrack 2>/dev/null
		# shellcheck disable=SC2086 # parameters
		insmod "$KO" role=$role $PARAMETERS 2>/dev/null
		[ $role = observer ] && role=provider || role=observer
		sleep 0.3
	done
}

# the table follows the number of flows: they leave and come back
race_resize() {
	while going; do
		set_to ip_conntrack_max 100
		set_to ip_conntrack_max 60000
		sleep 0.5
	done
}

race_reseed() {
	while going; do
		# it is done when it says so; there may be no table just now
		insmod "$TOOLS/reseed.ko" 2>&1 | grep -q 'temporarily unavailable' ||
			turns=$((turns - 1))
		sleep 0.1
	done
}

race_flush() {
	while going; do
		set_to ip_conntrack_max 1
		set_to ip_conntrack_max 1000
	done
}

race_dump() {
	while going; do
		cat $PROC $REASONS $STAT >/dev/null 2>&1
	done
}

race_expiry() {
	while going; do
		set_to ip_ct_udp_timeout 0
		set_to ip_ct_tcp_timeout_syn_sent 0
		sleep 0.2
		set_to ip_ct_udp_timeout 1
		set_to ip_ct_tcp_timeout_syn_sent 1
		sleep 0.2
	done
}

race_namespace() {
	while going; do
		"$TOOLS/manyns" 20 2 2>/dev/null
	done
}

race_settings() {
	local n=0

	while going; do
		n=$((n + 1))
		set_to ip_conntrack_source_max $((n % 3 * 500))
		set_to ip_conntrack_drop_invalid $((n % 2))
		set_to ip_conntrack_tcp_be_liberal $((n / 2 % 2))
		set_to ip_conntrack_tcp_loose $((n / 4 % 2))
		set_to ip_ct_tcp_timeout_established $((n % 2 * 100))
		cat $SYSCTL/* >/dev/null 2>&1
	done
}

race_cpu() {
	while going; do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 0.3
		echo 1 >/sys/devices/system/cpu/cpu1/online
		sleep 0.3
	done 2>/dev/null
}

# the module comes again when it has been unloaded
race_netlink() {
	while going; do
		insmod "${KO%/*}/ip_conntrack_netlink.ko" 2>/dev/null
		conntrack -E &
		conntrack -D -p udp
		conntrack -L -p tcp
		conntrack -D -p tcp --state SYN_SENT
		conntrack -F
		kill $!
	done >/dev/null 2>&1
}

hostile() {
	while :; do
		on_client "$TOOLS/flood" eth0 02:00:00:00:01:01 "$CLIENT" "$SERVER" 20000 "$RANDOM" >/dev/null
	done
}

hostile_back() {
	while :; do
		on_server "$TOOLS/flood" eth0 02:00:00:00:02:01 "$CLIENT" "$SERVER" 20000 "$RANDOM" >/dev/null
	done
}

honest() {
	on_client sh -c "while :; do head -c 100000 /dev/zero | nc -w 5 -N $SERVER 7000; done" 2>/dev/null
}

# No racer is cut short: what it began is done before the next pair begins
race() {
	local turns=0

	"race_$1"
	echo "$1 $turns" >>"$TALLY"
}

start_racers() {
	local name

	RACERS=()
	: >"$GOING"
	for name in "$@"; do
		race "$name" &
		RACERS+=($!)
	done
}

stop_racers() {
	rm "$GOING"
	wait "${RACERS[@]}" 2>/dev/null
}

# the last conntrack may still be about to end
netlink_out() {
	STEP+=', rmmod ip_conntrack_netlink'
	grep -q '^ip_conntrack_netlink ' /proc/modules || return 0
	wait_for 20 rmmod ip_conntrack_netlink ||
		fail 'rmmod ip_conntrack_netlink' "$(lsmod | grep ^ip_conntrack)"
}

# tally: how often each racer has done its turn; all must have, in each pair
tally() {
	awk '
		{ turns[$1] += $2; if ($2 < 1) idle = idle " " $1 }
		END {
			for (name in turns)
				text = text (text ? ", " : "") name " " turns[name]
			print text
			if (idle) print "idle:" idle
			exit idle != ""
		}' "$TALLY"
}

# noted PAIR: which pairs the kernel has said something about; the others are
# run nevertheless, so that all that is to be said is said in one run
seen=0 guilty=''
noted() {
	local now

	now=$(kernel_log | "$LAB_TREE/scripts/vm-complaints.sh" | wc -l)
	[ "$now" -le "$seen" ] || guilty+="${guilty:+, }$1"
	seen=$now
}

alive() { on_server ss -Hltn 'sport = 7000' | grep -q .; }

lab_up
hold_hooks
load_needs "${KO%/*}/ip_conntrack_netlink.ko"
modprobe nf_defrag_ipv4 || die 'modprobe'
# conntrack would have the kernel load its own tracker
modprobe=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
trap 'status=$?; echo "$modprobe" >/proc/sys/kernel/modprobe; (exit $status); lab_exit' EXIT

# shellcheck disable=SC2086 # parameters
load_module $PARAMETERS
leaks_begin

listener() { on_server sh -c 'while :; do nc -l -k 7000; done' >/dev/null 2>&1; }
job listener
expect_within 10 'nc listens' alive
job hostile
job hostile_back
job honest

read -ra RACES <<<"${IP_CONNTRACK_RACES:-unload resize reseed flush dump expiry namespace settings cpu netlink}"
pairs=0
for ((i = 0; i < ${#RACES[@]}; i++)); do
	for ((j = i; j < ${#RACES[@]}; j++)); do
		STEP="${RACES[i]} against ${RACES[j]}"
		if [ $i = $j ]; then
			start_racers "${RACES[i]}"
		else
			start_racers "${RACES[i]}" "${RACES[j]}"
		fi
		sleep "$SECS"
		stop_racers
		netlink_out
		# shellcheck disable=SC2086 # parameters
		lsmod | grep -q '^ip_conntrack ' || load_module $PARAMETERS
		sysctl_set ip_conntrack_max 60000
		sysctl_set ip_conntrack_drop_invalid 0
		pairs=$((pairs + 1))
		[ $((pairs % 6)) != 0 ] || say "$pairs pairs, $SECONDS s"
		noted "$STEP"
	done
done
say "$pairs pairs, $SECONDS s"

jobs_end
[ -z "$guilty" ] || STEP="these pairs: $guilty"
no_kernel_complaints
STEP='the races are over'
turns=$(tally) || fail 'each racer has its turn in each pair' "$turns"
sysctl_set ip_conntrack_checksum 1
sysctl_set ip_ct_udp_timeout 30
sysctl_set ip_ct_tcp_timeout_established 432000
sysctl_set ip_conntrack_source_max 0
sysctl_set ip_conntrack_tcp_be_liberal 0
sysctl_set ip_conntrack_tcp_loose 1
# no flow of the flood is to be met again
sysctl_set ip_conntrack_max 1
sysctl_set ip_conntrack_max 60000
handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'it works as before'
unload_module
expect_eq "$(live_flows)" 0
no_leaks
no_kernel_complaints
rm -f "$TALLY"
tried "$pairs pairs, $SECS s each; turns: $turns"
