#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# kernel: kasan
# attack: each allocation of a new network namespace fails in turn, then a fifth of the module's
#
# Each allocation of a new network namespace fails in turn while the module is
# loaded: the namespace is made or it is not, nothing is left of it.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load_module hashsize=4096 ip_conntrack_source_max=100
faults_allowed
leaks_begin

in_turn 'unshare(CLONE_NEWNET)' unshare
[ "$failed" -ge 100 ] || fail 'at least 100 that fail' "$failed"

# ours alone, many at once
STEP='allocations of the module fail while namespaces are made'
faults_in_module 20 1
made=0 refused=0
for i in $(seq 100); do
	if unshare -n true 2>/dev/null; then
		made=$((made + 1))
	else
		refused=$((refused + 1))
	fi
done
faults_end
say "$made namespaces were made, $refused were not"
[ $refused -ge 10 ] || fail 'at least 10 refused' "$refused"

expect_true 'without faults there is one' unshare -n true
unload_module
no_leaks
no_kernel_complaints
tried "$total allocations, 100 namespaces"
