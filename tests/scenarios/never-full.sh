#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Floods of ten times ip_conntrack_max: no active established flow is lost,
# 99 of 100 honest new connections complete, though the flood goes on between
# their packets, and the limit holds.
#
# timeout: 400

. "$(dirname "$0")/../lib.sh"

MAX=400 ACTIVE=30

# flood KIND: and what became of the others
flood() {
	local kind=$1 report active opened complete port

	STEP="a flood of $((10 * MAX)) $kind"
	load_module ip_conntrack_max=$MAX ip_conntrack_checksum=0
	report=$("$LAB_TREE/tests/flood.py" "$kind" $((10 * MAX)) $ACTIVE 2>"$log") ||
		die "flood.py $kind failed: $(tail -n 3 "$log")"
	active=$(sed -n 's/^active //p' <<<"$report")
	read -r _ opened complete < <(grep '^honest ' <<<"$report")
	say "$kind: $complete of $opened honest connections complete, $(counter early_drop) gave way, $(counter table_full) refused"
	[ "$(sysctl_get ip_conntrack_count)" -le $MAX ] ||
		fail "at most $MAX flows" "$(sysctl_get ip_conntrack_count)"
	[ "$(counter early_drop)" -ge $((8 * MAX)) ] ||
		fail 'a flood that needed room' "$(counter early_drop) gave way"
	for port in $active; do
		[ "$(lines "ESTABLISHED src=$C dst=$S sport=$port .*\[ASSURED\]")" = 1 ] ||
			fail "the active established flow from port $port" \
				"$(grep "=$port " "$PROC"; grep -v ' 0$' "$REASONS")" \
				'it is no victim'
	done
	[ "$complete" -ge $((opened * 99 / 100)) ] ||
		fail "99% of $opened honest connections complete" "$complete
$(head -n 20 "$log"; grep -v ' 0$' "$REASONS")"
	unload_module
}

log=$(mktemp)
lab_up
ip route add 11.0.0.0/8 via 10.0.1.100 dev eth1
flood syn
flood udp
flood handshakes
rm -f "$log"

no_kernel_complaints
