#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: kasan kcsan
# attack: a CPU goes whose wheel has flows; CPUs come and go under traffic
#
# A CPU goes away whose wheel has flows: they end on time. CPUs come and go
# under traffic: nothing is lost or left.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

CPU=/sys/devices/system/cpu/cpu1/online
[ -e $CPU ] || die 'no second CPU that can go'
LIFE=10

cpu() {
	STEP="CPU 1: $1"
	echo "$1" >$CPU || die "cannot switch CPU 1 to $1"
}

lab_up
load_module ip_ct_udp_timeout=$LIFE
empty() { [ "$(sysctl_get ip_conntrack_count)" = 0 ]; }

# the packets of a process are handled on the CPU that it runs on
taskset -p 2 "$PLAYER_RUNS" >/dev/null
for i in 1 2 3; do
	play flood c udp 500 sport=$((2000 + i * 1000))
	made=${EPOCHREALTIME/./}
	expect_eq "$(sysctl_get ip_conntrack_count)" 500
	cpu 0
	expect_within 20 'they end without their CPU' empty
	took=$(((${EPOCHREALTIME/./} - made) / 1000))
	say "500 flows of a CPU that is gone: the last ended after $took ms"
	[ $took -le $((LIFE * 1000 + 1800 + 1000 * (SLOW - 1))) ] ||
		fail "within a second of $LIFE s" "after $took ms"
	[ $took -ge $((LIFE * 1000 - 1000)) ] ||
		fail "not before $LIFE s" "after $took ms"
	cpu 1
	taskset -p 2 "$PLAYER_RUNS" >/dev/null
done
taskset -p 3 "$PLAYER_RUNS" >/dev/null

sysctl_set ip_ct_udp_timeout 2
for i in $(seq 20); do
	play flood c udp 200 sport=$((10000 + i * 200))
	cpu $((i % 2 ? 0 : 1))
	play flood s syn 50 sport=$((20000 + i * 200))
done
cpu 1
sysctl_set ip_ct_tcp_timeout_syn_sent 1
sysctl_set ip_conntrack_max 1
sysctl_set ip_conntrack_max 10000
few() { [ "$(sysctl_get ip_conntrack_count)" -le 1 ]; }
expect_within 20 'all of them end' few

play flood c udp 500 sport=30000
cpu 0
unload_module
cpu 1
expect_eq "$(live_flows)" 0
no_kernel_complaints
tried "24 times"
