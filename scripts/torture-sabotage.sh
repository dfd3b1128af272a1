#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# torture-sabotage.sh [NAME...]: can the scenarios of tests/torture fail? Each
# is given a module in which one thing is broken that it is there to find, in a
# copy of the tree, and has to fail on the kernel with KASAN, with that booted
# and the module built. "make torture T=sabotage" runs all. Ends with "N passed,
# N failed, N skipped"; status 0 only if something passed and nothing failed.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
. "$(dirname "$0")/tally.sh"
cd "$TREE"

# the same each time, so that what is built there is in the cache once
copy=$CACHE/torture/sabotaged
log=$CACHE/log/torture-sabotage.log
wanted=" $* "

copy_tree() {
	rm -rf "$copy"
	mkdir -p "$copy"
	(find . -name .git -prune -o -type f -print | grep -v '\.k\?o$' |
		cpio -pdm --quiet "$copy")
}

# verdict STATUS: what to say of a run, nothing if it has found the fault
verdict() {
	grep -q '^  boot ' "$log" || { echo 'no kernel was booted'; return; }
	grep -qE '^  FAIL|not content' "$log" ||
		{ echo 'no scenario failed'; return; }
	[ "$1" != 0 ] || echo 'it passes'
}

# broken NAME FILE SED [VARIABLE=VALUE...]: what is wrong with the module
broken() {
	local name=$1 file=$2 script=$3 began=$SECONDS status=0 why

	shift 3
	[ "$wanted" = '  ' ] || [[ $wanted == *" $name "* ]] || return 0
	copy_tree
	sed -i "$script" "$copy/src/$file"
	if cmp -s "src/$file" "$copy/src/$file"; then
		why='nothing to break'
	else
		env KINDS=kasan "$@" "$copy/scripts/torture.sh" "$name" \
			>"$log" 2>&1 || status=$?
		why=$(verdict "$status")
	fi
	if [ -z "$why" ]; then
		add 1 0 0
		printf '  ok   %-18s finds %s: %s (%d s)\n' "$name" "$file" \
			"$script" $((SECONDS - began))
		return
	fi
	add 0 1 0
	printf '  FAIL %-18s %s: %s: %s (%d s)\n' "$name" "$file" "$script" \
		"$why" $((SECONDS - began))
	tail -n 15 "$log" | sed 's/^/       /'
}

mkdir -p "$CACHE/log"
echo 'Modules with a fault, each to be found'
broken races expire.c 's/timer_shutdown_sync(&wheel->timer);//' \
	IP_CONNTRACK_RACE=3 IP_CONNTRACK_RACES='unload namespace'
broken time-jumps flow.h 's/return (s32)(now - when) >= 0;/return now >= when;/'
broken hotplug expire.c \
	'/^void ip_ct_wheels_stop/,/^}/s/for_each_possible_cpu/for_each_online_cpu/'
broken settings-nonsense sysctl.c 's/if (strlen(text) != len)/if (0)/'
broken netlink-nonsense netlink_parse.c \
	's/if (!tb\[CTA_PROTOINFO_TCP\])/if (0)/' \
	IP_CONNTRACK_NETLINK=3000
unseen='/verdict relate(/,/^}/s/if (!flow) {/if (0) {/'
broken kcov-packets core.c "$unseen" IP_CONNTRACK_KCOV=5000
broken flood-hostile core.c "$unseen" \
	IP_CONNTRACK_FLOOD=20000 IP_CONNTRACK_ROLES=observer
broken fault-packets core.c \
	's/if (unlikely(!seen->flow)) {/if (0) {/'
broken fault-load net.c \
	's/err = ip_ct_table_init(/err = 0, (void)ip_ct_table_init(/'
broken fault-namespace main.c \
	'/^err_net:/{n;s/.*//}'
broken namespaces net.c 's/^\tip_ct_net_flush(cn, 0, false);$//' \
	IP_CONNTRACK_NAMESPACES=20
tally_finish " for$wanted"
