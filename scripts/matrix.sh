#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# matrix.sh [--no-scenarios] [--update] [NAME...]: kernel by kernel, does the
# module build without a warning, does it load, and what do the scenarios say?
# NAMEs are those of scripts/matrix-kernel.sh, default: all. The flavours
# are built and loaded, and their scenarios run only if they are named.
# Status 0 if nothing failed.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
cd "$TREE"

scenarios=1 update=''
while [[ ${1:-} = --* ]]; do
	case $1 in
	--no-scenarios) scenarios='' ;;
	--update) update=--update ;;
	*) die "unknown option $1" ;;
	esac
	shift
done
named=${1:+yes}
# shellcheck disable=SC2046 # names without spaces
[ $# -gt 0 ] || set -- $(scripts/matrix-kernel.sh --list)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
: >"$work/table"

# one NAME: its line of the table; the environment is the kernel's
one() {
	local name=$1 kver warnings loads=no result='not run' ko status=0

	kver=$(vm_kver)
	if ko=$(scripts/vm-module.sh --fresh 2>"$work/build"); then
		warnings=$(grep -ci 'warning' "$work/build") || :
		[ "$warnings" = 0 ] || status=1
		scripts/vm-load.sh "$ko" && loads=yes || status=1
		if [ -n "$scenarios" ] && { [ -n "$named" ] || [[ $name != *-* ]]; }; then
			scripts/test.sh scenarios | tee "$work/log" >&2 || status=1
			result=$(tail -n 1 "$work/log")
		fi
	else
		warnings='does not build' loads=- status=1
	fi
	grep -iE 'warning|error' "$work/build" >&2 || :
	printf '%-28s %-15s %-6s %s\n' "$kver" "$warnings" "$loads" "$result" \
		>>"$work/table"
	return "$status"
}

for name in "$@"; do
	say kernel "$name"
	# shellcheck disable=SC2086 # an option or nothing
	settings=$(scripts/matrix-kernel.sh $update "$name") ||
		{ failed=1; echo "$name: not to be had" >>"$work/table"; continue; }
	(
		while IFS='=' read -r key value; do
			[ -z "$key" ] || export "$key=$value"
		done <<<"$settings"
		one "$name"
	) || failed=1
done

printf '\n%-28s %-15s %-6s %s\n' kernel warnings loads scenarios
cat "$work/table"
exit "$failed"
