#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
# accel: single
#
# perf, trace-cmd and bpftrace, as Debian has them, read the tracepoints: the
# names that they print come from the events' formats, not from this kernel.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || :
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null || :
work=$(mktemp -d)
# other namespaces have trackers of their own, which see the packets too
NETNS=$(stat -L -c %i /proc/self/ns/net)
number=0

# a life of a connection, two packets that are none of it, and the next one
life() {
	play conn sport="$1"
	play tcp c S
	play tcp s SA
	play tcp c A
	play tcp c A seq=+90000000 len=10
	play tcp s FA
	play tcp c RA
	play ip c 17 len=4
	play tcp c S
}

# traced COMMAND...: runs the tool, which runs its last argument once it
# listens; that waits until the life of a connection is over
traced() {
	local tool

	number=$((number + 1))
	rm -f "$work/ready" "$work/over"
	STEP="$*"
	"$@" >"$work/said" 2>&1 &
	tool=$!
	wait_for 200 test -e "$work/ready" ||
		fail 'the tool to listen' "$(tail -n 5 "$work/said")"
	life $((43000 + number))
	touch "$work/over"
	wait "$tool" || fail 'the tool to succeed' "status $?
$(tail -n 5 "$work/said")"
	STEP="$*"
}

cat >"$work/meanwhile" <<END
#!/bin/bash
touch $work/ready
for ((i = 0; i < 3000; i++)); do
	[ ! -e $work/over ] || exit 0
	sleep 0.1
done
exit 1
END
chmod +x "$work/meanwhile"

# reads FILE COUNT REGEX: so many lines of it
reads() {
	expect_eq "$(grep -E " netns=$NETNS\$" "$1" | grep -cE -- "$3")" "$2" "lines with: $3
$(grep -E "ip_ct_|^(new|state|reason|destroy) " "$1" | tail -n 20)"
}

# the text that the kernel itself would print
reads_as_the_kernel() {
	local text=$1 ends="src=$C dst=$S sport=$2 dport=80"

	expect_eq "$(grep -c 'FAILED TO PARSE' "$text")" 0 'formats are read'
	reads "$text" 2 "ip_ct_new: .* proto=6 $ends state=SYN_SENT status=0x[0-9a-f]+ seconds=1(20|1[0-9])"
	reads "$text" 1 "ip_ct_state: .* $ends dir=reply from=SYN_SENT to=SYN_RECV"
	reads "$text" 1 "ip_ct_state: .* $ends dir=original from=SYN_RECV to=ESTABLISHED"
	reads "$text" 1 "ip_ct_state: .* $ends dir=reply from=ESTABLISHED to=FIN_WAIT"
	reads "$text" 1 "ip_ct_state: .* $ends dir=original from=FIN_WAIT to=CLOSE"
	reads "$text" 1 "ip_ct_destroy: .* proto=6 $ends state=CLOSE "
	reads "$text" 1 "ip_ct_reason: +reason=seq_above_window proto=6 $ends dir=original state=ESTABLISHED flags=0x10 seq=91000001 end=91000011 ack=2000001 win=[0-9]+ seq_low=[0-9]+ seq_high=1[0-9]{6} ack_low=[0-9]+ ack_high=2000001"
	reads "$text" 1 "ip_ct_reason: +reason=short_udp proto=17 src=$C dst=$S sport=0 dport=0 dir=- state=- "
}

traced trace-cmd record -q -e ip_conntrack -o "$work/trace.dat" "$work/meanwhile"
trace-cmd report -q -i "$work/trace.dat" >"$work/text" 2>&1 ||
	fail 'trace-cmd report' "$(tail -n 5 "$work/text")"
reads_as_the_kernel "$work/text" 43001

traced perf record -q -B -N -a -e 'ip_conntrack:*' -o "$work/perf.data" -- "$work/meanwhile"
perf script -i "$work/perf.data" >"$work/text" 2>&1 ||
	fail 'perf script' "$(tail -n 5 "$work/text")"
reads_as_the_kernel "$work/text" 43002

traced bpftrace -c "$BASH $work/meanwhile" -e '
	tracepoint:ip_conntrack:ip_ct_new {
		printf("new %s %d netns=%u\n", ntop(args->src), args->sport,
		       args->netns); }
	tracepoint:ip_conntrack:ip_ct_state {
		printf("state %d from %d to %d netns=%u\n", args->sport,
		       args->from, args->to, args->netns); }
	tracepoint:ip_conntrack:ip_ct_destroy {
		printf("destroy %d netns=%u\n", args->sport, args->netns); }
	tracepoint:ip_conntrack:ip_ct_reason {
		printf("reason %d, %d seq %u end %u beyond %u netns=%u\n",
		       args->reason, args->sport, args->seq, args->end,
		       args->seq_high, args->netns); }'
reads "$work/said" 2 "^new $C 43003 "
reads "$work/said" 1 '^state 43003 from 1 to 2 '
reads "$work/said" 1 '^state 43003 from 2 to 3 '
reads "$work/said" 1 '^destroy 43003 '
reads "$work/said" 1 '^reason [0-9]+, 43003 seq 91000001 end 91000011 beyond 1[0-9]{6} '
rm -rf "$work"

unload_module
no_kernel_complaints
