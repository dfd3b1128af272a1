# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # for firewall.sh
#
# The firewall of docs, by iptables; sourced after firewall.sh with the name of
# the iptables as argument: iptables-legacy or iptables-nft.

IPTABLES=$1
BESIDE=xt_ip_conntrack

rules_up() {
	STEP="$IPTABLES-restore docs/firewall-iptables.rules"
	"$IPTABLES-restore" "$LAB_TREE/docs/firewall-iptables.rules" ||
		die "$IPTABLES-restore: $(dmesg | tail -n 3)"
}

rules_down() {
	STEP="$IPTABLES-restore, an empty table"
	"$IPTABLES-restore" <<-'END' || die "$IPTABLES-restore"
	*filter
	:INPUT ACCEPT [0:0]
	:FORWARD ACCEPT [0:0]
	:OUTPUT ACCEPT [0:0]
	COMMIT
	END
}

drops_leave_nothing() {
	play flood s syn 500 dport=81
	expect_no_line 'dport=81 ' 'the rules dropped it'
	play tcp s A lost
	expect_true 'INVALID packets are logged' \
		grep -q 'INVALID IN=eth' <(kernel_log)
}
