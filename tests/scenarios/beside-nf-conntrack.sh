#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# With nf_conntrack loaded and in use by the rules, both track and neither
# disturbs the other: before, while and after ip_conntrack is there.

. "$(dirname "$0")/../lib.sh"

lab_up
modprobe nf_conntrack || die 'no nf_conntrack'
nft -f - <<'END' || die 'nft'
table ip lab {
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		ip protocol { tcp, udp, icmp } ct state new accept
	}
}
END

# nf_lines REGEX
nf_lines() { grep -cE -- "$1" /proc/net/nf_conntrack; }

handshake sport=41001
expect_eq "$(nf_lines 'ESTABLISHED .*sport=41001 .*\[ASSURED\]')" 1 'nf_conntrack alone'

load_module
expect_eq "$(nf_lines 'ESTABLISHED .*sport=41001 .*\[ASSURED\]')" 1 'it kept its flow'
play tcp c PA len=5
expect_entry tcp ESTABLISHED 432000 '[UNREPLIED]' 'for us it is a pick-up'

handshake sport=41002
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
expect_eq "$(nf_lines 'ESTABLISHED .*sport=41002 .*\[ASSURED\]')" 1 'both track it'
play udp c
play udp s
expect_eq "$(nf_lines 'udp .*sport=41002 ')" 1
expect_lines 1 '^udp .*sport=41002 .*\[ASSURED\]'

play listen web server "$SERVER" 8080
play connect web client "$SERVER" 8080
wait_entry 3 tcp ESTABLISHED 432000 '[ASSURED]'
play send web.c 100000
play send web.s 100000
expect_eq "$(nf_lines "ESTABLISHED .*sport=$SPORT .*\[ASSURED\]")" 1

# the rules still decide by nf_conntrack's states
nft flush chain ip lab forward
nft add rule ip lab forward ct state established,related accept
play conn
play tcp c S lost
play tcp c S lost
expect_eq "$(entry)" '' 'what the rules drop leaves no entry'
play send web.c 1000

unload_module
play send web.s 1000
expect_eq "$(nf_lines 'ESTABLISHED .*sport=41002 .*\[ASSURED\]')" 1 'it outlives us'
nft delete table ip lab
no_kernel_complaints
