#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# matrix-kernel.sh [--update] NAME: sees to it that another kernel than Debian
# 12's is in the cache, with what it takes to build modules for it, and prints
# the environment in which the lab uses it (scripts/vm-common.sh explains it):
#
#   env $(scripts/matrix-kernel.sh 6.12) make test T=udp-lines
#
# NAME is one of the first column below; "own" is Debian 12's kernel, for which
# nothing is printed. --update looks for a newer build than the cached one.
#
# Headers and compiler live in a Debian of the release in question, made with
# debootstrap from the mirror that this machine uses. The machine's own apt
# knows nothing of it, so it never installs from there.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

# name, Debian release, suite, flavour
KERNELS='
own        -         -                   amd64
6.1-rt     bookworm  bookworm-security   rt-amd64
6.1-cloud  bookworm  bookworm-security   cloud-amd64
6.12       bookworm  bookworm-backports  amd64
newest     trixie    trixie-backports    amd64
'

# mirror CODENAME: where this machine gets that suite from
mirror() {
	# shellcheck disable=SC2016 # for apt
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		"Codename: $1" | head -n 1
}

in_release() {
	DEBIAN_FRONTEND=noninteractive in_chroot "$root" "$CACHE/build" "$@"
}

# make_root: a Debian with a compiler, in one piece or not at all
make_root() {
	local archive security new=$root.new

	[ ! -e "$root/ready" ] || return 0
	archive=$(mirror bookworm)
	security=$(mirror bookworm-security)
	[ -n "$archive" ] || die 'the apt sources of this machine name no mirror of bookworm'
	say make "a Debian $release with a compiler (450 MB)"
	rm -rf "$new"
	mkdir -p "${root%/*}" "$CACHE/build"
	debootstrap --variant=minbase --include=gcc,make,kmod "$release" \
		"$new" "$archive" >"$root.log" 2>&1 || {
		tail -n 5 "$root.log" >&2
		die "debootstrap $release failed: $root.log"
	}
	{
		echo "deb $archive $release main"
		echo "deb $archive $release-backports main"
		echo "deb ${security:-${archive%/}-security} $release-security main"
	} >"$new/etc/apt/sources.list"
	apt-config dump | grep -E '^Acquire::https?::Proxy ' \
		>"$new/etc/apt/apt.conf.d/90proxy" || :
	# nothing boots from there, and an initramfs takes minutes
	chroot "$new" dpkg-divert --quiet --local --rename --add \
		/usr/sbin/update-initramfs
	ln -s /bin/true "$new/usr/sbin/update-initramfs"
	touch "$new/ready"
	mv "$new" "$root"
}

# newest_of: the kernel that the suite's headers package brings in today
newest_of() {
	in_release apt-cache -t "$suite" depends "linux-headers-$flavour" |
		sed -n 's/^ *Depends: linux-headers-\([0-9]\)/\1/p'
}

# Image and modules, in a folder of their own; from 7.x on they are three
# packages, and lib is usr/lib.
unpack_image() {
	local kver=$1 dir=$2 tmp part

	[ ! -e "$dir/ready" ] || return 0
	say fetch "kernel $kver"
	mkdir -p "$CACHE/kernel"
	tmp=$(mktemp -d "$CACHE/build/unpack.XXXXXX")
	for part in image binary modules base; do
		download "$root" "$tmp" "linux-$part-$kver" >>"$dir.log" 2>&1 ||
			[ "$part" != image ] ||
			die "no linux-image-$kver to be had: $dir.log"
	done
	for part in "$tmp"/*.deb; do
		dpkg -x "$part" "$tmp/root"
	done
	[ -e "$tmp/root/lib" ] || ln -s usr/lib "$tmp/root/lib"
	mkdir -p "$tmp/root/boot"
	[ -e "$tmp/root/boot/vmlinuz-$kver" ] ||
		ln -s "../lib/modules/$kver/vmlinuz" "$tmp/root/boot/vmlinuz-$kver"
	depmod -b "$tmp/root" "$kver"
	touch "$tmp/root/ready"
	chmod 755 "$tmp/root"
	rm -rf "$dir"
	mv "$tmp/root" "$dir"
	rm -rf "$tmp"
}

fetch() {
	local kver

	make_root
	[ "$update" ] || [ ! -s "$note" ] || return 0
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	in_release apt-get -qq update >&2
	kver=$(newest_of)
	[ -n "$kver" ] || die "$suite has no linux-headers-$flavour"
	say install "headers of $kver, in the Debian $release"
	in_release apt-get -y -q --no-install-recommends -t "$suite" install \
		"linux-headers-$kver" >"$root.log" 2>&1 || {
		tail -n 5 "$root.log" >&2
		die "no headers of $kver: $root.log"
	}
	unpack_image "$kver" "$CACHE/kernel/$kver"
	{
		echo "IP_CONNTRACK_KERNEL=$CACHE/kernel/$kver"
		echo "IP_CONNTRACK_HEADERS=/usr/src/linux-headers-$kver"
		echo "IP_CONNTRACK_CHROOT=$root"
	} >"$note"
}

update=''
[ "${1:-}" != --update ] || { update=1; shift; }
if [ "${1:-}" = --list ]; then
	awk 'NF { print $1 }' <<<"$KERNELS"
	exit
fi
read -r name release suite flavour < <(awk -v name="${1:-}" '$1 == name' \
	<<<"$KERNELS") || die "which kernel? $(awk 'NF { print $1 }' <<<"$KERNELS" | xargs)"
[ "$name" != own ] || exit 0
[ "$(id -u)" = 0 ] || die 'a Debian of another release is made by root'
root=$CACHE/chroot/$release
note=$CACHE/kernel/$name.env
if [ -n "$update" ] || [ ! -s "$note" ]; then
	"$TREE/scripts/deps.sh" matrix
	mkdir -p "$CACHE/kernel"
	locked matrix fetch
fi
cat "$note"
