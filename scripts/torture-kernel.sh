#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# torture-kernel.sh KIND: builds the kernel for `make torture`, from Debian's
# linux-source with tests/torture/base.config and tests/torture/KIND.config,
# and prints where it is. KIND is kasan (every checker, fault injection, KCOV)
# or kcsan (the data race detector). Cached by the version of the source, the
# config and the compiler; source and objects stay outside of the tree.
#
# There lie: release (what uname -r says), boot/vmlinux-RELEASE,
# lib/modules/RELEASE, and build, which modules are built against.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

# lines that make writes in a cold build, for the progress shown
COLD_LINES=1980

# Instrumented are, beside the module itself, net/ for KASAN and nothing for
# KCSAN: the kernel's own races are not our subject. That halves the time of
# the build and of every test. What KASAN must know of memory (slab, vmalloc,
# per-CPU) and what memcpy and the like are given is checked everywhere.
make_kernel() {
	# shellcheck disable=SC2016 # for make, which knows the folder
	make -C "$src" ARCH=x86_64 O="$dir/build" LOCALVERSION="-$kind" \
		KASAN_SANITIZE='$(if $(filter net/%,$(obj)/),y,n)' \
		KCSAN_SANITIZE=n "$@"
}

# Every line asked for must be in what the kernel's own tool made of it.
configure() {
	local lost

	make_kernel -s KCONFIG_ALLCONFIG="$dir/fragment" allnoconfig
	lost=$(grep '^CONFIG_' "$dir/fragment" | grep -vxF -f "$dir/build/.config" || :
		sed -n 's/^# \(CONFIG_[A-Z0-9_]*\) is not set$/^\1=/p' "$dir/fragment" |
			grep -f - "$dir/build/.config" || :)
	[ -z "$lost" ] || die "this kernel cannot have: $lost"
}

progress() {
	local line n=0 last=$SECONDS

	while IFS= read -r line; do
		[[ $line =~ ^'  '[A-Z]+\  ]] || continue
		n=$((n + 1))
		if [ $((SECONDS - last)) -ge 30 ]; then
			say build "$n of about $COLD_LINES"
			last=$SECONDS
		fi
	done
}

build() {
	local started=$SECONDS log=$dir/build.log

	[ ! -e "$dir/ready" ] || return 0
	mkdir -p "$dir/build"
	cat "${fragments[@]}" >"$dir/fragment"
	configure
	say build "the kernel of make torture ($kind); the first time takes ten minutes or more"
	if ! make_kernel -j"${JOBS:-$(nproc)}" vmlinux modules 2>&1 | tee "$log" | progress; then
		grep -E -A8 'error:|undefined|Stop\.$' "$log" | head -n 40 >&2 || :
		die "the $kind kernel does not build: $log"
	fi
	make_kernel -s INSTALL_MOD_PATH="$dir" INSTALL_MOD_STRIP=1 modules_install
	make_kernel -s kernelrelease >"$dir/release"
	mkdir -p "$dir/boot"
	strip -g -o "$dir/boot/vmlinux-$(cat "$dir/release")" "$dir/build/vmlinux"
	touch "$dir/ready"
	say built "in $((SECONDS - started)) s"
}

kind=${1:-}
fragments=("$TREE/tests/torture/base.config" "$TREE/tests/torture/$kind.config")
case $kind in
kasan | kcsan) ;;
*) die 'kasan or kcsan?' ;;
esac
src=$("$TREE/scripts/kernel-source.sh")
# the Kconfig of net/ names ours, which the KUnit run keeps up to date
[ -e "$src/net/ip_conntrack/tests/kunit/Kconfig" ] ||
	install -D -m 644 "$TREE/tests/kunit/Kconfig" \
		"$src/net/ip_conntrack/tests/kunit/Kconfig"
key=$( (cat "${fragments[@]}"; gcc --version) | sha256sum | cut -c 1-12)
dir=$CACHE/torture/${src##*/linux-}-$kind-$key
# one build may take longer than others wait for a lock
mkdir -p "$CACHE"
exec 9>"$CACHE/torture-$kind.lock"
flock -w 3600 9 || die 'another run has been building this kernel for an hour'
build >&2
echo "$dir"
