#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# accel: single
#
# Every INVALID packet has a reason, and it reaches people on every way there
# is: the counters, the classic columns, the log, the tracepoints.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || :
T=/sys/kernel/tracing
[ -d $T/events/ip_conntrack ] || die 'no tracepoints of ip_conntrack'
# other namespaces have trackers of their own, which see the packets too
NETNS=$(stat -L -c %i /proc/self/ns/net)
traced() { grep -E -- " netns=$NETNS\$" $T/trace | grep -cE -- "$1"; }
echo 1 >$T/events/ip_conntrack/enable
sysctl_set ip_conntrack_log_invalid 6

# a life, in events
play conn sport=42000
play tcp c S
play tcp s SA
play tcp c A
expect_eq "$(traced 'ip_ct_new: .*proto=6 .*sport=42000 dport=80')" 1 'a flow enters'
expect_eq "$(traced 'ip_ct_state: .*sport=42000 .*dir=reply from=SYN_SENT to=SYN_RECV')" 1
expect_eq "$(traced 'ip_ct_state: .*dir=original from=SYN_RECV to=ESTABLISHED')" 1

# out of window: counted, traced with what it broke, logged
expect_counted seq_above_window play tcp c A seq=+90000000 len=10
expect_eq "$(traced 'ip_ct_reason: reason=seq_above_window proto=6 .*sport=42000 .*dir=original state=ESTABLISHED flags=0x10 .*seq_high=[1-9]')" 1
expect_eq "$(kernel_log | grep -cE 'ip_conntrack: INVALID tcp 10.0.1.100:42000 > 10.0.2.100:80 ACK seq=[0-9]+ .* in ESTABLISHED, original direction, end may be [0-9]+ to [0-9]+, ack may be [0-9]+ to [0-9]+: seq_above_window')" 1 'a line for people'

# what has no flow, or no good header
expect_counted bad_tcp_flags play tcp c SF seq=+0
expect_eq "$(traced 'ip_ct_reason: reason=bad_tcp_flags .*sport=42000 dport=80 .*flags=0x03')" 1
expect_counted short_udp play ip c 17 len=4
expect_eq "$(traced 'ip_ct_reason: reason=short_udp proto=17 .*dir=- state=-')" 1
expect_eq "$(kernel_log | grep -c 'short_udp')" 0 'only TCP was asked for'

# the end of it
play tcp c RA
expect_eq "$(traced 'ip_ct_state: .*from=ESTABLISHED to=CLOSE')" 1
unload_events() { echo 0 >$T/events/ip_conntrack/enable; }

# the classic columns: invalid is the sum of its reasons
invalid=0
while read -r name count; do
	case $name in
	seq_above_window | bad_tcp_flags | short_udp) invalid=$((invalid + count)) ;;
	esac
done <"$REASONS"
expect_eq "$invalid" 3
column=0
while read -r _ _ _ _ hex _; do
	[ "$hex" = invalid ] || column=$((column + 16#$hex))
done <"$STAT"
expect_eq "$column" 3 'the column "invalid" of /proc/net/stat/ip_conntrack'
expect_eq "$(head -n 1 "$STAT")" 'entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart' 'the columns of old'
expect_eq "$(grep -cE '^[0-9a-f]{8} ( [0-9a-f]{8}){12} ( [0-9a-f]{8}){4}$' "$STAT")" \
	"$(grep -c '^processor' /proc/cpuinfo)" 'a line per CPU, in hexadecimal'
# sum_of COLUMN: the sum over the CPUs
sum_of() {
	awk -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at[name] }' "$STAT" | {
		sum=0
		while read -r hex; do sum=$((sum + 16#$hex)); done
		echo $sum
	}
}
expect_eq "$(sum_of insert)" 1 'one flow has entered'
expect_eq "$(sum_of delete)" 0 'none has left'
expect_eq "$(head -n 2 "$STAT" | tail -n 1 | cut -d ' ' -f 1)" 00000001 'one is there'

# 255 asks for all protocols
sysctl_set ip_conntrack_log_invalid 255
expect_counted short_udp play ip c 17 len=4
expect_eq "$(kernel_log | grep -c "INVALID protocol 17 $C > $S: short_udp")" 1
# and no flood of them floods the log
before=$(kernel_log | grep -c INVALID)
for ((i = 0; i < 40; i++)); do
	play ip c 17 len=4 nowait
done
[ "$(kernel_log | grep -c INVALID)" -lt $((before + 30)) ] ||
	fail 'the rate of lines to be limited' "40 packets, $(($(kernel_log | grep -c INVALID) - before)) lines"

sysctl_set ip_conntrack_drop_invalid 1
expect_counted dropped play tcp c SF seq=+0 lost
sysctl_set ip_conntrack_drop_invalid 0

unload_events
unload_module
no_kernel_complaints
