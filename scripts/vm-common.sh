# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts of the lab share; sourced, never run.
#
#   TREE   top of the source tree
#   CACHE  what is installed, built and remembered outside the tree

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

# The kernel of the VM: the one whose headers linux-headers-amd64 brings in.
vm_kver() {
	dpkg-query -W -f '${Depends}' linux-headers-amd64 2>/dev/null |
		sed -n 's/.*linux-headers-\([0-9][^ ,]*-amd64\).*/\1/p'
}

# The exact version of that package; its image has the same one.
vm_kpkg() {
	dpkg-query -W -f '${Version}' "linux-headers-$1" 2>/dev/null
}

vm_kdir() { printf '%s/kernel/%s\n' "$CACHE" "$(vm_kpkg "$1")"; }
