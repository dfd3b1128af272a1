#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# With what "make install" puts into modprobe.d, a rule of nft loads
# ip_conntrack and what goes with it, and nothing of nf_conntrack, be it the
# first rule or one that is refused. Without that file it is the other way
# round.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

KVER=$(uname -r)
SMALL=/tmp/modules.$$
CONF=/etc/modprobe.d/ip_conntrack.conf

# A folder of modules with only those in question: depmod of all of them takes
# an emulator minutes.
install_modules() {
	local dir=$SMALL/lib/modules/$KVER

	mkdir -p "$dir/updates" /etc/modprobe.d
	modprobe --show-depends -a nft_ct nft_connlimit nft_masq nft_chain_nat \
		nf_flow_table_inet | sed -n 's/^insmod \([^ ]*\).*/\1/p' |
		sort -u | xargs cp -t "$dir" || die 'no modules'
	cp "${KO%/*}"/*.ko "$dir/updates/"
	cp "/lib/modules/$KVER"/modules.{builtin,order} "$dir/"
	depmod -b "$SMALL" "$KVER" 2>/dev/null || die 'depmod'
	mount --bind "$dir" "/lib/modules/$KVER" || die 'mount'
}

# only_ours: who has been loaded
only_ours() {
	expect_true 'ours are there' grep -q '^nft_ip_conntrack ' /proc/modules
	expect_eq "$(cat /sys/module/ip_conntrack/parameters/role)" provider
	no_stock_modules
}

all_out() {
	nft flush ruleset
	expect_within 20 'no rule asks' rmmod nft_ip_conntrack
	unload_module
}

lab_up
install_modules
cp "$LAB_TREE/scripts/modprobe.conf" $CONF

rules <<'END'
table inet first {
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established accept
		tcp dport 80 ct state new ct count over 100 drop
		tcp dport 80 ct state new accept
	}
}
END
only_ours
handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
all_out

for rule in 'chain c { type nat hook postrouting priority 100; }' \
	'chain c { masquerade; }' \
	'flowtable f { hook ingress priority 0; devices = { eth1 }; }' \
	'ct helper h { type "ftp" protocol tcp; }'; do
	STEP="nft: $rule"
	dmesg -C
	expect_false 'it is refused' nft -f - <<<"table ip t { $rule; }"
	expect_true 'and named' grep -q 'ip_conntrack does not provide' <(dmesg)
	only_ours
	all_out
done

rm $CONF
rules <<'END'
table ip theirs {
	chain forward {
		type filter hook forward priority 0;
		ct state established accept
	}
}
END
expect_true 'without the file the rules are theirs' grep -q '^nft_ct ' /proc/modules
expect_false 'and ours stay out' grep -q '^ip_conntrack ' /proc/modules
nft flush ruleset
stock_out
umount "/lib/modules/$KVER"
rm -rf "$SMALL"
no_kernel_complaints
