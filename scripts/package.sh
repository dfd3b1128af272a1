#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# package.sh source DIR   puts what DKMS needs into DIR: sources, licence and a
#                         dkms.conf
# package.sh deb [DIR]    makes ip-conntrack-dkms_VERSION_all.deb in DIR (build)
# package.sh version      prints the version
# package.sh range        prints the first and the last kernel that is supported
#
# The version stands in src/main.c (MODULE_VERSION), the kernels that are
# supported in src/compat.h; PACKAGE_VERSION=x makes one of another version.

set -euo pipefail
tree=$(cd "$(dirname "$0")/.." && pwd)
cd "$tree"

version=${PACKAGE_VERSION:-$(sed -n 's/^MODULE_VERSION("\(.*\)");/\1/p' src/main.c)}
[ -n "$version" ] || { echo 'package.sh: src/main.c states no version' >&2; exit 2; }

# limit FIRST|LAST: that end of the range of kernels
limit() {
	sed -n "s/^#define IP_CT_LINUX_$1 *KERNEL_VERSION(\([0-9]*\), *\([0-9]*\).*/\1.\2/p" \
		src/compat.h
}
first=$(limit FIRST)
last=$(limit LAST)

dkms_conf() {
	local module modules number=0

	# shellcheck disable=SC2016 # for DKMS
	cat <<-END
	PACKAGE_NAME="ip_conntrack"
	PACKAGE_VERSION="$version"
	# Linux $first to $last; Kbuild says so on any other
	MAKE[0]="make -C \$kernel_source_dir M=\$dkms_tree/\$module/\$module_version/build modules"
	CLEAN="make -C \$kernel_source_dir M=\$dkms_tree/\$module/\$module_version/build clean"
	END
	# shellcheck disable=SC2016 # for make
	modules=$(sed -n 's/^obj-\(m\|$(CONFIG_IP_CONNTRACK)\) += \(.*\)\.o$/\2/p' Kbuild)
	while read -r module; do
		echo "BUILT_MODULE_NAME[$number]=\"$module\""
		echo "DEST_MODULE_LOCATION[$number]=\"/updates/dkms\""
		number=$((number + 1))
	done <<<"$modules"
}

# what the build needs: Kbuild, src, include, without what was built there
put_source() {
	local file

	mkdir -p "$1"
	find Kbuild LICENSE src include -type f \( -name Kbuild -o -name LICENSE \
		-o -name '*.[ch]' \) ! -name '*.mod.c' | while read -r file; do
		install -D -m 644 "$file" "$1/$file"
	done
	sed -i "s/^MODULE_VERSION(.*/MODULE_VERSION(\"$version\");/" "$1/src/main.c"
	dkms_conf >"$1/dkms.conf"
}

# fill FILE MODE DESTINATION: with the version and the range in it
fill() {
	sed "s/@VERSION@/$version/g;s/@FIRST@/$first/g;s/@LAST@/$last/g" \
		"scripts/deb/$1" >"$tmp/filled"
	install -D -m "$2" "$tmp/filled" "$tmp/root/$3"
}

make_deb() {
	local out=$1 doc=$tmp/root/usr/share/doc/ip-conntrack-dkms

	put_source "$tmp/root/usr/src/ip_conntrack-$version"
	fill build 755 usr/lib/ip-conntrack-dkms/build
	fill kernel-hook 755 etc/kernel/postinst.d/ip-conntrack-dkms
	fill kernel-hook 755 etc/kernel/header_postinst.d/ip-conntrack-dkms
	fill postinst 755 DEBIAN/postinst
	fill prerm 755 DEBIAN/prerm
	fill ip_conntrack.rules 644 usr/lib/udev/rules.d/90-ip_conntrack.rules
	install -D -m 644 scripts/modprobe.conf \
		"$tmp/root/usr/lib/modprobe.d/ip_conntrack.conf"
	install -D -m 755 scripts/ip-conntrack-state \
		"$tmp/root/usr/sbin/ip-conntrack-state"
	install -D -m 644 docs/ip_conntrack.4 \
		"$tmp/root/usr/share/man/man4/ip_conntrack.4"
	install -D -m 644 README.md "$doc/README.md"
	install -m 644 docs/settings/*.conf "$doc"
	{
		echo 'ip_conntrack is free software: GNU General Public License, version 2.'
		echo 'Its text: /usr/share/common-licenses/GPL-2'
	} >"$doc/copyright"
	chmod 644 "$doc/copyright"
	printf '/etc/kernel/%s/ip-conntrack-dkms\n' postinst.d header_postinst.d \
		>"$tmp/root/DEBIAN/conffiles"
	# without openssl DKMS makes no key and does not sign, and says it in its log only
	cat >"$tmp/root/DEBIAN/control" <<-END
	Package: ip-conntrack-dkms
	Version: $version
	Architecture: all
	Section: kernel
	Priority: optional
	Maintainer: ip_conntrack maintainers <maintainers@users.noreply.r-seed-a4eeaf89.example>
	Depends: dkms, kmod, openssl
	Recommends: linux-headers-amd64, udev
	Description: IPv4 connection tracker, as a kernel module built by DKMS
	 Shows every connection in /proc/net/ip_conntrack, and answers the firewall's
	 rules about it. For Linux $first to $last.
	END
	mkdir -p "$out"
	chmod 755 "$tmp/root"
	dpkg-deb --root-owner-group -Zxz --build "$tmp/root" \
		"$out/ip-conntrack-dkms_${version}_all.deb" >/dev/null
	echo "$out/ip-conntrack-dkms_${version}_all.deb"
}

umask 022
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
case ${1:-} in
source) put_source "$2" ;;
deb) make_deb "${2:-build}" ;;
version) echo "$version" ;;
range) echo "$first $last" ;;
*) echo "package.sh: source DIR, deb [DIR], version or range" >&2; exit 2 ;;
esac
