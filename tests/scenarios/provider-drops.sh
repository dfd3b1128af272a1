#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# As provider: what the rules drop leaves no entry, and what it took is given
# back; what the rules refuse with a RST belongs to its flow.

. "$(dirname "$0")/../lib.sh"

# objects in use of a slab cache of our own
objects() { awk -v name="$1" '$1 == name { print $2 }' /proc/slabinfo; }

lab_up
load_module role=provider
nft -f - <<'END' || die 'nft'
table ip lab {
	chain forward {
		type filter hook forward priority 0;
		tcp dport 81 drop
		tcp dport 82 reject with tcp reset
		udp dport 83 drop
		udp dport 84 reject
	}
	chain input {
		type filter hook input priority 0;
		tcp dport 81 drop
	}
	chain output {
		type filter hook output priority 0;
		udp dport 83 drop
	}
}
END

handshake dport=80
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'what the rules accept'
expect_eq "$(lines)" 1

play conn dport=81
play tcp c S lost
play tcp c S lost
expect_eq "$(lines)" 1 'dropped: no entry'
play conn dport=83
play udp c lost
expect_eq "$(lines)" 1 'dropped: no entry'
on_client timeout 1 nc -w 1 10.0.1.1 81 </dev/null >/dev/null 2>&1
expect_eq "$(lines)" 1 'dropped on the way in: no entry'
python3 - <<'END' 2>/dev/null
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('10.0.1.2', 83))
END
expect_eq "$(lines)" 1 'dropped on the way out: no entry'

STEP='a flood of 20000 SYNs that are dropped'
play flood c syn 20000 dport=81 nowait
play conn dport=81
play tcp c S lost
expect_eq "$(lines)" 1 'a flood of dropped SYNs leaves nothing'
in_use=$(objects ip_conntrack)
[ "${in_use:-5000}" -lt 5000 ] ||
	fail 'their memory given back' "${in_use:-unknown} flows in use"

# REJECT: with a RST, and with an ICMP error, to real stacks
play refused client "$SERVER" 82
expect_no_line 'dport=82' 'a refused connection leaves no entry'
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
expect_no_line 'dport=84'
expect_eq "$(counter icmp_no_flow)" 0 'our own word on a packet of ours'

# a live flow that a rule then refuses is closed
play listen web server "$SERVER" 85
play connect web client "$SERVER" 85
wait_entry 3 tcp ESTABLISHED 432000 '[ASSURED]'
nft add rule ip lab forward tcp dport 85 reject with tcp reset
on_client true
STEP='data of a flow that is now refused'
play close web.c
wait_entry 5 tcp CLOSE 10 '[ASSURED]'

nft delete table ip lab
unload_module
no_kernel_complaints
