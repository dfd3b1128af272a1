#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# conntrack(8) sees and changes the connections of its own network namespace.
# An unprivileged user who has made a user namespace and a network namespace
# in it may do so there, and only there.
#
#	client  ---- fw  ---- server        10.0.1.0/24, 10.0.2.0/24
#	client2 ---- fw2 ---- server2       the same addresses again

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../conntrack.sh"
. "$(dirname "$0")/../second.sh"

lab_up
netlink_up
second_up

# as_user COMMAND: a line of shell as nobody, in namespaces of nobody's own
as_user() {
	STEP="as nobody in a user namespace: $1"
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare --user --map-root-user --net "$BASH" -c "$1"
}

# two firewalls with the same addresses
play conn sport=45000 dport=443
play tcp c S
play conn sport=45000 dport=443
play tcp c2 S
play tcp s2 SA
play tcp c2 A
play conn sport=45001 dport=443
play tcp c2 S
STEP='conntrack in two namespaces'
expect_listed 1
expect_listed 1 -p tcp --state SYN_SENT
expect_eq "$(second 'conntrack -L 2>/dev/null' | plain)" \
	"$(second 'cat /proc/net/ip_conntrack' | plain)"
expect_eq "$(conntrack -C) $(second 'conntrack -C')" '1 2'
second 'conntrack -U -p tcp --sport 45000 -m 5 >/dev/null 2>&1'
expect_eq "$(second_lines ' mark=5 ')" 1
expect_no_line ' mark='
listen conntrack -E
second 'conntrack -D -p tcp --sport 45000 >/dev/null 2>&1'
expect_eq "$(second_lines)" 1
expect_eq "$(lines)" 1 'the same tuple lives on elsewhere'
second 'conntrack -F 2>/dev/null'
expect_eq "$(second_lines) $(lines)" '0 1'
play conn dport=80
play tcp c2 S
play conn dport=81
play tcp c S
expect_events 1 '\[NEW\] .*dport=81 '
expect_eq "$(events .)" 1 'no news from elsewhere'
silence

# an unprivileged user; the variables are those of its shell
echo 1 >/proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || :
# shellcheck disable=SC2016
out=$(as_user '
	ip link set lo up
	for port in 1 2 3; do
		conntrack -I -p udp -s 127.0.0.1 -d 127.0.0.1 --sport $port --dport 9 -t 100
	done
	echo hello >/dev/udp/127.0.0.1/7777
	conntrack -U -p udp --sport 1 -m 8
	conntrack -D -p udp --sport 2
	echo counted $(conntrack -C)
	echo read $(wc -l </proc/net/ip_conntrack)
	conntrack -L | sed "s/^/listed /"
	conntrack -F
	echo left $(conntrack -C)' 2>/dev/null) || :
[[ $out == *'counted '[34]* ]] || fail 'its own connections' "$out"
expect_eq "$(grep -c '^listed udp .*dport=9 ' <<<"$out")" 2 'all but the deleted one'
expect_eq "$(grep -c '^listed .* mark=8 ' <<<"$out")" 1
expect_eq "$(grep '^left' <<<"$out")" 'left 0'
expect_eq "$(lines)" 2 'ours are as they were'
expect_no_line ' mark=8'

# nobody's own user namespace gives no right over the host's connections
unchanged=$(plain <$PROC)
for what in -L -F '-D -p tcp' '-U -p tcp -m 9' -E '-E -e NEW' \
	"-G -p tcp -s $C -d $S --sport 45000 --dport 443" \
	"-I -p udp -s $C -d $S --sport 1 --dport 2 -t 50"; do
	STEP="conntrack $what, as nobody in a user namespace only"
	read -ra words <<<"$what"
	! out=$(setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare --user --map-root-user \
		timeout 20 conntrack "${words[@]}" 2>&1) || fail 'a refusal' "$out"
	[[ $out == *'not permitted'* || $out == *CAP_NET_ADMIN* ]] ||
		fail 'Operation not permitted' "$out"
done
expect_eq "$(plain <$PROC)" "$unchanged" 'nothing is changed'

netlink_down
no_kernel_complaints
