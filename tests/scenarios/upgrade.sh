#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Flows outlive rmmod and insmod: saved and restored with their states,
# windows, marks, counters and seconds, while TCP and UDP go on. What is cut
# short or changed is refused whole.
#
# timeout: 300

. "$(dirname "$0")/../lib.sh"

FILE=/tmp/flows.$$
# what is slow here is the emulator; seconds run meanwhile
SLACK=60
state() { "$LAB_TREE/scripts/ip-conntrack-state" "$@"; }

# swap [PARAMETER=VALUE...]: another module takes over
swap() {
	STEP='save, rmmod, insmod, restore'
	expect_true 'flows are saved' state save $FILE
	unload_module
	load_module "$@"
	expect_true 'flows are restored' state restore $FILE
	STEP='an upgrade'
}

lab_up
hold_hooks
strict=(ip_conntrack_tcp_loose=0 ip_conntrack_acct=1)
load_module "${strict[@]}"

# each kind of state; nothing passes meanwhile
play conn sport=42002
play tcp c S
handshake sport=42003
play tcp c FA
play tcp s A
play conn sport=42004
play udp c
play udp s
play conn sport=42005
play udp c
play icmp c 8 id=42006
handshake sport=42001
play tcp c PA len=100
play tcp s A
before=$(sed 's/ use=.*//' $PROC | sort | sed -E 's/^([a-z]+ +[0-9]+) [0-9]+/\1/')
swap "${strict[@]}"
after=$(sed 's/ use=.*//' $PROC | sort | sed -E 's/^([a-z]+ +[0-9]+) [0-9]+/\1/')
expect_eq "$after" "$before" 'every entry, with its counters'
FOCUS='sport=42001 '
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
FOCUS='sport=42004 '
expect_entry udp - 180 '[ASSURED]'

# it goes on where it was; once both sides were heard, their windows hold
FOCUS='sport=42001 '
play tcp c PA len=50
play tcp s PA len=50
expect_counted seq_above_window play tcp c PA len=50 seq=+9000000
expect_counted ack_above play tcp s A ack=+9000000
play tcp c A
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
expect_eq "$(lines)" 6

# real stacks, traffic all the time, no pick-up
on_server timeout 100 nc -l -k 7000 >/dev/null &
listens() { on_server ss -Hltn "sport = 7000" | grep -q .; }
expect_within 5 'nc listens' listens
on_client timeout 90 sh -c "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	head -c 200000 /dev/zero; sleep 0.4; done | nc -N $SERVER 7000" &
stream=$!
on_client ping -q -i 0.2 -w 30 "$SERVER" >"/tmp/ping.$$" &
ping=$!
FOCUS='dport=7000 '
wait_entry 10 tcp ESTABLISHED 432000 '[ASSURED]'
for _ in 1 2 3; do
	swap "${strict[@]}"
	wait_entry 5 tcp ESTABLISHED 432000 '[ASSURED]' 'the stream is still known'
done
# here, not in expect_true, whose subshell has no such child
wait $stream || fail 'a stream that comes to its end' "status $?"
kill -INT $ping
wait $ping
loss=$(sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p' "/tmp/ping.$$")
expect_eq "$loss" 0 'no echo is lost'
rm -f "/tmp/ping.$$"
for name in seq_above_window seq_below_window ack_above ack_too_old; do
	expect_eq "$(counter $name)" 0 "$name: no segment is INVALID"
done

# what is not as it was saved is refused whole
expect_true 'flows are saved' state save $FILE
unload_module
load_module ip_conntrack_tcp_loose=0
refused() {
	expect_false "$1" state restore $FILE.bad
	expect_eq "$(lines)" 0 "$1: nothing of it"
}
head -c -40 $FILE >$FILE.bad
refused 'cut short'
head -n -1 $FILE >$FILE.bad
refused 'without its end'
sed '3s/42/43/' $FILE >$FILE.bad
! cmp -s $FILE $FILE.bad || sed '3s/1/2/' $FILE >$FILE.bad
refused 'changed'
sed '2d' $FILE >$FILE.bad
refused 'a line is gone'
: >$FILE.bad
refused 'empty'
sed '1s/1$/9/' $FILE >$FILE.bad
refused 'another version'
for line in 'nonsense' '6 1 2 3 4 0 0 5 0 0 0 0 0 0 0 0 0 0 0' \
	'17 1 2 3 4 0 0 99999999 0 0 0 0 0 0 0 0 0 0 0' \
	'17 1 2 3 4 0 ffff 5 0 0 0 0 0 0 0 0 0 0 0' \
	'17 1 2 10000 4 0 0 5 0 0 0 0 0 0 0 0 0 0 0' \
	'17 1 2 3 4 0 0 5 0 0 0 0 0 0 0 0 0 0 0 0' \
	'17 1 2 3 4 0 0 5 -1 0 0 0 0 0 0 0 0 0 0'; do
	expect_false "the module refuses: $line" \
		bash -c "echo '$line' >/proc/net/ip_conntrack_state"
done
expect_eq "$(lines)" 0
expect_true 'the file itself is good' state restore $FILE
[ "$(lines)" -ge 5 ] || fail 'its flows' "$(ct)"

rm -f $FILE $FILE.bad
unload_module
no_kernel_complaints
