#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Module parameters set what the sysctls begin with, in every namespace; a bad
# one refuses the load with a clear line in the log.
#
# timeout: 300

. "$(dirname "$0")/../lib.sh"

lab_up
load_module ip_ct_udp_timeout=7 ip_conntrack_tcp_timeout_established=1000 \
	ip_conntrack_tcp_loose=0 ip_conntrack_max=5000 hashsize=4096
expect_eq "$(sysctl_get ip_ct_udp_timeout)" 7
expect_eq "$(sysctl_get ip_conntrack_udp_timeout)" 7
expect_eq "$(sysctl_get ip_ct_tcp_timeout_established)" 1000
expect_eq "$(sysctl_get ip_conntrack_tcp_loose)" 0
expect_eq "$(sysctl_get ip_conntrack_max)" 5000
expect_eq "$(sysctl_get ip_conntrack_buckets)" 4096
ip netns add later
expect_eq "$(on later cat $SYSCTL/ip_ct_udp_timeout)" 7 'in a new namespace too'
ip netns del later
play conn
play udp c
expect_entry udp - 7 '[UNREPLIED]'

# whatever can be written is a parameter of the same name, aliases included
declare -A wanted=()
for file in $(find $SYSCTL -name 'ip_c*' -perm -200 | sort); do
	name=${file##*/}
	old=$(sysctl_get "$name")
	wanted[$name]=77
	sysctl_set "$name" 77 || wanted[$name]=$((1 - old))
	sysctl_set "$name" "$old"
done
[ ${#wanted[@]} -ge 40 ] || fail 'at least 40 names' "${!wanted[*]}"
unload_module
parameters=()
for name in "${!wanted[@]}"; do
	parameters+=("$name=${wanted[$name]}")
done
load_module "${parameters[@]}"
for name in "${!wanted[@]}"; do
	STEP="insmod ip_conntrack.ko $name=${wanted[$name]}"
	expect_eq "$(sysctl_get "$name")" "${wanted[$name]}" "$name"
done
unload_module

refused() {
	local lines

	STEP="insmod ip_conntrack.ko $1"
	lines=$(kernel_log | wc -l)
	insmod "$KO" "$1" 2>/dev/null && fail 'the load to be refused' 'it was not'
	[ ! -e $PROC ] || fail 'nothing left behind' "$PROC"
	kernel_log | tail -n +$((lines + 1)) | grep -q "ip_conntrack: .*${1%%=*}" ||
		fail "a line in the log that names ${1%%=*}" \
			"$(kernel_log | tail -n +$((lines + 1)))"
}

refused ip_ct_udp_timeout=-1
refused ip_ct_udp_timeout=abc
refused ip_conntrack_udp_timeout=4294967296
refused ip_ct_tcp_timeout_established=99999999999999999999
refused ip_conntrack_checksum=2
refused hashsize=-5
refused hashsize=many
refused ip_conntrack_max=1e6
for name in "${!wanted[@]}"; do
	# second names are the same rows of the table
	[[ $name == ip_conntrack_*_timeout* ]] || refused "$name=-1"
done

load_module
expect_eq "$(sysctl_get ip_ct_udp_timeout)" 30 'good again'
unload_module
no_kernel_complaints
