#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
# kernel: kasan kcsan
# attack: namespaces come and go under a hostile flood
#
# Hundreds of namespaces come, have flows and go, two at a time, while packets
# pass the firewall: its flows stay, those of the others go with them.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=${IP_CONNTRACK_NAMESPACES:-300}

lab_up
load_module
leaks_begin
handshake
flood() { on_client "$TOOLS/flood" eth0 02:00:00:00:01:01 "$CLIENT" "$SERVER" 100000000 "$1" >/dev/null; }
job flood 7

STEP="$COUNT namespaces"
expect_true 'all of them lived' "$TOOLS/manyns" "$COUNT" 2
say "$COUNT namespaces, $SECONDS s"
jobs_end
expect_line "ESTABLISHED .*$FOCUS.*\[ASSURED\]" 'it has nothing to do with them'

# they are gone when the work that ends them is done, but for what each CPU has
# at hand for the next; the three of the lab have met the flood, and keep one
# each
STEP='ip_conntrack_max=1 in the three namespaces of the lab'
for ns in client server; do
	on "$ns" sh -c "echo 1 >$SYSCTL/ip_conntrack_max" || die "$ns"
done
sysctl_set ip_conntrack_max 1
only() { [ "$(live_flows)" -le $((64 + 3)) ]; }
wait_for 30 only || fail 'no flow is left of them: at most 67' "$(live_flows)"
unload_module
expect_eq "$(live_flows)" 0
no_leaks
no_kernel_complaints
tried "$COUNT namespaces"
