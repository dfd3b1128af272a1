#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
#
# After make install a rule is all that it takes: it loads xt_ip_conntrack,
# which loads ip_conntrack, and nothing of nf_conntrack. After make uninstall
# the same rule loads the kernel's own. The VM's disk forgets it all.

. "$(dirname "$0")/../lib.sh"
. "$LAB_TREE/tests/firewall.sh"

# Of the kernel's modules only those that may be asked for: depmod reads all.
modules=/lib/modules/$(uname -r)
few=$(mktemp -d)
mkdir -p "$few/kernel/net"
cp "$modules"/modules.{order,builtin*} "$few"
cp -r "$modules"/kernel/{lib,crypto} "$few/kernel"
cp -r "$modules"/kernel/net/{netfilter,ipv4,ipv6} "$few/kernel/net"
mount --bind "$few" "$modules" || die 'mount --bind'
trap 'status=$?; umount -l "$modules"; (exit $status); lab_exit' EXIT

# what a build leaves behind for make install
work=$(mktemp -d)
cp -r "$LAB_TREE"/{Makefile,Kbuild,scripts,docs} "$work"
cp "${KO%/*}"/*.ko "$work"
mkdir "$work/build"
uname -r >"$work/build/kernel"
target() { make -s -C "$work" -o modules KREL="$(uname -r)" "$@"; }
loaded() { grep -q "^$1 " /proc/modules; }

lab_up
expect_false 'nothing is loaded' grep -E '^(nf|ip)_conntrack' /proc/modules
STEP='make install'
target install >"$work/log" || die 'make install'
expect_true 'it says so' grep -q 'now load ip_conntrack' "$work/log"
for iptables in iptables-legacy ip6tables-legacy iptables-nft; do
	for rule in '-A FORWARD -m state --state NEW' \
		'-A FORWARD -m conntrack --ctstate NEW' \
		'-t raw -A PREROUTING -j CT --notrack' \
		'-A FORWARD -m connmark --mark 1' \
		'-t mangle -A FORWARD -j CONNMARK --set-mark 1'; do
		# shellcheck disable=SC2086 # a rule as one writes it
		expect_true 'the rule' $iptables $rule
		expect_true 'it has loaded ours' loaded ip_conntrack
		no_nf_conntrack
		for table in filter mangle raw; do
			$iptables -t $table -F
		done
		expect_within 20 'ours, and used no more' rmmod xt_ip_conntrack
		expect_true 'nor is the tracker' rmmod ip_conntrack
	done
done
STEP='make uninstall'
target uninstall || die 'make uninstall'
expect_true 'the rule' iptables-legacy -A FORWARD -m conntrack --ctstate NEW
expect_true "the kernel's" loaded nf_conntrack
expect_false 'not ours' loaded ip_conntrack
iptables-legacy -F
no_kernel_complaints
