#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# At ip_conntrack_max unreplied flows give way; if none can, the packet passes
# untracked, is counted, and one line in the log says so.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

for port in 1 2 3 4 5 6 7 8 9 10; do
	play conn sport=$((30000 + port))
	play udp c
	play udp s
done
expect_eq "$(lines '\[ASSURED\]')" 10
expect_true 'the limit is writable' sysctl_set ip_conntrack_max 50

sysctl_set ip_ct_udp_timeout 5
before=$(counter early_drop)
play flood c udp 300
expect_eq "$(sysctl_get ip_conntrack_count)" 50 'never more than the limit'
expect_eq "$(lines '\[ASSURED\]')" 10 'assured flows are no victims of a flood'
[ "$(counter early_drop)" -ge $((before + 250)) ] ||
	fail 'early_drop to count those that gave way' "$(counter early_drop)"

# a new, complete handshake finds its place in the flood
handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'room is made'
play flood c udp 100
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'and kept'

# none may give way: only the assured ones are left, and the limit is theirs
only_assured() { [ "$(lines)" = 11 ] && [ "$(lines '\[ASSURED\]')" = 11 ]; }
expect_within 20 'the flood ends by itself' only_assured
sysctl_set ip_conntrack_max 11
play conn
expect_counted table_full play tcp c S
expect_eq "$(entry)" '' 'it passes, untracked'
expect_eq "$(sysctl_get ip_conntrack_count)" 11
expect_eq "$(kernel_log | grep -c 'ip_conntrack: table full')" 1 'one line in the log'

sysctl_set ip_conntrack_max 100
play tcp c S seq=+0
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'room again'

unload_module
no_kernel_complaints
