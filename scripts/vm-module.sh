#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm-module.sh [--fresh]: builds the modules for the kernel of the VM and prints
# the path of ip_conntrack.ko; the others lie beside it. They are built in a copy
# of the sources in the cache, so that objects for that kernel never mix with
# those that plain `make` leaves in the tree. The copy keeps the times of the
# files: only what changed is compiled again, or all of it with --fresh.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

"$TREE/scripts/deps.sh" build vm
fresh=${1:-}
kver=$(vm_kver)
[ -n "$kver" ] || die "no kernel in ${IP_CONNTRACK_KERNEL:-the packages of this machine}"
copy=$(vm_build_dir "$kver")

sources() {
	(cd "$1" && find . -path ./.git -prune -o -type f \
		\( -path './src/*' -o -path './include/*' -o -path ./Kbuild \) \
		\( -name '*.[chS]' -o -name 'Kbuild' -o -name 'Makefile' \) \
		-print | sort)
}

build() {
	local file module log=$copy.log start=$SECONDS

	[ "$fresh" != --fresh ] || rm -rf "$copy"
	mkdir -p "$copy"
	# what was deleted or renamed since must not be compiled any more
	comm -13 <(sources "$TREE") <(sources "$copy") |
		while read -r file; do rm -f "$copy/$file"; done
	(cd "$TREE" && sources . | cpio -pdmu --quiet "$copy")

	say build "the modules for $kver"
	if ! vm_make "$kver" "$copy" -j "$(nproc)" modules >"$log" 2>&1; then
		grep -E 'error|warning|undefined|\*\*\*' "$log" |
			sed "s|$copy/||g" | head -n 40 >&2
		die 'the module does not build; its log is the lines above'
	fi
	# 3 MB of debugging information would be read at each insmod
	mkdir -p "$copy/vm"
	for module in "$copy"/vm/*.ko; do
		[ -e "$copy/${module##*/}" ] || rm -f "$module"
	done
	while read -r module; do
		module=$(basename "${module%.*}").ko
		objcopy --strip-debug "$copy/$module" "$copy/vm/new"
		mv "$copy/vm/new" "$copy/vm/$module"
	done <"$copy/modules.order"
	grep -iE 'warning:' "$log" | sed "s|$copy/||g" >&2 || :
	say built "in $((SECONDS - start)) s"
}

headers=${IP_CONNTRACK_CHROOT:-}$(vm_headers "$kver")
[ -e "$headers/Makefile" ] || die "no kernel headers at $headers"
locked "${copy#"$CACHE/"}" build
[ -e "$copy/vm/ip_conntrack.ko" ] || die 'the build made no ip_conntrack.ko'
echo "$copy/vm/ip_conntrack.ko"
