#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run-shell.sh: the lab with a prompt in the namespace of the firewall. The VM
# ends with the shell (Ctrl-D); what was written in it is gone.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
cd "$TREE"

"$TREE/scripts/deps.sh" build vm test
IP_CONNTRACK_KO=$(scripts/vm-module.sh)
export IP_CONNTRACK_KO
exec scripts/vm.sh --interactive -- tests/shell.sh
