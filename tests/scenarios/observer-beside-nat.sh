#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nf_conntrack translates addresses, ip_conntrack observes: a connection is one
# entry, whose second tuple is what the answers really look like.

. "$(dirname "$0")/../lib.sh"

lab_up
nft -f - <<'END' || die 'nft'
table ip nat {
	chain prerouting {
		type nat hook prerouting priority dstnat;
		ip daddr 10.0.1.1 tcp dport 8080 dnat to 10.0.2.2:80
	}
	chain postrouting {
		type nat hook postrouting priority srcnat;
		oifname eth2 masquerade
	}
}
END
load_module
expect_eq "$(cat /sys/module/ip_conntrack/parameters/role)" observer

# source translated: the server sees the firewall
play listen web server "$SERVER" 80
play connect web client "$SERVER" 80
wait_entry 5 tcp ESTABLISHED 432000 '[ASSURED]'
expect_line "src=$CLIENT dst=$SERVER sport=$SPORT dport=80 src=$SERVER dst=10.0.2.1 sport=80 dport=[0-9]+ \[ASSURED\]"
expect_eq "$(lines "dport=80 ")" 1 'both directions are one entry'
play send web.c 50000
play send web.s 50000
play shut web.c
wait_entry 5 tcp CLOSE_WAIT 43200 '[ASSURED]'
play close web.s
wait_entry 5 tcp TIME_WAIT 120 '[ASSURED]'
expect_eq "$(lines '^tcp')" 1

# both translated
play connect web client 10.0.1.1 8080
wait_entry 5 tcp ESTABLISHED 432000 '[ASSURED]'
expect_line "src=$CLIENT dst=10.0.1.1 sport=$SPORT dport=8080 src=$SERVER dst=10.0.2.1 sport=80 dport=[0-9]+ \[ASSURED\]"
play send web.c 50000
play abort web.c
wait_entry 5 tcp CLOSE 10 '[ASSURED]'

# UDP, and a ping
play bind a server "$SERVER" 53
play ask a client "$SERVER" 53
wait_entry 5 udp - 30 '[UNREPLIED]'
play answer a
wait_entry 5 udp - 180 '[ASSURED]'
expect_line "udp .*src=$CLIENT dst=$SERVER .* src=$SERVER dst=10.0.2.1 "
on_client ping -q -c 2 -i 0.2 "$SERVER" >/dev/null || fail 'a ping' 'none'
expect_line "^icmp .*src=$CLIENT dst=$SERVER type=8 code=0 id=[0-9]+ src=$SERVER dst=10.0.2.1 type=0 code=0 id=[0-9]+ use=1"

# an ICMP error about a translated packet belongs to its flow
before=$(counter icmp_error)
on_client python3 - "$SERVER" <<'END' || fail 'ECONNREFUSED for UDP' 'none'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], 84))
s.send(b'x')
s.settimeout(10)
try:
    s.recv(1)
except ConnectionRefusedError:
    sys.exit(0)
sys.exit(1)
END
[ "$(counter icmp_error)" -gt "$before" ] ||
	fail 'icmp_error to count it' "$(cat $REASONS)"
for name in seq_above_window seq_below_window ack_above state_forbids icmp_no_flow; do
	expect_eq "$(counter $name)" 0 "$name: nothing here was INVALID"
done

unload_module
nft delete table ip nat
no_kernel_complaints
