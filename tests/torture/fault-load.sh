#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# kernel: kasan
# attack: each allocation of `insmod` and `rmmod` fails in turn
#
# Each allocation of insmod and of rmmod fails in turn, with three namespaces
# to set up: the load fails and leaves nothing, or succeeds.
#
# Loaded is a copy that does not tell the kernel which tracepoints it has: where
# 6.1 has no memory to make their files in tracefs it warns by design
# (event_define_fields() has a WARN_ON_ONCE()), and many of the allocations of
# an insmod are for these files. All code of the module is in the copy.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PLAIN=$(mktemp -d)/ip_conntrack.ko
objcopy --remove-section _ftrace_events --remove-section .rela_ftrace_events \
	"$KO" "$PLAIN" || die 'objcopy'

ip netns add one
ip netns add two
load_module			# nf_defrag_ipv4 is there from now on
unload_module
faults_allowed
leaks_begin

for parameters in '' 'hashsize=65536 ip_conntrack_source_max=100'; do
	# not all again: what a namespace takes is known by the second time
	[ -z "$parameters" ] || ip netns del two
	in_turn "insmod ${parameters:-without parameters}" load "$PLAIN" "$parameters"
	[ "$failed" -ge 20 ] || fail 'at least 20 loads that fail' "$failed"
	! grep -q '^ip_conntrack ' /proc/modules || fail 'no module' 'it is loaded'
	[ ! -e $SYSCTL/ip_conntrack_max ] || fail 'no sysctl' 'they are there'
done

in_turn rmmod unload "$PLAIN"
expect_false 'it is gone' grep -q '^ip_conntrack ' /proc/modules

load_module
[ "$(lines)" = 0 ] || fail 'an empty table' "$(lines) entries"
unload_module
expect_eq "$(live_flows)" 0
no_leaks
no_kernel_complaints
tried "$total allocations"
