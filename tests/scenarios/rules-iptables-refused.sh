#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# What is not provided is refused when the rule is entered, with a line in the
# log that names it; nothing is accepted and then ignored. An observer serves
# no rules at all.

. "$(dirname "$0")/../lib.sh"
. "$LAB_TREE/tests/firewall.sh"

# refused TEXT COMMAND...: it fails, and the log has a new line with TEXT
refused() {
	local text=$1 lines

	shift
	STEP="$*"
	lines=$(kernel_log | wc -l)
	! "$@" 2>/dev/null || fail "$* to be refused" 'it was not'
	kernel_log | tail -n +$((lines + 1)) | grep -qF -- "$text" ||
		fail "a line in the log: $text" \
			"$(kernel_log | tail -n +$((lines + 1)))"
}

lab_up

STEP='an observer'
load_module role=observer
modprobe x_tables || die 'no x_tables'
refused 'ip_conntrack is not the kernel'\''s tracker here' \
	insmod "${KO%/*}/xt_ip_conntrack.ko"
unload_module

load_module role=provider
load_beside xt_ip_conntrack
for iptables in iptables-legacy iptables-nft; do
	ct=("$iptables" -t raw -A PREROUTING -j CT)
	refused 'CT: --zone is not provided' "${ct[@]}" --zone 5
	refused 'CT: --zone-orig is not provided' "${ct[@]}" --zone-orig 5
	refused 'CT: --zone-reply is not provided' "${ct[@]}" --zone-reply 5
	refused 'CT: --helper is not provided' "${ct[@]}" --helper ftp
	refused 'CT: --ctevents is not provided' "${ct[@]}" --ctevents new
	refused 'CT: --expevents is not provided' "${ct[@]}" --expevents new
	refused 'CT: --timeout is not provided' "${ct[@]}" --timeout policy
	refused 'nf_conntrack is refused' \
		"$iptables" -t nat -A POSTROUTING -j MASQUERADE
	refused 'nf_conntrack is refused' "$iptables" -A FORWARD -p tcp \
		-m connlimit --connlimit-above 3 -j DROP
	expect_true 'what is provided is taken' "${ct[@]}" --notrack
	expect_false 'CT belongs into the table raw' \
		"$iptables" -A FORWARD -j CT --notrack
	expect_true 'and out it goes' "$iptables" -t raw -F
	# the kernel prints ten such lines in five seconds, and no more
	sleep 6
done
no_nf_conntrack

# rules hold the modules, and let them go
expect_true 'a rule' iptables-legacy -A FORWARD -m state --state NEW
expect_false 'a rule uses it' rmmod xt_ip_conntrack
expect_false 'and that uses the tracker' rmmod ip_conntrack
expect_true 'no rule' iptables-legacy -F
unload_beside xt_ip_conntrack
unload_module
no_kernel_complaints
