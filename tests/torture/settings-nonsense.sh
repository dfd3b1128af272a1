#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: kasan
# attack: nonsense as settings and parameters, by root and by an ordinary user
#
# Nonsense is written into every sysctl, by root and by an ordinary user in a
# namespace of his, and given as module parameters, while packets pass: each
# value is taken as the number it is, or refused and nothing changes.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

SECS=${IP_CONNTRACK_NONSENSE:-30}
SEED=${IP_CONNTRACK_SEED:-1}
# where a user may get at it
FUZZ=/tmp/settings.$$

install -m 755 "$LAB_TREE/tests/torture/settings.py" $FUZZ
lab_up
load_module
leaks_begin
flood() {
	while :; do
		on_client "$TOOLS/flood" eth0 02:00:00:00:01:01 "$CLIENT" "$SERVER" 5000 "$RANDOM" >/dev/null
	done
}
job flood

STEP="root writes nonsense, seed $SEED"
out=$($FUZZ "$SYSCTL" "$SECS" "$SEED" 2>&1) || fail 'numbers' "$out"
asroot=$out
say "root: $out"

STEP="a user writes nonsense, seed $SEED"
before=$(cat "$SYSCTL"/ip_*timeout* "$SYSCTL/ip_conntrack_max")
out=$(setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn \
	$FUZZ "$SYSCTL" "$SECS" "$SEED" 2>&1) || fail 'numbers' "$out"
asuser=$out
say "user: $out"
expect_eq "$(cat "$SYSCTL"/ip_*timeout* "$SYSCTL/ip_conntrack_max")" "$before" \
	"the firewall's settings are none of his"

jobs_end
unload_module

STEP="nonsense as module parameters, seed $SEED"
loaded=0 refused=0
while read -r words; do
	# shellcheck disable=SC2086 # parameters
	if insmod "$KO" $words 2>/dev/null; then
		loaded=$((loaded + 1))
		rmmod ip_conntrack || fail 'rmmod after insmod' "$words"
	else
		refused=$((refused + 1))
	fi
done < <($FUZZ --parameters 60 "$SEED")
say "parameters: $loaded loads, $refused refused"
[ $refused -ge 10 ] || fail 'ten refused' "$refused"
[ $loaded -ge 2 ] || fail 'two loads' "$loaded"
load_module
unload_module
no_leaks
no_kernel_complaints
tried "root: $asroot; user: $asuser; $((loaded + refused)) loads"
