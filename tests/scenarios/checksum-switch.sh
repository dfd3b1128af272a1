#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip_conntrack_checksum 0: checksums are not looked at.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

expect_eq "$(sysctl_get ip_conntrack_checksum)" 1
play conn
expect_counted bad_tcp_checksum play tcp c S badsum seq=1000
expect_eq "$(entry)" ''
sysctl_set ip_conntrack_checksum 0
play tcp c S badsum seq=1000
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'not verified'
play conn
play udp c badsum
expect_entry udp - 30 '[UNREPLIED]' 'not verified'

unload_module
no_kernel_complaints
