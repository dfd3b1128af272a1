#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# Nothing is lost while who listens keeps up: twenty thousand connections, at
# 10,000 a second (as far as the emulator goes; the rate reached is told), are
# twenty thousand NEW and, when their time is over, twenty thousand DESTROY.
# Who does not read is told so, with ENOBUFS.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

COUNT=20000

lab_up
build many
many=$BUILT
build ctprog -lnetfilter_conntrack -lnfnetlink
ctprog=$BUILT
netlink_up ip_conntrack_max=200000
on_server ip addr add "$S/24" dev eth0
sysctl_set ip_conntrack_checksum 0
sysctl_set ip_ct_udp_timeout 20

empty() { [ "$(conntrack -C)" = 0 ]; }

# hear: stops the listener; HEARD is what it has counted
hear() {
	silence
	HEARD=$(tail -n 1 "$EVENTS")
}

# as fast as asked, in one go, nobody answers
listen "$ctprog" watch nud 60000000
STEP="tests/many.c $COUNT at 10,000 a second"
out=$(on_client "$many" 10.0.2.77 1000 $COUNT 10000) || fail 'datagrams' "$out"
ms=${out#* in }
ms=${ms% ms}
say "$COUNT connections in $ms ms: $((COUNT * 1000 / ms)) a second"
expect_eq "$(lines)" $COUNT 'each of them is a connection'
expect_within 60 'their time is over' empty
hear
expect_eq "$HEARD" "new $COUNT update 0 destroy $COUNT lost 0"

# a listener with a small buffer that does not read for a while
listen "$ctprog" watch nud 1000 4
STEP='a listener that sleeps'
on_client "$many" 10.0.2.77 1000 5000 0 >/dev/null
expect_eq "$(lines)" 5000 'that does not hold up connections'
sleep 4
STEP='it has woken up'
on_client "$many" 10.0.2.77 40000 16 0 >/dev/null
sleep 1
hear
say "$HEARD"
[[ $HEARD =~ ^new\ ([0-9]+)\ update\ 0\ destroy\ 0\ lost\ ([0-9]+)$ ]] ||
	fail 'new and lost events' "$HEARD"
[ "${BASH_REMATCH[2]}" -ge 1 ] || fail 'ENOBUFS' "$HEARD"
[ "${BASH_REMATCH[1]}" -lt 5016 ] || fail 'fewer than all' "$HEARD"

netlink_down
no_kernel_complaints
rm -f "$many" "$ctprog"
