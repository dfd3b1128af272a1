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

age_ms() { AGE=$(((${EPOCHREALTIME/./} - born) / 1000)); }

play conn
play udp c
born=${EPOCHREALTIME/./}
late=0
age_ms
while [ $AGE -lt 4800 ]; do
	sleep 0.7
	age_ms
	# a packet after its end would begin another flow
	[ $AGE -lt 5500 ] || break
	play udp c
	read -r _ _ left _ <<<"$(entry)"
	# whole seconds until its sixth, and one for the rounding
	[ "$left" -le $(((7000 - AGE) / 1000)) ] ||
		fail 'an end at the age of 6 s' "$left s left at the age of $AGE ms"
	[ $AGE -le 2500 ] || late=$((late + 1))
done
[ $late -gt 0 ] || fail 'a packet that would have put the end off' 'none in time'
ended() { [ -z "$(entry)" ]; }
expect_within 6 'its time is over' ended
age_ms
[ $AGE -le 8500 ] || fail 'gone at the age of 6 to 7 s' "$AGE ms"

unload_module
no_kernel_complaints
