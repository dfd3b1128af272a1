#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh: the chapter, step by step, in the VM. Status 0 if the module agrees
# with every step.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
cd "$TREE"

"$TREE/scripts/deps.sh" build vm test
IP_CONNTRACK_KO=$(scripts/vm-module.sh)
export IP_CONNTRACK_KO
[ ! -t 1 ] || export IP_CONNTRACK_COLOR=1
exec scripts/vm.sh --timeout 240 -- tests/walk.sh
