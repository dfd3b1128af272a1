#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
#
# The firewall of docs/firewall-iptables.rules, entered by iptables-nft, lets
# pass what it is to let pass, packet by packet, and just what it lets pass
# under nf_conntrack; real clients and servers get through it as well. What is
# dropped leaves no entry, what is INVALID is logged.

. "$(dirname "$0")/../lib.sh"
. "$LAB_TREE/tests/firewall.sh"
. "$LAB_TREE/tests/firewall-iptables.sh" iptables-nft

lab_up
firewall_ready
firewall_both "$LAB_TREE"/tests/firewall{,-real}.txt
firewall_ours drops_leave_nothing
no_kernel_complaints
