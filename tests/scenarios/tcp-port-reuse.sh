#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A SYN for a connection in TIME_WAIT, or after a RST, is a new connection:
# unreplied, not assured, one line.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

handshake sport=41000
play tcp c FA
play tcp s A
play tcp s FA
play tcp c A
expect_entry tcp TIME_WAIT 120 '[ASSURED]'
expect_counted reopened play tcp c S seq=+100000
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'a new connection, not the old one'
expect_lines 1 . 'it took the place of the old one'

handshake sport=42000
play tcp c R
expect_entry tcp CLOSE 10 '[ASSURED]'
expect_counted reopened play tcp c S seq=+100000
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'after a RST too'
expect_lines 2

unload_module
no_kernel_complaints
