#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh [SECONDS]: libFuzzer with ASan and UBSan before the pure files, each
# target of tests/fuzz for SECONDS (20). The corpus in the tree is where they
# start; what a run finds is kept in the cache, and what breaks is kept in
# build/fuzz with the command that shows it again.
#
# fuzz.sh --keep: the smallest corpus that covers as much goes into the tree.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
cd "$TREE"

declare -A SOURCES=(
	[packet]='src/packet.c src/tuple.c'
	[conversation]='src/tcp_fsm.c src/tcp_window.c'
)
passed=0 failed=0

compile() {
	# shellcheck disable=SC2086 # a list of files
	clang -g -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -Wall -Wextra -Werror \
		-Wno-unused-parameter -Wno-sign-compare -I tests/user/include \
		-I include -I src -o "build/fuzz/$1" "tests/fuzz/$1_fuzz.c" ${SOURCES[$1]}
}

fuzz() {
	local target=$1 seconds=$2 log=build/fuzz/$1.log

	mkdir -p "$CACHE/fuzz/$target"
	if "build/fuzz/$target" -max_total_time="$seconds" -timeout=10 \
	   -max_len=400 -artifact_prefix="build/fuzz/$target-" -verbosity=1 \
	   "$CACHE/fuzz/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
		say ok "$target: $(sed -n 's/^Done \([0-9]* runs\).*/\1/p' "$log"), $(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1) edges"
		passed=$((passed + 1))
	else
		grep -E 'ERROR|runtime error|_fuzz\.c:|src/.*\.c:|Test unit' "$log" | head -n 20
		say FAIL "$target; again: build/fuzz/$target $(sed -n 's/.*Test unit written to //p' "$log")"
		failed=$((failed + 1))
	fi
}

keep() {
	local target=$1 small

	small=$(mktemp -d)
	"build/fuzz/$target" -set_cover_merge=1 -max_len=400 "$small" \
		"$CACHE/fuzz/$target" "tests/fuzz/corpus/$target" \
		>"build/fuzz/$target.log" 2>&1
	rm -rf "tests/fuzz/corpus/$target"
	mv "$small" "tests/fuzz/corpus/$target"
	chmod 755 "tests/fuzz/corpus/$target"
	say corpus "$target: $(find "tests/fuzz/corpus/$target" -type f | wc -l) files"
}

case ${1:-20} in
--keep) ;;
*[!0-9]* | 0) die "seconds for each target, or --keep, and not '$1'" ;;
esac
scripts/deps.sh fuzz
mkdir -p build/fuzz
for target in packet conversation; do
	compile "$target"
	mkdir -p "tests/fuzz/corpus/$target"
	if [ "${1:-}" = --keep ]; then
		keep "$target"
	else
		fuzz "$target" "${1:-20}"
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
