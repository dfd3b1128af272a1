#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm.sh [options] -- command [argument...]
#
# Boots Debian's kernel in QEMU with the root of this machine below a tmpfs
# (whatever the command writes is gone afterwards), runs the command there as
# root in the present folder, passes its output through as it comes and ends
# with its exit status. The VM has no network device.
#
#   --smp N         processors (default 2)
#   --mem MB        memory (default 1024)
#   --cmdline ARGS  further arguments for the kernel
#   --qemu ARGS     further arguments for QEMU
#   --out DIR       a folder of this machine that the guest may write to; it
#                   finds it at /run/out
#   --timeout S     switch the VM off after S seconds (default 600, 0: never)
#   --interactive   the command talks to this terminal
#   --accel A       tcg or kvm (default: kvm where a guest boots with it), or
#                   single: tcg with one thread for all processors, or
#                   icount: one processor whose time is its instructions, a
#                   nanosecond each, and which does not wait when it is idle
#   --silence S     switch the VM off when it has stood still for S seconds
#                   (default 150; nothing to do is not standing still)
#   --log FILE      keep the log of the guest's kernel here
#   --quiet         no progress lines
#
# Exit status: that of the command, or
#   124  time ran out
#   125  the VM did not start, or ended without a result
#   98   the VM stood still: no program of it ran any more, or one that the
#        kernel does not wake (DIR/frozen has where its processors were)
#   97   the command succeeded, yet the kernel complained: oops, warning, BUG,
#        lock report, hung task, leak
#   96   the command succeeded, yet the kernel reported a stall, which on a
#        busy machine may be the emulator's: repeat on a quiet one

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

smp=2 mem=1024 cmdline='' timeout=600 shell='' accel=${VM_ACCEL:-} log='' quiet=''
out='' extra='' silence=150
while [ $# -gt 0 ]; do
	case $1 in
	--smp) smp=$2; shift 2 ;;
	--mem) mem=$2; shift 2 ;;
	--cmdline) cmdline=$2; shift 2 ;;
	--qemu) extra=$2; shift 2 ;;
	--out) out=$2; shift 2 ;;
	--timeout) timeout=$2; shift 2 ;;
	--interactive) shell=1 timeout=0; shift ;;
	--accel) accel=$2; shift 2 ;;
	--silence) silence=$2; shift 2 ;;
	--log) log=$2; shift 2 ;;
	--quiet) quiet=1; shift ;;
	--) shift; break ;;
	*) die "unknown option $1 (see the top of scripts/vm.sh)" ;;
	esac
done
[ $# -gt 0 ] || die 'no command'

"$TREE/scripts/deps.sh" vm
kver=$(vm_kver)
kdir=$(vm_kdir "$kver")
{ read -r kernel; read -r initrd; } < <("$TREE/scripts/vm-image.sh" "$kver")
[ -n "$accel" ] || accel=$("$TREE/scripts/vm-accel.sh" "$kernel" "$initrd")

job=$(mktemp -d)
qemu=
cleanup() {
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || :
	rm -rf "$job"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

cp "$TREE/scripts/vm-init" "$job/"
echo "$kdir" >"$job/kdir"
{
	printf 'VM_SHELL=%q VM_TERM=%q\n' "$shell" "${TERM:-dumb}"
	# what counts instructions would count the heart's, too
	[ -n "$shell" ] || [ "$accel" = icount ] || echo VM_HEART=1
	# what the lab is told by its environment
	for name in ${!IP_CONNTRACK_*} T; do
		[ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
	done
} >"$job/env"
{
	[ -z "$shell" ] || [ ! -t 0 ] ||
		stty size | { read -r rows columns; echo "stty rows $rows cols $columns"; }
	printf 'cd %q && exec' "$PWD"
	printf ' %q' "$@"
	echo
} >"$job/command"

console=$job/console
: >"$console"
# shellcheck disable=SC2054 # the commas are arguments of QEMU
case $accel in
tcg) machine=(-accel tcg,thread=multi -cpu max) ;;
single) machine=(-accel tcg,thread=single -cpu max) ;;
icount)
	smp=1
	machine=(-accel tcg,thread=single -cpu max -icount 'shift=0,sleep=off')
	;;
*) machine=(-accel "$accel" -cpu host) ;;
esac
# Our slab caches are to be their own: the kernel complains about an object that
# is left when its cache goes, and cannot tell it in one that others use too.
# shellcheck disable=SC2054 # likewise
args=(
	-nodefaults -no-user-config -no-reboot -display none -nic none
	"${machine[@]}" -smp "$smp" -m "$mem"
	-kernel "$kernel" -initrd "$initrd"
	-append "console=ttyS0 loglevel=7 panic=-1 oops=panic reboot=t net.ifnames=0 mitigations=off audit=0 apparmor=0 cryptomgr.notests no_timer_check slab_nomerge $cmdline"
	-chardev "file,id=console,path=$console" -serial chardev:console
	-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
	-device virtio-9p-pci,fsdev=root,mount_tag=hostroot
	-fsdev "local,id=job,path=$job,security_model=none"
	-device virtio-9p-pci,fsdev=job,mount_tag=job
	-device virtio-serial-pci
)
if [ -n "$out" ]; then
	# shellcheck disable=SC2054 # likewise
	args+=(
		-fsdev "local,id=out,path=$out,security_model=none"
		-device virtio-9p-pci,fsdev=out,mount_tag=out
	)
	touch "$job/out"
fi
# shellcheck disable=SC2206 # arguments of QEMU, to be split
args+=($extra)

# vm-init counts while programs run. A guest whose count stops, or that has a
# processor stuck for 100 s or a program for 240 s, will not come back.
watch_heart() {
	local beat last='' since=$SECONDS
	local stuck='soft lockup .* stuck for [0-9]{3,}s'

	stuck+='|task .* blocked for more than (2[4-9]|[3-9].)[0-9] seconds'
	while sleep 2 && kill -0 "$qemu" 2>/dev/null; do
		beat=$(cat "$job/heart" 2>/dev/null || :)
		[ "$beat" = "$last" ] || last=$beat since=$SECONDS
		[ -n "$last" ] || since=$SECONDS
		if [ $((SECONDS - since)) -ge "$silence" ] ||
		   grep -qE "$stuck" "$console"; then
			timeout 20 "$TREE/scripts/vm-frozen.py" "$job/monitor" \
				"$job/kallsyms" >"$job/frozen" || :
			kill "$qemu" || :
			break
		fi
	done >/dev/null 2>&1
}

[ -n "$quiet" ] || say boot "kernel $kver, $smp processors, $accel"
started=$SECONDS
status=0
if [ -n "$shell" ]; then
	# shellcheck disable=SC2054 # likewise
	args+=(-chardev stdio,id=io,signal=off -device virtconsole,chardev=io)
	saved=$(stty -g 2>/dev/null || :)
	qemu-system-x86_64 "${args[@]}" || status=$?
	[ -z "$saved" ] || stty "$saved"
else
	mkfifo "$job/output"
	cat "$job/output" &
	pump=$!
	# shellcheck disable=SC2054 # likewise
	args+=(
		-chardev "file,id=io,path=$job/output"
		-device virtserialport,chardev=io,name=out
	)
	args+=(-qmp "unix:$job/monitor,server=on,wait=off")
	timeout -k 5 "$timeout" qemu-system-x86_64 "${args[@]}" </dev/null \
		2>"$job/qemu.log" &
	qemu=$!
	watch_heart &
	wait "$qemu" || status=$?
	qemu=
	wait "$pump" || :
fi
took=$((SECONDS - started))

keep_log() {
	local kept=${log:-$CACHE/log/vm-$$.log}

	mkdir -p "$(dirname "$kept")"
	cp "$console" "$kept"
	say log "of the guest's kernel: $kept"
}

[ -z "$log" ] || cp "$console" "$log"
result=$(cat "$job/status" 2>/dev/null || :)
complaints=$("$TREE/scripts/vm-complaints.sh" "$console" || :)
stalls=$(printf '%s\n' "$complaints" | grep '^stall ' | cut -d ' ' -f 2- || :)
faults=$(printf '%s\n' "$complaints" | grep '^fault ' | cut -d ' ' -f 2- || :)

if [ -n "$faults" ]; then
	say KERNEL "complained in the VM:"
	printf '%s\n' "$faults" | head -n 60 | sed 's/^/            /' >&2
fi
if [ -n "$stalls" ]; then
	say STALL "reported by the guest; load of this machine: $(cut -d ' ' -f 1-3 /proc/loadavg), $(nproc) processors"
	printf '%s\n' "$stalls" | head -n 5 | sed 's/^/            /' >&2
	! grep -q 'exc_int3' "$console" ||
		say '' "int3 in the trace: the emulator's own (see hold_hooks in tests/lib.sh)"
	say '' 'an emulator starved of time reports stalls of its own: repeat on a quiet machine'
fi
[ -z "$faults$stalls" ] || keep_log

if [ -e "$job/frozen" ]; then
	say FROZEN "after $took s; load of this machine: $(cut -d ' ' -f 1-3 /proc/loadavg). Where it was in the last second:"
	sed 's/^/            /' "$job/frozen" >&2
	[ -z "$out" ] || cp "$job/frozen" "$out/"
	[ -n "$faults$stalls" ] || keep_log
	exit 98
fi
if [ "$status" = 124 ]; then
	say TIMEOUT "the VM was switched off after $timeout s; last words of its kernel:"
	tail -n 5 "$console" | sed 's/^/            /' >&2
	[ -n "$faults$stalls" ] || keep_log
	exit 124
fi
if [ -z "$result" ]; then
	say BROKEN "the VM ended after $took s without a result"
	tail -n 15 "$console" "$job/qemu.log" 2>/dev/null | sed 's/^/            /' >&2
	[ -n "$faults$stalls" ] || keep_log
	exit 125
fi
[ "$result" = 0 ] || exit "$result"
[ -z "$faults" ] || exit 97
[ -z "$stalls" ] || exit 96
