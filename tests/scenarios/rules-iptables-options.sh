#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Every option of the matches and targets, in its revisions: each rule of a set
# writes one bit into the TOS of the packets that it matches, and each packet
# comes out with just the bits that it has under nf_conntrack.

. "$(dirname "$0")/../lib.sh"
. "$LAB_TREE/tests/firewall.sh"

BESIDE=xt_ip_conntrack
WORK=$(mktemp -d)
PAINT=$LAB_TREE/tests/paint.txt
MANY=$(grep -c '^[a-z]' "$PAINT")

# what REJECT sends is painted too
rules_up() {
	iptables-legacy -A FORWARD -p tcp --dport 113 -j REJECT --reject-with tcp-reset
	iptables-legacy -A FORWARD -p udp --dport 113 -j REJECT
}

rules_down() {
	local table

	for table in filter mangle raw; do
		iptables-legacy -t $table -F || die "iptables -t $table -F"
	done
}

# rule TABLE CHAIN ARGUMENT...: one more of the set
rule() {
	local table=$1

	shift
	echo "-A $*" >>"$WORK/$table"
}

# paint MATCH...: the next bit is for packets that this matches
paint() {
	rule mangle POSTROUTING "$1 -j TOS --or-tos $bit"
	bit=$((bit * 2))
}

set_four_states() {
	paint '-m state --state NEW'
	paint '-m state --state ESTABLISHED'
	paint '-m state --state RELATED'
	paint '-m state --state INVALID'
	paint '-m state ! --state NEW,INVALID'
	rule raw PREROUTING -p udp --dport 9 -j CT --notrack
	rule raw PREROUTING -p tcp --dport 9 -j NOTRACK
}

set_state() {
	set_four_states
	paint '-m state --state UNTRACKED'
}

set_ctstate() {
	paint '-m conntrack --ctstate NEW'
	paint '-m conntrack --ctstate ESTABLISHED'
	paint '-m conntrack --ctstate RELATED'
	paint '-m conntrack --ctstate INVALID'
	paint '-m conntrack ! --ctstate ESTABLISHED,RELATED'
	paint '-m conntrack --ctproto tcp'
	paint '-m conntrack ! --ctproto udp'
	paint '-m conntrack --ctstate INVALID --ctproto tcp'
	rule raw PREROUTING -p udp --dport 9 -j CT --notrack
}

set_addresses() {
	paint '-m conntrack --ctorigsrc 10.0.1.0/24'
	paint '-m conntrack ! --ctorigsrc 10.0.1.100'
	paint '-m conntrack --ctorigdst 10.0.2.100'
	paint '-m conntrack ! --ctorigdst 10.0.2.0/24'
	paint '-m conntrack --ctreplsrc 10.0.2.100'
	paint '-m conntrack ! --ctreplsrc 10.0.1.0/24'
	paint '-m conntrack --ctrepldst 10.0.1.96/28'
	paint '-m conntrack ! --ctrepldst 10.0.1.100'
}

set_ports() {
	paint "-m conntrack --ctorigsrcport $((port + 1))"
	paint "-m conntrack ! --ctorigsrcport $((port + 1))"
	paint '-m conntrack --ctorigdstport 443'
	paint '-m conntrack ! --ctorigdstport 80'
	paint '-m conntrack --ctreplsrcport 53'
	paint '-m conntrack ! --ctreplsrcport 53'
	paint "-m conntrack --ctrepldstport $((port + 2))"
	paint '-m conntrack --ctproto tcp --ctorigdstport 80 --ctdir REPLY'
}

set_ranges() {
	paint "-m conntrack --ctorigsrcport $((port + 1)):$((port + 3))"
	paint "-m conntrack ! --ctorigsrcport $((port + 1)):$((port + 3))"
	paint '-m conntrack --ctorigdstport 80:443'
	paint '-m conntrack ! --ctorigdstport 80:443'
	paint '-m conntrack --ctreplsrcport 0:79'
	paint '-m conntrack ! --ctreplsrcport 81:65535'
	paint "-m conntrack --ctrepldstport $port:$((port + 2))"
	paint "-m conntrack ! --ctrepldstport $port:$((port + 2))"
}

# Under nf_conntrack a packet that begins a connection has no time-out yet, one
# with data has 300 s in any state, and an answered UDP flow is ASSURED later.
set_status() {
	paint '-m conntrack --ctstatus SEEN_REPLY'
	paint '-m conntrack ! --ctstatus SEEN_REPLY'
	paint '-p tcp -m conntrack --ctstatus ASSURED'
	paint '-m conntrack --ctstatus CONFIRMED'
	paint '-m conntrack --ctdir ORIGINAL'
	paint '-m conntrack --ctdir REPLY'
	paint '-m conntrack --ctstatus CONFIRMED --ctexpire 200:432000'
	paint '-m conntrack --ctstatus CONFIRMED ! --ctexpire 200:432000'
}

# The mark of the connection, bit by bit, as each packet leaves
paint_mark() {
	local mark

	for mark in 0x1 0x2 0x4 0x8 0x10 0x20 0x40 0x80; do
		paint "-m connmark --mark $mark/$mark"
	done
}

set_mark_of_connection() {
	rule mangle PREROUTING -p udp --dport 53 -j CONNMARK --set-mark 0xa5
	rule mangle PREROUTING -p udp --sport 53 -j CONNMARK --and-mark 0x8f
	rule mangle PREROUTING -p tcp --dport 80 -j CONNMARK --xor-mark 0x11
	rule mangle PREROUTING -p tcp --sport 80 -j CONNMARK --or-mark 0x6
	rule mangle PREROUTING -p tcp --dport 443 -j CONNMARK --set-xmark 0x70/0xf0
	rule mangle PREROUTING -p 99 -m state --state NEW -j CONNMARK --set-mark 0x5
	rule mangle PREROUTING -p udp --dport 123 -j MARK --set-mark 0xff
	rule mangle PREROUTING -p udp --dport 123 -j CONNMARK --save-mark --nfmask 0x3c --ctmask 0xff
	paint_mark
}

# What the first packet saves, all later ones restore
set_save_and_restore() {
	rule mangle PREROUTING -j CONNMARK --restore-mark
	rule mangle FORWARD -m conntrack --ctstate NEW -m connmark --mark 0 -j MARK --set-mark 0x4
	rule mangle FORWARD -p tcp -m conntrack --ctstate NEW -j MARK --set-mark 0x10
	rule mangle FORWARD -m mark ! --mark 0 -j CONNMARK --save-mark
	rule mangle POSTROUTING -p udp --dport 53 -j CONNMARK --restore-mark --nfmask 0xf0 --ctmask 0x0f
	paint '-m conntrack ! --ctstate NEW -m mark --mark 0x4'
	paint '-m conntrack ! --ctstate NEW -m mark --mark 0x10'
	paint '-m connmark --mark 0x4'
	paint '-m connmark ! --mark 0x4'
	paint '-m mark --mark 0x4/0x4'
	paint '-m mark --mark 0x10/0x10'
}

set_shifts() {
	rule mangle PREROUTING -p udp --dport 53 -j CONNMARK --set-xmark 0x3 --left-shift-mark 6
	rule mangle PREROUTING -p tcp --dport 443 -j MARK --set-mark 0x88
	rule mangle PREROUTING -p tcp --dport 443 -j CONNMARK --save-mark --right-shift-mark 2
	rule mangle PREROUTING -p tcp --dport 80 -j CONNMARK --set-mark 0x1d
	paint_mark
}

set_connbytes() {
	paint '-m connbytes --connbytes 2: --connbytes-dir both --connbytes-mode packets'
	paint '-m connbytes --connbytes 1:1 --connbytes-dir reply --connbytes-mode packets'
	paint '-m connbytes ! --connbytes 0:100 --connbytes-dir original --connbytes-mode bytes'
	paint '-m connbytes --connbytes 100:200 --connbytes-dir both --connbytes-mode bytes'
	paint '-m connbytes --connbytes 41:60 --connbytes-dir both --connbytes-mode avgpkt'
}

# older SET REVISION: it is entered with no later revision than that
older() {
	before="env LD_PRELOAD=$WORK/oldrev.so OLDREV=$2"
	"set_$1"
}

# iptables 1.8.9 has a wrong bit for UNTRACKED in revision 0
set_state_0() { older four_states 0; }
set_ctstate_1() { older ctstate 1; }
set_addresses_1() { older addresses 1; }
set_ports_1() { older ports 1; }
set_status_2() { older status 2; }
set_ports_2() { older ports 2; }
set_mark_of_connection_1() { older mark_of_connection 1; }
SETS='state ctstate addresses ports ranges status mark_of_connection
	save_and_restore shifts connbytes state_0 ctstate_1 addresses_1 ports_1
	ports_2 status_2 mark_of_connection_1'

# All sets in one file for firewall.py, each entered before its packets. The
# client's ports are the set's own: no connection is there already.
sets() {
	local name

	port=2000
	for name in $SETS; do
		bit=1 before=''
		: >"$WORK/mangle"
		: >"$WORK/raw"
		port=$((port + 1))	# the line that enters the set has one too
		"set_$name"
		port=$((port + MANY))
		{
			echo '*mangle'
			cat "$WORK/mangle"
			printf 'COMMIT\n*raw\n'
			cat "$WORK/raw"
			echo COMMIT
		} >"$WORK/$name"
		bits+=("$name:$((bit - 1))")
		echo "$name, rules: sh $before iptables-legacy-restore $WORK/$name"
		sed -n "s/^[a-z]/$name, &/p" "$PAINT"
	done
}

# counted DIR: connections are counted from their birth
counted() {
	local setting

	for setting in $SYSCTL/ip_conntrack_acct \
		/proc/sys/net/netfilter/nf_conntrack_acct; do
		[ ! -e "$setting" ] || echo 1 >"$setting"
	done
	firewall_play "$1" "$WORK/sets.txt"
}

lab_up
firewall_ready
expect_true 'it compiles' cc -O2 -Wall -shared -fPIC -o "$WORK/oldrev.so" \
	"$LAB_TREE/tests/oldrev.c"
declare -a bits=()
sets >"$WORK/sets.txt"
firewall_ours counted "$WORK/ours"
firewall_theirs counted "$WORK/theirs"
STEP='the rules of tests/scenarios/rules-iptables-options.sh'
"$LAB_TREE/tests/firewall.py" compare "$WORK/ours/sets.txt" \
	"$WORK/theirs/sets.txt" ||
	fail 'the same packets to match' 'what stands above'
"$LAB_TREE/tests/firewall.py" painted "$WORK/ours/sets.txt" "${bits[@]}" ||
	fail 'each rule to match some packets and not others' 'what stands above'
no_kernel_complaints
