#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A namespace that goes away takes its flows with it; those of the others stay.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../second.sh"

lab_up
load_module
second_up

handshake
play flood c2 udp 500
play flood c2 syn 500
expect_eq "$(second_lines)" 1000

# what the module's objects take, from outside; -1: the cache was merged
flows_in_memory() {
	awk '$1 == "ip_conntrack" { n = $2; seen = 1 }
	     END { print seen ? n : -1 }' /proc/slabinfo
}
used=$(flows_in_memory)

STEP='ip netns del fw2'
second_down
gone() { [ "$used" = -1 ] || [ "$(flows_in_memory)" -le 200 ]; }
expect_within 20 'its flows are freed' gone
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'the first firewall goes on'
play tcp c PA len=1
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'

unload_module
no_kernel_complaints
