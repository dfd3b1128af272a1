#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# ip_conntrack_netlink comes and goes, now alone, now with the tracker, while
# packets flow and others list, listen, enter and flush: whoever asks at a bad
# moment gets an error, everything ends, nothing is left.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

CYCLES=40
netlink=${KO%/*}/ip_conntrack_netlink.ko

lab_up
hold_hooks
build many
many=$BUILT
load_needs "${KO%/*}/ip_conntrack_netlink.ko"
# nobody but this script loads a module, as long as it runs
helper=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
trap 'status=$?; echo "$helper" >/proc/sys/kernel/modprobe; (exit $status); lab_exit' EXIT

# what goes on meanwhile
busy() { while :; do "$@" >/dev/null 2>&1 || sleep 0.05; done; }
declare -a others=()
busy conntrack -L &
others+=($!)
busy conntrack -E &
others+=($!)
busy conntrack -F &
others+=($!)
busy conntrack -I -p udp -s 10.7.0.1 -d 10.7.0.2 --sport 1 --dport 2 -t 9 &
others+=($!)
on_server ip addr add "$S/24" dev eth0
(while :; do on_client "$many" 10.0.2.77 1000 2000 2000; done >/dev/null 2>&1) &
others+=($!)

# rmmod while somebody is in the middle of a listing is refused: again, then
gone() { ! grep -q "^$1 " /proc/modules || rmmod "$1" 2>/dev/null; }

RANDOM=$$
answered=0
for ((cycle = 0; cycle < CYCLES; cycle++)); do
	STEP="cycle $cycle"
	grep -q '^ip_conntrack ' /proc/modules || load_module
	insmod "$netlink" || die "insmod: $(dmesg | tail -n 3)"
	[ $((RANDOM % 2)) = 0 ] || sleep "0.$((RANDOM % 5))"
	! conntrack -C >/dev/null 2>&1 || answered=$((answered + 1))
	expect_within 30 'rmmod ip_conntrack_netlink' gone ip_conntrack_netlink
	[ $((RANDOM % 2)) = 0 ] ||
		expect_within 30 'rmmod ip_conntrack' gone ip_conntrack
done
expect_eq $answered $CYCLES 'conntrack(8) had an answer each time'

STEP="$CYCLES times insmod and rmmod"
kill -9 "${others[@]}" 2>/dev/null
wait "${others[@]}" 2>/dev/null
no_stock
expect_within 30 'rmmod ip_conntrack' gone ip_conntrack
no_kernel_complaints
rm -f "$many"
