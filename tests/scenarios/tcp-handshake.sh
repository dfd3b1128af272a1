#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The three packets of a handshake show the three lines of the chapter.
#
#	client  SYN ->  <- SYN/ACK  ACK ->  server

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play conn
play tcp c S
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'chapter: first SYN'
play tcp s SA
expect_entry tcp SYN_RECV 60 '' 'chapter: SYN/ACK, the entry has been replied to'
play tcp c A
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'chapter: handshake complete'
expect_lines 1 . 'one connection, one line'

unload_module
no_kernel_complaints
