#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip_conntrack_tcp_be_liberal tolerates a segment outside the windows, but no
# RST there. ip_conntrack_tcp_max_retrans and the time-outs of flows that are
# stuck: who repeats himself and hears nothing has less time.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

# --- be_liberal

handshake
expect_counted seq_above_window play tcp c PA seq=+90000000 len=10
expect_counted seq_below_window play tcp s PA seq=-90000000 len=10
expect_counted ack_above play tcp c A ack=+90000000
expect_counted ack_too_old play tcp c A ack=-90000000
sysctl_set ip_conntrack_drop_invalid 1
expect_counted seq_above_window play tcp c PA seq=+90000000 len=10 lost

# outside FLAGS OPTIONS...: no reason to complain of it
outside() {
	local before after

	before=$(cat $REASONS)
	play tcp "$@"
	after=$(cat $REASONS)
	expect_eq "$after" "$before" 'tolerated'
	expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
}

sysctl_set ip_conntrack_tcp_be_liberal 1
expect_counted seq_above_window play tcp c R seq=+90000000 lost
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'a RST is bound all the same'
expect_counted seq_below_window play tcp s RA seq=-70000 lost
expect_counted rst_not_exact play tcp s RA seq=+1
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'nor by one that is not exact'
outside c PA seq=+90000000 len=10
expect_counted seq_above_window play tcp c R seq=+180000000 lost
outside s PA seq=-90000000 len=10
outside c A ack=+90000000
outside c A ack=-90000000
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'and it lives'

# back to strict: the flow goes on from where it is
handshake
outside c PA seq=+90000000 len=10
sysctl_set ip_conntrack_tcp_be_liberal 0
outside s A ack=+90000010
outside c PA seq=+90000010 len=10
expect_counted seq_above_window play tcp c PA seq=+190000000 len=10 lost
sysctl_set ip_conntrack_drop_invalid 0

# --- max_retrans

handshake
play tcp c PA len=100
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'data that merely wait'
sysctl_set ip_ct_tcp_timeout_unacknowledged 1000
sysctl_set ip_ct_tcp_timeout_max_retrans 200
play tcp c PA seq=-100 len=100
expect_entry tcp ESTABLISHED 1000 '[ASSURED]' 'sent again, not acknowledged'
play tcp c PA seq=-100 len=100
expect_entry tcp ESTABLISHED 1000 '[ASSURED]' 'twice'
play tcp c PA seq=-100 len=100
expect_entry tcp ESTABLISHED 200 '[ASSURED]' 'three times: ip_conntrack_tcp_max_retrans'
play tcp s A
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'an answer'
play tcp c PA len=100
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'new data begin from the start'

sysctl_set ip_conntrack_tcp_max_retrans 1
play tcp c PA seq=-100 len=100
expect_entry tcp ESTABLISHED 200 '[ASSURED]' 'one is enough'
sysctl_set ip_conntrack_tcp_max_retrans 5
play tcp c PA seq=-100 len=100
expect_entry tcp ESTABLISHED 1000 '[ASSURED]' 'two are not'
play tcp s A

# the lower of the time-outs counts: a state's own may be lower still
sysctl_set ip_ct_tcp_timeout_unacknowledged 150
play tcp s PA len=100
play tcp s PA seq=-100 len=100
expect_entry tcp ESTABLISHED 150 '[ASSURED]' 'the server repeats itself'
sysctl_set ip_ct_tcp_timeout_established 90
play tcp s PA seq=-100 len=100
expect_entry tcp ESTABLISHED 90 '[ASSURED]' 'never longer than the state has'
play tcp c A
sysctl_set ip_ct_tcp_timeout_established 432000

# a keepalive repeats itself too, with nothing to be acknowledged
sysctl_set ip_conntrack_tcp_max_retrans 3
play tcp c A seq=-1
play tcp c A seq=-1
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'keepalives'
play tcp c A seq=-1
expect_entry tcp ESTABLISHED 200 '[ASSURED]' 'that nobody answers'
play tcp s A
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'somebody does'

gone() { [ "$(lines "$1")" = 0 ]; }

# only stuck flows die of it
sysctl_set ip_ct_tcp_timeout_max_retrans 2
sysctl_set ip_conntrack_tcp_max_retrans 2
stuck=$SPORT
play tcp c PA len=10
play tcp c PA seq=-10 len=10
play tcp c PA seq=-10 len=10
handshake
play tcp c PA len=10
expect_within 15 'gone after ip_ct_tcp_timeout_max_retrans' gone "sport=$stuck "
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'the other flow'

unload_module
no_kernel_complaints
