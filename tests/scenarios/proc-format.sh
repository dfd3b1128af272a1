#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# /proc/net/ip_conntrack is, byte for byte, what programs of its time parse;
# only root may read it; a stock program (netstat-nat) reads it.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

expect_eq "$(stat -c %a $PROC)" 440 'mode'
expect_eq "$(stat -c %U:%G $PROC)" root:root 'owner'

handshake sport=1031 dport=23
expect_line "^tcp      6 4(31999|32000|3199[0-8]) ESTABLISHED src=$C dst=$S sport=1031 dport=23 src=$S dst=$C sport=23 dport=1031 \[ASSURED\] use=[0-9]+\$"
play conn sport=1032
play tcp c S
expect_line "^tcp      6 1(20|1[0-9]) SYN_SENT src=$C dst=$S sport=1032 dport=80 \[UNREPLIED\] src=$S dst=$C sport=80 dport=1032 use=[0-9]+\$"
play conn sport=137 dport=1025
play udp c
expect_line "^udp      17 (30|2[0-9]) src=$C dst=$S sport=137 dport=1025 \[UNREPLIED\] src=$S dst=$C sport=1025 dport=137 use=[0-9]+\$"
play conn sport=77
play icmp c 8
expect_line "^icmp     1 (30|2[0-9]) src=$C dst=$S type=8 code=0 id=77 \[UNREPLIED\] src=$S dst=$C type=0 code=0 id=77 use=[0-9]+\$"
expect_lines 4
expect_no_line ' $' 'no blank at the end of a line'

# netstat-nat prefers the file of nf_conntrack, which an earlier scenario may
# have left loaded
modprobe -rq nft_ct nf_conntrack || :
[ ! -e /proc/net/nf_conntrack ] || die 'nf_conntrack cannot be unloaded'
STEP='netstat-nat -n -R'
listing=$(netstat-nat -n -R 2>&1) || fail 'netstat-nat succeeds' "$listing"
[[ $listing =~ tcp\ .*$C:1031\ .*$S:23\ .*ESTABLISHED ]] ||
	fail 'the established connection, as netstat-nat shows it' "$listing"
[[ $listing =~ tcp\ .*$C:1032\ .*$S:80\ .*SYN_SENT ]] ||
	fail 'the half-open connection, as netstat-nat shows it' "$listing"
[[ $listing =~ udp\ .*$C:137\ .*$S:1025 ]] ||
	fail 'the datagram, as netstat-nat shows it' "$listing"

unload_module
no_kernel_complaints
