#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: kasan
# attack: the clock is set, a day of jiffies passes at once, their counter wraps
#
# The clock is set, a day of jiffies passes at once, their 32-bit counter
# wraps: each flow ends when its seconds are over, and none before.
#
# The kernel boots with that counter 300 s before its wrap (INITIAL_JIFFIES), so
# whatever runs five minutes after a boot has crossed it once. Here it is set
# before its wrap again, with no flow there, and then crossed with 500.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# it waits for flows that live 20 s, while that of TCP runs down
SLACK=$((60 * SLOW))
echo 1 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
echo 0 >/proc/sys/kernel/hung_task_timeout_secs

# jump ahead=S | before=S
jump() {
	STEP="jiffies pass at once: $1"
	jumps=$((jumps + 1))
	insmod "$TOOLS/timejump.ko" "$1" 2>/dev/null
	[ "$(kernel_log | grep -c 'timejump: ')" = $jumps ] ||
		die 'timejump.ko did nothing'
}
jumps=0

clock() {
	STEP="date -s $1"
	date -s "$1" >/dev/null || die 'cannot set the clock'
}

left() { entry | awk '{ print $3 }'; }

lab_up
load_module ip_ct_udp_timeout=20
handshake
FOCUS_TCP=$FOCUS

play flood c udp 500
clock '+1 day'
clock '-30 days'
clock '+2 years'
expect_eq "$(lines '^udp')" 500 'what the clock says is nothing to them'
empty() { [ "$(lines '^udp')" = 0 ]; }
expect_within 30 'they end on time' empty
FOCUS=$FOCUS_TCP
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'

sysctl_set ip_ct_udp_timeout 3600
play flood c udp 500
jump ahead=86400
expect_within 3 'a day later the datagrams are forgotten' empty
FOCUS=$FOCUS_TCP
seconds=$(left)
[ "$seconds" -le $((432000 - 86400)) ] || fail 'five days less one' "$seconds s"
[ "$seconds" -ge $((432000 - 86400 - 60 * SLOW)) ] ||
	fail 'five days less one' "$seconds s"

# over the wrap: what is made before ends after it. That is a jump of months,
# more than half of the counter's range: no flow is there meanwhile.
counter32() { awk '$1 == "jiffies:" { printf "%.0f\n", $2 % 4294967296; exit }' /proc/timer_list; }
unload_module
jump before=$((8 * SLOW))
load_module ip_ct_udp_timeout=$((16 * SLOW))
play flood c udp 500 sport=5000
made=${EPOCHREALTIME/./}
before=$(counter32)
[ "$before" -gt 4200000000 ] || fail 'a counter before its wrap' "$before"
expect_eq "$(lines '^udp')" 500
expect_within 40 'they end behind the wrap' empty
took=$(((${EPOCHREALTIME/./} - made) / 1000))
say "made at $before jiffies, gone at $(counter32) after $took ms"
[ "$(counter32)" -lt 100000000 ] || fail 'a counter behind its wrap' "$(counter32)"
[ $took -ge $((16 * SLOW * 1000 - 1000)) ] ||
	fail 'not before their time' "after $took ms"
[ $took -le $((17 * SLOW * 1000 + 800)) ] ||
	fail 'within a second' "after $took ms"

play flood c udp 500 sport=7000
expect_within 30 'and so do those made behind it' empty

handshake
FOCUS_TCP=$FOCUS
jump ahead=431000
expect_line "$FOCUS_TCP" 'the last thousand seconds'
jump ahead=1000
gone() { [ "$(lines "$FOCUS_TCP")" = 0 ]; }
expect_within 3 'five days are over' gone

unload_module
echo 0 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
no_kernel_complaints
tried "3 times the clock, $jumps times jiffies, one wrap under 500 flows"
