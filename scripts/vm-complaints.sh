#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm-complaints.sh [FILE]: what a kernel log says went wrong, one line each,
# with "fault" or "stall" in front. Status 1 if there is any.

set -euo pipefail

awk '
function out(kind) { print kind " " $0; found = 1 }
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
/UBSAN:|KASAN:|KCSAN:|KFENCE:|kmemleak: [0-9]+ new/ ||
/refcount_t: |list_(add|del) corruption|Objects remaining|still has objects/ ||
/unregister_netdevice: waiting|ODEBUG:|Slab corruption|Redzone|Poison over/ ||
/page allocation failure|Out of memory|percpu ref.*<= 0|Memory leak/ {
	out("fault"); trace = 25; next
}
# the trace below a fault tells more than its first line
trace > 0 && /RIP:|Call Trace|^\[[^]]*\] +(\? )?[a-zA-Z_][a-zA-Z0-9_.]*\+0x/ {
	out("fault"); trace--
}
END { exit found ? 1 : 0 }
' "${1:--}"
