#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench-module.sh: builds tests/bench/ip_ct_bench.ko for the kernel of the VM,
# in a copy of its sources in the cache, and prints its path.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

"$TREE/scripts/deps.sh" build vm
kver=$(vm_kver)
copy=$(vm_build_dir "$kver")-bench

build() {
	local file

	mkdir -p "$copy"
	for file in "$TREE"/tests/bench/{Kbuild,*.[ch]}; do
		[ "$file" -ot "$copy/${file##*/}" ] || cp "$file" "$copy/"
	done
	if ! vm_make "$kver" "$copy" -j "$(nproc)" modules >"$copy.log" 2>&1; then
		grep -E 'error|warning|undefined|\*\*\*' "$copy.log" | head -n 40 >&2
		die 'the benchmark module does not build'
	fi
}

locked "${copy#"$CACHE/"}" build
echo "$copy/ip_ct_bench.ko"
