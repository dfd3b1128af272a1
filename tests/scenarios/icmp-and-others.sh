#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ICMP queries are tracked by their id, other protocols by their addresses;
# an ICMP error makes no entry.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

FOCUS='^icmp '
expect_true 'ping works' on_client ping -q -c 1 -W 3 "$SERVER"
expect_entry icmp - 30 '' 'echo and its reply'
expect_line "^icmp +1 [0-9]+ src=$CLIENT dst=$SERVER type=8 code=0 id=[0-9]+ src=$SERVER dst=$CLIENT type=0 code=0 id=[0-9]+ use=[0-9]+\$"

play conn
FOCUS=" id=$SPORT "
play icmp c 13 len=12
expect_entry icmp - 30 '[UNREPLIED]' 'a timestamp request'
play icmp s 14 len=12
expect_entry icmp - 30 '' 'and its reply'

play conn
FOCUS=" id=$SPORT "
expect_counted icmp_unasked play icmp c 0
expect_eq "$(entry)" '' 'a reply to nothing'

FOCUS=' 47 '
play ip c 47 len=20
expect_lines 1 "^unknown +47 [0-9]+ src=$C dst=$S \[UNREPLIED\] src=$S dst=$C use="
play ip s 47 len=20
expect_lines 1 "^unknown +47 [0-9]+ src=$C dst=$S src=$S dst=$C use="

# errors: about a packet of a flow that is known, and about nothing
before=$(lines)
expect_counted icmp_inner play icmp s 3 code=1 len=27
expect_counted icmp_inner play icmp s 3 code=1 len=28
expect_eq "$(lines)" "$before" 'an error is no connection'
handshake
play tcp c PA len=100
expect_counted icmp_error play icmp s 3 code=4 quote=c
expect_counted icmp_inner play icmp s 3 code=4 quote=c qlen=27
expect_counted icmp_not_sender play icmp c 3 code=1 quote=c
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'an error moves nothing'
play tcp c PA len=100 seq=+4000000 nowait
expect_counted icmp_forged play icmp s 3 code=1 quote=c
play conn
play udp c
play udp s
expect_counted icmp_error play icmp c 3 code=3 quote=s
play conn
play udp c ttl=1 lost
expect_counted icmp_no_flow play icmp s 3 code=3 quote=c

unload_module
no_kernel_complaints
