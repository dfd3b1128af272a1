#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench-uml.sh [--smp] OUT PART...: has tests/bench/guest.py measure the parts
# natively, in a kernel of User Mode Linux (tests/bench/uml.config), and append
# to the folder OUT. The kernel is built out of Debian's source, with the tree's
# modules and those of the benchmark, and kept in the cache; the first time takes
# some minutes. Without a PART it is only built. --smp: the newest kernel, which
# has two processors; they are two of this machine.

set -euo pipefail
smp='' newest=''
if [ "${1:-}" = --smp ]; then
	smp=1 newest=--newest
	shift
fi
given=$(realpath "${1:-.}")
. "$(dirname "$0")/vm-common.sh"
cd "$TREE"

CONFIG=$TREE/tests/bench/uml.config

config() {
	if [ -n "$smp" ]; then
		# two processors take their system calls by seccomp
		grep -v 'CONFIG_SECCOMP ' "$CONFIG"
		echo CONFIG_SMP=y
		echo CONFIG_NR_CPUS=2
	else
		cat "$CONFIG"
	fi
}

"$TREE/scripts/deps.sh" kunit
src=$("$TREE/scripts/kernel-source.sh" $newest)
key=$( (config; gcc --version) | sha256sum | cut -c1-12)
out=$CACHE/bench-uml/${src##*/}-$key
modules=$out-$(printf '%s' "$TREE" | sha256sum | cut -c1-12)

# quietly COMMAND...: its output only where it fails
quietly() {
	"$@" >"$out.log" 2>&1 || {
		grep -E 'error|warning|undefined|\*\*\*' "$out.log" | head -n 40 >&2
		die "$1 $2 $3 failed"
	}
}

build_kernel() {
	local lost

	[ ! -e "$out/root/ready" ] || return 0
	say build 'User Mode Linux; the first time takes some minutes'
	mkdir -p "$out"
	config >"$out/.config"
	# the Kconfig file that the KUnit run puts into the source
	mkdir -p "$src/net/ip_conntrack/tests/kunit"
	[ -e "$src/net/ip_conntrack/tests/kunit/Kconfig" ] ||
		cp "$TREE/tests/kunit/Kconfig" "$src/net/ip_conntrack/tests/kunit/"
	quietly make -C "$src" ARCH=um O="$out" olddefconfig
	lost=$(config | grep CONFIG_ | grep -vxF -f "$out/.config" |
		grep -v '^# CONFIG_.* is not set$' || true)
	[ -z "$lost" ] || die "this kernel cannot have: $lost"
	quietly make -C "$src" ARCH=um O="$out" -j"$(nproc)" linux modules
	quietly make -C "$src" ARCH=um O="$out" INSTALL_MOD_PATH="$out/root" \
		modules_install
	touch "$out/root/ready"
}

# The tree's modules, and those of the benchmark, in copies of their own
build_modules() {
	local dir

	mkdir -p "$modules"/{tracker,bench}
	(cd "$TREE" && find Kbuild src include -name '*.[ch]' -o -name Kbuild |
		cpio -pdmu --quiet "$modules/tracker")
	# those beside it have nothing to stand on here
	sed '/^obj-m += /d' Kbuild >"$modules/tracker/Kbuild"
	cp -u "$TREE"/tests/bench/{Kbuild,*.[ch]} "$modules/bench/"
	for dir in tracker bench; do
		quietly make -C "$src" ARCH=um O="$out" M="$modules/$dir" \
			-j"$(nproc)" modules
	done
	mkdir -p "$modules/use"
	cp "$modules"/tracker/ip_conntrack.ko "$modules"/bench/ip_ct_bench.ko \
		"$modules/use/"
}

# First process of that kernel: the root is this machine's, read-only
write_init() {
	local name

	echo '#!/bin/bash'
	echo 'mount -t proc proc /proc'
	echo 'mount -t sysfs sysfs /sys'
	echo 'mount -t tmpfs tmpfs /run'
	echo 'mkdir /run/out'
	printf 'mount -t hostfs -o %q none /run/out\n' "$results"
	echo 'exec >/run/out/uml-output 2>&1'
	for name in IP_CONNTRACK_KO IP_CONNTRACK_BENCH_KO IP_CONNTRACK_NF_ROOT \
		    IP_CONNTRACK_BENCH_ONLY; do
		printf 'export %s=%q\n' "$name" "${!name:-}"
	done
	echo 'export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1'
	printf 'cd %q\n' "$TREE"
	printf 'tests/bench/guest.py /run/out'
	printf ' %q' "$@"
	printf '\necho $? >/run/out/uml-status\n'
	echo 'busybox poweroff -f'
}

run() {
	local status cpu
	local -a where=() two=()

	# its kernel and its processes take turns: on two processors each turn
	# would wake up one that sleeps, which takes longer than what is measured
	cpu=$(sed -n 's/^Cpus_allowed_list:.*[^0-9]//p' /proc/self/status)
	if [ -n "$smp" ]; then
		two=(ncpus=2 seccomp=on)
	else
		where=(taskset -c "$cpu")
	fi
	export IP_CONNTRACK_KO=$use/ip_conntrack.ko
	export IP_CONNTRACK_BENCH_KO=$use/ip_ct_bench.ko
	export IP_CONNTRACK_NF_ROOT=$out/root
	write_init "$@" >"$results/uml-init"
	chmod 755 "$results/uml-init"
	rm -f "$results/uml-status"
	# the file behind its memory must not be on a disk, which would be written
	# to while it is measured: a tmpfs that nobody else sees, and in large
	# pages, as a kernel sees all memory
	mkdir -p "$results/memory"
	# shellcheck disable=SC2016 # for that shell
	unshare --mount /bin/sh -euc '
		mount -t tmpfs -o size=90%,huge=always tmpfs "$1" 2>/dev/null ||
			mount -t tmpfs -o size=90% tmpfs "$1"
		export TMPDIR="$1"
		shift
		exec "$@"' sh "$results/memory" \
		"${where[@]}" \
		timeout -k 5 "${BENCH_UML_SECONDS:-900}" "$out/linux" \
		"mem=${BENCH_UML_MEM:-3G}" "${two[@]}" root=/dev/root rootfstype=hostfs \
		rootflags=/ ro "init=$results/uml-init" con=null con0=null,fd:1 \
		ssl=null quiet </dev/null 2>"$results/uml-log" || :
	status=$(cat "$results/uml-status" 2>/dev/null || echo 125)
	cat "$results/uml-output" || :
	if [ "$status" != 0 ]; then
		tail -n 30 "$results/uml-log" >&2
		die "status $status" "$status"
	fi
}

locked "${out#"$CACHE/"}" build_kernel
locked "${modules#"$CACHE/"}" build_modules
use=$modules/use
if [ $# -ge 2 ]; then
	results=$given
	shift
	run "$@"
fi
