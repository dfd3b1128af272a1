#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who is the kernel's connection tracker: the first to come, unless role= says
# otherwise; what cannot be is refused, with a line that says what to do.

. "$(dirname "$0")/../lib.sh"

ROLE=/sys/module/ip_conntrack/parameters/role

# logged TEXT COMMAND...: it fails, and the log says TEXT
logged() {
	local text=$1 lines

	shift
	STEP="$*"
	lines=$(kernel_log | wc -l)
	"$@" 2>/dev/null && fail "$* to be refused" 'it was not'
	kernel_log | tail -n +$((lines + 1)) | grep -q "$text" ||
		fail "a line in the log: $text" \
			"$(kernel_log | tail -n +$((lines + 1)))"
}

lab_up

# nobody is there
load_module
expect_eq "$(cat $ROLE)" provider 'the place is free'
handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
logged 'nf_conntrack is refused.*rmmod ip_conntrack' modprobe nf_conntrack
expect_false 'it is not there' grep -q '^nf_conntrack ' /proc/modules
play tcp s PA len=5
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'nothing has happened to us'
unload_module

# asked to stand aside
load_module role=observer
expect_eq "$(cat $ROLE)" observer
handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
expect_true 'the place is still free' modprobe nf_conntrack
unload_module

# somebody is there
load_module
expect_eq "$(cat $ROLE)" observer 'nf_conntrack was first'
handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
unload_module
logged 'role=provider cannot be.*rmmod nf_conntrack' \
	insmod "$KO" role=provider
logged "role='boss' is none of auto, provider, observer" \
	insmod "$KO" role=boss
rmmod nf_conntrack || die 'rmmod nf_conntrack'
load_module role=provider
expect_eq "$(cat $ROLE)" provider
unload_module
expect_true 'the place is free again' modprobe nf_conntrack

no_kernel_complaints
