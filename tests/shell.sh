#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The lab with a prompt on the firewall. Run by `make shell`, inside the VM.
# Started a second time in the namespace fw, as what bash reads at its start.

if [ "${LAB_NAMESPACE:-}" != fw ]; then
	ip netns add fw || exit 2
	LAB_NAMESPACE=fw exec nsenter --net=/run/netns/fw \
		bash --rcfile "${BASH_SOURCE[0]}" -i
fi

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

lab_up
load_module

# The functions of the lab end a scenario when something fails; at a prompt
# they only say so.
trap - EXIT
RERUN='make shell'
fail() {
	printf '  expected %s\n  got      %s\n' "$1" "${2:-(nothing)}"
	return 1
}
die() {
	printf '  %s\n' "$*"
	return 1
}
eval "lab_$(declare -f play)"
play() { lab_play "$@" && printf '  %s\n' "$PLAYED"; }
reasons() { grep -v ' 0$' "$REASONS"; }

PS1='fw# '
HISTFILE=/dev/null
cat <<'END'

  client 10.0.1.2   =====  10.0.1.1  fw (you)  10.0.2.1  =====  10.0.2.2   server
  player 10.0.1.100        ip_conntrack is loaded               10.0.2.100 player

  ct                               the table;  reasons, counter NAME: why not
  on_client CMD, on_server CMD     run it there:  on_client ping -c 1 10.0.2.2
  play conn; play tcp c S; ct      hand-made packets, see tests/player.py
  sysctl_get NAME                  in /proc/sys/net/ipv4/netfilter
  sysctl_set NAME VALUE
  load_module [NAME=VALUE]...      after unload_module
  Ctrl-D ends the VM.

END
