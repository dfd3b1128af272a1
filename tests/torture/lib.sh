# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # names for the scenarios
#
# What the torture scenarios share; sourced first, before anything else, and
# sources the lab's own (tests/lib.sh).

# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

RERUN="make torture T=$SCENARIO"
TOOLS=${IP_CONNTRACK_TOOLS:?}		# programs and modules built by torture.sh
DEBUG=/sys/kernel/debug
LEAKS=$DEBUG/kmemleak
[ -d $DEBUG/tracing ] || mount -t debugfs debugfs $DEBUG || die 'no debugfs'

# tried TEXT: how much of it, at the very end of a scenario; in the log too,
# since what a scenario that passes has said is not shown
tried() {
	say "tried: $*"
	echo "$SCENARIO tried $*" >/dev/kmsg
}

# --- faults (Documentation/fault-injection)

# faults_allowed: every kind of allocation may fail; none does yet
faults_allowed() {
	local kind

	for kind in failslab fail_page_alloc; do
		echo 0 >"$DEBUG/$kind/probability"
		echo 0 >"$DEBUG/$kind/verbose"
		echo N >"$DEBUG/$kind/ignore-gfp-wait"
		echo -1 >"$DEBUG/$kind/times"
	done
	echo N >$DEBUG/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$DEBUG/fail_page_alloc/min-order
}

# faults_in_module PERCENT INTERVAL: allocations with the module in their stack
faults_in_module() {
	local kind start size

	size=$(awk '$1 == "ip_conntrack" { print $2 }' /proc/modules)
	start=$(awk '$1 == "ip_conntrack" { print $6 }' /proc/modules)
	[ -n "$start" ] || die 'the module is not loaded'
	for kind in failslab fail_page_alloc; do
		printf '%#x' "$start" >"$DEBUG/$kind/require-start"
		printf '%#x' $((start + size)) >"$DEBUG/$kind/require-end"
		echo 32 >"$DEBUG/$kind/stacktrace-depth"
		echo "$2" >"$DEBUG/$kind/interval"
		echo "$1" >"$DEBUG/$kind/probability"
	done
}

faults_end() {
	echo 0 >$DEBUG/failslab/probability
	echo 0 >$DEBUG/fail_page_alloc/probability
}

# in_turn WHAT FAILNTH-ARGUMENT...: each allocation of a call fails in turn.
# Adds to $total, sets $failed: how many calls failed.
total=0
in_turn() {
	local out

	STEP="each allocation of $1 fails in turn"
	out=$("$TOOLS/failnth" "${@:2}" 2>&1) || fail 'no surprise' "$out"
	say "$1: $out"
	failed=${out%% *}
	total=$((total + $(cut -d ' ' -f 3 <<<"$out")))
}

# --- leaks

leaks_begin() { [ ! -e $LEAKS ] || echo clear >$LEAKS; }

# What 6.1 itself loses when it has no memory: a cache whose folder in sysfs
# cannot be made leaves its name behind
LEAKS_OF_KERNEL='sysfs_slab_add'

# no_leaks: nothing that this module allocated is unreachable. An object seen
# once may be on its way from one list to another: two scans, some seconds
# apart, and only objects older than that are shown. The kernel counts in its
# log what it has lost itself, too: scripts/vm-complaints.sh is told that these
# objects were looked at, one by one.
no_leaks() {
	local report others

	[ -e $LEAKS ] || return 0
	sleep 6
	echo scan >$LEAKS
	echo scan >$LEAKS
	report=$(leaks_of ours)
	[ -z "$report" ] || fail 'no leak' "${report:0:2000}"
	others=$(leaks_of others | grep -c '^unreferenced object')
	[ "$others" = 0 ] || say "$others objects that the kernel lost itself"
	echo 'kmemleak: looked at, none of ip_conntrack' >/dev/kmsg
}

# leaks_of ours|others
leaks_of() {
	awk -v want="$1" -v kernel="$LEAKS_OF_KERNEL" '
		function end() {
			if (text && (ours && !its_own) == (want == "ours"))
				printf "%s", text
			text = ""; ours = its_own = 0
		}
		/^unreferenced object/ { end() }
		{ text = text $0 "\n" }
		/\[(xt_|nft_)?ip_conntrack(_netlink)?\]/ { ours = 1 }
		# of a module that is gone only addresses are left
		/\] 0xffffffff[a-f]/ { ours = 1 }
		$0 ~ kernel { its_own = 1 }
		END { end() }' $LEAKS
}

# live_flows: objects in the cache of flows; the module may be gone. What is
# free but kept (by KASAN for a while, by a CPU for the next) is given back first.
live_flows() {
	local cache=/sys/kernel/slab/ip_conntrack

	[ -e $cache ] || { echo 0; return; }
	echo 1 >$cache/shrink
	cut -d ' ' -f 1 $cache/objects
}

# --- background jobs of this scenario

# stop PID...: with all that it started; it starts nothing more meanwhile
stop() {
	local pid

	for pid in "$@"; do
		kill -STOP "$pid" 2>/dev/null
		# shellcheck disable=SC2046 # a list
		stop $(pgrep -P "$pid")
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}

JOBS=()

# job COMMAND...: until jobs_end
job() {
	"$@" &
	JOBS+=($!)
}

jobs_end() {
	stop "${JOBS[@]}"
	JOBS=()
}
