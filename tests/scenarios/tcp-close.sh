#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The orderly close, begun by the client, shows every state on its way.
#
#	client  FIN ->  <- ACK  <- FIN  ACK ->  server

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

handshake
play tcp c FA
expect_entry tcp FIN_WAIT 120 '[ASSURED]' 'one FIN, not acknowledged'
play tcp s A
expect_entry tcp CLOSE_WAIT 43200 '[ASSURED]' 'one FIN, acknowledged'
play tcp s FA
expect_entry tcp LAST_ACK 30 '[ASSURED]' 'both FINs, the last not acknowledged'
play tcp c A
expect_entry tcp TIME_WAIT 120 '[ASSURED]' 'both FINs acknowledged'

unload_module
no_kernel_complaints
