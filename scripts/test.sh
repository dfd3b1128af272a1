#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test.sh [NAME]: the checks, the model checker, a short fuzzing, the KUnit
# suites, the scenarios in the VM, and what a packet may cost (scripts/bench.sh
# --guard); or only "check", "model", "fuzz", "scenarios" or "guard", or the
# scenario or the suite called NAME. Ends with one line, "N passed, N failed,
# N skipped"; status 0 only if something passed and nothing failed.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
. "$(dirname "$0")/tally.sh"
cd "$TREE"

only=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

heading() { printf '\n%s\n' "$*"; }

is_suite() { scripts/kunit.sh --list 2>/dev/null | grep -qxF -- "$1"; }

# counted TITLE COMMAND...: a program that ends with its numbers
counted() {
	local title=$1 numbers status=0

	shift
	heading "$title"
	"$@" 2>&1 | tee "$work/log" || status=$?
	numbers=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' \
		"$work/log" | tail -n 1)
	if [ -z "$numbers" ]; then
		echo "  $title ended without a result"
		add 0 1 0
		return
	fi
	# shellcheck disable=SC2086 # three numbers
	add $numbers
	# a report of KASAN or lockdep fails the run though each test passed
	if [ "$status" != 0 ] && [ "${numbers#* }" = "0 ${numbers##* }" ]; then
		echo "  $title ended with status $status"
		add 0 1 0
	fi
}

run_check() { counted Check scripts/check.sh; }
run_kunit() { counted KUnit scripts/kunit.sh "$@"; }
run_model() { counted Model scripts/model.sh; }
run_fuzz() { counted Fuzzing scripts/fuzz.sh 10; }

# Those that have a line "# accel: icount" are about what a second holds: they
# get a VM whose clock counts instructions. Those with "# accel: single" patch
# code of the kernel that is in use (trace points, probes): the emulator has been
# seen to stand still at that, with a thread for each processor (hold_hooks in
# tests/lib.sh).
run_scenarios() {
	local script
	local -a counting=() patching=() plain=()

	for script in "$@"; do
		case $(sed -n 's/^# accel: //p' "$script") in
		icount) counting+=("$script") ;;
		single) patching+=("$script") ;;
		*) plain+=("$script") ;;
		esac
	done
	heading 'Scenarios'
	[ ${#plain[@]} = 0 ] || run_vm "${plain[@]}"
	[ ${#patching[@]} = 0 ] || VM_ACCEL=${VM_ACCEL:-single} \
		run_vm "${patching[@]}"
	[ ${#counting[@]} = 0 ] || VM_ACCEL=icount IP_CONNTRACK_ICOUNT=1 \
		run_vm "${counting[@]}"
}

# run_vm SCENARIO...: one VM for all of them
run_vm() {
	local ko bench status=0 limit ended

	ko=$(scripts/vm-module.sh) || { add 0 1 0; return; }
	bench=$(scripts/bench-module.sh) || { add 0 1 0; return; }
	scripts/deps.sh test vm
	rm -f "$work/numbers"
	limit=$((120 + $(vm_seconds "${IP_CONNTRACK_SLOW:-1}" "$@")))
	IP_CONNTRACK_KO=$ko IP_CONNTRACK_BENCH_KO=$bench \
		scripts/vm.sh --smp 2 --mem 1536 --timeout "$limit" \
		--out "$work" -- scripts/test-guest.sh /run/out/numbers "$@" ||
		status=$?
	ended=$(vm_ended)
	if [ "$status" = 98 ] && [ "$ended" -lt $# ]; then
		# what has ended is counted here, the rest there
		vm_tally 0 "$ended"
		stood_still "${@:ended + 1}"
	else
		vm_tally "$status" $#
	fi
}

# stood_still SCENARIO...: the VM did, in the first of them. Where the emulator
# is to blame (run_scenarios()) that one is run again, without what it stumbles
# over; of all else it is a failure. The others are run in any case.
stood_still() {
	local name

	name=$(basename "$1" .sh)
	if [ "${VM_ACCEL:-tcg}" = tcg ] && grep -qE 'int3|text_poke' "$work/frozen"; then
		echo "  in $name, where code of the kernel is patched: from there on again, with one thread"
	else
		echo "  FAILED   $name: the VM stood still (again: make test T=$name)"
		add 0 1 0
		shift
	fi
	[ $# = 0 ] || VM_ACCEL=single run_vm "$@"
}

run_guard() {
	local status=0

	heading 'Instructions a packet'
	scripts/bench.sh --guard || status=$?
	case $status in
	0) add 1 0 0 ;;
	77) add 0 0 1 ;;
	*) add 0 1 0 ;;
	esac
}

if [ -z "$only" ]; then
	run_check
	run_model
	run_fuzz
	run_kunit
	run_scenarios tests/scenarios/*.sh
	run_guard
elif [ "$only" = guard ]; then
	run_guard
elif [ "$only" = scenarios ]; then
	run_scenarios tests/scenarios/*.sh
elif [ -e "tests/scenarios/$only.sh" ]; then
	run_scenarios "tests/scenarios/$only.sh"
elif [ "$only" = check ] || [ "$only" = model ] || [ "$only" = fuzz ]; then
	"run_$only"
elif is_suite "$only"; then
	run_kunit "$only"
else
	printf 'test.sh: no scenario and no KUnit suite is called %s. Scenarios:\n' "$only" >&2
	for script in tests/scenarios/*.sh; do
		printf '  %s\n' "$(basename "$script" .sh)" >&2
	done
	failed=1
fi
tally_finish
