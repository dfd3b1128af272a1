#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# conntrack -E with each mask tells what happens to connections, when it
# happens, once: new, each change of state or mark, the end.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

lab_up
netlink_up

# a connection from its first packet to its end
listen conntrack -E
handshake dport=443
tcp=$SPORT
expect_events 1 "\[NEW\] tcp +6 [0-9]+ SYN_SENT src=$C dst=$S sport=$tcp dport=443 \[UNREPLIED\]"
expect_events 1 "\[UPDATE\] tcp +6 [0-9]+ SYN_RECV .*sport=$tcp "
expect_events 1 "\[UPDATE\] tcp +6 [0-9]+ ESTABLISHED .*sport=$tcp .*\[ASSURED\]"
play tcp c A len=100
play tcp s A len=100
play tcp c FA
expect_events 1 "\[UPDATE\] tcp +6 [0-9]+ FIN_WAIT .*sport=$tcp "
expect_events 4 . 'data are no event'
STEP='conntrack -U -m 7'
conntrack -U -p tcp --sport "$tcp" -m 7 >/dev/null 2>&1
expect_events 1 "\[UPDATE\] tcp .*sport=$tcp .* mark=7"
play tcp s FA
play tcp c A
expect_events 1 "\[UPDATE\] tcp +6 [0-9]+ TIME_WAIT .*sport=$tcp .* mark=7"
STEP='conntrack -D'
conntrack -D -p tcp --sport "$tcp" >/dev/null 2>&1
# before its time, so that it tells how much was left
expect_events 1 "\[DESTROY\] tcp +6 1[12][0-9] TIME_WAIT src=$C dst=$S sport=$tcp dport=443 .*mark=7"
kinds="$(events '\[NEW\]') $(events '\[UPDATE\]') $(events '\[DESTROY\]')"
[[ $kinds =~ ^1\ [678]\ 1$ ]] ||
	fail 'one NEW, its changes, one DESTROY' "$(cat "$EVENTS")"

# UDP, and an end by time
sysctl_set ip_ct_udp_timeout 2
play conn dport=53
play udp c
expect_events 1 "\[NEW\] udp +17 [0-9]+ .*sport=$SPORT dport=53 \[UNREPLIED\]"
play udp s
expect_events 1 "\[UPDATE\] udp +17 [0-9]+ .*sport=$SPORT dport=53 .*\[ASSURED\]"
play conn dport=53
play udp c
expect_events 1 "\[NEW\] udp .*sport=$SPORT "
expect_events 1 "\[DESTROY\] udp +17 src=$C .*sport=$SPORT dport=53 \[UNREPLIED\]"

# ICMP, and what is made by hand
play icmp c 8 id=5
expect_events 1 '\[NEW\] icmp +1 [0-9]+ .*type=8 code=0 id=5 \[UNREPLIED\]'
STEP='conntrack -I'
conntrack -I -p udp -s "$C" -d "$S" --sport 4 --dport 5 -t 100 >/dev/null 2>&1
expect_events 1 '\[NEW\] udp +17 [0-9]+ .*sport=4 dport=5 '
STEP='conntrack -F'
rest=$(lines)
before=$(events '\[DESTROY\]')
conntrack -F 2>/dev/null
expect_events $((before + rest)) '\[DESTROY\]' 'one for each that was there'
silence

# masks
for mask in NEW UPDATES DESTROY; do
	listen conntrack -E -e "$mask"
	handshake dport=$((443 + ${#mask}))
	conntrack -F 2>/dev/null
	case $mask in
	NEW) expect_events 1 '\[NEW\]' ;;
	UPDATES) expect_events 2 '\[UPDATE\]' ;;
	DESTROY) expect_events 1 '\[DESTROY\]' ;;
	esac
	sleep 0.5
	expect_eq "$(events .)" "$([ $mask = UPDATES ] && echo 2 || echo 1)" \
		"nothing but -e $mask"
	silence
done

# formats: of a connection that comes and goes
for format in timestamp id extended,id xml xml,timestamp; do
	listen conntrack -E -e NEW,DESTROY -o $format
	play conn dport=7
	play udp c
	conntrack -D -p udp --dport 7 >/dev/null 2>&1
	ends="src=$C dst=$S sport=$SPORT dport=7 "
	for kind in NEW DESTROY; do
		by=
		# conntrack -D tells who it was
		[ $kind = NEW ] || by='( \[USERSPACE\] portid=[0-9]+)?'
		case $format in
		timestamp)
			expect_events 1 "^\[[0-9]{10}\.[0-9]+ *\][[:space:]]+\[$kind\] udp .*$ends"
			;;
		id)
			expect_events 1 "^ *\[$kind\] udp .*$ends.* id=[1-9][0-9]*$by\$"
			;;
		extended,id)
			expect_events 1 "^ *\[$kind\] ipv4 +2 udp +17 .*$ends.* id=[1-9][0-9]*$by\$"
			;;
		xml)
			expect_events 1 "<flow type=\"${kind,,}\">.*<src>$C</src>.*<sport>$SPORT</sport><dport>7</dport>"
			;;
		xml,timestamp)
			expect_events 1 "<flow type=\"${kind,,}\">.*<dport>7</dport>.*<when><hour>"
			;;
		esac
	done
	[ $format != id ] ||
		expect_eq "$(grep -o ' id=[0-9]*' "$EVENTS" | sort -u | wc -l)" \
			1 'both are about one connection'
	silence
done

netlink_down
no_kernel_complaints
