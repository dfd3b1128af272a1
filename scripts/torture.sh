#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# torture.sh [NAME...]: the module on kernels that are built to find fault with
# it (scripts/torture-kernel.sh builds what is missing).
#
#   kasan   all scenarios of tests/scenarios, then those of tests/torture that
#           name it in a line "# kernel:": faults, races, floods, jumps of time
#   kcsan   those of tests/torture that name it: data races
#   debian  those that name it: what needs more packets than a slow kernel moves
#
# With NAMEs only these scenarios, each on every kernel that it is for; with
# "sabotage" scripts/torture-sabotage.sh instead: can they fail? Any
# report of a kernel fails the run. Ends with "N passed, N failed, N skipped";
# status 0 only if something passed and nothing failed.
#
# KINDS               only these kernels
# IP_CONNTRACK_RACE   seconds for each pair of races
# IP_CONNTRACK_FLOOD  hostile packets
# IP_CONNTRACK_SEED   of the hostile packets
# IP_CONNTRACK_NTH    faults: only each n-th allocation of a call fails
# IP_CONNTRACK_NAMESPACES  how many come and go

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
. "$(dirname "$0")/tally.sh"
cd "$TREE"

# how much slower than Debian's kernel, for time-outs
declare -A SLOW=([kasan]=4 [kcsan]=3 [debian]=1)
# MB
declare -A MEM=([kasan]=3072 [kcsan]=2048 [debian]=1536)
# on slow kernels a starved emulator is patient with itself for longer
PATIENCE='rcupdate.rcu_cpu_stall_timeout=180 watchdog_thresh=60 sysctl.kernel.hung_task_timeout_secs=400'

# QEMU's older machine tells which interrupts it has by a loop that the ACPI
# interpreter needs a minute for, where each allocation is watched
MACHINE='-machine q35'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Programs for the guest, which sees this machine's files
build_tools() {
	local dir=$1 name

	mkdir -p "$dir"
	for name in failnth manyns; do
		gcc -O2 -Wall -Wextra -o "$dir/$name" "tests/torture/$name.c"
	done
	gcc -O2 -Wall -Wextra -o "$dir/flood" tests/torture/{flood,hostile}.c
	for name in kcov nlfuzz; do
		gcc -O2 -Wall -Wextra -o "$dir/$name" \
			tests/torture/{"$name",coverage,hostile}.c
	done
}

# build_modules KERNEL-DIR TOOLS: those that do to a kernel what packets cannot
build_modules() {
	local dir=$work/modules

	mkdir -p "$dir"
	cp tests/torture/{Kbuild,timejump.c,reseed.c} "$dir"
	make -s -C "$1/build" M="$dir" IP_CONNTRACK="$TREE" modules \
		>"$dir.log" 2>&1 || {
		cat "$dir.log"
		return 1
	}
	cp "$dir"/*.ko "$2"
	rm -r "$dir"
}

# for_kernel KIND SCRIPT...: those whose line "# kernel:" names it; that with
# KASAN runs all scenarios
for_kernel() {
	local kind=$1 script

	shift
	for script in "$@"; do
		if [[ $kind == kasan && $script == tests/scenarios/* ]] ||
		   grep -qE "^# kernel:.* $kind( |\$)" "$script"; then
			echo "$script"
		fi
	done
}

# in_vm KIND TITLE SCRIPT...: one VM for all of them
in_vm() {
	local kind=$1 title=$2 dir='' ko bench status=0 limit
	local cmdline='' log=$CACHE/log/torture-$1.log
	local -a options=(--smp 2 --mem "${MEM[$1]}" --out "$work"
		--silence $((150 * SLOW[$1])))

	shift 2
	printf '\n%s\n' "$title"
	unset IP_CONNTRACK_KERNEL IP_CONNTRACK_HEADERS KCOV_INSTRUMENT
	export IP_CONNTRACK_SLOW=${SLOW[$kind]} IP_CONNTRACK_TOOLS=$tools/$kind
	build_tools "$IP_CONNTRACK_TOOLS"
	if [ "$kind" != debian ]; then
		dir=$(scripts/torture-kernel.sh "$kind") || { add 0 1 0; return; }
		export IP_CONNTRACK_KERNEL=$dir IP_CONNTRACK_HEADERS=$dir/build
		cmdline=$PATIENCE
		options+=(--qemu "$MACHINE")
		[ "$kind" != kasan ] || export KCOV_INSTRUMENT=y
		build_modules "$dir" "$IP_CONNTRACK_TOOLS" || { add 0 1 0; return; }
	fi
	ko=$(scripts/vm-module.sh) || { add 0 1 0; return; }
	bench=$(scripts/bench-module.sh) || { add 0 1 0; return; }
	options+=(--cmdline "$cmdline")
	limit=$((300 + $(vm_seconds "${SLOW[$kind]}" "$@")))
	mkdir -p "$CACHE/log"
	options+=(--log "$log")
	rm -f "$work/numbers" "$log"
	IP_CONNTRACK_KO=$ko IP_CONNTRACK_BENCH_KO=$bench \
		scripts/vm.sh "${options[@]}" --timeout "$limit" \
		-- scripts/test-guest.sh /run/out/numbers "$@" || status=$?
	# how much those that passed have tried
	sed -n 's/^\[[^]]*\] \([a-z-]* tried .*\)/  \1/p' "$log" || :
	vm_tally "$status" $#
}

# the scripts that NAMEs mean
named() {
	local name script found

	for name in "$@"; do
		found=
		[ "$name" != lib ] || name=-
		for script in "tests/torture/$name.sh" "tests/scenarios/$name.sh"; do
			[ -e "$script" ] || continue
			echo "$script"
			found=1
		done
		[ -n "$found" ] || die "no scenario is called $name in tests/torture or tests/scenarios"
	done
}

[ "$*" != sabotage ] || exec scripts/torture-sabotage.sh
tools=$CACHE/torture/tools-$(printf '%s' "$TREE" | sha256sum | cut -c 1-12)
kinds=${KINDS:-kasan kcsan debian}
names=''
if [ $# -gt 0 ]; then
	names=$*
	scripts=$(named "$@")
else
	scripts=$(printf '%s\n' tests/torture/*.sh | grep -v '/lib\.sh$')
fi
scripts/deps.sh build vm test kunit
if [ -z "$names" ] && [[ " $kinds " == *' kasan '* ]]; then
	# why not in one VM: run_scenarios() in scripts/test.sh
	mapfile -t chosen < <(grep -L '^# accel: single$' tests/scenarios/*.sh)
	in_vm kasan 'All scenarios on the kasan kernel' "${chosen[@]}"
	mapfile -t chosen < <(grep -l '^# accel: single$' tests/scenarios/*.sh)
	VM_ACCEL=single in_vm kasan 'Those of them that patch code' "${chosen[@]}"
fi
for kind in $kinds; do
	# shellcheck disable=SC2086 # a list
	mapfile -t chosen < <(for_kernel "$kind" $scripts)
	[ ${#chosen[@]} = 0 ] || in_vm "$kind" "On the $kind kernel" "${chosen[@]}"
done
tally_finish "${names:+ for $names}"
