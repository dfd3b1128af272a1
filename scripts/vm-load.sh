#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm-load.sh IP_CONNTRACK.KO: loads it and the modules that lie beside it in a
# VM that has nothing else but busybox, pings, looks for the entry, unloads all
# of them. Needs neither 9p nor network devices, so it serves kernels that have
# neither. Status 0 if all went well and the kernel did not complain.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

ko=$1
kver=$(vm_kver)
kdir=$(vm_kdir "$kver")
"$TREE/scripts/deps.sh" vm
{ read -r kernel; } < <("$TREE/scripts/vm-image.sh" --kernel "$kver")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# needed MODULE: paths of what it stands on and of itself, from the ground up
needed() {
	local name

	for name in $(modinfo -F depends "$1" | tr ',' ' '); do
		if [ -e "${ko%/*}/$name.ko" ]; then
			needed "${ko%/*}/$name.ko"
		else
			modprobe -d "$kdir" -S "$kver" --show-depends "$name" |
				awk '$1 == "insmod" { print $2 }'
		fi
	done
	echo "$1"
}

mkdir -p "$tmp/root"/{bin,modules,proc,sys,dev}
cp /bin/busybox "$tmp/root/bin"
for module in "$ko" "${ko%/*}"/*.ko; do
	needed "$module"
done | awk '!seen[$0]++' | while read -r module; do
	unpack_module "$module" "$tmp/root/modules" >>"$tmp/root/modules/order"
done

cat >"$tmp/root/init" <<'END'
#!/bin/busybox sh
bb=/bin/busybox
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
said() { echo "vm-load: $1" >/dev/console; }
end() { said "$1"; $bb reboot -f; }
while read -r module; do
	$bb insmod "/modules/$module" || end "cannot load $module"
	list="$module $list"
done </modules/order
$bb ip link set lo up
$bb ping -c 1 -W 20 127.0.0.1 >/dev/null || end 'no answer to a ping'
$bb grep -q '^icmp .*src=127.0.0.1' /proc/net/ip_conntrack || end 'no entry'
for module in $list; do
	# busybox has - and _ apart, the kernel has not
	$bb rmmod "$(echo "${module%.ko}" | $bb tr - _)" || end "cannot unload $module"
done
[ ! -e /proc/net/ip_conntrack ] || end 'unloaded, and still there'
end ok
END
chmod 755 "$tmp/root/init"
(cd "$tmp/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$tmp/initrd"

timeout -k 5 "${VM_LOAD_SECONDS:-240}" qemu-system-x86_64 \
	-nodefaults -no-user-config -no-reboot -display none -nic none \
	-accel tcg -cpu max -smp 2 -m 768 -kernel "$kernel" -initrd "$tmp/initrd" \
	-append 'console=ttyS0 panic=-1 oops=panic reboot=t mitigations=off cryptomgr.notests' \
	-chardev "file,id=console,path=$tmp/console" -serial chardev:console \
	</dev/null >/dev/null 2>"$tmp/qemu" || :

if ! grep -q '^.*vm-load: ok' "$tmp/console"; then
	grep 'vm-load:' "$tmp/console" >&2 || tail -n 10 "$tmp/console" "$tmp/qemu" >&2
	exit 1
fi
"$TREE/scripts/vm-complaints.sh" "$tmp/console" >&2
