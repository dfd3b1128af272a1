#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm-complaints.sh [FILE]: what a kernel log says went wrong, one line each,
# with "fault" or "stall" in front. Status 1 if there is any.

set -euo pipefail

awk '
function out(kind) { print kind " " $0; found = 1 }
# a count of the kernel; faults that were injected make it lose things of its
# own, so it matters unless somebody (tests/torture/lib.sh) has looked at them
/kmemleak: [0-9]+ new/ { leaks = leaks "fault " $0 "\n"; next }
/kmemleak: looked at, none of ip_conntrack/ { leaks = ""; next }
/rcu.*(detected stall|self-detected|detected expedited stall|starved)/ ||
/soft lockup|hard LOCKUP|clocksource: .*(unstable|skewed)/ {
	if ($0 ~ /clocksource/)
		next
	out("stall"); trace = 0; next
}
/BUG:|WARNING: |Oops|Kernel panic|general protection|kernel BUG at/ ||
/Unable to handle|divide error|invalid opcode|stack segment/ ||
/INFO: task .* blocked for more than|INFO: trying to register non-static/ ||
/possible recursive locking|circular locking|inconsistent lock state/ ||
/suspicious RCU usage|bad unlock balance|held lock freed|DEADLOCK/ ||
/lock held when returning|sleeping function called|scheduling while atomic/ ||
/UBSAN:|KASAN:|KCSAN:|KFENCE:/ ||
/refcount_t: |list_(add|del) corruption|Objects remaining|still has objects/ ||
/unregister_netdevice: waiting|ODEBUG:|Slab corruption|Redzone|Poison over/ ||
/page allocation failure|Out of memory|percpu ref.*<= 0|Memory leak/ {
	out("fault"); trace = 25; next
}
# the trace below a fault tells more than its first line
trace > 0 && /RIP:|Call Trace|^\[[^]]*\] +(\? )?[a-zA-Z_][a-zA-Z0-9_.]*\+0x/ {
	out("fault"); trace--
}
END {
	printf "%s", leaks
	exit found || leaks ? 1 : 0
}
' "${1:--}"
