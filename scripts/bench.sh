#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh [--quick | --guard] [--keep]
#
# Measures no tracker, nf_conntrack and ip_conntrack in both roles in one kernel,
# and prints a table for each role with the ratios. Counts are guest
# instructions (QEMU's -icount: one processor whose clock is its instructions),
# so a busy machine does not move them; the two-processor rows are ratios of
# times, in a run of their own. Nanoseconds are measured in User Mode Linux
# (scripts/bench-uml.sh).
#
#   --quick   two minutes: up to 100,000 flows, the data is not kept
#   --guard   one minute: the main rows against tests/bench/guard.tsv; status 1
#             if one of them is more than 3% dearer, 77 if the file's figures
#             are of another kernel
#   --keep    with --guard: these are the figures from now on
#
# Without an option everything, the comparison up to BENCH_FLOWS flows (1000000;
# 10000000 wants BENCH_MEM=6144): the data goes to docs/bench, the pictures to
# docs. BENCH_WORK names a folder for what is measured, which then stays.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
cd "$TREE"

mode=full keep=''
for arg in "$@"; do
	case $arg in
	--quick | --guard) mode=${arg#--} ;;
	--keep) keep=--keep ;;
	*) die "unknown option $arg (see the top of scripts/bench.sh)" ;;
	esac
done

work=${BENCH_WORK:-}
if [ -z "$work" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"

# measure ACCEL PROCESSORS SECONDS PART...
measure() {
	local accel=$1 smp=$2 seconds=$3 status=0

	shift 3
	scripts/vm.sh --accel "$accel" --smp "$smp" --mem "$mem" \
		--timeout "$seconds" --out "$work" -- \
		tests/bench/guest.py /run/out "$@" || status=$?
	# 96: a stall, which is the emulator's and moves no count
	[ "$status" = 0 ] || [ "$status" = 96 ] || exit "$status"
}

# or_without COMMAND...: an hour of measuring is not lost with one of its parts
or_without() { ("$@") || say MISSING "$* (status $?): its rows"; }

[ "$mode" != full ] || scripts/deps.sh bench
IP_CONNTRACK_KO=$(scripts/vm-module.sh)
IP_CONNTRACK_BENCH_KO=$(scripts/bench-module.sh)
export IP_CONNTRACK_KO IP_CONNTRACK_BENCH_KO

case $mode in
guard)
	mem=1024
	export IP_CONNTRACK_BENCH_ONLY=ip_conntrack
	measure icount 1 240 guard
	tests/bench/report.py "$work" --guard tests/bench/guard.tsv $keep
	;;
quick)
	mem=1536
	measure icount 1 600 kinds limit scale=1000,10000,100000 lag=100000
	measure tcg 2 240 cpus
	tests/bench/report.py "$work" --role provider
	echo
	tests/bench/report.py "$work"
	;;
full)
	mem=${BENCH_MEM:-3072}
	sizes=1000 size=1000
	while [ "$size" -lt "${BENCH_FLOWS:-1000000}" ]; do
		size=$((size * 10))
		sizes+=,$size
	done
	measure icount 1 7200 kinds limit scale=$sizes lag=1000000
	measure tcg 2 600 cpus
	# nanoseconds depend on what else the host does: report.py looks for the
	# quietest of these
	for _ in 1 2 3 4 5; do
		or_without scripts/bench-uml.sh "$work" native=1000000
	done
	or_without scripts/bench-uml.sh --smp "$work" smp
	# as on a gateway: the heaviest parts only as provider
	export IP_CONNTRACK_BENCH_ONLY=ip_conntrack_provider
	or_without scripts/bench-uml.sh "$work" dump=1000000
	or_without measure icount 1 7200 grow=10000000
	or_without measure icount 1 7200 churn=200000
	tests/bench/report.py "$work" --role provider --data docs/bench
	echo
	tests/bench/report.py "$work" --data docs/bench --pictures docs
	;;
esac
