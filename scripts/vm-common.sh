# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts of the lab share; sourced, never run.
#
#   TREE   top of the source tree
#   CACHE  what is installed, built and remembered outside the tree
#
# Everything that boots or builds uses Debian 12's kernel, or by environment
# another one (scripts/matrix.sh has some, scripts/vm.sh boots it):
#
#   IP_CONNTRACK_KERNEL   a folder with boot/vmlinuz-KVER (a boot/vmlinux-KVER
#                         is preferred) and lib/modules/KVER with modules.dep
#   IP_CONNTRACK_HEADERS  where its modules are built, for make -C
#                         (default: /usr/src/linux-headers-KVER)
#   IP_CONNTRACK_CHROOT   a system with a compiler of its own, in which that
#                         folder is and make runs (default: this machine)

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${IP_CONNTRACK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ip_conntrack}
export TREE CACHE

say() { printf '  %-9s %s\n' "$1" "$2" >&2; }

die() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	exit "${2:-2}"
}

# locked NAME COMMAND...: one at a time, also between two runs of the lab
locked() {
	local lock=$CACHE/$1.lock

	shift
	mkdir -p "$CACHE"
	(
		flock -w 900 9 || die "another run has held $lock for 15 minutes"
		"$@"
	) 9>"$lock"
}

# in_chroot ROOT DIR COMMAND...: runs it there as root, with DIR of this machine
# at the same path. The mounts are its own and end with it.
in_chroot() {
	# shellcheck disable=SC2016 # for that shell
	unshare --mount --pid --fork --kill-child /bin/sh -euc '
		root=$1 dir=$2
		shift 2
		mount -t proc proc "$root/proc"
		mount --bind /dev "$root/dev"
		mkdir -p "$root$dir"
		mount --bind "$dir" "$root$dir"
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
		export PATH LC_ALL=C.UTF-8
		exec chroot "$root" "$@"' sh "$@"
}

# download ROOT DIR PACKAGE: its .deb, from where ROOT gets its packages
download() {
	# shellcheck disable=SC2016 # for that shell
	in_chroot "$1" "${2%/*}" sh -c 'cd "$1" && apt-get -q \
		-o APT::Sandbox::User=root download "$2"' sh "$2" "$3"
}

# The kernel of the VM: the one whose headers linux-headers-amd64 brings in.
vm_kver() {
	local dir

	if [ -n "${IP_CONNTRACK_KERNEL:-}" ]; then
		for dir in "$IP_CONNTRACK_KERNEL"/lib/modules/*/; do
			[ ! -e "$dir/modules.dep" ] || basename "$dir"
		done
		return
	fi
	dpkg-query -W -f '${Depends}' linux-headers-amd64 2>/dev/null |
		sed -n 's/.*linux-headers-\([0-9][^ ,]*-amd64\).*/\1/p'
}

# The exact version of that package; its image has the same one.
vm_kpkg() {
	dpkg-query -W -f '${Version}' "linux-headers-$1" 2>/dev/null
}

vm_kdir() {
	printf '%s\n' "${IP_CONNTRACK_KERNEL:-$CACHE/kernel/$(vm_kpkg "$1")}"
}

vm_headers() {
	printf '%s\n' "${IP_CONNTRACK_HEADERS:-/usr/src/linux-headers-$1}"
}

# vm_build_dir KVER: where this tree is built for that kernel
vm_build_dir() {
	local id=$1 name

	[ -n "${IP_CONNTRACK_KERNEL:-}" ] || id=$(vm_kpkg "$1")
	name=$(printf '%s' "$TREE${IP_CONNTRACK_KERNEL:-}" | sha256sum)
	printf '%s\n' "$CACHE/build/$id-${name:0:12}"
}

# vm_make KVER DIR ARGUMENT...: make for the modules in DIR, below $CACHE/build
vm_make() {
	local headers dir=$2

	headers=$(vm_headers "$1")
	shift 2
	if [ -n "${IP_CONNTRACK_CHROOT:-}" ]; then
		in_chroot "$IP_CONNTRACK_CHROOT" "$CACHE/build" \
			make -C "$headers" M="$dir" "$@"
	else
		make -C "$headers" M="$dir" "$@"
	fi
}

# unpack_module FILE DIR: a kernel module in plain; prints its name there
unpack_module() {
	local name=${1##*/}

	name=${name%.ko*}.ko
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*) cat "$1" ;;
	esac >"$2/$name"
	echo "$name"
}
