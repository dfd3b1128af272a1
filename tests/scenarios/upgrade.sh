#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Flows outlive rmmod and insmod: saved and restored with their states,
# windows, marks, counters and seconds, while an scp and a paced stream of
# datagrams go on. What is cut short or changed is refused whole.
#
# timeout: 600

. "$(dirname "$0")/../lib.sh"

PROC_STATE=/proc/net/ip_conntrack_state
FILE=/tmp/flows.$$
DIR=/tmp/$SCENARIO
# what is slow here is the emulator; seconds run meanwhile
SLACK=60
state() { "$LAB_TREE/scripts/ip-conntrack-state" "$@"; }

# replace [PARAMETER=VALUE...]: by a module that knows nothing yet
replace() {
	expect_true 'flows are saved' state save $FILE
	unload_module
	load_module "$@"
}

# swap [PARAMETER=VALUE...]: another module takes over
swap() {
	STEP='save, rmmod, insmod, restore'
	replace "$@"
	expect_true 'flows are restored' state restore $FILE
	STEP='an upgrade'
}

# what does not run meanwhile
all_but_seconds() {
	sed -E 's/ use=.*//;s/^([a-z]+ +[0-9]+) [0-9]+/\1/' $PROC | sort
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
play conn sport=42020
play udp c
play udp s
# its mark comes the way that flows come back
line=$(awk '$4 == "a424" { $9 = 77; print }' $PROC_STATE)
echo "$line" >$PROC_STATE || die "not taken: $line"
handshake sport=42001
play tcp c PA len=100
play tcp s A
before=$(all_but_seconds)
swap "${strict[@]}"
after=$(all_but_seconds)
expect_eq "$after" "$before" 'every entry, with its counters'
FOCUS='sport=42001 '
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
FOCUS='sport=42004 '
expect_entry udp - 180 '[ASSURED]'
both="^udp .* src=$C .*packets=2 .* packets=2 .*mark=77"
expect_line "$both"

# it goes on where it was; once both sides were heard, their windows hold
FOCUS='sport=42001 '
play tcp c PA len=50
play tcp s PA len=50
expect_counted seq_above_window play tcp c PA len=50 seq=+9000000
expect_counted ack_above play tcp s A ack=+9000000
play tcp c A
expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
expect_eq "$(lines)" 7

# what passes between insmod and restore, the answer first, is no other flow
replace "${strict[@]}"
play conn sport=80 dport=42020
play udp s
play udp c
expect_line "^udp .* src=$S .*packets=1 .* packets=1"
expect_true 'flows are restored' state restore $FILE
expect_line "${both//packets=2/packets=3}"
expect_true 'a second time' state restore $FILE
expect_line "${both//packets=2/packets=3}" 'nothing is counted twice'
expect_eq "$(lines)" 7

# real stacks, traffic all the time; what is INVALID after a restore is dropped
ssh=(-F none -o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR
	-o UserKnownHostsFile=/dev/null -i "$DIR/key")
mkdir -p "$DIR" /root/.ssh
chmod 700 /root /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f "$DIR/key" || die 'ssh-keygen'
cp "$DIR/key.pub" /root/.ssh/authorized_keys || die 'no key of ours'
dropbearkey -t ed25519 -f "$DIR/host" >/dev/null 2>&1 || die 'dropbearkey'
on_server dropbear -F -E -s -r "$DIR/host" -p "$SERVER:22" 2>"$DIR/dropbear" &
listens() { on_server ss -Hltn 'sport = 22' | grep -q .; }
expect_within 20 'a server of ssh listens' listens
# at 30 kB/s this takes half a minute
head -c 1000000 /dev/urandom >"$DIR/data"
on_client scp -O -q -l 240 "${ssh[@]}" "$DIR/data" "root@$SERVER:$DIR/copy" \
	>"$DIR/scp" 2>&1 &
scp=$!
on_client ping -q -i 0.2 -w 200 "$SERVER" >"$DIR/ping" &
ping=$!
mkfifo "$DIR/stop" || die 'mkfifo'
/usr/bin/python3 "$LAB_TREE/tests/real.py" paced 7001 20 <"$DIR/stop" >"$DIR/paced" 2>&1 &
paced=$!
# what is started from here on would hold it open
exec {stop}>"$DIR/stop"
connected() { grep -q '^connected ' "$DIR/paced"; }
expect_within 60 'a stream of datagrams' connected
read -r _ port <"$DIR/paced"
going() { [ -s "$DIR/copy" ]; }
wait_for 60 going || die "scp does not begin: $(cat "$DIR/scp" "$DIR/dropbear")"

FOCUS='dport=22 '
wait_entry 10 tcp ESTABLISHED 432000 '[ASSURED]'
udp="^udp .* sport=$port dport=7001 "
packets() { sed -nE "s/$udp""packets=([0-9]+) .*/\1/p" $PROC; }
copies() { kill -0 $scp 2>/dev/null; }
known_or_over() { entry_now tcp ESTABLISHED 432000 '[ASSURED]' || ! copies; }
swaps=0
while copies && [ $swaps -lt 9 ]; do
	known=$(packets)
	swap "${strict[@]}"
	sysctl_set ip_conntrack_drop_invalid 1
	expect_line "$udp.*\[ASSURED\]" 'the stream of datagrams is still known'
	[ "$(packets)" -ge "$known" ] ||
		fail "at least the $known packets that were counted" "$(packets)"
	expect_within 5 'the scp is still known' known_or_over
	! copies || swaps=$((swaps + 1))
done
say "$swaps upgrades under an scp"
[ $swaps -ge 1 ] || fail 'an upgrade or more' $swaps
# here, not in expect_true, whose subshell has no such child
wait $scp || fail 'scp comes to its end' "status $? $(cat "$DIR/scp")"
expect_true 'and has copied what it was given' cmp "$DIR/data" "$DIR/copy"
exec {stop}>&-
wait $paced || fail 'no datagram is lost' "$(cat "$DIR/paced")"
said=$(tail -n 1 "$DIR/paced")
say "datagrams: $said"
read -r sent _ there _ back _ <<<"$said"
expect_eq "$there $back" "$sent $sent" 'no datagram is lost'
[ "$sent" -ge 100 ] || fail 'datagrams all the time' "$sent"
# the shell's child is no ping, its child is
pkill -INT -P $ping
wait $ping
loss=$(sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p' "$DIR/ping")
expect_eq "$loss" 0 'no echo is lost'
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
		bash -c "echo '$line' >$PROC_STATE"
done
expect_eq "$(lines)" 0
expect_true 'the file itself is good' state restore $FILE
# those of a short time-out may be over by now
expect_line '^tcp .* ESTABLISHED .* sport=42001 .*\[ASSURED\]'
[ "$(lines)" -ge 3 ] || fail 'its flows' "$(ct)"

rm -rf $FILE $FILE.bad "$DIR"
unload_module
no_kernel_complaints
