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
	local kind=$1 report active opened complete port most

	STEP="a flood of $((10 * MAX)) $kind"
	load_module ip_conntrack_max=$MAX ip_conntrack_checksum=0
	report=$("$LAB_TREE/tests/flood.py" "$kind" $((10 * MAX)) $ACTIVE 2>"$log") ||
		die "flood.py $kind failed: $(tail -n 3 "$log")"
	active=$(sed -n 's/^active //p' <<<"$report")
	most=$(sed -n 's/^most //p' <<<"$report")
	read -r _ opened complete < <(grep '^honest ' <<<"$report")
	say "$kind: $complete of $opened honest connections complete, $(counter early_drop) gave way, $(counter table_full) refused"
	[ "$most" -le $MAX ] || fail "at most $MAX flows" "$most"
	[ "$most" -ge $((MAX * 9 / 10)) ] || fail 'a table that was full' "$most"
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

# completed handshakes of one address: here its share, not the table, is full
STEP='one source with more than its share'
load_module ip_conntrack_max=$MAX ip_conntrack_source_max=50 ip_conntrack_checksum=0
handshakes() {
	local port

	for port in $(seq "$2" "$3"); do
		play conn sport="$port"
		play tcp c S src="$1"
		play tcp s SA dst="$1"
		play tcp c A src="$1"
	done
}
handshakes 11.0.0.1 20001 20080
expect_lines 50 'ESTABLISHED src=11.0.0.1 .*\[ASSURED\]' 'its share'
expect_eq "$(counter early_drop)" 0 'nobody gave way'
[ "$(counter source_full)" -ge 30 ] ||
	fail 'source_full to count the others' "$(counter source_full)"
handshakes 11.0.0.2 20001 20010
expect_lines 10 'ESTABLISHED src=11.0.0.2 .*\[ASSURED\]' "another's share"
expect_true 'it can be switched off' sysctl_set ip_conntrack_source_max 0
handshakes 11.0.0.1 20101 20110
expect_lines 60 'ESTABLISHED src=11.0.0.1 .*\[ASSURED\]' 'no share, no end'
unload_module

no_kernel_complaints
