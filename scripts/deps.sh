#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# deps.sh [build|vm|test|check|kunit|fuzz|bench|matrix]...   (default: build vm test)
#
# Installs what is missing on a Debian 12 machine, and says so. Asking again
# costs a fraction of a second and changes nothing. The kernel that the VM
# boots is unpacked into the cache and not installed: the host keeps its own
# kernel, boot loader and initramfs.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

packages_of() {
	case $1 in
	build)
		echo build-essential linux-headers-amd64 kmod
		;;
	vm)
		echo linux-headers-amd64 qemu-system-x86 busybox-static cpio \
			kmod python3 procps
		;;
	test)
		echo iproute2 iptables nftables conntrack netstat-nat ethtool \
			trace-cmd bpftrace linux-perf \
			iputils-ping netcat-openbsd socat openssh-client dropbear-bin tcpdump procps python3 \
			gcc libc6-dev libnetfilter-conntrack-dev iptstate \
			systemd udev \
			python3-pyroute2
		;;
	check)
		echo build-essential linux-headers-amd64 kmod shellcheck sparse perl \
			python3
		;;
	kunit)
		echo build-essential linux-source-6.1 bc bison flex libelf-dev \
			libssl-dev python3 xz-utils
		;;
	fuzz)
		echo clang libclang-rt-dev
		;;
	bench)
		echo gnuplot-nox python3
		;;
	matrix)
		echo debootstrap kmod xz-utils
		;;
	*)
		die "unknown group '$1'; known: build vm test check kunit fuzz bench matrix"
		;;
	esac
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

need_root() {
	[ "$(id -u)" = 0 ] || die "as root: apt-get install $1"
}

updated=
apt_update() {
	[ -z "$updated" ] || return 0
	say update 'package lists'
	apt-get -qq -o DPkg::Lock::Timeout=300 update || say note 'apt-get update had errors; going on with the lists at hand'
	updated=1
}

apt_install() {
	local log

	need_root "$*"
	apt_update
	say install "$*"
	log=$(mktemp)
	if ! DEBIAN_FRONTEND=noninteractive apt-get -y -q \
	     -o DPkg::Lock::Timeout=300 \
	     --no-install-recommends install "$@" >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		die "apt-get could not install: $*"
	fi
	rm -f "$log"
}

fetch_image() {
	(cd "$1" && apt-get -q -o APT::Sandbox::User=root download \
		"linux-image-$2=$(vm_kpkg "$2")" >/dev/null 2>&1)
}

# Kernel image and modules of the same build as the installed headers.
unpack_kernel() {
	local kver kdir tmp

	# another kernel is there already, or whoever names it sees to it
	[ -z "${IP_CONNTRACK_KERNEL:-}" ] || return 0
	kver=$(vm_kver)
	[ -n "$kver" ] || die 'linux-headers-amd64 names no kernel version'
	kdir=$(vm_kdir "$kver")
	[ ! -e "$kdir/ready" ] || return 0

	need_root "linux-headers-amd64, then again $0"
	mkdir -p "$CACHE/kernel"
	tmp=$(mktemp -d "$CACHE/kernel/unpack.XXXXXX")
	say fetch "kernel $kver for the VM (70 MB)"
	if ! fetch_image "$tmp" "$kver"; then
		# the archive has moved on: take headers and image of today
		apt_install linux-headers-amd64
		kver=$(vm_kver)
		kdir=$(vm_kdir "$kver")
		if ! fetch_image "$tmp" "$kver"; then
			rm -rf "$tmp"
			die "no package linux-image-$kver $(vm_kpkg "$kver") to be had"
		fi
	fi
	say unpack "into ${kdir/#$HOME/\~}"
	dpkg -x "$tmp"/linux-image-*.deb "$tmp/root"
	rm -f "$tmp"/linux-image-*.deb
	depmod -b "$tmp/root" "$kver"
	touch "$tmp/root/ready"
	rm -rf "$kdir"
	chmod 755 "$tmp/root"
	mv "$tmp/root" "$kdir"
	rm -rf "$tmp"
}

main() {
	local group package
	local -a missing=()

	for group in "$@"; do
		for package in $(packages_of "$group"); do
			installed "$package" && continue
			[[ " ${missing[*]} " == *" $package "* ]] ||
				missing+=("$package")
		done
	done
	[ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
	[[ " $* " != *' vm '* ]] || unpack_kernel
}

[ $# -gt 0 ] || set -- build vm test
for group in "$@"; do packages_of "$group" >/dev/null; done
locked deps main "$@"
