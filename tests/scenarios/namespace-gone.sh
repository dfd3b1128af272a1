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
play flood c2 udp 3000
play flood c2 syn 3000
expect_eq "$(second_lines)" 6000

# from outside; newer kernels keep some hundred that are free on each CPU
flows_in_memory() { awk '$1 == "ip_conntrack" { print $2 }' /proc/slabinfo; }
used=$(flows_in_memory)
[ "${used:-0}" -ge 6000 ] || die "only ${used:-none} of 6000 flows in slabinfo"

STEP='ip netns del fw2'
second_down
gone() { [ "$(flows_in_memory)" -le 1200 ]; }
expect_within 20 'its flows are freed' gone
expect_line '^tcp  *6 [0-9]* ESTABLISHED .*sport=40001 .* \[ASSURED\] ' 'the first firewall goes on'
play tcp c PA len=1
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'

unload_module
no_kernel_complaints
