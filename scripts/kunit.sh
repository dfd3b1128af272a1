#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kunit.sh [-v] [SUITE[.CASE]]   run the KUnit tests (or those that match)
# kunit.sh --list                name the suites
# kunit.sh --self-test           prove that faults of every kind fail a run
#
# The tests run in a User Mode Linux kernel with every checker on that it has
# (tests/kunit/.kunitconfig). Source and objects of that kernel are kept in
# the cache, so that only the first build is long; this tree is copied in as
# net/ip_conntrack, and only what changed is built again.
#
# The kernel is built and started here and not by tools/testing/kunit/kunit.py:
# that one adds PCI and virtio to the config and modules to the build, gives
# the kernel 1 GB at most and takes no notice of what its checkers report.
#
# KUNIT_TIMEOUT: seconds that the tests may take (900).

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

CONFIG=$TREE/tests/kunit/.kunitconfig
MEM=4G
# lines that make writes in a cold build, for the progress shown
COLD_LINES=1050

files_of() {
	(cd "$1" && find . -maxdepth 1 -name Kbuild -printf '%P\n' &&
		find ./src ./include ./tests/kunit -type f \
		\( -name '*.[ch]' -o -name Kconfig -o -name Makefile \) \
		! -name '*.mod.c' 2>/dev/null | sed 's|^\./||' | sort)
}

# A file whose content is the same keeps its time, so make leaves it alone.
copy_tree() {
	local to=$1 file

	mkdir -p "$to"
	while read -r file; do
		cmp -s "$TREE/$file" "$to/$file" && continue
		install -D -m 644 "$TREE/$file" "$to/$file"
	done < <(files_of "$TREE")
	while read -r file; do
		[ -e "$TREE/$file" ] || rm -f "$to/$file"
	done < <(files_of "$to" 2>/dev/null)
}

# Every line asked for must be in what the kernel's own tool made of it.
configure() {
	local src=$1 build=$2 lost

	[ ! -e "$build/configured" ] || return 0
	mkdir -p "$build"
	cp "$CONFIG" "$build/.config"
	make -s -C "$src" ARCH=um O="$build" olddefconfig
	lost=$(grep CONFIG_ "$CONFIG" | grep -vxF -f "$build/.config" |
		grep -v '^# CONFIG_.* is not set$' || true)
	[ -z "$lost" ] || die "this kernel cannot have: $lost"
	touch "$build/configured"
}

# One line a quarter of a minute, or one that is written over on a terminal.
progress() {
	local total=$1 line n=0 last=$SECONDS shown=

	while IFS= read -r line; do
		[[ $line =~ ^'  '[A-Z]+\  ]] || continue
		n=$((n + 1))
		if [ -t 2 ]; then
			printf '\r  build     %d of about %d ' "$n" "$total" >&2
			shown=1
		elif [ $((SECONDS - last)) -ge 15 ]; then
			say build "$n of about $total"
			last=$SECONDS
		fi
	done
	[ -z "$shown" ] || echo >&2
}

build() {
	local src=$1 build=$2 log=$2/build.log cold=20

	if [ ! -e "$build/linux" ]; then
		cold=$COLD_LINES
		say build 'the test kernel; the first time takes some minutes'
	fi
	if ! make -C "$src" ARCH=um O="$build" -j"$(nproc)" linux 2>&1 |
	     tee "$log" | progress "$cold"; then
		grep -E -A8 'error:|undefined|warning:|Stop\.$' "$log" |
			head -n 60 >&2 || true
		tail -n 5 "$log" >&2
		die 'the test kernel does not build'
	fi
	# a warning about our own code is shown whenever the file is compiled
	grep -A6 -E 'net/ip_conntrack/.*warning:' "$log" >&2 || true
}

# run BUILD GLOB: the console on stdout
run() {
	local -a args=("mem=$MEM" console=tty
		kunit.enable=1 kunit_shutdown=halt time-travel
		kmemleak.verbose=1 panic=-1)

	[ -z "$2" ] || args+=("kunit.filter_glob=$2")
	# its own folder for the file behind its memory; a disk will do.
	# The outer 2>/dev/null is for the shell's own word on a kernel that died.
	(TMPDIR=$1 timeout -k 5 "${KUNIT_TIMEOUT:-900}" \
		"$1/linux" "${args[@]}" </dev/null 2>&1 || true) 2>/dev/null
}

prepare() {
	local src build

	src=$("$TREE/scripts/kernel-source.sh")
	copy_tree "$src/net/ip_conntrack"
	build=$CACHE/kunit/${src##*/}-$( (cat "$CONFIG"; gcc --version) |
		sha256sum | cut -c1-12)
	configure "$src" "$build"
	build "$src" "$build"
	echo "$build"
}

tests() {
	local build

	build=$(prepare)
	trap - EXIT
	run "$build" "$1" | tee "$build/console.log" |
		"$TREE/tests/kunit/report.py" --leak-scan "${verbose[@]}"
}

list() {
	sed -n 's/^[[:space:]]*\.name = "\([^"]*\)",$/\1/p' \
		"$TREE"/tests/kunit/*_test.c | sort -u
}

# known GLOB: a suite is called so, what follows a dot is the kernel's to find
known() {
	local suite

	for suite in $(list); do
		# shellcheck disable=SC2053 # a pattern
		[[ $suite != ${1%%.*} ]] || return 0
	done
	return 1
}

# expect SUITE STATUS PATTERN: the run ends so and says so
expect() {
	local out status=0

	out=$(run "$build" "selftest_$1" |
		"$TREE/tests/kunit/report.py" --leak-scan) || status=1
	if [ "$status" = "$2" ] && grep -qE "$3" <<<"$out"; then
		say ok "$1"
		passed=$((passed + 1))
	else
		say FAIL "$1: status $status, wanted $2 and /$3/ in:"
		printf '%s\n' "$out" >&2
		failed=$((failed + 1))
	fi
}

self_test() {
	local build passed=0 failed=0

	export IP_CT_KUNIT_SELFTEST=y
	build=$(prepare)
	trap - EXIT
	expect pass 0 '^1 passed, 0 failed, 1 skipped$'
	expect expect 1 'FAIL selftest_expect: an_expectation_fails'
	expect expect 1 'got == 2'
	expect expect 1 'again: make test T=selftest_expect.an_expectation_fails'
	expect expect 1 '^1 passed, 1 failed, 0 skipped$'
	expect assert 1 'ASSERTION FAILED at .*selftest\.c:[0-9]+'
	expect kasan 1 'BUG: KASAN: '
	expect lockdep 1 'possible circular locking'
	expect rcu 1 'suspicious RCU usage'
	expect ubsan 1 'UBSAN: '
	expect leak 1 'unreferenced object'
	expect warn 1 'WARNING: '
	expect panic 1 'the kernel stopped after 0 of 1 suites'
	expect none 1 'no test case ran'
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" = 0 ]
}

verbose=()
if [ "${1:-}" = -v ]; then
	verbose=(-v)
	shift
fi
case ${1:-} in
--list)
	list
	exit
	;;
--self-test)
	what=(self_test)
	;;
-*)
	die "unknown option $1"
	;;
*)
	known "${1:-*}" ||
		die "no suite is called ${1%%.*}; there are: $(list | tr '\n' ' ')"
	what=(tests "${1:-}")
	;;
esac

# a run that does not come to its tests has failed, and says so at its end
trap 'echo "0 passed, 1 failed, 0 skipped"' EXIT
"$TREE/scripts/deps.sh" kunit
# one at a time: the source and the objects are shared
mkdir -p "$CACHE"
exec 9>"$CACHE/kunit.lock"
if ! flock -n 9; then
	say wait 'another run uses the test kernel'
	flock -w 1800 9 || die "another run has held the test kernel for 30 minutes"
fi
"${what[@]}"
