#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test-guest.sh RESULTS SCENARIO...: runs the scenarios one after the other,
# inside the VM, each from a clean state, and keeps "passed failed skipped" in
# the file RESULTS, as far as it has come.
#
# A scenario has 60 seconds, or what a line "# timeout: N" in it says, times
# IP_CONNTRACK_SLOW (1) for a kernel that is slower than Debian's. It ends
# with 0 (passed), 77 (skipped, with the reason as its last line of output) or
# anything else (failed).

set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

results=$1
shift
[ -e "${IP_CONNTRACK_KO:-}" ] || {
	echo "test-guest.sh: IP_CONNTRACK_KO names no module" >&2
	exit 2
}
passed=0 failed=0 skipped=0 number=0 total=$#
log=$(mktemp)
declare -a broken=()

# unload MODULE: rules of a namespace that was deleted use it for a while
unload() {
	local tries

	for ((tries = 0; tries < 40; tries++)); do
		grep -q "^$1 " /proc/modules || return 0
		! timeout 20 rmmod "$1" 2>/dev/null || return 0
		sleep 0.5
	done
}

# take_out MODULE: after those that use it, and those that use them
take_out() {
	local user

	while read -r user; do
		take_out "$user"
	done < <(awk -v module="$1" '$1 == module && $4 != "-" {
			gsub(",", "\n", $4); printf "%s", $4 }' /proc/modules)
	! grep -q "^$1 " /proc/modules || timeout 20 rmmod "$1" 2>/dev/null
}

# Whatever a scenario left behind: processes in the namespaces, the namespaces,
# the modules. Status 1 if ours will not go.
clean() {
	local ns module pass

	for ns in $(ip netns list | cut -d ' ' -f 1); do
		ip netns pids "$ns" | xargs -r kill -9 2>/dev/null
		ip netns del "$ns" 2>/dev/null
	done
	for module in "$(dirname "$IP_CONNTRACK_KO")"/*.ko; do
		module=$(basename "$module" .ko)
		[ "$module" = ip_conntrack ] || unload "$module"
	done
	unload ip_conntrack
	for ((pass = 0; pass < 40; pass++)); do
		grep -q '^nf_conntrack ' /proc/modules || break
		take_out nf_conntrack
		sleep 0.2
	done
	! grep -q '^ip_conntrack ' /proc/modules
}

now() { echo $((${EPOCHREALTIME/./} / 1000)); }

for script in "$@"; do
	number=$((number + 1))
	name=$(basename "$script" .sh)
	limit=$(sed -n 's/^# timeout: \([0-9]*\)$/\1/p' "$script")
	limit=$((${limit:-60} * ${IP_CONNTRACK_SLOW:-1}))
	start=$(now)
	timeout -k 3 "$limit" bash "$script" >"$log" 2>&1
	status=$?
	took=$(($(now) - start))
	case $status in
	0) word=ok passed=$((passed + 1)) ;;
	77) word=SKIP skipped=$((skipped + 1)) ;;
	124 | 137) word=TIMEOUT failed=$((failed + 1)) broken+=("$name") ;;
	*) word=FAIL failed=$((failed + 1)) broken+=("$name") ;;
	esac
	printf '  %-7s %2d/%d  %-32s %3d.%d s\n' "$word" "$number" "$total" \
		"$name" $((took / 1000)) $((took / 100 % 10))
	case $word in
	ok) ;;
	SKIP) tail -n 1 "$log" ;;
	*) cat "$log" ;;
	esac
	[ "$word" != TIMEOUT ] || echo "    no end within $limit s"
	echo "$passed $failed $skipped" >"$results"
	if ! clean; then
		echo "    the module cannot be unloaded after $name: the rest is not run"
		failed=$((failed + total - number))
		break
	fi
done

[ ${#broken[@]} = 0 ] || printf '\n  failed: %s\n' "${broken[*]}"
echo "$passed $failed $skipped" >"$results"
rm -f "$log"
exit $((failed > 0))
