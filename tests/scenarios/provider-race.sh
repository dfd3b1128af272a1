#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# nf_conntrack and ip_conntrack come, or one goes as the other comes, at the
# same moment: one of them is the kernel's tracker, and the other is refused or
# an observer. It asks whether it may come before it takes the place, and gives
# it up after its last packet: in between nobody else takes it. Packets flow.

. "$(dirname "$0")/../lib.sh"

ROUNDS=12
ROLE=/sys/module/ip_conntrack/parameters/role
KO_DIR=$(mktemp -d)	# in memory: each is read again and again
provider=0 observer=0

state_of() { sed -n "s/^$1 .* \(Live\|Loading\|Unloading\) .*/\1/p" /proc/modules; }
is() { [ "$(state_of "$1")" = "$2" ]; }
gone() { [ -z "$(state_of "$1")" ]; }
waits() { kernel_log | tail -n 3 | grep -q "waiting for nf_conntrack, which is being $1"; }

# one_tracker: whoever has the place, the other has not
one_tracker() {
	if is nf_conntrack Live; then
		expect_eq "$(<$ROLE)" observer 'nf_conntrack has the place'
		observer=$((observer + 1))
	else
		expect_eq "$(<$ROLE)" provider 'nf_conntrack was refused'
		provider=$((provider + 1))
	fi
	play flood c udp 20 nowait
}

queued() {
	[ "$(tc -s qdisc show dev eth2 | sed -n 's/.*backlog [^ ]* \([0-9]*\)p.*/\1/p')" -ge 20 ]
}

lab_up
hold_hooks
modprobe -a sch_netem nf_tables || die 'modprobe'
stock=$(modinfo -n nf_conntrack) || die 'no nf_conntrack'
load_needs "$stock"
cp "$KO" "$KO_DIR/ip_conntrack.ko" || die 'no module'
cp "$stock" "$KO_DIR/nf_conntrack.ko" || die 'no module'
KO=$KO_DIR/ip_conntrack.ko
# nobody but this script loads a module
helper=$(</proc/sys/kernel/modprobe)
trap 'status=$?; echo "$helper" >/proc/sys/kernel/modprobe; rm -rf "$KO_DIR"; (exit $status); lab_exit' EXIT

# nf_conntrack may come, but has no name in sysfs yet and has not set
# nf_ct_hook: parameters are read in between, here very many of them
some=$(printf 'acct=0 %.0s' {1..16000})
met=0
for ((i = 0; i < 30 && !met; i++)); do
	STEP="nf_conntrack is being loaded, try $i"
	insmod "$KO_DIR/nf_conntrack.ko" "$some" "$some" "$some" "$some" \
		"$some" "$some" "$some" "$some" "$some" "$some" &
	other=$!
	# the newest is on the first line; no program is fast enough for this
	for ((n = 0; n < 100000; n++)); do
		read -r first _ </proc/modules
		[ "$first" != nf_conntrack ] || break
	done
	[ -e /sys/module/nf_conntrack ] || met=1
	load_module
	wait $other || die 'nf_conntrack did not come'
	expect_eq "$(<$ROLE)" observer 'nf_conntrack had been let in'
	[ $met = 0 ] || waits loaded || met=0
	rmmod ip_conntrack || die 'rmmod ip_conntrack'
	rmmod nf_conntrack || die 'rmmod nf_conntrack'
done
[ $met = 1 ] || fail 'to meet nf_conntrack on its way in' "not in $i tries"

# it goes, and waits for its packets
modprobe nft_ct || die 'no nft_ct'
echo /bin/false >/proc/sys/kernel/modprobe
nft -f - <<'END' || die 'nft'
table ip asks {
	chain forward { type filter hook forward priority 0; ct state new counter; }
}
END
tc qdisc add dev eth2 root netem delay 60s limit 1000 || die 'netem'
play flood c udp 20 nowait
expect_within 10 'packets in the queue' queued
nft flush ruleset || die 'nft flush'
expect_within 20 'no rule asks' rmmod nft_ct
rmmod nf_conntrack &
other=$!
expect_within 10 'it goes' is nf_conntrack Unloading
STEP='insmod ip_conntrack.ko while nf_conntrack waits for its packets'
insmod "$KO" &
ours=$!
expect_within 10 'a line that says so' waits unloaded
expect_true 'it waits' is ip_conntrack Loading
kill $ours
expect_false 'one may give up' wait $ours
expect_within 10 'then it is not there' gone ip_conntrack
insmod "$KO" &
ours=$!
expect_within 10 'it waits again' is ip_conntrack Loading
tc qdisc del dev eth2 root || die 'tc'
wait $other $ours || die "$(dmesg | tail -n 3)"
one_tracker
expect_eq "$provider" 1 'it has waited for the place'
rmmod ip_conntrack || die 'rmmod ip_conntrack'

# whatever the moment
RANDOM=7
for ((round = 0; round < ROUNDS; round++)); do
	STEP="round $round"
	insmod "$KO_DIR/nf_conntrack.ko" 2>/dev/null &
	other=$!
	sleep "0.0$((RANDOM % 10))"
	insmod "$KO" || die "$(dmesg | tail -n 3)"
	wait $other
	one_tracker
	rmmod ip_conntrack || die 'rmmod ip_conntrack'
	is nf_conntrack Live || continue
	rmmod nf_conntrack &
	other=$!
	sleep "0.0$((RANDOM % 4))"
	insmod "$KO" || die "$(dmesg | tail -n 3)"
	wait $other || die 'rmmod nf_conntrack'
	rmmod ip_conntrack || die 'rmmod ip_conntrack'
done
say "$observer times nf_conntrack had the place, $provider times it was refused"
[ $observer -gt 0 ] || fail 'nf_conntrack to be first at times' 'it never was'
no_kernel_complaints
