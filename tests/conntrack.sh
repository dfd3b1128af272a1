# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # names for lib.sh and for the scenarios
#
# For scenarios of ip_conntrack_netlink.ko; sourced after lib.sh.

LISTEN=				# conntrack -E or the like, while it runs
EVENTS=$(mktemp)		# what it has printed
PORT=$((20000 + $$ % 20000))	# a port of ours; the next are free too

# netlink_up [PARAMETER=VALUE...]: the tracker and its netlink
netlink_up() {
	load_module "$@"
	load_beside ip_conntrack_netlink
	no_stock
}

netlink_down() {
	no_stock
	STEP='rmmod ip_conntrack_netlink'
	rmmod ip_conntrack_netlink ||
		die "rmmod failed: $(lsmod | grep '^ip_conntrack_netlink ')"
	unload_module
}

# The kernel's own tracker has no part in this.
no_stock() {
	! grep -q '^nf_conntrack' /proc/modules ||
		fail 'nothing of nf_conntrack' "$(grep '^nf_conntrack' /proc/modules)"
}

# plain: lines of conntrack(8) and of /proc alike: sorted, without what runs
# down meanwhile, and without the mark that only one of them shows
plain() {
	sed -E 's/^([a-z0-9]+ +[0-9]+) [0-9]+/\1/; s/ mark=0 / /; s/ (use|delta-time)=[0-9]+//g
		s/ +/ /g; s/ $//' | sort
}

# listed [OPTION...]: how many lines conntrack -L shows
listed() { conntrack -L "$@" 2>/dev/null | wc -l; }

# expect_listed COUNT OPTION...
expect_listed() {
	local n

	STEP="conntrack -L ${*:2}"
	n=$(listed "${@:2}")
	[ "$n" = "$1" ] || fail "$1 connections" "$n:
$(conntrack -L "${@:2}" 2>&1)
out of
$(cat "$PROC")"
}

# expect_same WHY: conntrack -L and /proc/net/ip_conntrack agree
expect_same() {
	local tool proc

	STEP='conntrack -L'
	tool=$(conntrack -L 2>/dev/null | plain)
	proc=$(plain <"$PROC")
	[ "$tool" = "$proc" ] || fail 'conntrack -L as in /proc' \
		"$(diff <(echo "$proc") <(echo "$tool") | head -n 20)" "$1"
}

# refused WHAT COMMAND...: conntrack(8) fails and says WHAT
refused() {
	local what=$1 out

	shift
	STEP=$*
	! out=$("$@" 2>&1) || fail "failure of: $*" "status 0 ${out:0:400}"
	[[ $out == *"$what"* ]] || fail "$what" "$out"
}

# listen COMMAND...: runs until silence; its lines are in the file EVENTS
listen() {
	STEP=$*
	: >"$EVENTS"
	"$@" >"$EVENTS" 2>&1 &
	LISTEN=$!
	expect_within 30 'it listens' listening
}

# has anybody in this namespace joined a group of nfnetlink?
listening() {
	awk '$2 == 12 && $4 !~ /^0+$/ { found = 1 } END { exit !found }' \
		/proc/net/netlink
}

silence() {
	kill -TERM "$LISTEN" 2>/dev/null
	wait "$LISTEN" 2>/dev/null
	LISTEN=
}

# events REGEX: how many of its lines match
events() { grep -cE -- "$1" "$EVENTS"; }
events_are() { [ "$(events "$1")" = "$2" ]; }

# expect_events COUNT REGEX [WHY]: as many have come, in a while
expect_events() {
	wait_for 20 events_are "$2" "$1" ||
		fail "$1 events like: $2" "$(events "$2") in
$(head -n 40 "$EVENTS")" "${3:-}"
}

# build NAME [OPTION...]: tests/NAME.c; the path of the program is in BUILT
build() {
	STEP="cc tests/$1.c"
	BUILT=$(mktemp)
	expect_true 'it compiles' cc -O2 -Wall -o "$BUILT" \
		"$LAB_TREE/tests/$1.c" "${@:2}"
}
