#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What other scenarios show of the provider is true of an observer that is
# alone in the kernel: these are run again with role=observer.
#
# timeout: 400

# shellcheck disable=SC2043 # a list that may grow
scenarios=(tcp-handshake tcp-close tcp-rst udp-lines icmp-and-others
	fragments malformed
	loopback-once bridge-once checksum-switch namespaces-apart)

cd "$(dirname "$0")" || exit 2
failed=0
for name in "${scenarios[@]}"; do
	if ! out=$(LAB_ROLE=observer bash "$name.sh" 2>&1); then
		printf '    as observer: %s\n%s\n' "$name" "$out"
		failed=1
	fi
	ip netns del fw
	! grep -q '^ip_conntrack ' /proc/modules || rmmod ip_conntrack || exit 1
done
exit $failed
