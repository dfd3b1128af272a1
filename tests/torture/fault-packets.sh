#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# kernel: kasan
# attack: allocations fail under packets, a growing table, listings, settings, requests of netlink
#
# Allocations fail under packets, a growing table, listings, settings and
# requests of netlink: packets pass, the cause is counted, a request is done or
# it is not, and afterwards all is as before.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

lab_up
load_module ip_conntrack_source_max=100000
faults_allowed
leaks_begin

in_turn 'two packets sent from here' send 10.0.1.1 "$CLIENT"

# a CPU takes many flows from the cache at once, and one if that fails
STEP='nine of ten allocations for packets fail'
play listen real server "$SERVER" 80
before=$(counter no_memory)
faults_in_module 90 1
play flood c udp 2000 sport=2000
play flood c syn 2000 sport=2000
play connect real client "$SERVER" 80
for i in 1 2 3; do
	play send real.c 20000
	play send real.s 20000
done
play close real.c
faults_end
refused=$(($(counter no_memory) - before))
say "$refused packets were not tracked for want of memory"
[ $refused -ge 500 ] || fail 'at least 500 counted' "$refused"
# all packets arrived: the player has seen each of them at the other side

STEP='half of the allocations for a growing table fail'
size=$(sysctl_get ip_conntrack_buckets)
faults_in_module 50 3
for i in 1 2 3 4 5; do
	play flood c udp 2000 sport=$((10000 + i * 2000))
done
faults_end
flows=$(sysctl_get ip_conntrack_count)
say "$flows flows in $(sysctl_get ip_conntrack_buckets) buckets, $size before"
play flood c udp 100 sport=30000
grown() {
	[ "$(sysctl_get ip_conntrack_buckets)" -ge \
		"$(($(sysctl_get ip_conntrack_count) / 2))" ]
}
expect_within 20 'without faults it grows' grown

for file in $PROC $REASONS $STAT $SYSCTL/ip_conntrack_count; do
	in_turn "reading ${file##*/}" read "$file"
done
in_turn 'writing a setting' write "$SYSCTL/ip_ct_udp_timeout" 60
expect_eq "$(sysctl_get ip_ct_udp_timeout)" 60

# the lab's flows would take a listing long
sysctl_set ip_conntrack_max 200
load_beside ip_conntrack_netlink
message() { "$LAB_TREE/tests/ctnl.py" message "$1" "$CLIENT" "$SERVER" 7 7; }
conn="src=$CLIENT dst=$SERVER sport=7 dport=7 "
new=$(message new) delete=$(message delete)
heard=$(mktemp)
# each change has somebody to tell of, for whom memory may be wanting too
job conntrack -E -b 4000000 >"$heard" 2>&1
for what in list zero stats all-stats; do
	in_turn "a request to $what" request "$(message $what)"
done
in_turn 'a request for a connection' request "$(message get)" "$new"
expect_lines 1 "$conn" 'what was made before each is there'
in_turn 'a request to change a connection' request "$(message change)"
expect_lines 1 "$conn.*mark=7 " 'in the end it is changed'
in_turn 'a request to delete a connection' request "$delete" "$new"
expect_no_line "$conn" 'in the end it is deleted'
in_turn 'a request to make a connection' request "$new" "$delete" "$delete"
expect_no_line "$conn" 'and can be deleted, whatever had failed'
[ "$(grep -c 'NEW' "$heard")" -ge 20 ] ||
	fail 'events of those that were made' "$(tail -n 3 "$heard")"
jobs_end
netlink_gone() { rmmod ip_conntrack_netlink; }
expect_within 20 'rmmod ip_conntrack_netlink' netlink_gone
sysctl_set ip_conntrack_max 60000

STEP='a tenth of the allocations fails while all goes on at once'
faults_in_module 10 1
sysctl_set ip_ct_udp_timeout 1
for i in 1 2 3 4 5; do
	play flood c udp 1000 sport=$((40000 + i * 1000))
	cat $PROC >/dev/null 2>&1
	unshare -n true 2>/dev/null
done
faults_end

handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'as before'
unload_module
expect_eq "$(live_flows)" 0 'no flow outlives the module'
no_leaks
no_kernel_complaints
tried "$refused packets without memory, $total allocations in turn"
