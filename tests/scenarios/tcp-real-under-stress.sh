#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# Linux TCP at both ends, and everything that may befall it: loss, reordering,
# duplicates and delay on both sides of the firewall, tiny windows and slow
# readers, with and without SACK, time stamps and window scaling, Fast Open,
# segments larger than the MTU, half-closed connections. Every octet arrives, no
# packet is INVALID. Then the same while INVALID packets are dropped.
#
#   IP_CONNTRACK_ONLY=ROUND    only this round, by its name

. "$(dirname "$0")/../lib.sh"

nsenter --net=/proc/1/ns/net modprobe sch_netem || die 'no sch_netem'
lab_up
player_stop
load_module
sysctl_set ip_conntrack_log_invalid 255
INVALID=$(sed -n 's/.*X([A-Z_0-9]*, "\([a-z_0-9]*\)", INVALID,.*/\1/p' \
	"$LAB_TREE/src/reason.h")
[ "$(wc -w <<<"$INVALID")" -gt 20 ] || die 'src/reason.h names no reasons'

# invalid: how many packets were INVALID, and why
invalid() {
	local name count

	while read -r name count; do
		[[ $'\n'$INVALID$'\n' != *$'\n'$name$'\n'* || $count = 0 ]] ||
			echo "$name $count"
	done <"$REASONS"
}

# both NAME=VALUE...: of net.ipv4, at both ends
both() {
	local ns word

	for ns in client server; do
		for word in "$@"; do
			# shellcheck disable=SC2016 # for the shell in there
			on $ns "$BASH" -c 'echo "$2" >"/proc/sys/net/ipv4/$1"' - \
				"${word%%=*}" "${word#*=}" || die "$ns: $word"
		done
	done
}

# wires NETEM...: on all four, each way before and behind the tracker; without
# arguments they are as they were. Seeds cannot be had in this kernel.
wires() {
	local ns dev

	for ns in client server fw:eth1 fw:eth2; do
		dev=${ns#*:}
		[ "$dev" != "$ns" ] || dev=eth0
		if [ $# = 0 ]; then
			on "${ns%:*}" tc qdisc del dev "$dev" root 2>/dev/null
		else
			on "${ns%:*}" tc qdisc replace dev "$dev" root netem "$@" ||
				die "netem $* on $ns"
		fi
	done
}

# offloads ENDS FIREWALL: segments are merged, on or off
offloads() {
	local ns

	for ns in client server; do
		on $ns ethtool -K eth0 tso "$1" gso "$1" gro "$1" >/dev/null ||
			die 'ethtool'
	done
	for ns in eth1 eth2; do
		ethtool -K $ns tso "$2" gso "$2" gro "$2" >/dev/null || die 'ethtool'
	done
}

port=10000
limit=60

# transfer NAME SPEC...: all connections arrive whole, in bounded time, with no
# INVALID packet, and are seen to be closed at the end
transfer() {
	local name=$1 start=$SECONDS out

	shift
	STEP="$name${mode:+, $mode}"
	out=$(on_client python3 "$LAB_TREE/tests/real.py" transfer $limit $port "$@" 2>&1) ||
		fail "all data within $limit s" "$out
$(invalid)
$(kernel_log | grep INVALID | head)
$(grep -E "dport=$((port / 100))[0-9][0-9] " $PROC | head)"
	[ -z "$(invalid)" ] || fail 'no INVALID packet' "$(invalid)
$(kernel_log | grep INVALID | head)"
	expect_eq "$(counter dropped)" 0
	expect_within 30 "all $# connections in TIME_WAIT: $(grep -E "dport=$((port / 100))[0-9][0-9] " $PROC)" \
		closed $#
	expect_no_line "^(tcp .*UNREPLIED|unknown).*dport=$((port / 100))[0-9][0-9] "
	[ -z "$(invalid)" ] || fail 'no INVALID packet' "$(invalid)
$(kernel_log | grep INVALID | head)"
	say "$(printf '%-24s %3d s' "$STEP" $((SECONDS - start)))"
	port=$((port + 100))
}

closed() {
	[ "$(lines "^tcp .* TIME_WAIT .*dport=$((port / 100))[0-9][0-9] .*ASSURED")" = "$1" ]
}

snmp() {	# snmp NAMESPACE NAME: of /proc/net/netstat
	# shellcheck disable=SC2016 # awk's
	on "$1" awk -v name="$2" '$1 == "TcpExt:" && !head { head = $0; next }
		$1 == "TcpExt:" { n = split(head, names)
			for (i = 2; i <= n; i++) if (names[i] == name) print $i }' \
		/proc/net/netstat
}

received() { cat "/sys/class/net/$1/statistics/rx_$2"; }

wanted() { [ "${IP_CONNTRACK_ONLY:-$1}" = "$1" ]; }

ROUGH='delay 4ms 3ms loss 2% duplicate 2% reorder 10% 25%'
MIX='up=200000,down=200000 up=150000,down=150000,half up=300000 down=300000'

rounds() {
	local mode=$1 bytes packets used

	both tcp_sack=1 tcp_timestamps=1 tcp_window_scaling=1
	if wanted offloads; then
		offloads on on
		bytes=$(received eth1 bytes) packets=$(received eth1 packets)
		transfer offloads up=6000000 up=3000000,down=3000000 down=6000000
		bytes=$(($(received eth1 bytes) - bytes))
		packets=$(($(received eth1 packets) - packets))
		[ $((bytes / packets)) -gt 1600 ] ||
			fail 'segments larger than the MTU' \
				"$((bytes / packets)) octets on the average"
	fi
	if wanted merged; then
		# single segments, which the firewall's devices merge
		offloads off on
		transfer merged up=1500000,down=1500000 up=1000000,half
		offloads on on
	fi

	# shellcheck disable=SC2086 # words
	{
		wires $ROUGH
		wanted rough && transfer rough $MIX
		both tcp_sack=0
		wanted no-sack && transfer no-sack $MIX
		both tcp_sack=1 tcp_timestamps=0
		wanted no-timestamps && transfer no-timestamps $MIX
		both tcp_sack=0 tcp_window_scaling=0
		wanted plain && transfer plain $MIX
		both tcp_sack=1 tcp_timestamps=1 tcp_window_scaling=1
		offloads off off
		wanted single && transfer single $MIX
		offloads on on
	}
	if wanted tiny; then
		transfer tiny up=30000,down=30000,rcvbuf=1,slow \
			up=30000,rcvbuf=4000,slow down=30000,rcvbuf=1,slow \
			up=15000,down=15000,rcvbuf=3000,half
	fi
	if wanted far; then
		# a long way: much in flight, and much of it in another order
		wires delay 30ms 25ms loss 0.5% duplicate 1%
		transfer far up=600000 down=600000 up=300000,down=300000
	fi
	wires
	if wanted fast-open; then
		both tcp_fastopen=3
		wires delay 4ms 3ms loss 1% duplicate 5%
		used=$(snmp client TCPFastOpenActive)
		# the first one asks for the cookie
		transfer fast-open up=50000,down=50000,tfo \
			up=50000,down=50000,tfo,serial up=800,down=800,tfo \
			up=800,down=100000,half,tfo up=1000,tfo
		wires
		[ "$(snmp client TCPFastOpenActive)" -gt "$used" ] ||
			fail 'a connection with data in its SYN' 'none'
	fi
	return 0
}

rounds ''
sysctl_set ip_conntrack_drop_invalid 1
rounds 'drop_invalid'

STEP='all rounds'
unload_module
no_kernel_complaints
