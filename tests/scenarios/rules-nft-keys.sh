#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# Every key of nft's "ct" says of a packet what it should, in tables ip and
# inet, and what was added is what nft lists.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

lab_up
tracker_up nft_ip_conntrack ip_conntrack_acct=1

# Each key has a counter; only the counters that are wrong are named.
keys='
	ct state new counter name state_new
	ct state established counter name state_established
	ct state { new, established } counter name state_set
	ct state invalid counter name state_invalid
	ct state untracked counter name state_untracked
	ct state != invalid counter name state_not
	ct direction original counter name dir_original
	ct direction reply counter name dir_reply
	ct status seen-reply counter name status_reply
	ct status assured counter name status_assured
	ct status confirmed counter name status_confirmed
	ct status expected counter name status_expected
	ct mark 0 counter name mark_zero
	ct mark 0x17 counter name mark_set
	ct expiration < 130s counter name expires_soon
	ct expiration > 400000s counter name expires_late
	ct original ip saddr 10.0.1.100 counter name orig_saddr
	ct original ip daddr 10.0.2.100 counter name orig_daddr
	ct reply ip saddr 10.0.2.100 counter name reply_saddr
	ct reply ip daddr 10.0.1.100 counter name reply_daddr
	ct original ip saddr 10.0.2.100 counter name orig_other
	meta l4proto tcp ct original proto-src PORT counter name orig_sport
	meta l4proto tcp ct original proto-dst 80 counter name orig_dport
	meta l4proto tcp ct reply proto-src 80 counter name reply_sport
	meta l4proto tcp ct reply proto-dst PORT counter name reply_dport
	ct original protocol tcp counter name protocol_tcp
	ct original protocol udp counter name protocol_udp
	ct original l3proto ipv4 counter name l3_ipv4
	ct zone 0 counter name zone_none
	ct zone 1 counter name zone_one
	ct packets > 0 counter name packets_any
	ct original packets > 2 counter name packets_orig
	ct reply packets 1 counter name packets_reply
	ct bytes > 200 counter name bytes_both
	ct original bytes >= 260 counter name bytes_orig
	ct avgpkt > 40 counter name avg_above
	ct original avgpkt 73 counter name avg_orig
	ct id 0 counter name id_zero
	ct id != 0 counter name id_some
	ct state vmap { established : continue, new : jump fresh }
'

# table_of FAMILY PORT: the rules above for the client's port, with the counters that they name
table_of() {
	echo "table $1 keys {"
	sed -n 's/.* counter name \([a-z0-9_]*\)$/counter \1 { }/p' <<<"$keys"
	echo 'counter jumped { }'
	echo 'chain fresh { counter name jumped; }'
	echo 'chain forward { type filter hook forward priority 0;'
	printf '%s\n' "${keys//PORT/$2}" '}' '}'
}

# conversation PORT: four packets of 40 octets and one of 140
conversation() {
	play conn sport="$1"
	play tcp c S
	play tcp s SA
	play tcp c A
	play tcp c PA len=100
	play tcp s A
}

check() {
	expect_counts "five packets of a connection in table $1" \
		state_new=1 state_established=4 state_set=5 state_invalid=0 \
		state_untracked=0 state_not=5 dir_original=3 dir_reply=2 \
		status_reply=4 status_assured=3 status_confirmed=4 \
		status_expected=0 mark_zero=5 mark_set=0 expires_soon=2 \
		expires_late=3 orig_saddr=5 orig_daddr=5 reply_saddr=5 \
		reply_daddr=5 orig_other=0 orig_sport=5 orig_dport=5 \
		reply_sport=5 reply_dport=5 protocol_tcp=5 protocol_udp=0 \
		l3_ipv4=5 zone_none=5 zone_one=0 packets_any=5 \
		packets_orig=2 packets_reply=3 bytes_both=2 bytes_orig=0 \
		avg_above=2 avg_orig=2 \
		id_zero=0 id_some=5 jumped=1
}

for family in ip inet; do
	[ $family = ip ] && port=41001 || port=41002
	rules <<<"$(table_of $family "$port")"
	conversation "$port"
	check $family
	# what nft lists is what it was given
	listed=$(nft -s list table $family keys)
	STEP="nft list table $family keys, read back"
	nft delete table $family keys
	rules <<<"$listed"
	expect_eq "$(nft -s list table $family keys)" "$listed" 'the list is the rules'
	nft delete table $family keys
done

# addresses without a family's name exist in a table of one family
rules <<'END'
table ip keys {
	counter from { }
	counter towards { }
	chain forward {
		type filter hook forward priority 0;
		ct original saddr 10.0.1.100 ct reply daddr 10.0.1.100 counter name from
		ct original daddr 10.0.2.100 ct reply saddr 10.0.2.100 counter name towards
	}
}
END
play udp c
play udp s
expect_counts 'a question and its answer' from=2 towards=2

# a connection has one identity, from its first packet on, and conntrack(8) and
# rules tell the same
rules <<'END'
table ip identity {
	set ids { typeof ct id; flags dynamic; size 100; }
	chain forward {
		type filter hook forward priority 0;
		add @ids { ct id }
	}
}
END
conversation 41003
ids=$(nft list set ip identity ids | sed -n 's/.*elements = { *\([^}]*[^ }]\) *}.*/\1/p')
[[ $ids =~ ^(0x)?[0-9a-f]+$ ]] || fail 'one identity of five packets' "$ids"
stock || {
	load_beside ip_conntrack_netlink
	STEP='conntrack -L -o id'
	id=$(conntrack -L -p tcp --sport 41003 -o id 2>/dev/null)
	expect_eq "$((ids))" "${id##*id=}" 'rules and conntrack(8) agree'
	unload_beside ip_conntrack_netlink
}

tracker_down nft_ip_conntrack
no_kernel_complaints
