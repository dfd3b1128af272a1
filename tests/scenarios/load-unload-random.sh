#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
#
# Each of the four modules comes and goes IP_CONNTRACK_ROUNDS times (30; 1,000
# are IP_CONNTRACK_ROUNDS=1000 IP_CONNTRACK_SLOW=20), those beside the tracker
# in random order, while packets flow and rules of iptables and nft ask them.
# What is in use stays; what is not goes, and the memory it took is given back.
# IP_CONNTRACK_SEED repeats an order.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

ROUNDS=${IP_CONNTRACK_ROUNDS:-30}
SEED=${IP_CONNTRACK_SEED:-$$}
WAIT=25			# one in so many rounds has packets wait for ARP
SETTLE=10		# rounds until all that is allocated once is there
BESIDE=(xt_ip_conntrack nft_ip_conntrack ip_conntrack_netlink)
KO_DIR=$(mktemp -d)	# in memory: each is read again and again
declare -A came=() went=() refused=()

there() { [ -e "/sys/module/$1" ]; }

come() {
	STEP="round $round, insmod $1"
	insmod "$KO_DIR/$1.ko" || die "insmod $1: $(dmesg | tail -n 3)"
	came[$1]=$((${came[$1]:-0} + 1))
}

# unused MODULE: nobody holds it any more
unused() { [ "$(<"/sys/module/$1/refcnt")" = 0 ]; }

go() {
	STEP="round $round, rmmod $1"
	# a rule is freed after a grace period
	expect_within 20 "nobody holds $1" unused "$1"
	rmmod "$1" || die "rmmod $1: $(lsmod | grep "^$1 ")"
	! there "$1" || die "$1 is still there"
	went[$1]=$((${went[$1]:-0} + 1))
}

stay() {
	STEP="round $round, rmmod $1 while it is in use"
	! rmmod "$1" 2>/dev/null || fail "$1 to stay" 'it went'
	refused[$1]=$((${refused[$1]:-0} + 1))
}

# begun PID PROGRAM: it is what it is to be, or has ended. Before that it is a
# copy of this shell, and a signal would have it clear up the lab.
begun() {
	local is

	! read -r is 2>/dev/null <"/proc/$1/comm" || [ "$is" = "$2" ]
}

# use MODULE, leave MODULE: a rule asks it, or conntrack(8); or not any more
use() {
	STEP="round $round, use $1"
	case $1 in
	xt_*)
		case $((RANDOM % 3)) in
		0) set -- -m conntrack --ctstate NEW,ESTABLISHED ;;
		1) set -- -m state --state INVALID ;;
		2) set -- -m connmark --mark 5 ;;
		esac
		iptables-legacy -A FORWARD "$@" ||
			die "iptables: $(dmesg | tail -n 3)"
		;;
	nft_*)
		case $((RANDOM % 3)) in
		0) set -- ct state established counter ;;
		1) set -- ct mark set 7 ;;
		2) set -- ct count over 100000 drop ;;
		esac
		nft add rule ip rounds forward "$@" ||
			die "nft: $(dmesg | tail -n 3)"
		;;
	*)
		listener=
		[ $((RANDOM % 3)) = 0 ] || conntrack -C >/dev/null ||
			die 'conntrack -C'
		[ $((RANDOM % 4)) != 0 ] || {
			conntrack -E >/dev/null 2>&1 &
			listener=$!
			expect_within 20 'it begins' begun $listener conntrack
		}
		;;
	esac
}

leave() {
	STEP="round $round, leave $1"
	case $1 in
	xt_*) iptables-legacy -F FORWARD ;;
	nft_*) nft flush chain ip rounds forward ;;
	*)
		# it may have been told of a gap, and gone
		[ -z "$listener" ] || kill "$listener" 2>/dev/null || :
		[ -z "$listener" ] || wait "$listener" 2>/dev/null || :
		;;
	esac || die "leave $1"
}

# step MODULE: the next of what befalls it; status 1 after the last
step() {
	case ${at[$1]:=0} in
	0) come "$1" ;;
	1) [ $((RANDOM % 3)) = 0 ] || { use "$1"; used[$1]=1; } ;;
	2)
		[ -z "${used[$1]:-}" ] || [ $((RANDOM % 4)) != 0 ] ||
			[ "$1" = ip_conntrack_netlink ] || stay "$1"
		[ $((RANDOM % 8)) != 0 ] || stay ip_conntrack
		;;
	3) [ -z "${used[$1]:-}" ] || leave "$1" ;;
	4) go "$1" ;;
	*) return 1 ;;
	esac
	at[$1]=$((at[$1] + 1))
}

one_round() {
	local -A at=() used=()
	local -a left=("${BESIDE[@]}")
	local pick

	come ip_conntrack
	while [ ${#left[@]} -gt 0 ]; do
		pick=$((RANDOM % ${#left[@]}))
		step "${left[pick]}" || unset "left[pick]"
		left=("${left[@]}")
	done
	[ "$(lines)" = 0 ] || flowed=$((flowed + 1))
	go ip_conntrack
}

# memory: what modules that came and went could have kept, kB
memory() {
	awk '$1 == "SUnreclaim:" || $1 == "Percpu:" || $1 == "VmallocUsed:" {
		sum += $2 } END { print sum }' /proc/meminfo
}

lab_up
hold_hooks
build many
many=$BUILT
cp "${KO%/*}"/*.ko "$KO_DIR" || die "no modules in ${KO%/*}"
strip --strip-debug "$KO_DIR"/*.ko || die 'strip'
load_needs "${KO%/*}/ip_conntrack_netlink.ko"
modprobe -a nf_tables ip_tables iptable_filter || die 'modprobe'
iptables-legacy -L -n >/dev/null || die 'iptables-legacy'
nft -f - <<'END' || die 'nft'
table ip rounds {
	chain forward { type filter hook forward priority 0; }
}
END
on hold nft add chain ip hold forward \
	'{ type filter hook forward priority 0; }' || die 'nft'
# nobody but this script loads a module, as long as it runs
helper=$(</proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
trap 'status=$?; echo "$helper" >/proc/sys/kernel/modprobe; rm -rf "$KO_DIR"; (exit $status); lab_exit' EXIT

# Nobody has this address: without a neighbour packets to it wait until the
# kernel has asked for it three times, and rmmod waits for them.
nobody=10.0.2.77
known() { ip neigh replace $nobody lladdr 02:00:00:00:02:02 dev eth2; }
unknown() { ip neigh del $nobody dev eth2; }
known
(while :; do on_client "$many" $nobody 1000 2000 200; done >/dev/null 2>&1) &
traffic=$!
nsenter --net=/run/netns/client ping -q -i 0.05 "$SERVER" >"$KO_DIR/ping" &
ping=$!

RANDOM=$SEED
flowed=0 kept=
STEP="seed $SEED"
for ((round = 1; round <= ROUNDS; round++)); do
	[ $((round % WAIT)) != 0 ] || unknown
	one_round
	[ $((round % WAIT)) != 0 ] || known
	[ $round != $SETTLE ] || kept=$(memory)
	[ $((round % 100)) != 0 ] || say "$round rounds, $SECONDS s"
done
say "seed $SEED, $ROUNDS rounds in $SECONDS s"

STEP="$ROUNDS rounds, seed $SEED"
for module in ip_conntrack "${BESIDE[@]}"; do
	say "$module: ${came[$module]} times insmod, ${went[$module]} times" \
		"rmmod, ${refused[$module]:-0} times refused while in use"
	expect_eq "${came[$module]} ${went[$module]}" "$ROUNDS $ROUNDS" \
		"$module came and went each time"
done
[ $((flowed * 2)) -ge "$ROUNDS" ] ||
	fail 'packets flowed meanwhile' "entries in $flowed of $ROUNDS rounds"
kill "$traffic"
kill -INT "$ping"
wait "$traffic" "$ping" 2>/dev/null
loss=$(sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p' "$KO_DIR/ping")
expect_eq "$loss" 0 'no echo is lost'
grown=$(($(memory) - ${kept:-$(memory)}))
say "memory: $grown kB more than after round $SETTLE"
[ $grown -lt 4096 ] || fail 'no memory kept' "$grown kB"
expect_eq "$(grep -c '^ip_conntrack' /proc/slabinfo)" 0 'no slab cache is left'
no_stock
no_kernel_complaints
rm -f "$many"
