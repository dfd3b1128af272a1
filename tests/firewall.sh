# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # STEP is for fail
#
# One firewall under two trackers; sourced after lib.sh. The scenario gives
#
#   BESIDE       the modules that make its rules speak to ip_conntrack
#   rules_up     enters the rules, in the namespace fw
#   rules_down   takes them out again, so that no module is in use by them
#
#	inside                      fw                      outside
#	10.0.1.0/24 ---- eth1 10.0.1.1    10.0.2.1 eth2 ---- 10.0.2.0/24

# the log of all namespaces, and no limit to what REJECT and the stack answer
firewall_ready() {
	nsenter --net=/proc/1/ns/net sysctl -q -w net.netfilter.nf_log_all_netns=1 \
		net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000
	sysctl -q -w net.ipv4.icmp_ratelimit=0
}

no_nf_conntrack() {
	STEP='a look at /proc/modules'
	! grep -E '^nf_(conntrack|nat)' /proc/modules ||
		fail 'nothing of nf_conntrack in the kernel' "$(cut -d ' ' -f 1 /proc/modules | grep nf_)"
}

# firewall_ours COMMAND...: with ip_conntrack as the kernel's tracker
firewall_ours() {
	load_module role=provider
	# shellcheck disable=SC2086 # a list
	load_beside $BESIDE
	rules_up
	"$@"
	no_nf_conntrack
	rules_down
	# shellcheck disable=SC2086
	unload_beside $BESIDE
	unload_module
}

# firewall_theirs COMMAND...: the same rules on nf_conntrack
firewall_theirs() {
	STEP='modprobe nf_conntrack'
	nsenter --net=/proc/1/ns/net modprobe nf_conntrack || die 'no nf_conntrack'
	rules_up
	"$@"
	rules_down
	STEP='what brought in nf_conntrack, out again'
	wait_for 60 nf_conntrack_gone || die "nf_conntrack stays: $(lsmod | grep nf_conntrack)"
}

nf_conntrack_gone() {
	local module

	for module in $(lsmod | awk '$1 == "nf_conntrack" { gsub(",", " ", $4); print $4 }') \
		nf_conntrack; do
		rmmod "$module"
	done
	! grep -q '^nf_conntrack ' /proc/modules
}

# firewall_play DIR FILE...: what became of the packets of FILE goes into DIR
firewall_play() {
	local dir=$1 file

	shift
	mkdir -p "$dir"
	for file in "$@"; do
		STEP="firewall.py play $file"
		"$LAB_TREE/tests/firewall.py" play "$file" \
			"$dir/$(basename "$file")" || die 'firewall.py play failed'
	done
}

# firewall_both FILE...: in both runs the same packets pass, as FILE says
firewall_both() {
	local work file name

	work=$(mktemp -d)
	firewall_ours firewall_play "$work/ours" "$@"
	firewall_theirs firewall_play "$work/theirs" "$@"
	for file in "$@"; do
		name=$(basename "$file")
		STEP="what both have done with $name"
		"$LAB_TREE/tests/firewall.py" compare "$work/ours/$name" \
			"$work/theirs/$name" ||
			fail 'the same packets to pass' 'what stands above'
	done
}
