#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The sysctls: Table 7-2's defaults, both names of each, and bad values
# refused with EINVAL, changing nothing.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

# name, second name or -, default
table='
ip_ct_tcp_timeout_none		ip_conntrack_tcp_timeout_none		1800
ip_ct_tcp_timeout_syn_sent	ip_conntrack_tcp_timeout_syn_sent	120
ip_ct_tcp_timeout_syn_recv	ip_conntrack_tcp_timeout_syn_recv	60
ip_ct_tcp_timeout_established	ip_conntrack_tcp_timeout_established	432000
ip_ct_tcp_timeout_fin_wait	ip_conntrack_tcp_timeout_fin_wait	120
ip_ct_tcp_timeout_close_wait	ip_conntrack_tcp_timeout_close_wait	43200
ip_ct_tcp_timeout_last_ack	ip_conntrack_tcp_timeout_last_ack	30
ip_ct_tcp_timeout_time_wait	ip_conntrack_tcp_timeout_time_wait	120
ip_ct_tcp_timeout_close		ip_conntrack_tcp_timeout_close		10
ip_ct_tcp_timeout_listen	ip_conntrack_tcp_timeout_listen		120
ip_ct_tcp_timeout_max_retrans	ip_conntrack_tcp_timeout_max_retrans	300
ip_ct_tcp_timeout_unacknowledged	ip_conntrack_tcp_timeout_unacknowledged	300
ip_ct_udp_timeout		ip_conntrack_udp_timeout		30
ip_ct_udp_timeout_stream	ip_conntrack_udp_timeout_stream		180
ip_ct_icmp_timeout		ip_conntrack_icmp_timeout		30
ip_ct_generic_timeout		ip_conntrack_generic_timeout		600
ip_ct_udp_timeout_unreplied_max	-					600
ip_conntrack_tcp_loose		-					1
ip_conntrack_tcp_be_liberal	-					0
ip_conntrack_tcp_max_retrans	-					3
ip_conntrack_checksum		-					1
ip_conntrack_drop_invalid	-					0
ip_conntrack_source_max		-					0
ip_conntrack_log_invalid	-					0
'

# read without starting a process
value() { read -r VALUE <"$SYSCTL/$1"; }

refused() {
	local said

	STEP="sysctl $1=$2"
	said=$({ echo "$2" >"$SYSCTL/$1"; } 2>&1)
	[[ $said == *'Invalid argument'* ]] || fail 'Invalid argument' "$said"
	value "$1"
	expect_eq "$VALUE" "$3" 'a refused value changes nothing'
}

while read -r name second default; do
	[ -n "$name" ] || continue
	STEP="insmod, then reading $name"
	value "$name"
	expect_eq "$VALUE" "$default" "default of $name"
	[ "$second" != - ] || continue
	value "$second"
	expect_eq "$VALUE" "$default" "default of $second"
	STEP="writing $second"
	echo 77 >"$SYSCTL/$second"
	value "$name"
	expect_eq "$VALUE" 77 "$second is a second name of $name"
	echo "$default" >"$SYSCTL/$name"
	value "$second"
	expect_eq "$VALUE" "$default" "$name is the first name of $second"
done <<<"$table"

for bad in -1 abc 5x 1.5 4294967296 99999999999999999999; do
	refused ip_ct_udp_timeout "$bad" 30
	refused ip_ct_tcp_timeout_established "$bad" 432000
	refused ip_conntrack_tcp_loose "$bad" 1
done
STEP='a NUL in a value'
said=$({ printf '1\0002\n' >"$SYSCTL/ip_ct_udp_timeout"; } 2>&1)
[[ $said == *'Invalid argument'* ]] || fail 'Invalid argument' "$said"
expect_eq "$(sysctl_get ip_ct_udp_timeout)" 30
# seconds that would overflow a deadline
refused ip_ct_tcp_timeout_established 4294967295 432000
refused ip_conntrack_checksum 2 1

for name in ip_conntrack_count ip_conntrack_buckets; do
	STEP="writing $name"
	expect_eq "$(stat -c %a "$SYSCTL/$name")" 444
	value "$name"
	before=$VALUE
	{ echo 5 >"$SYSCTL/$name"; } 2>/dev/null && fail 'not writable' 'written'
	value "$name"
	expect_eq "$VALUE" "$before"
done
value ip_conntrack_count
expect_eq "$VALUE" 0
play conn
play tcp c S
value ip_conntrack_count
expect_eq "$VALUE" 1 'ip_conntrack_count counts'

unload_module
expect_eq "$(find $SYSCTL -name 'ip_c*' 2>/dev/null)" '' 'the sysctls left with the module'
no_kernel_complaints
