#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The close begun by the server goes the same way, and a FIN that is sent
# again changes nothing.
#
#	client  <- FIN  ACK ->  FIN ->  <- ACK  server

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

handshake
play tcp s FA
expect_entry tcp FIN_WAIT 120 '[ASSURED]'
play tcp s FA seq=-1
expect_entry tcp FIN_WAIT 120 '[ASSURED]' 'the same FIN again'
play tcp c A
expect_entry tcp CLOSE_WAIT 43200 '[ASSURED]'
play tcp c FA
expect_entry tcp LAST_ACK 30 '[ASSURED]'
play tcp c FA seq=-1
expect_entry tcp LAST_ACK 30 '[ASSURED]' 'the same FIN again'
play tcp s A
expect_entry tcp TIME_WAIT 120 '[ASSURED]'

unload_module
no_kernel_complaints
