#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two SYNs that cross are a simultaneous open: LISTEN, then the handshake.
#
#	client  SYN ->  <- SYN  SYN/ACK ->  <- SYN/ACK  server

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play conn
play tcp c S
expect_entry tcp SYN_SENT 120 '[UNREPLIED]'
play tcp s S
expect_entry tcp LISTEN 120 '' 'a SYN of each side'
play tcp c SA seq=1000000
expect_entry tcp SYN_RECV 60 '' 'one side has answered'
play tcp s SA seq=2000000
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'RFC 9293 figure 8'

unload_module
no_kernel_complaints
