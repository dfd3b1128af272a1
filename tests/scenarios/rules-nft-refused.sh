#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# What ip_conntrack does not provide is refused when the rule is added, and
# named in the log; nothing of nf_conntrack comes in by it. A rule-set is
# entered as a whole or not at all.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
load_module
load_beside nft_ip_conntrack

# refused NAME-IN-THE-LOG RULE-SET
refused() {
	local name=$1 said

	STEP="nft -f: $2"
	dmesg -C
	! said=$(nft -f - 2>&1 <<<"$2") || fail 'nft to refuse it' 'it did not'
	[[ $said == *'not supported'* ]] ||
		fail 'nft to say that it is not supported' "$said"
	dmesg | grep -qF "ip_conntrack does not provide $name" ||
		fail "the log to say: ip_conntrack does not provide $name" "$(dmesg)"
}

# in_chain FAMILY RULE
in_chain() {
	printf 'table %s t {\nchain c { type filter hook %s priority 0;\n%s\n}\n}' \
		"$1" "${3:-forward}" "$2"
}

refused 'ct helper' "$(in_chain ip 'ct helper "ftp" accept')"
refused 'ct label' "$(in_chain inet 'ct label 1 accept')"
refused 'ct event set' "$(in_chain ip 'ct event set new')"
refused 'ct zone set' "$(in_chain inet 'ct zone set 1' prerouting)"
refused 'synproxy' "$(in_chain ip 'tcp dport 80 synproxy mss 1460 wscale 7')"
refused 'NAT (chains of type nat)' \
	'table ip t { chain c { type nat hook postrouting priority 100; }; }'
refused 'NAT (chains of type nat)' \
	'table inet t { chain c { type nat hook postrouting priority 100; }; }'
refused 'NAT (masquerade)' 'table ip t { chain c { masquerade; }; }'
refused 'NAT (masquerade)' 'table ip6 t { chain c { masquerade; }; }'
# the kernel prints ten such lines in five seconds, and no more
sleep 6
refused 'NAT (redirect)' 'table inet t { chain c { redirect; }; }'
refused 'NAT (snat, dnat)' \
	'table ip t { chain c { ip daddr 10.0.0.1 dnat to 10.0.0.2; }; }'
refused 'flow offload (flowtable)' \
	'table inet t { flowtable f { hook ingress priority 0; devices = { eth1 }; }; }'
refused 'ct helper objects' \
	'table ip t { ct helper h { type "ftp" protocol tcp; }; }'
refused 'ct timeout objects' \
	'table ip t { ct timeout x { protocol tcp; policy = { established: 100 }; }; }'
refused 'ct expectation objects' \
	'table ip t { ct expectation e { protocol tcp; dport 9; timeout 1m; size 1; }; }'
refused 'ct in a bridge table' "$(in_chain bridge 'ct state established accept')"
expect_eq "$(nft list tables)" '' 'nothing of it stays'
no_stock_modules

STEP='a rule-set with one refused rule'
! nft -f - 2>/dev/null <<'END' || fail 'it to be refused' 'it was not'
table ip whole {
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established accept
		ct helper "ftp" accept
	}
}
END
expect_eq "$(nft list tables)" '' 'as a whole'
play udp c

tracker_down nft_ip_conntrack

# beside nf_conntrack it observes, and rules must not ask it
nsenter --net=/proc/1/ns/net modprobe nf_conntrack || die 'no nf_conntrack'
load_module
expect_false 'an observer has nothing to say to rules' \
	insmod "${KO%/*}/nft_ip_conntrack.ko"
rules <<<"$(in_chain ip 'ct state new accept')"
expect_true 'rules ask nf_conntrack' grep -q '^nft_ct ' /proc/modules
nft flush ruleset
unload_module
stock_out
no_kernel_complaints
