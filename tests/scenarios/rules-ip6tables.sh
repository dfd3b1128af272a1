#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# The tracker knows IPv4 only. Rules of ip6tables that ask it are taken, and
# are told that IPv6 packets are UNTRACKED.

. "$(dirname "$0")/../lib.sh"
. "$LAB_TREE/tests/firewall.sh"

ping6() { ping -6 -q -c 1 -W 2 ::1; }

# told STATE ANSWER: does a rule that asks for STATE match a packet?
told() {
	expect_true 'a rule' "$ip6tables" -A OUTPUT -m conntrack --ctstate "$1"
	expect_true 'a rule' "$ip6tables" -A OUTPUT -m state --state "$1"
	expect_true 'nothing is dropped' ping6
	expect_eq "$("$ip6tables" -vxnL OUTPUT | awk '/state '"$1"'/ { print ($1 > 0) }' | xargs)" \
		"$2 $2" "IPv6 is UNTRACKED, asked for $1"
	"$ip6tables" -F OUTPUT
}

lab_up
echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6
echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
load_module role=provider
load_beside xt_ip_conntrack
expect_within 10 'IPv6 on lo' ping6
for ip6tables in ip6tables-legacy ip6tables-nft; do
	told UNTRACKED 1
	for state in NEW ESTABLISHED RELATED INVALID; do
		told $state 0
	done
	# what asks of a connection matches nothing; what changes one does nothing
	for rule in '-m conntrack --ctproto tcp' '-m conntrack --ctdir ORIGINAL' \
		'-m conntrack --ctorigsrc ::/0' '-m connmark --mark 0'; do
		# shellcheck disable=SC2086 # a rule as one writes it
		expect_true "$rule" "$ip6tables" -A OUTPUT $rule -j DROP
	done
	expect_true CONNMARK "$ip6tables" -t mangle -A OUTPUT -j CONNMARK --set-mark 1
	expect_true NOTRACK "$ip6tables" -t raw -A OUTPUT -j CT --notrack
	expect_true 'nothing of it matches' ping6
	for table in filter mangle raw; do
		"$ip6tables" -t $table -F
	done
	# an operator's way to say it
	"$ip6tables" -P OUTPUT DROP
	expect_false 'the policy' ping6
	expect_true 'a rule' "$ip6tables" -A OUTPUT -o lo -m conntrack --ctstate UNTRACKED -j ACCEPT
	expect_true 'untracked is let out' ping6
	"$ip6tables" -F
	"$ip6tables" -P OUTPUT ACCEPT
done
no_nf_conntrack
unload_beside xt_ip_conntrack
unload_module
no_kernel_complaints
