# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # STEP is for lib.sh
#
# For scenarios about rules; sourced after lib.sh.
#
# IP_CONNTRACK_STOCK=1 make test T=rules-... loads the kernel's own tracker and
# not ours: what such a scenario expects is what rules mean there too.

# stock: is it the kernel's own tracker that is tried?
stock() { [ -n "${IP_CONNTRACK_STOCK:-}" ]; }

# conversations NAME CLIENT SERVER ADDRESS: what is allowed gets through
conversations() {
	play listen "$1" "$3" "$4" 80
	play connect "$1" "$2" "$4" 80
	stock || wait_entry 5 tcp ESTABLISHED 432000 '[ASSURED]'
	play send "$1.c" 100000
	play send "$1.s" 100000
	play shut "$1.c"
	play close "$1.s"
	play bind "$1-dns" "$3" "$4" 53
	play ask "$1-dns" "$2" "$4" 53
	play answer "$1-dns"
	stock || expect_entry udp - 180 '[ASSURED]'
	# the next ones have the same ports
	play close "$1"
	play close "$1-dns"
}

# tracker_up MODULE [PARAMETER=VALUE...]: our tracker is the kernel's, and MODULE
# makes rules ask it
tracker_up() {
	local module=$1

	shift
	if stock; then
		modprobe nf_conntrack || die 'no nf_conntrack'
		echo 1 >/proc/sys/net/netfilter/nf_conntrack_acct
		return
	fi
	load_module "$@"
	load_beside "$module"
}

# tracker_down MODULE: the rules go, then the modules
tracker_down() {
	STEP='nft flush ruleset'
	nft flush ruleset || die 'nft flush ruleset'
	if stock; then
		stock_out
		return
	fi
	no_stock_modules
	STEP="rmmod $1"
	# a rule is freed after a grace period
	expect_within 20 "$1 is not in use any more" rmmod "$1"
	unload_module
}

# stock_out: the kernel's own tracker goes, with what needs it
stock_out() {
	STEP='nf_conntrack is to go'
	expect_within 30 'nothing needs nf_conntrack' \
		modules_gone nft_ct nft_connlimit nf_conncount nf_conntrack
}

# no_stock_modules: nothing of the kernel's own tracker has crept in
no_stock_modules() {
	stock && return
	expect_eq "$(sed -n 's/^\(nf_conntrack[^ ]*\|nf_nat\|nft_ct\|nft_connlimit\|xt_conntrack\|xt_connmark\|xt_CT\|xt_state\) .*/\1/p' /proc/modules)" \
		'' 'all that rules need is ours'
}

# rules: a rule-set from standard input
rules() {
	STEP='nft -f'
	nft -f - || die "nft refuses the rules: $(dmesg | tail -n 3)"
}

# counted: named counters, as lines "NAME PACKETS"
counted() {
	nft list counters | awk '
		$1 == "counter" { name = $2 }
		$1 == "packets" { print name, $2 }'
}

# expect_counts WHY NAME=PACKETS...: so many packets have matched
expect_counts() {
	local why=$1 now name count pair wrong=''

	shift
	now=$(counted)
	for pair in "$@"; do
		name=${pair%=*}
		count=$(sed -n "s/^$name //p" <<<"$now")
		[ "$count" = "${pair#*=}" ] ||
			wrong+="${wrong:+, }$name=${count:-(no such counter)}"
	done
	[ -z "$wrong" ] || fail "$*" "$wrong" "$why"
}
