#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm-image.sh KVER: makes the small initramfs that mounts the host's root in
# the VM, and prints its path. Cached by kernel build and by this script.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

kver=$1
kdir=$(vm_kdir "$kver")
key=$(cat "$0" "$TREE/scripts/vm-initramfs" | sha256sum | cut -c 1-12)
image=$kdir/initramfs-$key.gz

# what the mounts need; modprobe's own order makes the list of insmods
modules='virtio_pci 9pnet_virtio 9p overlay virtio_console'

build() {
	local tmp module

	[ ! -e "$image" ] || return 0
	tmp=$(mktemp -d)
	mkdir -p "$tmp"/{bin,modules,dev,proc,sys,lower,upper,newroot}
	cp /bin/busybox "$tmp/bin/busybox"
	cp "$TREE/scripts/vm-initramfs" "$tmp/init"
	chmod 755 "$tmp/init"

	for module in $modules; do
		modprobe -d "$kdir" -S "$kver" --show-depends "$module" |
			awk '$1 == "insmod" { print $2 }'
	done | awk '!seen[$0]++' | while read -r module; do
		cp "$module" "$tmp/modules/"
		basename "$module" >>"$tmp/modules/order"
	done

	(cd "$tmp" && find . | cpio -o -H newc --quiet | gzip -1) >"$image.new"
	mv "$image.new" "$image"
	rm -rf "$tmp"
}

locked image build
echo "$image"
