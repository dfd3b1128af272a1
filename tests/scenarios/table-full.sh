#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# accel: single
#
# At ip_conntrack_max unreplied flows give way; if none can, the packet passes
# untracked, is counted, and one line in the log says so.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

for port in 1 2 3 4 5 6 7 8 9 10; do
	play conn sport=$((30000 + port))
	play udp c
	play udp s
done
expect_lines 10 '\[ASSURED\]'
expect_true 'the limit is writable' sysctl_set ip_conntrack_max 50

sysctl_set ip_ct_udp_timeout 5
before=$(counter early_drop)
play flood c udp 300
expect_eq "$(sysctl_get ip_conntrack_count)" 50 'never more than the limit'
expect_lines 10 '\[ASSURED\]' 'assured flows are no victims of a flood'
[ "$(counter early_drop)" -ge $((before + 250)) ] ||
	fail 'early_drop to count those that gave way' "$(counter early_drop)"

# a new, complete handshake finds its place in the flood
handshake
mine="ESTABLISHED .* sport=$SPORT .*\[ASSURED\]"
expect_line "$mine" 'room is made'
play flood c udp 100
expect_line "$mine" 'and kept'

# time-outs shrink: halved at the limit
read -r _ _ seconds _ <<<"$(entry)"
[ "$seconds" -le 250000 ] || fail 'about half of 432000 s' "$seconds s"

# lowered, the limit holds at once; who has been idle longest gives way
expect_true 'the limit can be lowered' sysctl_set ip_conntrack_max 5
expect_eq "$(sysctl_get ip_conntrack_count)" 5 'at once'

# none may give way: the only flow there may be is never idle
cat >/run/busy.py <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 5000))
if len(sys.argv) == 2:
    while True:
        s.sendto(b'answer', s.recvfrom(16)[1])
s.setblocking(False)
while True:
    try:
        s.sendto(b'question', (sys.argv[2], 5000))
        s.recv(16)
    except BlockingIOError:
        pass
END
on_server /usr/bin/python3 /run/busy.py $SERVER &
echo=$!
on_client /usr/bin/python3 /run/busy.py $CLIENT $SERVER &
busy=$!
busy_now() { [ "$(lines 'sport=5000 dport=5000 .*\[ASSURED\]')" = 1 ]; }
expect_within 10 'a flow that is never idle' busy_now
expect_true 'one flow is the limit' sysctl_set ip_conntrack_max 1
expect_within 5 'it alone is left' busy_now
before=$(counter table_full)
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || :
reason=/sys/kernel/tracing/events/ip_conntrack/ip_ct_reason
echo 1 >$reason/enable || die 'no tracepoint'
play conn
play tcp c S
echo 0 >$reason/enable
grep -q "ip_ct_reason: *reason=table_full proto=6 src=$C dst=$S sport=$SPORT " \
	/sys/kernel/tracing/trace || fail 'the tracepoint says of which packet' \
	"$(grep ip_ct_reason /sys/kernel/tracing/trace | tail -n 3)"
expect_eq "$(entry)" '' 'it passes, untracked'
[ "$(counter table_full)" -gt "$before" ] || fail 'table_full to count it' "$(counter table_full)"
expect_eq "$(sysctl_get ip_conntrack_count)" 1
[ "$(kernel_log | grep -c 'ip_conntrack: table full')" -ge 1 ] ||
	fail 'a line in the log' "$(kernel_log | tail -n 5)"
expect_true 'more room' sysctl_set ip_conntrack_max 100
kill $busy $echo
play tcp c S seq=+0
expect_entry tcp SYN_SENT 120 '[UNREPLIED]' 'room again'

unload_module
no_kernel_complaints
