#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A connection that began before the tracker did is picked up: ESTABLISHED,
# never [ASSURED]. With ip_conntrack_tcp_loose 0 it is not, and is counted.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play conn
play tcp c PA len=10
expect_entry tcp ESTABLISHED 432000 '[UNREPLIED]' 'picked up in mid-stream'
play tcp s A
expect_entry tcp ESTABLISHED 432000 '' 'replied to, not assured'
play tcp s PA len=20
play tcp c A
expect_entry tcp ESTABLISHED 432000 '' 'its handshake was never seen'

expect_true 'loose off' sysctl_set ip_conntrack_tcp_loose 0
play tcp c PA len=10
expect_entry tcp ESTABLISHED 432000 '' 'it holds for new connections only'
play conn
expect_counted no_syn play tcp c PA len=10
expect_eq "$(entry)" '' 'no entry without a SYN'
play conn
expect_counted no_syn play tcp c SA
expect_eq "$(entry)" '' 'a SYN/ACK is not a SYN'
handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'with a handshake it is tracked'

unload_module
no_kernel_complaints
