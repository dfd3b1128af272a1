#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# What Linux TCP does seldom (tests/odd.py): urgent data, keepalives, probes of
# a closed window, a client that comes back from the same port and is met with
# a challenge ACK, a server that has forgotten the connection; and routes of
# which the firewall sees one direction only. No packet is INVALID, with
# ip_conntrack_drop_invalid 1 nothing stalls.

. "$(dirname "$0")/../lib.sh"

lab_up
player_stop
load_module
sysctl_set ip_conntrack_log_invalid 255
sysctl_set ip_conntrack_drop_invalid 1
# an entry is looked at when the programs have ended, be that slow
sysctl_set ip_ct_tcp_timeout_time_wait 1000
sysctl_set ip_ct_tcp_timeout_close 1000

no_invalid() {
	expect_eq "$(kernel_log | grep -c 'ip_conntrack: INVALID')" 0 "$1: none is INVALID
$(kernel_log | grep INVALID | head)"
	expect_eq "$(counter dropped)" 0 "$1: none is dropped"
}

snmp() {	# snmp NAMESPACE NAME: of /proc/net/netstat
	# shellcheck disable=SC2016 # awk's
	on "$1" awk -v name="$2" '$1 == "TcpExt:" && !head { head = $0; next }
		$1 == "TcpExt:" { n = split(head, names)
			for (i = 2; i <= n; i++) if (names[i] == name) print $i }' \
		/proc/net/netstat
}

port=9100
# odd KIND [NAMESPACE COUNTER]: and that counter of the stack has moved
odd() {
	local kind=$1 ns=${2:-} name=${3:-} before=0 out

	port=$((port + 1))
	STEP="odd.py $kind $port"
	[ -z "$name" ] || before=$(snmp "$ns" "$name")
	out=$(on_client python3 "$LAB_TREE/tests/odd.py" "$kind" $port 2>&1) ||
		fail 'all data' "$(tail -n 3 <<<"$out")
$(grep -E "dport=$port " $PROC; grep -v ' 0$' $REASONS)"
	SPORT=$(head -n 1 <<<"$out")
	FOCUS="sport=$SPORT dport=$port "
	[ -z "$name" ] || [ "$(snmp "$ns" "$name")" -gt "$before" ] ||
		fail "$name of the $ns to move" "$before, as before"
	no_invalid "$kind"
	say "$STEP"
}

is_in() { [ "$(lines " $1 src=.* sport=$SPORT dport=$port .*\[ASSURED\]")" = 1 ]; }
ends_in() { expect_within 20 "it ends there: $(entry)" is_in "$1"; }

odd urgent
ends_in TIME_WAIT
odd keepalive client TCPKeepAlive
ends_in TIME_WAIT
odd window client TCPWinProbe
ends_in TIME_WAIT

# the SYN passes and moves nothing, the server's challenge ACK passes, the
# client's RST is exact and both begin anew
before=$(counter syn_in_live_flow)
odd forgotten server TCPSYNChallenge
[ "$(counter syn_in_live_flow)" -gt "$before" ] ||
	fail 'a SYN in a live flow' "$(grep -v ' 0$' $REASONS)"
ends_in TIME_WAIT
odd lost
ends_in CLOSE

# one direction goes past the firewall
ip link add side0 netns client type veth peer name side0 netns server ||
	die 'no wire past the firewall'
ip -n client -batch - <<'END' || die 'client'
addr add 10.0.9.1/24 dev side0
link set side0 up
END
ip -n server -batch - <<'END' || die 'server'
addr add 10.0.9.2/24 dev side0
link set side0 up
END
for ns in client server; do
	for dev in all eth0 side0; do
		# shellcheck disable=SC2016 # for the shell in there
		on $ns "$BASH" -c 'echo 0 >/proc/sys/net/ipv4/conf/$1/rp_filter' - $dev
	done
done

# one_way WHO PORT: this end's packets are all that the firewall sees
one_way() {
	local out

	STEP="only what the $1 sends passes the firewall"
	out=$(on_client python3 "$LAB_TREE/tests/real.py" transfer 60 "$2" \
		up=400000,down=400000 up=100000,half down=200000 2>&1) ||
		fail 'all data' "$out
$(grep -v ' 0$' $REASONS)"
	no_invalid "$STEP"
	say "$STEP"
}

ip -n server route replace $CLIENT via 10.0.9.1 dev side0 || die 'route'
one_way client 9200
expect_lines 3 "^tcp .* src=$CLIENT dst=$SERVER .*dport=920[0-2] \[UNREPLIED\]"
ip -n server route del $CLIENT via 10.0.9.1 dev side0
ip -n client route replace $SERVER via 10.0.9.2 dev side0 src $CLIENT || die 'route'
one_way server 9300
expect_lines 3 "^tcp .* src=$SERVER dst=$CLIENT sport=930[0-2] .*\[UNREPLIED\]"

unload_module
no_kernel_complaints
