#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel-source.sh [--newest]: unpacks Debian's kernel source into the cache,
# once for each version, and prints where it is. The KUnit kernel and those of
# make torture are built from it, and checkpatch.pl comes from it. --newest: that
# of the newest kernel of the matrix, whose User Mode Linux has two processors
# (scripts/bench-uml.sh).

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

PACKAGE=linux-source-6.1
TARBALL=/usr/src/$PACKAGE.tar.xz
CHROOT=''

# Drivers and architectures that neither UML nor a small x86-64 kernel in QEMU
# uses: their sources need not be unpacked (their Kconfig files are read, so
# those are).
NO_DRIVERS='accel ata block bluetooth clk comedi counter crypto dma edac gpu
	hwmon i2c iio infiniband input interconnect isdn leds md media memory
	message mfd misc mtd net/ethernet net/wireless perf phy pinctrl power
	regulator remoteproc scsi soc spi staging target thermal usb video'

unpack() {
	local src=$1 tmp driver
	local -a not=(--exclude='*/Documentation/*/*' --exclude='*.dts*'
		--exclude='*/tools/testing/selftests'
		--exclude='*/sound/*.[ch]'
		--exclude='linux-source-*/arch/[a-tv-w]*/*.[chS]')

	[ ! -e "$src/ready" ] || return 0
	for driver in $NO_DRIVERS; do
		not+=(--exclude="linux-source-*/drivers/$driver/*.[chS]")
	done
	mkdir -p "$CACHE/source"
	# locked: whoever left such a folder behind is gone
	rm -rf "$CACHE"/source/{unpack,fetch}.*
	[ -z "$CHROOT" ] || fetch
	say unpack "${PACKAGE#linux-source-} kernel source (350 MB)"
	tmp=$(mktemp -d "$CACHE/source/unpack.XXXXXX")
	xz -dc -T0 "$TARBALL" | tar -x -C "$tmp" --strip-components=1 "${not[@]}"
	mkdir "$tmp/net/ip_conntrack"
	# shellcheck disable=SC2016 # for make, not for the shell
	echo 'obj-$(CONFIG_IP_CONNTRACK) += ip_conntrack/' >>"$tmp/net/Makefile"
	echo 'source "net/ip_conntrack/tests/kunit/Kconfig"' >>"$tmp/net/Kconfig"
	# forgotten there: what local_softirq_pending() reads in a module
	grep -q 'EXPORT_PER_CPU_SYMBOL(irq_stat)' "$tmp/arch/um/kernel/irq.c" ||
		sed -i '/^DEFINE_PER_CPU.*irq_stat);$/a EXPORT_PER_CPU_SYMBOL(irq_stat);' \
			"$tmp/arch/um/kernel/irq.c"
	touch "$tmp/ready"
	rm -rf "$src" "$CACHE"/source/fetch.*
	mv "$tmp" "$src"
}

# fetch: the package, from where the newest kernel came
fetch() {
	local dir

	dir=$(mktemp -d "$CACHE/source/fetch.XXXXXX")
	say fetch "$PACKAGE (150 MB)"
	download "$CHROOT" "$dir" "$PACKAGE" >"$dir/log" 2>&1 ||
		die "no $PACKAGE to be had: $(tail -n 1 "$dir/log")"
	dpkg -x "$dir"/linux-source-*.deb "$dir"
	TARBALL=$dir/usr/src/$PACKAGE.tar.xz
}

is_complete() {
	[ -e "$1/drivers/rtc/lib.c" ] || return 1
	! grep -q 'depends on !X86_64$' "$1/lib/Kconfig.debug"
}

# What an earlier version of this script left out, or did not change
complete() {
	local src=$1

	[ -e "$src/drivers/rtc/lib.c" ] ||
		xz -dc -T0 "$TARBALL" | tar -x -C "$src" --strip-components=1 \
			--wildcards 'linux-source-*/drivers/rtc/*.[ch]'
	# works on x86-64 with frame pointers, as later kernels allow
	sed -i '/^config FAULT_INJECTION_STACKTRACE_FILTER/,/^config ARCH_HAS_KCOV/ {
		/depends on !X86_64/d
	}' "$src/lib/Kconfig.debug"
}

"$TREE/scripts/deps.sh" kunit
if [ "${1:-}" = --newest ]; then
	environment=$("$TREE/scripts/matrix-kernel.sh" newest)
	CHROOT=$(sed -n 's/^IP_CONNTRACK_CHROOT=//p' <<<"$environment")
	version=$(sed -n 's/^IP_CONNTRACK_KERNEL=.*\///p' <<<"$environment")
	PACKAGE=linux-source-$(cut -d . -f 1,2 <<<"$version")
	src=$CACHE/source/linux-$version
	locked source unpack "$src"
	echo "$src"
	exit
fi
src=$CACHE/source/linux-$(dpkg-query -W -f '${Version}' "$PACKAGE")
locked source unpack "$src"
is_complete "$src" || locked source complete "$src"
echo "$src"
