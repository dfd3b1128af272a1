#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A datagram in fragments is one packet of one flow, in whatever order they
# come; one whose rest never comes makes no entry.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play conn
play udp c len=3000 frag=1480
expect_entry udp - 30 '[UNREPLIED]' 'in order'
play udp s len=3000 frag=1480 order=reverse
expect_entry udp - 180 '[ASSURED]' 'in reverse order'

play conn
play tcp c S opts=020405b4 frag=8 order=2,0,1
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'a SYN cut inside its header'

play conn
play udp c len=3000 frag=1480 order=1,2 lost
expect_eq "$(entry)" '' 'its first fragment never came'
expect_lines 2

unload_module
no_kernel_complaints
