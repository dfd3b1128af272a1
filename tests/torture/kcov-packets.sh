#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# kernel: kasan
# attack: hostile packets guided by coverage of the module (KCOV)
#
# IP_CONNTRACK_KCOV (50000) packets into a TUN interface, guided by what they
# make the module execute (tests/torture/kcov.c), beginning with the packets of
# tests/torture/corpus. IP_CONNTRACK_CORPUS names a folder for the new corpus.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=${IP_CONNTRACK_KCOV:-50000}
SEED=${IP_CONNTRACK_SEED:-1}

lab_up
mkdir -p /dev/net
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
load_module ip_conntrack_max=5000 ip_ct_udp_timeout=5
leaks_begin
corpus=/tmp/corpus
mkdir $corpus
cp "$LAB_TREE"/tests/torture/corpus/* $corpus/ 2>/dev/null

STEP="$COUNT packets, seed $SEED"
# what is for the client's network comes from a TUN device beside it
ip addr del 10.0.1.1/24 dev eth1
out=$("$TOOLS/kcov" tun0 10.0.1.2 "$SERVER" "$COUNT" "$SEED" $corpus 2>/tmp/kcov.log) ||
	fail 'coverage' "$out $(tail -n 3 /tmp/kcov.log)"
say "$out"
[ -z "${IP_CONNTRACK_CORPUS:-}" ] || cp -r $corpus/. "$IP_CONNTRACK_CORPUS"
awk '$2 > 0 { printf "      %-20s %d\n", $1, $2 }' "$REASONS"
unload_module
expect_eq "$(live_flows)" 0
no_leaks
no_kernel_complaints
tried "$out"
