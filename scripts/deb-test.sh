#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # expect calls them
#
# deb-test.sh: the life of the package ip-conntrack-dkms in a Debian 12, which
# is a throw-away layer over the one that scripts/matrix-kernel.sh makes: it is
# installed, the kernel is updated, it is upgraded, a version comes that does
# not build and a kernel with it, it is removed. What DKMS has built is loaded
# in a VM. Ends with "N passed, N failed, N skipped".

set -euo pipefail
# mounts of our own, which end with us
[ "${1:-}" = --mounted ] || exec unshare --mount "$0" --mounted
. "$(dirname "$0")/vm-common.sh"
cd "$TREE"

settings=$(scripts/matrix-kernel.sh 6.1-cloud)
# what the name stands for now: the lab's own release
lower=$(sed -n 's/^IP_CONNTRACK_CHROOT=//p' <<<"$settings")
work=$(mktemp -d "$CACHE/build/deb-test.XXXXXX")
trap 'umount "$work/root" 2>/dev/null || :; rm -rf "$work"' EXIT
root=$work/root log=$work/log
mkdir "$work"/{upper,tmp,root,deb}
mount -t overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/tmp" \
	overlay "$root"

passed=0 failed=0
inside() {
	DEBIAN_FRONTEND=noninteractive in_chroot "$root" "$work/deb" "$@"
}

# expect SENTENCE COMMAND...
expect() {
	local title=$1 start=$SECONDS

	shift
	if "$@" >"$log" 2>&1; then
		printf '  ok    %s (%d s)\n' "$title" $((SECONDS - start))
		passed=$((passed + 1))
	else
		printf '  FAIL  %s\n' "$title"
		tail -n 25 "$log" | sed 's/^/        /'
		failed=$((failed + 1))
	fi
}

apt() { inside apt-get -y -q --no-install-recommends "$@"; }
# by the key that the README has enrolled
signed() {
	inside openssl x509 -inform DER -in /var/lib/dkms/mok.pub -noout -subject |
		grep -qF "$(inside modinfo -k "$1" -F signer ip_conntrack)" &&
		inside modinfo -k "$1" -F sig_key ip_conntrack | grep -q :
}
from_sources() {
	make -s install-dkms DESTDIR="$root" &&
		inside dkms install "ip_conntrack/$version" -k "$1"
}
built() { inside modinfo -k "$1" -F version ip_conntrack | grep -qxF "$2"; }
not() { ! "$@"; }
healthy() { [ -z "$(inside dpkg --audit)" ] && apt check; }
said() { grep -q "$1" "$work/said"; }
apt_said() { apt "$@" 2>&1 | tee "$work/said"; }

# nothing of it anywhere, but for what the test itself has brought
gone() {
	! find "$root"/{etc,usr,lib/modules,var/lib/dkms} -iname '*ip[-_]conntrack*' \
		! -path "$root/usr/include/*" ! -path "$root/usr/src/linux-headers*" \
		! -path "$root/lib/modules/*/kernel/*" 2>/dev/null | grep .
}

load() {
	mkdir -p "$work/ko"
	cp "$root/lib/modules/$1/updates/dkms"/*.ko "$work/ko"
	IP_CONNTRACK_KERNEL=$(sed -n 's/^IP_CONNTRACK_KERNEL=//p' <<<"$settings") \
		scripts/vm-load.sh "$work/ko/ip_conntrack.ko"
}

# packages: of this tree, of the next version, of one that does not build
version=$(scripts/package.sh version)
one=$(scripts/package.sh deb "$work/deb")
two=$(PACKAGE_VERSION=$version+next scripts/package.sh deb "$work/deb")
mkdir "$work/broken"
cp -r Kbuild LICENSE README.md src include docs scripts "$work/broken"
echo '#error broken on purpose' >>"$work/broken/src/main.c"
three=$(PACKAGE_VERSION=$version+wrong "$work/broken/scripts/package.sh" deb "$work/deb")

cp /etc/resolv.conf "$root/etc/resolv.conf"
inside apt-get -qq update
new=$(sed -n 's|^IP_CONNTRACK_KERNEL=.*/||p' <<<"$settings")
old=$(inside apt-cache search -n '^linux-headers-6\.1.*-cloud-amd64$' |
	sed 's/^linux-headers-//;s/ .*//' | sort -V | grep -xF -B 1 "$new" | head -n 1)
[ "$old" != "$new" ] || die "the archive has no kernel before $new"
# the newest is there from the matrix; here it comes later
apt purge 'linux-headers-*' >/dev/null 2>&1

printf '\nPackage %s, kernels %s and then %s\n' "${one##*/}" "$old" "$new"
expect 'a kernel, its headers and DKMS install' \
	apt install dkms "linux-image-$old" "linux-headers-$old"
expect 'the package installs' apt install "$one"
expect 'and has built for the kernel' built "$old" "$version"
expect 'signed by the key of this machine' signed "$old"
expect 'a kernel update installs' \
	apt install "linux-image-$new" "linux-headers-$new"
expect 'and has it built for the new kernel' built "$new" "$version"
expect 'what DKMS has built works in a VM with that kernel' load "$new"
expect 'an older kernel goes' apt purge "linux-image-$old" "linux-headers-$old"
expect 'an upgrade installs' apt install "$two"
expect 'and is what the kernel has now' built "$new" "$version+next"
expect 'the old version has left DKMS' \
	not test -e "$root/usr/src/ip_conntrack-$version" -o \
	-e "$root/var/lib/dkms/ip_conntrack/$version"
expect 'a version that does not build installs all the same' \
	apt_said install "$three"
expect 'and says so' said 'DOES NOT BUILD'
expect 'with what to do' said 'apt-get remove ip-conntrack-dkms'
expect 'a kernel installs although the module does not build for it' \
	apt_said install "linux-image-$old" "linux-headers-$old"
expect 'which is said' said "DOES NOT BUILD for $old"
expect 'apt and dpkg are content' healthy
expect 'the package goes' apt remove ip-conntrack-dkms
expect 'and lets the rules load what they did before' \
	not test -e "$root/usr/lib/modprobe.d/ip_conntrack.conf"
expect 'and is purged' apt purge ip-conntrack-dkms
expect 'nothing is left of it' gone

expect 'the sources alone are what DKMS takes' from_sources "$old"
expect 'and builds' built "$old" "$version"

printf '\n%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
exit $((failed > 0))
