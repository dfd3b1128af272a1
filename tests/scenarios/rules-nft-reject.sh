#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# What a rule sends in answer, ICMP or RST, belongs to the connection of what
# it answers: RELATED on its way out, with its mark. It does not make an entry
# of what was refused. A RST to both ends of a connection closes it.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
tracker_up nft_ip_conntrack
sysctl -q -w net.ipv4.icmp_ratelimit=0
rules <<'END'
table ip refuse {
	counter errors { }
	counter resets { }
	counter other { }
	counter marked { }
	chain forward {
		type filter hook forward priority 0;
		tcp dport 81 ct mark set 9 reject with tcp reset
		udp dport 81 ct mark set 9 reject
		tcp dport 82 ct mark set 9 reject with icmp type admin-prohibited
		tcp dport 80 ct state established ip dscp 1 reject with tcp reset
	}
	chain output {
		type filter hook output priority 0;
		ct mark 9 counter name marked
		ip protocol icmp ct state related counter name errors accept
		tcp flags & rst == rst ct state related counter name resets accept
		meta l4proto { icmp, tcp } counter name other
	}
}
END

play conn dport=81
play tcp c S lost
expect_counts 'a RST for a SYN' errors=0 resets=1 other=0
play udp c lost
expect_counts 'an ICMP error for a datagram' errors=1 resets=1 other=0
play conn dport=82
play tcp c S lost
expect_counts 'an ICMP error for a SYN' errors=2 resets=1 other=0 marked=3
stock || expect_no_line 'dport=8[12] ' 'what was refused has no entry'

# a real stack takes it for what it is
play refused client "$SERVER" 81
expect_true 'the error reaches its socket' grep -q 'refused' <(on_client \
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect((sys.argv[1], 81))
s.send(b"?")
try:
    s.recv(1)
except ConnectionRefusedError:
    print("refused")' "$SERVER")

handshake
stock || expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
play tcp c PA len=10 tos=4 lost
stock || expect_entry tcp CLOSE 10 '[ASSURED]' 'a RST has gone out'

tracker_down nft_ip_conntrack
no_kernel_complaints
