#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A packet through loopback is seen once, and so is one that the firewall
# itself sends or receives: each makes one entry, one malformed one counts once.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play bind lo fw 127.0.0.1 5353
play ask lo fw 127.0.0.1 5353
expect_entry udp - 30 '[UNREPLIED]' 'seen twice it would still be one way'
expect_lines 1
play answer lo
expect_entry udp - 180 '[ASSURED]'
expect_lines 1

play listen lo fw 127.0.0.1 8080
play connect lo fw 127.0.0.1 8080
wait_entry 3 tcp ESTABLISHED 432000 '[ASSURED]'
play send lo.c 100000
play shut lo.c
wait_entry 3 tcp CLOSE_WAIT 43200 '[ASSURED]'
play close lo.s
wait_entry 3 tcp TIME_WAIT 120 '[ASSURED]'
expect_lines 1 '^tcp'

# each packet of a refused connection is counted once
sysctl_set ip_conntrack_tcp_loose 0
play refused fw 127.0.0.1 9999
wait_entry 3 tcp CLOSE 10 ''

# made here, for others
play bind out server "$SERVER" 53
play ask out fw "$SERVER" 53
expect_entry udp - 30 '[UNREPLIED]' 'sent by the firewall'
play answer out
expect_entry udp - 180 '[ASSURED]' 'answered to the firewall'
expect_lines 1 "sport=$SPORT "

# for here, made by others; a bad one counts once
play bind in fw 10.0.1.1 53
play ask in client 10.0.1.1 53
expect_entry udp - 30 '[UNREPLIED]' 'received by the firewall'
play conn
expect_counted bad_tcp_checksum play tcp c S dst=10.0.1.1 badsum nowait

unload_module
no_kernel_complaints
