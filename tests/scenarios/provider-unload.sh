#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# rmmod waits for packets that carry the tracker's word and are in a queue,
# and for no longer; then the place is free.
#
# timeout: 120

. "$(dirname "$0")/../lib.sh"

lab_up
modprobe sch_netem || die 'no sch_netem'
load_module role=provider
tc qdisc add dev eth2 root netem delay 3000ms limit 2000 || die 'netem'

play flood c udp 200 nowait
queued() {
	[ "$(tc -s qdisc show dev eth2 | sed -n 's/.*backlog [^ ]* \([0-9]*\)p.*/\1/p')" -ge 50 ]
}
expect_within 5 'packets in the queue' queued
started=$(date +%s%N)
unload_module
took=$((($(date +%s%N) - started) / 1000000))
[ $took -ge 500 ] || fail 'rmmod to wait for the queue' "$took ms"
expect_false 'nobody is left in the queue' queued
tc qdisc del dev eth2 root
expect_true 'the place is free' modprobe nf_conntrack
rmmod nf_conntrack || die 'rmmod nf_conntrack'

# a device that goes takes its packets with it
load_module role=provider
tc qdisc add dev eth2 root netem delay 60s limit 2000 || die 'netem'
play flood c udp 200 nowait
expect_within 5 'packets in the queue' queued
(sleep 2; tc qdisc del dev eth2 root) &
unload_module
wait $!

# flows whose packet is still in a queue are freed with it, not entered
load_module role=provider
tc qdisc add dev eth2 root netem delay 500ms limit 2000 || die 'netem'
play flood c udp 200 nowait sport=20000
expect_within 5 'they were entered on the way out' test "$(lines)" -ge 1
unload_module
tc qdisc del dev eth2 root
no_kernel_complaints
