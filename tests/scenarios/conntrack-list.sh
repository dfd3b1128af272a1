#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# conntrack -L, -G, -C and -S, with each of their filters and formats, show
# what /proc/net/ip_conntrack and /proc/net/stat/ip_conntrack show.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"

lab_up
netlink_up
# as long as this takes
for name in ip_ct_udp_timeout ip_ct_icmp_timeout ip_ct_tcp_timeout_syn_sent \
	ip_ct_tcp_timeout_fin_wait ip_ct_udp_timeout_unreplied_max; do
	sysctl_set "$name" 900
done

# a connection of each kind
handshake dport=443
tcp=$SPORT
play conn dport=25
play tcp c S
half=$SPORT
handshake dport=80
play tcp c FA
play conn dport=53
play udp c
play udp s
play conn dport=53
play udp c
play icmp c 8 id=77
play ip c 99

STEP='one of each kind'
expect_eq "$(lines)" 7
expect_same 'each of them'

# filters, in the kernel and in the tool
expect_listed 3 -p tcp
expect_listed 2 -p udp
expect_listed 1 -p icmp
expect_listed 1 -p 99
expect_listed 1 -p tcp --state ESTABLISHED
expect_listed 1 -p tcp --state SYN_SENT
expect_listed 1 -p tcp --state FIN_WAIT
expect_listed 0 -p tcp --state CLOSE
expect_listed 1 -p tcp --sport "$tcp"
expect_listed 1 -p tcp --orig-port-dst 25
expect_listed 1 -p tcp --reply-port-src 443
expect_listed 1 -p tcp --reply-port-dst "$half"
expect_listed 2 -p udp --dport 53
expect_listed 1 -p icmp --icmp-type 8
expect_listed 1 -p icmp --icmp-id 77
expect_listed 0 -p icmp --icmp-type 13
expect_listed 7 -s "$C"
expect_listed 7 --orig-src "$C" --orig-dst "$S"
expect_listed 7 --reply-src "$S" --reply-dst "$C"
expect_listed 0 -s "$S"
expect_listed 7 -s 10.0.1.0/24
expect_listed 0 -d 10.9.0.0/16
expect_listed 3 -u ASSURED
expect_listed 3 -u SEEN_REPLY
expect_listed 0 -m 5
expect_listed 7 -m 0
expect_listed 7 -f ipv4
expect_listed 0 -f ipv6
expect_listed 7 -w 0
expect_listed 0 -w 3
expect_listed 0 --any-nat
expect_listed 0 --src-nat
expect_listed 0 dying
expect_listed 0 unconfirmed
expect_listed 0 expect

# formats
STEP='conntrack -L -o extended,id,timestamp'
out=$(conntrack -L -p tcp --sport "$tcp" -o extended,id 2>/dev/null)
[[ $out =~ ^ipv4\ +2\ tcp\ +6\ [0-9]+\ ESTABLISHED\ src=$C\ dst=$S\ sport=$tcp\ .*\[ASSURED\]\ mark=0\ use=1\ id=([0-9]+)$ ]] ||
	fail 'ipv4 2 tcp 6 ... id=' "$out"
id=${BASH_REMATCH[1]}
out=$(conntrack -L -p tcp --sport "$tcp" -o id 2>/dev/null)
expect_eq "${out##*id=}" "$id" 'an id is for life'
ids=$(conntrack -L -o id 2>/dev/null | sed 's/.*id=//' | sort -u | wc -l)
expect_eq "$ids" 7 'no two connections have one id'
expect_eq "$(conntrack -L -o xml 2>/dev/null | grep -o '<flow>' | wc -l)" 7
expect_eq "$(conntrack -L -o save 2>/dev/null | grep -c '^-A ')" 7
out=$(conntrack -L -o timestamp 2>/dev/null | grep -c ' use=')
expect_eq "$out" 7 'without time stamps in the kernel the lines are as ever'

# one of them
STEP='conntrack -G'
out=$(conntrack -G -p tcp -s "$C" -d "$S" --sport "$tcp" --dport 443 2>/dev/null)
[[ $out =~ ^tcp\ +6\ [0-9]+\ ESTABLISHED\ src=$C\ .*sport=$tcp\  ]] ||
	fail 'the connection' "$out"
out=$(conntrack -G -p icmp -s "$C" -d "$S" --icmp-type 8 --icmp-code 0 \
	--icmp-id 77 2>/dev/null)
[[ $out =~ ^icmp\ +1\ [0-9]+\ .*type=8\ code=0\ id=77\ .*type=0\ code=0\ id=77\  ]] ||
	fail 'the query' "$out"
refused "doesn't exist" conntrack -G -p tcp -s "$C" -d "$S" --sport 1 --dport 443

# counts
STEP='conntrack -C'
expect_eq "$(conntrack -C)" 7
STEP='conntrack -S'
total() { conntrack -S | grep -o " $1=[0-9]*" | awk -F= '{ n += $2 } END { print n + 0 }'; }
play conn
play tcp c S badsum
STEP='conntrack -S'
# columns of /proc/net/stat: insert is the 9th, invalid the 5th, in hexadecimal
column() { awk -v n="$1" 'NR > 1 { print $n }' "$STAT" | { sum=0; while read -r x; do sum=$((sum + 0x$x)); done; echo $sum; }; }
expect_eq "$(total insert)" "$(column 9)"
expect_eq "$(total invalid)" "$(column 5)"
expect_eq "$(total drop)" 0
expect_eq "$(conntrack -S | wc -l)" "$(grep -c ^processor /proc/cpuinfo)" 'a line for each processor'
expect_eq "$(total insert)" 7

# a listing of many messages
play flood c udp 3000 sport=30000
STEP='3,000 more'
expect_same 'each of them once'
expect_eq "$(conntrack -C)" "$(lines)"

netlink_down
no_kernel_complaints
