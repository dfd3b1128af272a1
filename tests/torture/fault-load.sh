#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# kernel: kasan
# attack: each allocation of `insmod` and `rmmod` fails in turn
#
# Each allocation of insmod and of rmmod fails in turn, with three namespaces
# to set up: the load fails and leaves nothing, or succeeds.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ip netns add one
ip netns add two
load_module			# nf_defrag_ipv4 is there from now on
unload_module
faults_allowed
leaks_begin

for parameters in '' 'hashsize=65536 ip_conntrack_source_max=100'; do
	in_turn "insmod ${parameters:-without parameters}" load "$KO" "$parameters"
	[ "$failed" -ge 20 ] || fail 'at least 20 loads that fail' "$failed"
	! grep -q '^ip_conntrack ' /proc/modules || fail 'no module' 'it is loaded'
	[ ! -e $SYSCTL/ip_conntrack_max ] || fail 'no sysctl' 'they are there'
done

in_turn rmmod unload "$KO"
expect_false 'it is gone' grep -q '^ip_conntrack ' /proc/modules

load_module
[ "$(lines)" = 0 ] || fail 'an empty table' "$(lines) entries"
unload_module
expect_eq "$(live_flows)" 0
no_leaks
no_kernel_complaints
tried "$total allocations"
