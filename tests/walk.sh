#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Walks the chapter in the lab: each step sends something, shows the line that
# /proc/net/ip_conntrack then has, and sets beside it what the chapter says.
# Run by `make run` (scripts/run.sh), inside the VM.
#
#	client 10.0.1.2 ---- 10.0.1.1 fw 10.0.2.1 ---- 10.0.2.2 server
#	player 10.0.1.100                          10.0.2.100 player
#
# Status 0 if every step agrees, 1 if one differs.

. "$(dirname "$0")/lib.sh"
RERUN='make run'

number=0 agreed=0
declare -a differ=()
bold='' dim='' good='' bad='' plain=''
if [ -n "${IP_CONNTRACK_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' good=$'\e[32m' bad=$'\e[1;31m' plain=$'\e[0m'
fi

part() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

# step WHO WHAT COMMAND...: says what is sent, and sends it
step() {
	local who=$1 what=$2

	shift 2
	number=$((number + 1))
	name="$number, $who: $what"
	printf '\n %2d  %-8s %s\n' "$number" "$who" "$what"
	STEP=play
	"$@"
	case $STEP in
	*' > '*) printf '     sent     %s\n' "$STEP" ;;
	esac
}

# The line as it is, broken before its second src= as in the chapter
show() {
	local line=$1 first second

	if [[ $line == *' src='*' src='* ]]; then
		first=${line% src=*}
		second=${line#"$first"}
		if [[ $first == *' [UNREPLIED]' ]]; then
			first=${first% \[UNREPLIED\]}
			second=" [UNREPLIED]$second"
		fi
		printf '     shows    %s \\\n               %s\n' "$first" "$second"
	else
		printf '     shows    %s\n' "${line:-(no entry)}"
	fi
}

verdict() {
	if [ "$1" = ok ]; then
		agreed=$((agreed + 1))
		printf '     %schapter%s  %-50s %sok%s\n' "$dim" "$plain" "$2" "$good" "$plain"
	else
		differ+=("$name (chapter: $2)")
		printf '     %schapter%s  %-50s %sDIFFERS%s\n' "$dim" "$plain" "$2" "$bad" "$plain"
	fi
}

# shows PROTOCOL STATE SECONDS FLAGS [REMARK]
shows() {
	local said

	said=${2#-}
	said="${said:+$said, }$3 s${4:+, $4}${5:+ ($5)}"
	# real stacks answer in their own time
	wait_for 3 entry_now "$1" "$2" "$3" "$4" || :
	show "$(entry)"
	if entry_now "$1" "$2" "$3" "$4"; then
		verdict ok "$said"
	else
		verdict differs "$said"
	fi
}

# nothing TEXT: the entry in focus is not there
nothing() {
	show "$(entry)"
	if [ -z "$(entry)" ]; then verdict ok "$1"; else verdict differs "$1"; fi
}

# compare WHAT GOT EXPECTED TEXT
compare() {
	printf '     shows    %s %s\n' "$1" "$2"
	if [ "$2" = "$3" ]; then verdict ok "$4"; else verdict differs "$4"; fi
}

ping_server() { on_client ping -q -c 1 -W 2 "$SERVER" >/dev/null; }
gone() { [ -z "$(entry)" ]; }

started=$SECONDS
lab_up
load_module
cat <<'END'

  client 10.0.1.2   =====  10.0.1.1  firewall  10.0.2.1  =====  10.0.2.2   server
  player 10.0.1.100        insmod ip_conntrack.ko               10.0.2.100 player
END

part 'TCP: the handshake (player)'
play conn dport=23
step client SYN play tcp c S
shows tcp SYN_SENT 120 '[UNREPLIED]'
step server SYN/ACK play tcp s SA
shows tcp SYN_RECV 60 ''
step client ACK play tcp c A
shows tcp ESTABLISHED 432000 '[ASSURED]' '5 days'

part 'TCP: the orderly close of that connection (player)'
step client FIN/ACK play tcp c FA
shows tcp FIN_WAIT 120 '[ASSURED]'
step server ACK play tcp s A
shows tcp CLOSE_WAIT 43200 '[ASSURED]' '12 hours'
step server FIN/ACK play tcp s FA
shows tcp LAST_ACK 30 '[ASSURED]'
step client ACK play tcp c A
shows tcp TIME_WAIT 120 '[ASSURED]'

part 'TCP: a real client and a real server'
play listen web server "$SERVER" 8080
step client 'connect()' play connect web client "$SERVER" 8080
shows tcp ESTABLISHED 432000 '[ASSURED]'
step server 'sends 100000 bytes' play send web.s 100000
shows tcp ESTABLISHED 432000 '[ASSURED]'
step client 'shutdown(SHUT_WR): FIN, and the server acknowledges' play shut web.c
shows tcp CLOSE_WAIT 43200 '[ASSURED]'
step server 'close(): FIN, and the client acknowledges' play close web.s
shows tcp TIME_WAIT 120 '[ASSURED]'

part 'TCP: RST (real client and server)'
step client 'connect() to a port where nobody listens' play refused client "$SERVER" 8081
shows tcp CLOSE 10 '' 'RST: closed at once'
play connect web client "$SERVER" 8080
step client 'connects and aborts: RST' play abort web.c
shows tcp CLOSE 10 '[ASSURED]'

part 'TCP: simultaneous open (player)'
play conn
play tcp c S
step both 'a SYN, and a SYN that crosses it' play tcp s S
shows tcp LISTEN 120 '' 'two minutes, Table 7-2'

part 'TCP: pick-up in mid-stream (player)'
play conn
step client 'ACK and 10 bytes of a connection that nobody saw begin' play tcp c PA len=10
shows tcp ESTABLISHED 432000 '[UNREPLIED]' 'not [ASSURED]'
step server 'ACK' play tcp s A
shows tcp ESTABLISHED 432000 '' 'not [ASSURED]'

part 'TCP: the same with ip_conntrack_tcp_loose 0 (player)'
sysctl_set ip_conntrack_tcp_loose 0
before=$(counter no_syn)
play conn
step client 'ACK and 10 bytes' play tcp c PA len=10
nothing 'no entry: the first packet must be a SYN'
compare 'counter no_syn' "+$(($(counter no_syn) - before))" +1 'it is counted'
sysctl_set ip_conntrack_tcp_loose 1

part 'UDP (real client and server)'
play bind dns server "$SERVER" 53
step client 'a question' play ask dns client "$SERVER" 53
shows udp - 30 '[UNREPLIED]'
step server 'the answer' play answer dns
shows udp - 180 '[ASSURED]'

part 'ICMP'
FOCUS='^icmp'
step client 'ping, one echo' ping_server
shows icmp - 30 '' 'answered'

part 'Time-outs are sysctls, and run out'
sysctl_set ip_ct_udp_timeout 3
play conn
step client 'a datagram, after echo 3 > .../ip_ct_udp_timeout' play udp c
shows udp - 3 '[UNREPLIED]'
step clock 'four seconds go by' wait_for 5 gone
nothing 'the entry is gone'

part 'The firewall: rules ask the tracker (iptables, conntrack -E)'
load_beside xt_ip_conntrack ip_conntrack_netlink
events=$(mktemp)
conntrack -E -p tcp >"$events" 2>/dev/null &
watcher=$!
iptables-legacy-restore <<'END' || die 'iptables-legacy-restore'
*filter
:FORWARD DROP [0:0]
-A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -m state --state INVALID -j DROP
-A FORWARD -p tcp ! --syn -m state --state NEW -j DROP
-A FORWARD -i eth1 -p tcp --dport 8082 -m state --state NEW -j ACCEPT
COMMIT
END
iptables-legacy -S FORWARD | sed 's/^/     /'
for flags in S F FPU - A; do
	play conn dport=22
	step client "a scan of port 22: flags $flags" play tcp c "$flags" lost
	nothing 'refused by the rules: no entry'
done
play conn dport=8082
step client 'SYN to port 8082, which the rules allow' play tcp c S
shows tcp SYN_SENT 120 '[UNREPLIED]' 'NEW'
step server 'SYN/ACK' play tcp s SA
shows tcp SYN_RECV 60 '' 'ESTABLISHED'
step client ACK play tcp c A
shows tcp ESTABLISHED 432000 '[ASSURED]'
saw() { grep -q "\[$1\].*$2.*dport=8082" "$events"; }
for event in 'NEW SYN_SENT' 'UPDATE SYN_RECV' 'UPDATE ESTABLISHED'; do
	# shellcheck disable=SC2086 # two words
	wait_for 5 saw $event || :
done
printf '     conntrack -E\n'
grep 'dport=8082' "$events" | sed 's/^/     /'
compare 'events of that connection:' "$(grep -c 'dport=8082' "$events")" 3 \
	'NEW, then what changes'
compare 'events of the scan:' "$(grep -c 'dport=22 ' "$events")" 0 \
	'what the rules drop never was'
kill "$watcher"
wait "$watcher" 2>/dev/null
rm -f "$events"
iptables-legacy -P FORWARD ACCEPT
iptables-legacy -F FORWARD
unload_beside xt_ip_conntrack ip_conntrack_netlink

unload_module
complaints=$(kernel_log | "$LAB_TREE/scripts/vm-complaints.sh") || {
	number=$((number + 1)) differ+=('the kernel log')
	printf '\n%s\n' "$complaints"
}

printf '\n%s%d steps, %d comparisons agree, %d differ, in %d s%s\n' "$bold" \
	"$number" "$agreed" "${#differ[@]}" $((SECONDS - started)) "$plain"
for name in "${differ[@]}"; do
	printf '  %sdiffers%s: step %s\n' "$bad" "$plain" "$name"
done
[ ${#differ[@]} = 0 ]
