#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# Requests that are malformed, about what is not there, or for what is not
# provided are refused, each with its own error, and change nothing
# (tests/ctnl.py has the list). Then three seconds of messages with broken
# insides.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

lab_up
netlink_up

handshake dport=443
before=$(plain <$PROC)

STEP='tests/ctnl.py wrong'
out=$("$LAB_TREE/tests/ctnl.py" wrong "$C" "$S" "$SPORT" 443 2>&1) ||
	fail 'all of them refused' "$out"
say "$out"
expect_eq "$(plain <$PROC)" "$before" 'they changed nothing'

STEP='tests/ctnl.py fuzz'
out=$("$LAB_TREE/tests/ctnl.py" fuzz 3 20241 2>&1) || fail 'answers' "$out"
say "$out"
expect_line "sport=$SPORT " 'none of them named this connection'

netlink_down
no_kernel_complaints
