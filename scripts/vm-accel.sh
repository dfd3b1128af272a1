#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm-accel.sh KERNEL INITRD: prints kvm where a guest really boots with it,
# else tcg. A /dev/kvm that opens proves nothing (a nested guest may hang in
# its first instructions), so one is booted, once, and the answer remembered
# for this machine and kernel.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

key=$({ uname -nrm; cat /etc/machine-id 2>/dev/null; grep -m 1 'model name' /proc/cpuinfo; } |
	sha256sum | cut -c 1-12)
answer=$CACHE/accel-$key
log=

# An empty root is enough: the guest proves itself by its first process, which
# finds nothing to mount, says so and reboots.
boots() {
	log=$(mktemp)
	# the braces: QEMU may also abort, and the shell would remark on it
	{ timeout -k 2 "${VM_PROBE_SECONDS:-12}" qemu-system-x86_64 \
		-nodefaults -no-user-config -no-reboot -display none -nic none \
		-accel kvm -cpu host -m 512 -kernel "$1" -initrd "$2" \
		-append 'console=ttyS0 quiet panic=-1 reboot=t' \
		-chardev "file,id=console,path=$log" -serial chardev:console \
		</dev/null >/dev/null 2>&1 || :; } 2>/dev/null
	grep -q 'vm-initramfs:' "$log"
}

probe() {
	[ ! -s "$answer" ] || return 0
	if [ ! -w /dev/kvm ]; then
		echo tcg >"$answer"
		return 0
	fi
	say probe 'does a guest boot with KVM here? (once)'
	if boots "$@"; then
		echo kvm >"$answer"
	else
		echo tcg >"$answer"
	fi
	rm -f "$log"
	say probe "$(cat "$answer")"
}

locked accel probe "$@"
cat "$answer"
