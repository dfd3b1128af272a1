#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two processors have a direction each of one connection, thousands of packets
# at once, and somebody who looks at all that is remembered of it meanwhile.
# Nothing is INVALID, and in the end everything is remembered: no packet's news
# was lost under another's.
#
# timeout: 120
# kernel: kcsan

. "$(dirname "$0")/../lib.sh"

BENCH=${IP_CONNTRACK_BENCH_KO:-}
STATE=/proc/net/ip_conntrack_state
LOOK=/tmp/look.$$		# there as long as somebody is to look
LEN=100				# bytes in each packet
GROUP=64			# packets that the module pushes in one go
GROUPS_EACH=$((1000 / SLOW / SLOW))

[ -e "$BENCH" ] || die 'IP_CONNTRACK_BENCH_KO names no module'

bench() {
	STEP="/proc/ip_ct_bench: $*"
	{ echo "$*" >/proc/ip_ct_bench; } 2>/dev/null || die 'it was refused'
}

# What is remembered: isn end maxend ack of either side, in decimal
record() {
	awk '$4 == "8001" {
		print $(NF - 10), $(NF - 9), $(NF - 8), $(NF - 6)
		print $(NF - 4), $(NF - 3), $(NF - 2), $NF
	}' $STATE | while read -r -a number; do
		printf '%d ' "${number[@]/#/0x}"
	done
}

# both sides' numbers against what was pushed
expect_record() {
	local isn0 end0 maxend0 ack0 isn1 end1 maxend1 ack1
	local sent=$((2 * GROUPS_EACH * GROUP * LEN)) late=$((2 * GROUP * LEN))

	read -r isn0 end0 maxend0 ack0 isn1 end1 maxend1 ack1 <<<"$(record)"
	expect_eq "$end0" $((isn0 + 1 + sent)) 'the last octet of the client'
	expect_eq "$end1" $((isn1 + 1 + sent)) 'the last octet of the server'
	# what the other pushed last was perhaps not seen yet
	expect_true 'the client has acknowledged what came' \
		[ "$ack0" -ge $((end1 - late)) -a "$ack0" -le "$end1" ]
	expect_true 'the server has acknowledged what came' \
		[ "$ack1" -ge $((end0 - late)) -a "$ack1" -le "$end0" ]
	expect_eq "$maxend1" $((ack0 + (501 << 7))) 'where the client has let it go'
	expect_eq "$maxend0" $((ack1 + (502 << 7))) 'where the server has let it go'
}

insmod "$BENCH" || die 'insmod ip_ct_bench.ko failed'
for role in observer provider; do
	load_module role=$role
	bench forget
	bench push kind=tcp-open flows=2
	before=$(<$REASONS)
	touch $LOOK
	(while [ -e $LOOK ]; do cat $STATE; sleep 0.01; done) >/dev/null &
	bench push kind=tcp-ends one from=1 groups=$GROUPS_EACH cpus=2
	rm $LOOK
	wait $!
	expect_eq "$(<$REASONS)" "$before" "nothing to complain of, $role"
	expect_record
	FOCUS=sport=32769
	expect_entry tcp ESTABLISHED 432000 '[ASSURED]' "$role"
	unload_module
done
rmmod ip_ct_bench || die 'rmmod ip_ct_bench failed'
no_kernel_complaints
