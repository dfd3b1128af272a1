#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A UDP flow that nobody answers is not kept alive for ever by its sender:
# ip_ct_udp_timeout_unreplied_max ends it.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module
sysctl_set ip_ct_udp_timeout 4
sysctl_set ip_ct_udp_timeout_unreplied_max 6

play conn
play udp c
born=${EPOCHREALTIME/./}
for _ in 1 2 3 4 5; do
	sleep 1
	play udp c
	read -r _ _ left _ <<<"$(entry)"
	age=$(((${EPOCHREALTIME/./} - born) / 1000))
	[ "$age" -lt 5900 ] || break
	# whole seconds until its sixth, and one for the rounding
	[ "$left" -le $(((7000 - age) / 1000)) ] ||
		fail 'an end at the age of 6 s' "$left s left at the age of $age ms"
done
ended() { [ -z "$(entry)" ]; }
expect_within 4 'its time is over' ended
age=$(((${EPOCHREALTIME/./} - born) / 1000))
[ "$age" -le 8500 ] || fail 'gone at the age of 6 to 7 s' "$age ms"

unload_module
no_kernel_complaints
