#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# A transparent proxy: TPROXY takes connections of the client to the server for
# a socket of the firewall, "socket" finds the one that a packet belongs to.
# Both look at the connection that the packet carries.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
tracker_up nft_ip_conntrack
ip rule add fwmark 1 lookup 100
ip route add local default dev lo table 100
rules <<'END'
table ip proxy {
	counter taken { }
	counter known { }
	counter input_new { }
	counter input_established { }
	counter wrong { }
	chain prerouting {
		type filter hook prerouting priority mangle;
		iifname eth1 tcp dport 8080 socket transparent 1 counter name known meta mark set 1 accept
		iifname eth1 tcp dport 8080 tproxy to 127.0.0.1:9000 counter name taken meta mark set 1 accept
	}
	chain input {
		type filter hook input priority 0;
		tcp dport 8080 ct state new counter name input_new accept
		tcp dport 8080 ct state established counter name input_established accept
		tcp dport 8080 counter name wrong
	}
}
END

# answers each connection with the address that it was meant for
python3 -c '
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_IP, 19, 1)	# IP_TRANSPARENT
s.bind(("127.0.0.1", 9000))
s.listen(5)
while True:
    c, _ = s.accept()
    c.sendall(("you wanted %s:%d\n" % c.getsockname()).encode())
    c.close()' &
proxy=$!
listens() { ss -Hltn 'sport = 9000' | grep -q .; }
expect_within 20 'the proxy listens' listens

for _ in 1 2 3; do
	STEP="nc $SERVER 8080"
	answer=$(on_client timeout 20 nc -d "$SERVER" 8080)
	expect_eq "$answer" "you wanted $SERVER:8080"
done
now=$(counted)
expect_counts 'each SYN is taken and NEW' input_new=3 wrong=0
for name in known input_established; do
	[ "$(sed -n "s/^$name //p" <<<"$now")" -ge 6 ] ||
		fail "at least 6 packets in $name" "$now"
done
stock || expect_eq "$(lines "dport=8080 .*\[ASSURED\]")" 3 'an entry for each'

kill "$proxy"
tracker_down nft_ip_conntrack
no_kernel_complaints
