#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A changed time-out governs a flow from its next packet on, and not before.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
sysctl_set ip_ct_tcp_timeout_established 1000
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'no packet yet'
play tcp c PA len=1
expect_entry tcp ESTABLISHED 1000 '[ASSURED]' 'shorter from the next packet'
sysctl_set ip_conntrack_tcp_timeout_established 5000
play tcp s A
expect_entry tcp ESTABLISHED 5000 '[ASSURED]' 'longer from the next packet'

sysctl_set ip_ct_tcp_timeout_syn_sent 50
play conn
play tcp c S
expect_entry tcp SYN_SENT 50 '[UNREPLIED]'
sysctl_set ip_ct_tcp_timeout_syn_recv 40
play tcp s SA
expect_entry tcp SYN_RECV 40 ''

sysctl_set ip_ct_udp_timeout 20
sysctl_set ip_ct_udp_timeout_stream 90
play conn
play udp c
expect_entry udp - 20 '[UNREPLIED]'
play udp s
expect_entry udp - 90 '[ASSURED]'

sysctl_set ip_ct_icmp_timeout 15
FOCUS='^icmp'
play icmp c 8
expect_entry icmp - 15 '[UNREPLIED]'

unload_module
no_kernel_complaints
