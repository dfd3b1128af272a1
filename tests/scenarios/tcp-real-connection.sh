#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A real client and a real server: established, data both ways, half-close,
# close; a connection in its own program (nc) shows the same.
#
#	client 10.0.1.2 ---- fw ---- 10.0.2.2 server

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play listen web server "$SERVER" 8080
play connect web client "$SERVER" 8080
wait_entry 3 tcp ESTABLISHED 432000 '[ASSURED]' 'the stacks have shaken hands'
play send web.c 50000
play send web.s 200000
wait_entry 3 tcp ESTABLISHED 432000 '[ASSURED]' 'data moves no state'
play shut web.c
wait_entry 3 tcp CLOSE_WAIT 43200 '[ASSURED]' 'shutdown(SHUT_WR), acknowledged'
play close web.s
wait_entry 3 tcp TIME_WAIT 120 '[ASSURED]' 'both sides closed'

STEP='nc from client to server'
FOCUS='dport=7000 '
on_server timeout 20 nc -l 7000 </dev/null >/dev/null &
listens() { on_server ss -Hltn 'sport = 7000' | grep -q .; }
expect_within 5 'nc listens' listens
expect_true 'nc sends a line and closes' \
	on_client timeout 15 nc -N "$SERVER" 7000 <<<'hello'
wait_entry 3 tcp TIME_WAIT 120 '[ASSURED]' 'nc has closed in order'

unload_module
no_kernel_complaints
