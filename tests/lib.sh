# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # names for the scenarios
#
# The lab: three network namespaces in the VM, and what a scenario says in it.
# Sourced first by every scenario, which from that line on runs in the
# namespace fw: /proc/net and /proc/sys/net are the firewall's.
#
#        client                      fw                      server
#   +--------------+       +----------------------+      +--------------+
#   |         eth0 |=======| eth1            eth2 |======| eth0         |
#   |     10.0.1.2 |       | 10.0.1.1    10.0.2.1 |      | 10.0.2.2     |
#   +--------------+       +----------------------+      +--------------+
#      .100 player                forwarding                .100 player
#
# 10.0.1.100 and 10.0.2.100 belong to no stack: the packet player speaks for
# them (sides c and s), and nobody contradicts it with a RST. All neighbours
# are entered by hand, so no ARP delays a first packet.
#
# A failed expectation ends the script with status 1 and says after which
# packet, what was expected, what was there, and how to run only this again.

SCENARIO=$(basename "$0" .sh)
LAB_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
KO=${IP_CONNTRACK_KO:-$LAB_TREE/ip_conntrack.ko}
PROC=/proc/net/ip_conntrack
REASONS=/proc/net/ip_conntrack_reasons
STAT=/proc/net/stat/ip_conntrack
SYSCTL=/proc/sys/net/ipv4/netfilter

C=10.0.1.100 S=10.0.2.100		# ends of the player
CLIENT=10.0.1.2 SERVER=10.0.2.2		# ends with a real stack

RERUN="make test T=$SCENARIO"
STEP='(nothing sent yet)'	# the last thing done, for whoever reads a failure
FOCUS=.				# the entries that expect_entry looks at
SPORT=				# source port of the player's conversation
SLOW=${IP_CONNTRACK_SLOW:-1}	# how much slower this kernel is than Debian's
SLACK=${LAB_SLACK:-$((5 * SLOW))}	# seconds that an emulator may dawdle

if [ "${LAB_NAMESPACE:-}" != fw ]; then
	[ -e /run/job/env ] || {
		echo "$SCENARIO: only in the VM: make test T=$SCENARIO" >&2
		exit 2
	}
	ip netns add fw || exit 2
	LAB_NAMESPACE=fw exec nsenter --net=/run/netns/fw bash "$0" "$@"
fi

# --- the lab

# lab_node NAME: a namespace without IPv6, whose chatter nobody needs
lab_node() {
	ip netns add "$1" || die "cannot make namespace $1"
	nsenter --net="/run/netns/$1" "$BASH" -c '
		echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
		echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null
}

lab_up() {
	player_start
	lab_node client
	lab_node server
	echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
	echo 1 >/proc/sys/net/ipv4/ip_forward
	ip -batch - <<-'END' || die 'cannot lay the wires'
	link set lo up
	link add eth1 address 02:00:00:00:01:01 type veth peer name eth0 address 02:00:00:00:01:02 netns client
	link add eth2 address 02:00:00:00:02:01 type veth peer name eth0 address 02:00:00:00:02:02 netns server
	addr add 10.0.1.1/24 dev eth1
	addr add 10.0.2.1/24 dev eth2
	link set eth1 up
	link set eth2 up
	neigh replace 10.0.1.2 lladdr 02:00:00:00:01:02 dev eth1
	neigh replace 10.0.1.100 lladdr 02:00:00:00:01:02 dev eth1
	neigh replace 10.0.2.2 lladdr 02:00:00:00:02:02 dev eth2
	neigh replace 10.0.2.100 lladdr 02:00:00:00:02:02 dev eth2
	END
	lab_end client 10.0.1.2 10.0.1.1 02:00:00:00:01:01
	lab_end server 10.0.2.2 10.0.2.1 02:00:00:00:02:01
	player_ready
	play side c client eth0 "$C" 02:00:00:00:01:01
	play side s server eth0 "$S" 02:00:00:00:02:01
	STEP='(nothing sent yet)'
}

# lab_end NAMESPACE ADDRESS GATEWAY MAC: a host with one leg
lab_end() {
	ip -n "$1" -batch - <<-END || die "cannot set up $1"
	link set lo up
	link set eth0 up
	addr add $2/24 dev eth0
	neigh replace $3 lladdr $4 dev eth0
	route add default via $3
	END
}

lab_down() {
	local ns pid

	player_stop
	for ns in $(ip netns list | cut -d ' ' -f 1); do
		for pid in $(ip netns pids "$ns"); do
			[ "$pid" = $$ ] || [ "$pid" = "$BASHPID" ] ||
				kill -9 "$pid" 2>/dev/null
		done
	done
	ip link del eth1 2>/dev/null
	ip link del eth2 2>/dev/null
	for ns in $(ip netns list | cut -d ' ' -f 1); do
		[ "$ns" = fw ] || ip netns del "$ns"
	done
	return 0
}

# load_module [PARAMETER=VALUE...]: in the role that LAB_ROLE says, if any
load_module() {
	[ -z "${LAB_ROLE:-}" ] || [[ $* == *role=* ]] ||
		set -- "$@" "role=$LAB_ROLE"
	STEP="insmod ip_conntrack.ko $*"
	insmod "$KO" "$@" || die "insmod ip_conntrack.ko $* failed: $(dmesg | tail -n 3)"
	[ -e $PROC ] || die "the module is in, but $PROC is not there"
}

# load_needs FILE...: what these modules want of the kernel's, which differs:
# newer kernels have more of it built in, and modprobe does not know all of that
load_needs() {
	local file needs

	for file in "$@"; do
		needs=$(modinfo -F depends "$file") || die "no $file"
		for needs in ${needs//,/ }; do
			[ "$needs" = ip_conntrack ] || modprobe "$needs" ||
				die "${file##*/} needs $needs"
		done
	done
}

# load_beside MODULE...: those that make rules or tools speak to the tracker
load_beside() {
	local module

	for module in "$@"; do
		STEP="insmod $module.ko"
		load_needs "${KO%/*}/$module.ko"
		insmod "${KO%/*}/$module.ko" ||
			die "insmod $module.ko failed: $(dmesg | tail -n 3)"
	done
}

# unload_beside MODULE...: rules of a namespace that is gone take a moment
unload_beside() {
	local module

	for module in "$@"; do
		STEP="rmmod $module"
		wait_for 20 rmmod "$module" ||
			die "rmmod failed; users: $(lsmod | grep "^$module ")"
	done
}

unload_module() {
	STEP='rmmod ip_conntrack'
	rmmod ip_conntrack || die "rmmod failed; users: $(lsmod | grep '^ip_conntrack ')"
	[ ! -e $PROC ] || die "the module is gone, but $PROC is still there"
}

# modules_gone MODULE...: true when the last of them is; each that is there and
# that nobody uses any more is taken out
modules_gone() {
	local module

	for module in "$@"; do
		! grep -q "^$module " /proc/modules || rmmod "$module"
	done
	! grep -q "^$module " /proc/modules
}

# hold_hooks: somebody else hooks into IPv4 too, for as long as the VM runs.
#
# The first hook of a kind patches a jump in the kernel's code, the last one
# patches it back. QEMU 7.2 with one thread per processor sometimes goes on
# executing the breakpoint of such a patch although memory has the new code
# (the trace shows int3 at an address that holds a jump) and both processors
# spin there for ever. Where traffic flows while the module comes and goes,
# nothing must be patched. Tables without a rule that needs nf_conntrack do not
# load it.
hold_hooks() {
	ip netns list | grep -q '^hold' || ip netns add hold
	on hold nft -f - <<-'END' || die 'nft'
	table ip hold {
		chain prerouting { type filter hook prerouting priority 0; }
		chain input { type filter hook input priority 0; }
		chain output { type filter hook output priority 0; }
		chain postrouting { type filter hook postrouting priority 0; }
	}
	END
}

on_client() { nsenter --net=/run/netns/client "$@"; }
on_server() { nsenter --net=/run/netns/server "$@"; }
on() { local ns=$1; shift; nsenter --net="/run/netns/$ns" "$@"; }

# --- the player (commands: tests/player.py)

player_start() {
	coproc PLAYER { exec /usr/bin/python3 "$LAB_TREE/tests/player.py" 2>&1; }
	# a descriptor that stays valid when the coprocess has gone
	exec {PLAYER_OUT}<&"${PLAYER[0]}" {PLAYER_IN}>&"${PLAYER[1]}"
	# shellcheck disable=SC2153 # coproc sets it
	PLAYER_RUNS=$PLAYER_PID
}

player_ready() {
	local answer

	read -r -t $((60 * SLOW)) answer <&"$PLAYER_OUT"
	[ "$answer" = 'ok ready' ] ||
		die "the player did not start: $answer"
}

player_stop() {
	[ -n "${PLAYER_RUNS:-}" ] || return 0
	exec {PLAYER_IN}>&- {PLAYER_OUT}<&-
	kill "$PLAYER_RUNS" 2>/dev/null
	wait "$PLAYER_RUNS" 2>/dev/null
	PLAYER_RUNS=
}

# play COMMAND...: has the player do it, and waits until it is done
play() {
	local answer

	STEP="play $*"
	echo "$*" >&"$PLAYER_IN" || die 'the player has gone'
	read -r -t $((60 * SLOW)) answer <&"$PLAYER_OUT" ||
		die "no answer from the player in $((60 * SLOW)) s"
	[ "${answer%% *}" = ok ] || fail 'the player to do that' "$answer"
	PLAYED=${answer#ok }
	case $1 in
	tcp | udp | icmp | ip | flood | connect | refused | ask | answer)
		STEP=$PLAYED
		;;
	conn)
		SPORT=${PLAYED#sport=}
		SPORT=${SPORT%% *}
		FOCUS="sport=$SPORT "
		;;
	esac
	case $1 in
	connect | refused | ask)
		SPORT=${PLAYED%% *}
		SPORT=${SPORT##*:}
		FOCUS="sport=$SPORT "
		;;
	esac
}

# handshake [sport=N] [dport=N]: an established conversation of the player
handshake() {
	play conn "$@"
	play tcp c S
	play tcp s SA
	play tcp c A
}

# --- what the firewall shows

ct() { cat "$PROC"; }

# lines [REGEX]: how many entries match
lines() { grep -cE -- "${1:-.}" "$PROC"; }

counter() {
	local name count

	while read -r name count; do
		[ "$name" != "$1" ] || { echo "$count"; return; }
	done <"$REASONS"
	die "$REASONS has no line '$1'"
}

sysctl_get() { cat "$SYSCTL/$1"; }
sysctl_set() {
	STEP="sysctl $1=$2"
	{ echo "$2" >"$SYSCTL/$1"; } 2>/dev/null
}

# --- expectations

say() { printf '    %s\n' "$*"; }

die() {
	printf '    error    %s\n' "$*" >&2
	printf '    after    %s\n' "$STEP" >&2
	printf '    again    %s\n' "$RERUN" >&2
	exit 1
}

# fail EXPECTED GOT [WHY]
fail() {
	{
		printf '    FAILED   %s, line %s\n' "$SCENARIO" \
			"$(caller_line)"
		printf '    after    %s\n' "$STEP"
		printf '    expected %s\n' "$1"
		printf '    got      %s\n' "${2:-(nothing)}" | sed '2,$s/^/             /'
		[ -z "${3:-}" ] || printf '    because  %s\n' "$3"
		printf '    again    %s\n' "$RERUN"
	} >&2
	exit 1
}

# the line of the scenario, below whatever functions of this file
caller_line() {
	local i

	for ((i = ${#BASH_SOURCE[@]} - 1; i > 0; i--)); do
		[ "${BASH_SOURCE[i]}" != "$0" ] || [ "${BASH_LINENO[i-1]}" = 0 ] ||
			{ echo "${BASH_LINENO[i-1]}"; return; }
	done
	echo '?'
}

expect_eq() { [ "$1" = "$2" ] || fail "$2" "$1" "${3:-}"; }

# expect_true WHY COMMAND...
expect_true() {
	local why=$1 out

	shift
	out=$("$@" 2>&1) || fail "success of: $*" "status $? ${out:0:400}" "$why"
}

# expect_false WHY COMMAND...
expect_false() {
	local why=$1 out

	shift
	! out=$("$@" 2>&1) || fail "failure of: $*" "status 0 ${out:0:400}" "$why"
}

# expect_lines COUNT [REGEX [WHY]]: so many entries match
expect_lines() {
	local n

	n=$(lines "${2:-.}")
	[ "$n" = "$1" ] || fail "$1 lines that match: ${2:-.}" "$n of these:
$(head -n 20 "$PROC")" "${3:-}"
}

# expect_line REGEX [WHY]: exactly one entry matches
expect_line() { expect_lines 1 "$@"; }

expect_no_line() {
	[ "$(lines "$1")" = 0 ] ||
		fail "no line that matches: $1" "$(grep -E -- "$1" "$PROC" | head -n 20)" "${2:-}"
}

# entry: the lines in focus; no process is started for it. Read in one go: bash's
# read goes back to each line's end, and what has expired meanwhile moves the rest.
entry() {
	local line
	local -a all

	mapfile -t all <"$PROC"
	for line in "${all[@]}"; do
		[[ ! $line =~ $FOCUS ]] || printf '%s\n' "$line"
	done
}

# entry_is LINE PROTOCOL STATE SECONDS FLAGS
# STATE is - for protocols that show none; SECONDS may have run down by SLACK;
# FLAGS are exactly the ones shown, in order, "" for none.
entry_is() {
	local proto number left rest state=- flags='' word

	read -r proto number left rest <<<"$1"
	[ "$proto" = "$2" ] || return 1
	case $proto in
	tcp) [ "$number" = 6 ] && state=${rest%% *} ;;
	udp) [ "$number" = 17 ] ;;
	icmp) [ "$number" = 1 ] ;;
	esac || return 1
	for word in $rest; do
		[[ $word != \[* ]] || flags+="${flags:+ }$word"
	done
	[ "$state" = "$3" ] && [ "$flags" = "$5" ] &&
		[[ $left =~ ^[0-9]+$ ]] && [ "$left" -le "$4" ] &&
		[ "$left" -ge $(($4 > SLACK ? $4 - SLACK : 0)) ]
}

# expect_entry PROTOCOL STATE SECONDS FLAGS [WHY]: about the entry in focus
expect_entry() {
	local line

	line=$(entry)
	entry_is "$line" "$1" "$2" "$3" "$4" ||
		fail "$1 $2 at most $3 s, flags '$4' (entries with: $FOCUS)" \
			"${line:-no such entry; the table:
$(head -n 20 "$PROC")}" "${5:-}"
}

# wait_entry SECONDS PROTOCOL STATE TIMEOUT FLAGS [WHY]: the same, of an entry
# that real stacks are still bringing there
wait_entry() {
	local limit=$1 why=${6:-}

	shift
	wait_for "$limit" entry_now "$1" "$2" "$3" "$4" || :
	expect_entry "$1" "$2" "$3" "$4" "$why"
}

entry_now() { entry_is "$(entry)" "$@"; }

# wait_for SECONDS COMMAND...: until it succeeds; status 1 if it never does
wait_for() {
	local end=$((SECONDS + $1 * SLOW))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.1
	done
}

# expect_within SECONDS WHY COMMAND...
expect_within() {
	local limit=$1 why=$2

	shift 2
	wait_for "$limit" "$@" || fail "within $limit s: $*" 'it never came true' "$why"
}

# expect_counted REASON COMMAND...: it moves that counter, and by one
expect_counted() {
	local reason=$1 before after

	before=$(counter "$reason") || exit 1
	shift
	"$@"
	after=$(counter "$reason")
	[ "$after" = $((before + 1)) ] ||
		fail "counter $reason to go from $before to $((before + 1))" "$after"
}

# --- the log of the kernel

# kernel_log: since this scenario began
kernel_log() {
	dmesg | awk -v mark="scenario $SCENARIO begins $$" '
		index($0, mark) { seen = 1; next } seen'
}

no_kernel_complaints() {
	local what

	what=$(kernel_log | "$LAB_TREE/scripts/vm-complaints.sh") ||
		fail 'a quiet kernel log' "$what"
}

echo "scenario $SCENARIO begins $$" >/dev/kmsg
lab_exit() {
	local status=$?

	trap - EXIT
	lab_down
	exit "$status"
}
trap lab_exit EXIT
