#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# Only one module can answer conntrack(8). Beside nf_conntrack_netlink ours is
# refused with a line that says so, and leaves nothing behind; while ours is
# there, that one is. As observer ours answers too.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

netlink=${KO%/*}/ip_conntrack_netlink.ko
lab_up

# the observer beside nf_conntrack and its netlink
modprobe nf_conntrack_netlink || die 'no nf_conntrack_netlink'
load_module
STEP='insmod beside nf_conntrack_netlink'
out=$(insmod "$netlink" 2>&1) && fail 'it is refused' 'it was loaded'
[[ $out == *'busy'* ]] || fail 'EBUSY' "$out"
kernel_log | grep -q 'ip_conntrack_netlink: .*nf_conntrack_netlink.*unload it first' ||
	fail 'a line that says why' "$(kernel_log | tail -n 3)"
expect_eq "$(conntrack -L 2>/dev/null | wc -l)" 0 'the other one answers'
modprobe -r nf_conntrack_netlink || die 'nf_conntrack_netlink is in use'

# without that one: the observer answers
load_beside ip_conntrack_netlink
handshake dport=443
play conn dport=53
play udp c
STEP='conntrack(8) on the observer'
expect_eq "$(lines)" 2
expect_same 'it shows what the observer knows'
conntrack -U -p udp -m 3 >/dev/null 2>&1
expect_line '^udp .* mark=3 '
conntrack -D -p udp >/dev/null 2>&1
expect_no_line ^udp
expect_false 'nf_conntrack_netlink is refused now' modprobe nf_conntrack_netlink
listen conntrack -E
handshake dport=80
expect_events 1 '\[NEW\] tcp .*dport=80 '
silence
expect_true 'rmmod' rmmod ip_conntrack_netlink
unload_module
modprobe -r nf_conntrack || die 'nf_conntrack is in use'

# the provider, asked to be an observer: nothing else is there
netlink_up role=observer
handshake dport=443
expect_same 'an observer alone'
netlink_down

# as provider: nothing of nf_conntrack gets in, by any door
netlink_up role=provider
handshake dport=443
expect_false 'nf_conntrack_netlink is refused' modprobe nf_conntrack_netlink
no_stock
expect_same 'the provider'
netlink_down
no_kernel_complaints
