#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
#
# An ordinary user, root in a user namespace of his own, sees and changes the
# flows of his namespaces only, and all of them together have no more room than
# the host's ip_conntrack_max.

. "$(dirname "$0")/../lib.sh"

MAX=200
# starting programs takes the emulator its time
SLACK=90
GO=/tmp/$SCENARIO.go MADE=/tmp/$SCENARIO.made

# as_user SCRIPT: by nobody, in new user and network namespaces, one after the
# other, so that he owns what is in /proc. There "send N" has N datagrams make
# as many flows, which stay while this runs.
as_user() {
	# shellcheck disable=SC2016 # for the user's shell
	local own='
		cd /proc/sys/net/ipv4/netfilter
		ip link set lo up
		echo 600 >ip_ct_udp_timeout
		send() {
			/usr/bin/python3 -c "
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(int(sys.argv[1])):
	s.sendto(b\"x\", (\"127.0.0.1\", 1000 + port))" "$1"
		}
		'
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		unshare -Ur unshare -n "$BASH" -c "$own $1" 2>&1
}

# what cannot be told from flows
settings() { grep . "$SYSCTL"/* | grep -vE '_(count|buckets):'; }

echo 1 >/proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || :
lab_up
load_module
nsenter --net=/proc/1/ns/net "$BASH" -c "echo $MAX >$SYSCTL/ip_conntrack_max" ||
	die 'cannot set the limit of the host'
handshake
tcp=$FOCUS
for _ in 1 2 3 4 5; do
	play conn
	play udp c
	play udp s
done
before=$(settings)
[ "$(wc -l <<<"$before")" -gt 40 ] || fail 'all settings' "$before"

STEP='a user looks at his own'
out=$(as_user 'send 5; cat /proc/net/ip_conntrack')
[ "$(grep -c '^udp .*src=127.0.0.1 dst=127.0.0.1 ' <<<"$out")" = 5 ] ||
	fail 'five flows to himself' "$out"
expect_eq "$(wc -l <<<"$out")" 5 'and nothing else'

STEP='a user sets what he may, and what he may not'
# shellcheck disable=SC2016 # for the user's shell
out=$(as_user '
	try() { "$@" 2>/dev/null && echo "this worked: $*"; }
	put() { echo "$2" >"$1"; }
	echo 7 >ip_ct_udp_timeout && cat ip_ct_udp_timeout
	try put ip_conntrack_max 100
	try put ip_conntrack_max 0
	try put ip_conntrack_log_invalid 255
	try put /proc/net/ip_conntrack_state "17 1 2 3 4 0 0 5 0 0 0 0 0 0 0 0 0 0 0"
	try nsenter --net=/run/netns/fw true
	try nsenter --net=/proc/1/ns/net true
	try rmmod ip_conntrack
	wc -l </proc/net/ip_conntrack')
expect_eq "$out" "7
0"

STEP="two namespaces of a user; $MAX flows are the host's limit"
rm -f "$GO" "$MADE"
mkfifo -m 666 "$GO" "$MADE" || die 'mkfifo'
as_user "send 150; cat ip_conntrack_count >$MADE; read -r _ <$GO" >/dev/null &
user=$!
read -r -t 60 first <>"$MADE"
second=$(as_user 'send 150; cat ip_conntrack_count
	grep table_full /proc/net/ip_conntrack_reasons')
echo >"$GO"
wait $user
expect_eq "$first" 150
expect_eq "$second" "$((MAX - 150))
table_full 0" 'the rest of the room; the oldest of his own give way'

STEP='the user has gone'
expect_eq "$(settings)" "$before" "the firewall's settings"
FOCUS=$tcp
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
expect_lines 5 '^udp .*\[ASSURED\]'
room() { [ "$(as_user 'send 190; cat ip_conntrack_count')" = 190 ]; }
expect_within 30 'what he took he has given back' room

STEP='one namespace of his fills all the room'
expect_eq "$(as_user "send $((2 * MAX)); cat ip_conntrack_count")" $MAX
rm -f "$GO" "$MADE"
unload_module
no_kernel_complaints
