#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Nothing malformed makes an entry: it is counted under the reason's name.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

refused() {
	local reason=$1

	shift
	play conn
	expect_counted "$reason" play "$@"
	expect_eq "$(entry)" '' "$reason makes no entry"
}

refused short_tcp tcp c S iplen=30 cut=30
refused bad_tcp_doff tcp c S doff=4
refused bad_tcp_doff tcp c S doff=15
refused bad_tcp_option tcp c S opts=02000000
refused bad_tcp_option tcp c S opts=02280000
refused bad_tcp_flags tcp c SF
refused bad_tcp_flags tcp c SR
refused bad_tcp_flags tcp c -
refused bad_tcp_flags tcp c FUP
refused bad_tcp_checksum tcp c S badsum
refused short_udp udp c iplen=24 cut=24
refused bad_udp_len udp c ulen=7
refused bad_udp_len udp c ulen=100
refused bad_udp_checksum udp c badsum
refused short_icmp icmp c 8 iplen=24 cut=24
refused bad_icmp_type icmp c 8 code=1
refused bad_icmp_checksum icmp c 8 badsum

# these the stack drops before any hook
play conn
play tcp c S ihl=4 lost
play tcp c S ipver=5 lost
play tcp c S iplen=200 lost
play tcp c S badipsum lost
expect_lines 0 . 'not one of them is an entry'

# and these are right
play conn
play udp c nosum
expect_entry udp - 30 '[UNREPLIED]' 'UDP may go without a checksum'
play conn
play tcp c S pad=18
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'what Ethernet pads is no part of the packet'
play conn
play tcp c S opts=020405b40402080a000000010000000001030307
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'the usual options'

# malformed packets of a connection that lives do not move it
handshake
play tcp c FA badsum seq=+0
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
play tcp c R badsum
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
play tcp c SFR seq=+0
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'

unload_module
no_kernel_complaints
