#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
#
# Settings last: what modprobe.d and sysctl.d say holds when the module is
# loaded, with the examples in docs/settings and the udev rule of "make install",
# and holds again when it is loaded a second time.

. "$(dirname "$0")/../lib.sh"

CONF=$LAB_TREE/docs/settings
STEP='udevd with the rule'

# of the first namespace, as udev and systemd-sysctl are
first() { nsenter --net=/proc/1/ns/net "$@"; }
is() { [ "$(first cat "$SYSCTL/$1")" = "$2" ]; }

# a folder of modules with few: depmod of all of them takes an emulator minutes
KVER=$(uname -r)
dir=/tmp/$SCENARIO/lib/modules/$KVER
mkdir -p "$dir/updates" /etc/udev/rules.d /etc/modprobe.d /etc/sysctl.d
modprobe --show-depends nf_defrag_ipv4 | sed -n 's/^insmod \([^ ]*\).*/\1/p' |
	xargs cp -t "$dir" || die 'no modules'
cp "$KO" "$dir/updates/"
cp "/lib/modules/$KVER"/modules.{builtin,order} "$dir/"
depmod -b "/tmp/$SCENARIO" "$KVER" 2>/dev/null || die 'depmod'
mount --bind "$dir" "/lib/modules/$KVER" || die 'mount'
cp "$LAB_TREE/scripts/deb/ip_conntrack.rules" \
	/etc/udev/rules.d/90-ip_conntrack.rules
cp "$CONF/modprobe.d-ip_conntrack.conf" /etc/modprobe.d/local-ip_conntrack.conf
cp "$CONF/sysctl.d-ip_conntrack.conf" /etc/sysctl.d/local-ip_conntrack.conf
first /lib/systemd/systemd-udevd --debug >"/tmp/$SCENARIO/log" 2>&1 &
trap 'status=$?; udevadm control --exit 2>/dev/null; (exit $status); lab_exit' EXIT
answers() { first udevadm control --ping --timeout=5; }
wait_for 30 answers || die "systemd-udevd does not answer: $(tail "/tmp/$SCENARIO/log")"

for round in first second; do
	STEP="the $round modprobe ip_conntrack"
	first modprobe ip_conntrack || die "modprobe: $(dmesg | tail -n 3)"
	expect_true 'modprobe.d' is ip_conntrack_max 500000
	expect_true 'modprobe.d' is ip_ct_tcp_timeout_established 86400
	expect_within 60 'sysctl.d, by udev' is ip_ct_udp_timeout 45
	expect_within 60 'sysctl.d, by udev' is ip_conntrack_drop_invalid 1
	expect_eq "$(sysctl_get ip_ct_udp_timeout)" 30 \
		'sysctl.d is for the first namespace'
	expect_eq "$(sysctl_get ip_conntrack_max)" 500000 \
		'modprobe.d is for all of them'
	# udev is done with it
	udevadm settle --timeout=60 || die 'udev does not settle'
	rmmod ip_conntrack || die 'rmmod'
done

STEP='a load that udev does not hear of'
udevadm control --exit || die 'udevd does not end'
first modprobe ip_conntrack || die 'modprobe'
expect_true 'the rule did it, and nothing else' is ip_ct_udp_timeout 30
unload_module
umount "/lib/modules/$KVER"
rm -rf "/tmp/$SCENARIO" /etc/udev/rules.d/90-ip_conntrack.rules \
	/etc/{modprobe,sysctl}.d/local-ip_conntrack.conf
no_kernel_complaints
