#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# The firewall of docs/firewall.nft lets pass what it is to let pass, packet by
# packet, and just what it lets pass under nf_conntrack; real clients and
# servers get through it as well. What is dropped leaves no entry, what is
# INVALID is logged.

. "$(dirname "$0")/../lib.sh"
. "$LAB_TREE/tests/firewall.sh"

# shellcheck disable=SC2034 # for firewall.sh
BESIDE=nft_ip_conntrack

rules_up() {
	STEP='nft -f docs/firewall.nft'
	nft -f "$LAB_TREE/docs/firewall.nft" || die "nft: $(dmesg | tail -n 3)"
}

rules_down() {
	STEP='nft flush ruleset'
	nft flush ruleset || die 'nft flush ruleset'
}

drops_leave_nothing() {
	play flood s syn 500 dport=81
	expect_no_line 'dport=81 ' 'the rules dropped it'
	play tcp s A lost
	expect_true 'INVALID packets are logged' \
		grep -q 'INVALID IN=eth' <(kernel_log)
}

lab_up
firewall_ready
firewall_both "$LAB_TREE"/tests/firewall{,-real}.txt
firewall_ours drops_leave_nothing
no_kernel_complaints
