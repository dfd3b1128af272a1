#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two thousand flows that end in the same second are gone a second later.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

sysctl_set ip_ct_udp_timeout 8
play flood c udp 2000
made=${EPOCHREALTIME/./}
expect_eq "$(sysctl_get ip_conntrack_count)" 2000 'all were made'
empty() { [ "$(sysctl_get ip_conntrack_count)" = 0 ]; }
expect_within 20 'all of them end' empty
took=$(((${EPOCHREALTIME/./} - made) / 1000))
[ $took -le 9800 ] || fail 'none after 9 s' "the last was gone after $took ms"
expect_lines 0

unload_module
no_kernel_complaints
