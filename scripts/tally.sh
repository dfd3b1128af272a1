# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What became of scenarios, counted; sourced by those who have VMs run them.
#
#   passed, failed, skipped   so far
#   work                      the caller's folder, which the VM has as /run/out

passed=0 failed=0 skipped=0

add() {
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# tally_finish [OF]: the last line, and the end
tally_finish() {
	if [ $((passed + failed)) = 0 ]; then
		echo "no test was run${1:-}"
		failed=1
	fi
	printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	exit $((failed > 0))
}

# vm_seconds SLOW SCENARIO...: what they may take on a kernel SLOW times slower
vm_seconds() {
	local slow=$1 sum=0 script seconds

	shift
	for script in "$@"; do
		seconds=$(sed -n 's/^# timeout: \([0-9]*\)$/\1/p' "$script")
		sum=$((sum + ${seconds:-60} * slow))
	done
	echo "$sum"
}

# vm_ended: how many scenarios the VM has run to their end
vm_ended() {
	local numbers

	numbers=$(cat "${work:?}/numbers" 2>/dev/null || echo 0 0 0)
	echo $((${numbers// / + }))
}

# vm_tally STATUS WANTED: a VM has ended thus, which was to run so many
vm_tally() {
	# shellcheck disable=SC2046 # three numbers
	add $(cat "${work:?}/numbers" 2>/dev/null || echo 0 0 0)
	if [ "$(vm_ended)" -lt "$2" ]; then
		echo "  the VM ended with status $1 before the scenarios did"
		add 0 1 0
	fi
	case $1 in
	96 | 97 | 98 | 124 | 125)
		echo "  the kernel of the VM was not content (status $1)"
		add 0 1 0
		;;
	esac
}
