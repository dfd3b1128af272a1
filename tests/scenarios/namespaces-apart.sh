#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two firewalls in two namespaces do not see each other's flows, sysctls or
# counters, although addresses and ports are the same.
#
#	client  ---- fw  ---- server        10.0.1.0/24, 10.0.2.0/24
#	client2 ---- fw2 ---- server2       the same addresses again

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../second.sh"

lab_up
load_module
second_up

play conn sport=45000
play tcp c S
expect_entry tcp SYN_SENT 120 '[UNREPLIED]'
expect_eq "$(second_lines)" 0 'the second firewall saw nothing'
play conn sport=45000
play tcp c2 S
play tcp s2 SA
play tcp c2 A
expect_eq "$(second_lines ' ESTABLISHED .*sport=45000 ')" 1 'a flow of its own'
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'which moved nothing here'

second 'echo 5 >/proc/sys/net/ipv4/netfilter/ip_ct_udp_timeout'
expect_eq "$(sysctl_get ip_ct_udp_timeout)" 30 'sysctls are per namespace'
before=$(counter bad_tcp_checksum)
play conn
play tcp c2 S badsum
expect_eq "$(counter bad_tcp_checksum)" "$before" 'counters are per namespace'
expect_eq "$(second 'grep bad_tcp_checksum /proc/net/ip_conntrack_reasons')" \
	'bad_tcp_checksum 1'
expect_eq "$(sysctl_get ip_conntrack_count)" 1
expect_eq "$(second 'cat /proc/sys/net/ipv4/netfilter/ip_conntrack_count')" 1

unload_module
no_kernel_complaints
