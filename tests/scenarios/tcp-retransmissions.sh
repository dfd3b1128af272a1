#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is sent again moves nothing: SYN, SYN/ACK, and a late SYN in an
# established connection.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play conn
play tcp c S
play tcp c S seq=-1
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'the SYN again'
play tcp s SA
play tcp s SA seq=-1
expect_entry tcp SYN_RECV 60 '' 'the SYN/ACK again'
play tcp c A
play tcp s SA seq=2000000
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'a late SYN/ACK'
expect_counted syn_in_live_flow play tcp c S seq=+70000
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'RFC 5961 section 4'
expect_lines 1

unload_module
no_kernel_complaints
