#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
#
# NFQUEUE: a program in user space decides, and what it decides about are
# packets with their connection. What it drops leaves no entry, two packets of
# a new connection in the queue at once are one, a changed packet is another
# one, and what it holds when the module goes is no hindrance.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../rules.sh"

ANSWERS=/tmp/nfqueue.$$

# decide VERDICT: a program does, for queue 1, in the place of the last one
decide() {
	STEP="nfqueue.py 1 $1"
	[ -z "${DECIDER:-}" ] || { kill "$DECIDER"; wait "$DECIDER" 2>/dev/null; }
	"$LAB_TREE/tests/nfqueue.py" 1 "$1" >$ANSWERS &
	DECIDER=$!
	expect_within 20 'the program answers' grep -q ready $ANSWERS
}

queued() { [ "$(tail -n 1 $ANSWERS)" = "$1" ]; }

lab_up
tracker_up nft_ip_conntrack
rules <<'END'
table ip ask {
	counter first { }
	counter later { }
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state new counter name first queue num 1
		ct state established counter name later accept
	}
}
END

decide accept
handshake
stock || expect_entry tcp ESTABLISHED 432000 '[ASSURED]'
expect_counts 'only the first packet is asked about' first=1 later=2
play conn dport=53
play udp c
play udp s
stock || expect_entry udp - 180 '[ASSURED]'
play listen web server "$SERVER" 80
play connect web client "$SERVER" 80
play send web.s 100000
play close web.s

decide drop
play conn
play tcp c S lost
play tcp c S seq=-1 lost
expect_within 5 'it was asked twice' queued 2
stock || expect_eq "$(entry)" '' 'what it drops leaves no entry'

decide pairs
play conn dport=54
play udp c nowait
expect_within 5 'the first waits' queued 1
play udp c
stock || expect_entry udp - 30 '[UNREPLIED]' 'two packets at once are one entry'
play udp s
stock || expect_entry udp - 180 '[ASSURED]'

stock || {
	decide port=5555
	play conn dport=55
	play udp c
	expect_line "sport=$SPORT dport=5555 .*UNREPLIED" 'it is what it has become'
	expect_no_line "sport=$SPORT dport=55 "
}

# held for ever, and the module goes. No rule asks it, or it could not.
nft flush ruleset
rules <<'END'
table ip ask {
	chain forward { type filter hook forward priority 0; queue num 1; }
}
END
decide hold
play flood c udp 20 dport=9
expect_within 10 'they wait' queued 20
stock || {
	expect_within 20 'no rule asks' rmmod nft_ip_conntrack
	STEP='rmmod ip_conntrack while packets wait in NFQUEUE'
	expect_true 'they do not hold it up' timeout 30 rmmod ip_conntrack
}
decide accept
play conn
play udp c
[ -z "$(stock || echo ours)" ] || no_stock_modules
kill "$DECIDER"
rm -f $ANSWERS
no_kernel_complaints
