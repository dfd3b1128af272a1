#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A RST closes the connection at once, for ten seconds more.
#
#	client  SYN ->  <- RST/ACK  server (nobody listens)
#	client  (established)  RST ->  server

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play refused client "$SERVER" 8081
wait_entry 3 tcp CLOSE 10 '' 'refused by a real stack'

play listen web server "$SERVER" 8080
play connect web client "$SERVER" 8080
play abort web.c
wait_entry 3 tcp CLOSE 10 '[ASSURED]' 'aborted by a real stack'

handshake
play tcp s R
expect_entry tcp CLOSE 10 '[ASSURED]' 'reset by the server'

handshake
expect_counted rst_not_exact play tcp s R seq=+5000
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' \
	'RFC 5961: a RST that its receiver ignores closes nothing'

play conn
expect_counted rst_unknown play tcp c R
expect_eq "$(entry)" '' 'a RST begins no connection'

unload_module
no_kernel_complaints
