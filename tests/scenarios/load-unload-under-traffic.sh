#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
#
# Fifty times insmod and rmmod while TCP, UDP and ICMP flow through: no packet
# lost by it, nothing in the log.

. "$(dirname "$0")/../lib.sh"

lab_up
hold_hooks

# what goes on meanwhile: a flood ping, a TCP transfer, new connections
# (ping itself must be the child: a shell in the background heeds no SIGINT)
nsenter --net=/run/netns/client ping -q -i 0.05 -w 880 "$SERVER" >"/tmp/ping.$$" &
ping=$!
on_server timeout 890 nc -l -k 7000 >/dev/null &
on_client timeout 890 sh -c "
	while sleep 1; do head -c 300000 /dev/zero | nc -N $SERVER 7000; done" &
STEP='traffic begins'
listens() { on_server ss -Hltn 'sport = 7000' | grep -q .; }
expect_within 5 'nc listens' listens

cycles=0 seen=0
while [ $cycles -lt 50 ]; do
	load_module
	play flood c udp 40 sport=$((2000 + cycles * 50))
	play flood s syn 10 sport=$((2000 + cycles * 50))
	[ "$(lines)" = 0 ] || seen=$((seen + 1))
	unload_module
	cycles=$((cycles + 1))
	[ $((cycles % 10)) != 0 ] || say "$cycles times, $SECONDS s"
done
[ $seen = 50 ] || fail 'entries each time' "in $seen of 50"

STEP='50 times insmod and rmmod'
kill -INT "$ping"
wait "$ping"
loss=$(sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p' "/tmp/ping.$$")
expect_eq "$loss" 0 "no echo is lost: $(grep transmitted "/tmp/ping.$$")"
rm -f "/tmp/ping.$$"
no_kernel_complaints
