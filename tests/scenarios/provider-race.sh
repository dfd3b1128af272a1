#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
#
# nf_conntrack is being loaded: it has been let in, has no name in sysfs yet and
# has not taken the place of the kernel's tracker. Who comes in that moment
# waits for the outcome, and is an observer.

. "$(dirname "$0")/../lib.sh"

ROLE=/sys/module/ip_conntrack/parameters/role
KO_DIR=$(mktemp -d)	# in memory: each is read again and again

is_there() { grep -q '^nf_conntrack ' /proc/modules; }
waited() {
	kernel_log | tail -n 3 |
		grep -q 'waiting for nf_conntrack, which is being loaded'
}

lab_up
modprobe -a nf_defrag_ipv4 nf_defrag_ipv6 libcrc32c || die 'modprobe'
stock=$(modinfo -n nf_conntrack) || die 'no nf_conntrack'
cp "$KO" "$KO_DIR/ip_conntrack.ko" || die 'no module'
cp "$stock" "$KO_DIR/nf_conntrack.ko" || die 'no nf_conntrack'
KO=$KO_DIR/ip_conntrack.ko

# parameters are read in between, here very many of them
some=$(printf 'acct=0 %.0s' {1..16000})
met=0
for ((i = 0; i < 10 && !met; i++)); do
	STEP="nf_conntrack is being loaded, try $i"
	insmod "$KO_DIR/nf_conntrack.ko" "$some" "$some" "$some" "$some" \
		"$some" "$some" "$some" "$some" "$some" "$some" &
	other=$!
	for ((n = 0; n < 5000; n++)); do ! is_there || break; done
	[ -e /sys/module/nf_conntrack ] || met=1
	load_module
	wait $other || die 'nf_conntrack did not come'
	expect_eq "$(<$ROLE)" observer 'nf_conntrack had been let in'
	[ $met = 0 ] || waited || met=0
	rmmod ip_conntrack || die 'rmmod ip_conntrack'
	rmmod nf_conntrack || die 'rmmod nf_conntrack'
done
[ $met = 1 ] || fail 'to meet nf_conntrack on its way in' "not in $i tries"
rm -rf "$KO_DIR"
no_kernel_complaints
