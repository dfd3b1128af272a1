#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
# kernel: kasan
# attack: nonsense requests to ip_conntrack_netlink, by root and by an ordinary user
#
# IP_CONNTRACK_NETLINK (20000) requests of every kind of nfnetlink_conntrack,
# most of them spoilt (tests/torture/nlfuzz.c), from three senders: a user
# without rights here, whom nothing is answered; the same as root of a namespace
# of his own; and root, in a namespace of its own. The firewall's connections
# are none of theirs. Then root on the firewall itself, under hostile packets:
# nothing holds together that comes to its table, but all works afterwards.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
. "$LAB_TREE/tests/conntrack.sh"

COUNT=${IP_CONNTRACK_NETLINK:-20000}
SEED=${IP_CONNTRACK_SEED:-1}
# where a user may get at it
FUZZ=/tmp/nlfuzz.$$
AS_USER=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# all but what runs down
table() { plain <"$PROC"; }

# fuzz WHO COMMAND...: status and last line of the fuzzer
fuzz() {
	local who=$1

	shift
	STEP="$COUNT requests by $who, seed $SEED"
	out=$("$@" $FUZZ "$COUNT" "$SEED" "$C" "$S" 2>&1) ||
		fail 'answers as they must be' "${out:0:1500}"
	said+="${said:+; }$who: $out"
	say "$who: $out"
}

# number WORD: how many of them, in the last line
number() { sed -n "s/.*[:,;] \([0-9]*\) $1.*/\1/p" <<<"$out"; }
said=

install -m 755 "$TOOLS/nlfuzz" $FUZZ
lab_up
netlink_up
leaks_begin
for port in 1 2 3 4 5; do
	handshake sport=$((40000 + port)) dport=80
	play conn sport=$((41000 + port)) dport=53
	play udp c
	play udp s
done
before=$(table)
expect_eq "$(wc -l <<<"$before")" 10

fuzz 'a user' "${AS_USER[@]}"
expect_eq "$(number 'done')" 0 'he may do nothing'
expect_eq "$(number answers)" 0 'and see nothing'
[ "$(number denied)" -ge $((COUNT / 2)) ] ||
	fail 'most of it to be denied' "$out"
expect_eq "$(table)" "$before" 'nothing has changed'

fuzz 'a user in his namespace' "${AS_USER[@]}" unshare -Urn
[ "$(number 'done')" -ge $((COUNT / 20)) ] || fail 'a part of it to be done' "$out"
[ "$(number refused)" -ge $((COUNT / 4)) ] || fail 'much of it to be refused' "$out"
expect_eq "$(table)" "$before" "the firewall's connections are none of his"

fuzz 'root in a namespace' unshare -n
[ "$(number 'done')" -ge $((COUNT / 20)) ] || fail 'a part of it to be done' "$out"
expect_eq "$(table)" "$before" 'nor do they concern another namespace'
edges=$(number edges)
[ "${edges:-0}" -ge 500 ] || fail 'much of the module to be reached' "$edges edges"

flood() {
	on_client "$TOOLS/flood" eth0 02:00:00:00:01:01 "$CLIENT" "$SERVER" 100000000 "$SEED" >/dev/null
}
# a listing is to be short
sysctl_set ip_conntrack_max 500
job flood
# what it lists here is not another's
C=0.0.0.0 S=0.0.0.0 fuzz 'root on the firewall'
jobs_end

STEP='afterwards'
sysctl_set ip_conntrack_max 1
sysctl_set ip_conntrack_max 10000
handshake
expect_entry tcp ESTABLISHED 432000 '[ASSURED]' 'it works as before'
expect_listed 1 -p tcp --orig-port-src "$SPORT"
netlink_down
expect_eq "$(live_flows)" 0
no_leaks
no_kernel_complaints
tried "$said"
