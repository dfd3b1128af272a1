#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm-image.sh [--kernel] KVER: makes what the VM boots, and prints two paths:
# the kernel and (without --kernel) the small initramfs that mounts the host's
# root. Cached by kernel build and by these scripts.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

only_kernel=''
[ "$1" != --kernel ] || { only_kernel=1; shift; }
kver=$1
kdir=$(vm_kdir "$kver")
key=$(cat "$0" "$TREE/scripts/vm-initramfs" | sha256sum | cut -c 1-12)
kernel=$kdir/boot/vmlinux-$kver
image=$kdir/initramfs-$key.gz

# what the mounts need; modprobe's own order makes the list of insmods
modules='virtio_pci 9pnet_virtio 9p overlay virtio_console'

# An emulator takes four seconds to unpack the kernel's xz; done here once, and
# QEMU boots the plain ELF file (PVH). Any other packing is left alone.
unpack() {
	[ ! -e "$kernel" ] || return 0
	/usr/bin/python3 - "$kdir/boot/vmlinuz-$kver" "$kernel.new" <<-'END'
	import lzma, struct, sys
	image = open(sys.argv[1], 'rb').read()
	offset, length = struct.unpack_from('<II', image, 0x248)
	start = (image[0x1f1] + 1) * 512 + offset
	try:
	    elf = lzma.LZMADecompressor().decompress(image[start:start + length])
	except lzma.LZMAError:
	    elf = image
	open(sys.argv[2], 'wb').write(elf)
	END
	mv "$kernel.new" "$kernel"
}

build() {
	local tmp module

	[ ! -e "$image" ] || return 0
	tmp=$(mktemp -d)
	mkdir -p "$tmp"/{bin,modules,dev,proc,sys,lower,upper,newroot}
	: >"$tmp/modules/order"	# all may be built in
	cp /bin/busybox "$tmp/bin/busybox"
	cp "$TREE/scripts/vm-initramfs" "$tmp/init"
	chmod 755 "$tmp/init"

	for module in $modules; do
		modprobe -d "$kdir" -S "$kver" --show-depends "$module" |
			awk '$1 == "insmod" { print $2 }'
	done | awk '!seen[$0]++' | while read -r module; do
		unpack_module "$module" "$tmp/modules" >>"$tmp/modules/order"
	done

	(cd "$tmp" && find . | cpio -o -H newc --quiet | gzip -1) >"$image.new"
	mv "$image.new" "$image"
	rm -rf "$tmp"
}

locked image unpack
echo "$kernel"
[ -z "$only_kernel" ] || exit 0
locked image build
echo "$image"
