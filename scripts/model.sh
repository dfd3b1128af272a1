#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# model.sh [--states N] [CONFIGURATION]...   the model checker (tests/model)
# model.sh --race                            processors that share a flow
# model.sh --self-test                       only the proof that both can fail
#
# Without arguments all. The self-test breaks one rule at a time in a copy of
# the source and wants a counterexample for the invariant that guards it.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"
cd "$TREE"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

RACE=tests/model/race

# compile MODEL SOURCE PROGRAM [OPTION]...: the model's files with the source's
compile() {
	gcc -std=gnu11 -O2 -I tests/user/include -I include -I "$2" -I "$1" \
		-o "$3" "${@:4}" "$1"/*.c "$2/tcp_fsm.c" "$2/tcp_window.c"
}

# without FILE SED: a copy of the source without one of its rules
without() {
	rm -rf "$work/src"
	cp -r src "$work/src"
	sed -i "$2" "$work/src/$1"
	! cmp -s "src/$1" "$work/src/$1" || {
		say FAIL "self-test: nothing to break in $1: $2"
		failed=$((failed + 1))
		return 1
	}
}

# finds WHAT FILE SED COMMAND...: which fails, with a line that says so
finds() {
	local what=$1 where="$2, $3"

	shift 3
	"$@" >"$work/out" || true
	if grep -q "^FAIL $what" "$work/out"; then
		say ok "found: $what ($where)"
		passed=$((passed + 1))
	else
		say FAIL "not found: $what ($where)"
		failed=$((failed + 1))
	fi
}

# rule INVARIANT CONFIGURATION FILE SED: without the rule the invariant breaks
rule() {
	without "$3" "$4" || return 0
	compile tests/model "$work/src" "$work/broken" -w
	finds "$2: $1" "$3" "$4" "$work/broken" --states 300000 "$2"
}

# race_rule DEEDS FILE SED: without the rule these get into each other's way
race_rule() {
	without "$2" "$3" || return 0
	compile $RACE "$work/src" "$work/broken" -w -DHAS_CMPXCHG16=1
	finds "$1" "$2" "$3" "$work/broken" 0
}

self_test() {
	race_rule 'data, a RST' tcp_lock.h \
		's/READ_ONCE(flow->tcp.side\[0\].maxwin) & IP_CT_TCP_OPEN/0/'
	race_rule 'data, data back, acknowledging' tcp_lock.h \
		's/ip_ct_tcp_shut_side(&flow->tcp.side\[1\]);/;/'
	race_rule 'data, an end' tcp_lock.h \
		's/ && ip_ct_flow_is_plain(flow)//'
	race_rule 'data, data behind them' tcp_lock.h \
		's/unlikely(!(IP_CT_FIRST(heard, 32) & IP_CT_TCP_OPEN))/0/'
	race_rule 'data, a RST' tcp_lock.c 's/if (likely(!raced))/if (1)/'
	race_rule 'data, data once more' tcp_fast.h 's/ && !track->repeats//'
	rule 'no legitimate segment is INVALID' scaled-windows tcp_window.c \
		's/win <<= ip_ct_tcp_scale_in_use(t, dir);/;/'
	rule 'no legitimate segment is INVALID' open-and-close tcp_window.c \
		's/2 \* SEQ_SLACK/- (int)WIN_UNSCALED/'
	rule 'no short time-out while both ends are ESTABLISHED' \
		open-and-close tcp_fsm.c \
		's/^\(.*\[SR\].*\)EST, CL }/\1SS, CL }/'
	rule 'no short time-out while both ends are ESTABLISHED' \
		open-and-close tcp_window.c \
		's/has_begun(track, dir) \&\& own_syn/0 \&\& own_syn/'
	rule 'no short time-out while a half-closed end may send' \
		open-and-close tcp_fsm.c 's/^\(.*\[CW\].*\)CW, /\1LA, /'
	rule 'no blind segment changes the state or the windows' \
		open-and-close tcp_fsm.c 's/if (likely(!reason))/if (1)/'
	rule 'no blind segment changes the state or the windows' \
		abort tcp_fsm.c 's/!(facts & IP_CT_FACT_RST_EXACT)/0/'
	rule 'no blind segment changes the state or the windows' \
		simultaneous-open tcp_fsm.c \
		's/(facts & IP_CT_FACT_OTHER_SYN))/0)/'
	rule 'what both ends have closed expires in minutes' in-turn \
		tcp_fsm.c 's/^\(.*\[LA\].*\)TW,  TW, /\1EST, EST,/'
	rule 'the short way of plain segments leads where the long one does' \
		open-and-close tcp_fast.h 's/ahead >= IP_CT_FAST_AHEAD/0/'
	rule 'the short way of plain segments leads where the long one does' \
		open-and-close tcp_fast.h 's/if (!ahead \&\& /if (0 \&\& /'
	rule 'the short way of plain segments leads where the long one does' \
		open-and-close tcp_fast.h \
		's/return seg->ack == t->side\[!dir\].end/return 1/'
	rule 'the short way of plain segments leads where the long one does' \
		open-and-close tcp_fast.h 's/ || seg->seq != side->end / /'
}

# add OUT: to what has passed and failed
add() {
	local numbers

	numbers=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, .*/\1 \2/p' "$1")
	[ -n "$numbers" ] || numbers='0 1'
	passed=$((passed + ${numbers% *})) failed=$((failed + ${numbers#* }))
}

race() {
	local has

	# with the instruction that exchanges 16 bytes, and on processors without
	for has in 1 0; do
		say race "cmpxchg16: $has"
		compile $RACE src "$work/race" -DHAS_CMPXCHG16=$has -Wall \
			-Wextra -Wno-unused-parameter -Werror
		"$work/race" | tee "$work/out" | grep -v ' passed, ' || true
		add "$work/out"
	done
}

model() {

	compile tests/model src "$work/model" -Wall -Wextra -Wno-unused-parameter -Werror
	"$work/model" "$@" | tee "$work/out" | grep -v ' passed, ' || true
	add "$work/out"
}

"$TREE/scripts/deps.sh" build
case ${1:-} in
--self-test)
	self_test
	;;
--race)
	race
	;;
'')
	model
	race
	self_test
	;;
*)
	model "$@"
	;;
esac
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
