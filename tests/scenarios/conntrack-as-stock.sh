#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
#
# The same packets and the same commands of conntrack(8), first on nf_conntrack
# and then on ip_conntrack: what is printed and with which status it ends is the
# same, but for numbers that run or are drawn by lot.
#
# What differs by intent is not asked for here: README has a table of it. An
# event tells more here (mark, counters, use): that is taken out of both.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

lab_up

# ask OPTION...: one command, what it said, and how it ended
ask() {
	local status=0

	timeout 20 conntrack "$@" >"$ANSWER" 2>&1 || status=$?
	printf -- '--- conntrack %s\n' "$*"
	same <"$ANSWER" | sort
	echo "status $status"
}

# tell MASK [OPTION...]: the events of a connection that is deleted at its end
tell() {
	listen conntrack -E -e "$@"
	play conn sport=40200 dport=98
	play tcp c S
	play tcp s SA
	play tcp c A
	play tcp c FA
	conntrack -D -p tcp --dport 98 >/dev/null 2>&1
	wait_for 5 grep -qE 'DESTROY|destroy|^-D|FIN_WAIT|SYN_SENT.*UNREPLIED' "$EVENTS" || :
	sleep 0.5
	silence
	printf -- '--- conntrack -E -e %s\n' "$*"
	same <"$EVENTS"
}

traffic() {
	handshake sport=40001 dport=443
	play conn sport=40002 dport=53
	play udp c
	play udp s
	sleep 3
	play udp c
	play conn sport=40003 dport=53
	play udp c
	play conn sport=40004 dport=80
	play tcp c S
	play icmp c 8 id=7
	play ip c 99
}

questions() {
	local status format

	traffic
	ask -C
	ask -L
	ask -L -o extended
	ask -L -p tcp
	ask -L -p tcp --dport 443
	ask -L -p tcp --orig-port-dst 80
	ask -L -p udp --reply-port-src 53
	ask -L -p icmp -o extended,id
	ask -L -p 99 -o extended
	ask -L -f ipv6
	ask -L -f ipv4 -p udp
	ask -L -p icmpv6
	ask -L -s 10.0.1.0/24
	ask -L --mask-dst 255.255.255.0 -d 10.0.2.0
	ask -L -r "$S"
	ask -L -q "$S"
	ask -L -m 0/1
	ask -L --mark 5
	ask -L --zone 0
	ask -L -w 1
	ask -L -g
	ask -L -n
	ask -L --state SYN_SENT -p tcp
	ask -L --timeout 5
	ask -L -l foo
	ask -L expect
	for status in UNSET ASSURED SEEN_REPLY FIXED_TIMEOUT EXPECTED OFFLOAD \
		      CONFIRMED UNREPLIED SEEN_REPLY,ASSURED; do
		ask -L -u "$status"
	done
	for format in xml extended id extended,id ktimestamp labels save xml,id; do
		ask -L -p tcp -o "$format"
	done
	ask -G -p tcp -s "$C" -d "$S" --sport 40001 --dport 443
	ask -G -p tcp -r "$S" -q "$C" --reply-port-src 443 --reply-port-dst 40001
	ask -G -p udp -r "$S" -q "$C" --reply-port-src 53 --reply-port-dst 40002
	ask -G -p tcp -s "$S" -d "$C" --sport 443 --dport 40001
	ask -G -p icmp -s "$C" -d "$S" --icmp-type 8 --icmp-code 0 --icmp-id 7
	ask -G -p tcp -s "$C" -d "$S" --sport 1 --dport 443
	ask -G -p tcp -s "$C" -d "$S" --sport 40001 --dport 443 -o extended,id
	ask -G -p tcp -s "$C"
	ask -G -p 99 -s "$C" -d "$S"
	# counters to zero: of some, of all, and what is left
	ask -L -z -p tcp --dport 443
	ask -L -p tcp
	ask -L -z -p udp
	ask -L -z
	ask -L
	ask -U -p tcp --sport 1 -m 9
	ask -D -p tcp --sport 40004
	ask -D -p tcp --sport 40004
	ask -D -p udp -o id
	ask -I -p udp -s "$C" -d "$S" --sport 50001 --dport 53 -t 100
	ask -I -p udp -s "$C" -d "$S" --sport 50001 --dport 53 -t 100
	ask -I -p udp -s "$C" -d "$S" --sport 50002 --dport 53 -t 100 -u ASSURED
	ask -I -p udp -s "$C" -d "$S" --sport 50003 --dport 53 -t 100 -u ASSURED,SEEN_REPLY
	ask -I -p udp -s "$C" -d "$S" --sport 50004 --dport 53 -t 100 -u UNSET
	ask -I -p tcp -s "$C" -d "$S" --sport 50006 --dport 53 -t 100 --state LISTEN
	ask -I -p tcp -s "$C" -d "$S" --sport 50007 --dport 53 -t 100 --state ESTABLISHED -u ASSURED,SEEN_REPLY
	ask -I -p tcp -s "$C" -d "$S" --sport 50008 --dport 53 -t 100
	ask -I -p udp -s "$C" -d "$S" --sport 50009 --dport 53
	ask -I -p udp -s "$C" -d "$S" -r "$S" -q "$C" --sport 50010 --dport 53 --reply-port-src 53 --reply-port-dst 50010 -t 100
	ask -A -p udp -s "$C" -d "$S" --sport 50010 --dport 53 -t 100
	ask -A -p udp -s "$C" -d "$S" --sport 50011 --dport 53 -t 100
	ask -L
	conntrack -L -o save >"$SAVED" 2>/dev/null
	ask -F
	ask -R "$SAVED"
	ask -L
	ask -F expect
	ask -E -e NOSUCH
	ask -F
	for format in xml save id extended,id timestamp ktimestamp; do
		tell ALL -o "$format"
	done
	tell NEW
	tell UPDATES
	tell DESTROY
	tell NEW,DESTROY
	ask -F
}

# Numbers that run, are drawn by lot, or that only events of ours have
same() {
	sed -E '
		s/^( *\[(NEW|UPDATE|DESTROY)\].*|\[[0-9. ]+\].*\[(NEW|UPDATE|DESTROY)\].*)$/&\n/
		/\n/s/ (packets|bytes|mark)=[0-9]+//g
		/\n/s/ \[start=[^]]*\]//
		s/\n//
		s/^(\[[0-9. ]+\][[:space:]]+)/[WHEN] /
		s/(( ipv4 +2| *\]|^) *(tcp|udp|icmp|unknown|ipv4 +2 +[a-z]+) +[0-9]+) [0-9]+/\1 T/
		s/<flow type=.*/&\n/
		/\n/s/<(counters|mark|timestamp)>([^<]|<[a-z]+>[0-9]*<.[a-z]+>)*<.(counters|mark|timestamp)>//g
		s/\n//
		s/ (use|delta-time)=[0-9]+//g
		s/<(use|deltatime)>[0-9]+<.(use|deltatime)>//g
		s/ id=[0-9]{4,}/ id=N/
		s/<(id|timeout)>[0-9]+/<\1>N/g
		s/portid=[0-9]+/portid=N/
		s/(start|stop)=[^]]*\]/\1=WHEN]/g
		s/ -t [0-9]+/ -t T/'
}

ANSWER=$(mktemp) SAVED=$(mktemp) THEIRS=$(mktemp) OURS=$(mktemp)

STEP='conntrack(8) on nf_conntrack'
modprobe nf_conntrack_netlink || die 'no nf_conntrack_netlink'
nft -f - <<'END' || die 'nft'
table ip ask { chain forward { type filter hook forward priority 0; ct state new counter; }; }
END
echo 1 >/proc/sys/net/netfilter/nf_conntrack_acct
echo 1 >/proc/sys/net/netfilter/nf_conntrack_timestamp
echo 600 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout
echo 600 >/proc/sys/net/netfilter/nf_conntrack_icmp_timeout
questions >"$THEIRS"
nft flush ruleset
expect_within 30 'nf_conntrack goes' \
	modules_gone nft_ct nf_conntrack_netlink nf_conntrack

STEP='conntrack(8) on ip_conntrack'
netlink_up
sysctl_set ip_conntrack_acct 1
sysctl_set ip_conntrack_timestamp 1
sysctl_set ip_ct_udp_timeout 600
sysctl_set ip_ct_icmp_timeout 600
questions >"$OURS"

STEP='both answers beside each other'
asked=$(grep -c '^---' "$OURS")
[ "$asked" -ge 90 ] || fail 'ninety commands and more' "$asked"
difference=$(diff -U3 "$THEIRS" "$OURS") ||
	fail "no difference in $asked commands" "$difference"
say "$asked commands, $(wc -l <"$OURS") lines"
netlink_down
no_kernel_complaints
