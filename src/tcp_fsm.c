// SPDX-License-Identifier: GPL-2.0
/*
 * tcp_fsm.c - THE transition table, its exceptions by name, and nothing else.
 *
 * What the states mean to someone who stands between the ends:
 *
 *   NONE         nothing was seen
 *   SYN_SENT     a SYN of the original side
 *   LISTEN       a SYN of each side and no answer: simultaneous open
 *   SYN_RECV     a SYN and its SYN/ACK
 *   ESTABLISHED  both SYNs acknowledged (or picked up in mid-stream)
 *   FIN_WAIT     one side's FIN, not yet acknowledged
 *   CLOSE_WAIT   one side's FIN, acknowledged: half-closed
 *   LAST_ACK     both sides' FINs, one not yet acknowledged
 *   TIME_WAIT    both FINs acknowledged
 *   CLOSE        a RST that its receiver obeys
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>

#include "tcp_fsm.h"
#include "tcp_window.h"

/* Cells: a state to go to, or one of the verdicts below */
enum {
	NO = TCP_CONNTRACK_NONE,
	SS = TCP_CONNTRACK_SYN_SENT,
	SR = TCP_CONNTRACK_SYN_RECV,
	EST = TCP_CONNTRACK_ESTABLISHED,
	FW = TCP_CONNTRACK_FIN_WAIT,
	CW = TCP_CONNTRACK_CLOSE_WAIT,
	LA = TCP_CONNTRACK_LAST_ACK,
	TW = TCP_CONNTRACK_TIME_WAIT,
	CL = TCP_CONNTRACK_CLOSE,
	LI = TCP_CONNTRACK_LISTEN,
	FIRST_VERDICT = IP_CT_TCP_STATES,
	iv = FIRST_VERDICT,	/* INVALID: the state forbids it */
	rs,			/* INVALID: a RST for nothing */
	sy,			/* ignored: SYN in a live flow */
	so,			/* ignored: another SYN than the one under way */
	sa,			/* ignored: SYN/ACK that nobody asked for */
	bh,			/* ignored: an older connection's answer */
	ac,			/* ignored: comes after a RST */
	ro,			/* the SYN begins a new connection */
	END_OF_CELLS
};

static const struct {
	u8 act;
	u8 reason;
} verdict[END_OF_CELLS - FIRST_VERDICT] = {
	[iv - FIRST_VERDICT] = { IP_CT_TCP_INVALID, IP_CT_R_STATE_FORBIDS },
	[rs - FIRST_VERDICT] = { IP_CT_TCP_INVALID, IP_CT_R_RST_UNKNOWN },
	[sy - FIRST_VERDICT] = { IP_CT_TCP_IGNORE, IP_CT_R_SYN_IN_LIVE_FLOW },
	[so - FIRST_VERDICT] = { IP_CT_TCP_IGNORE, IP_CT_R_SYN_OTHER },
	[sa - FIRST_VERDICT] = { IP_CT_TCP_IGNORE, IP_CT_R_SYNACK_UNASKED },
	[bh - FIRST_VERDICT] = { IP_CT_TCP_IGNORE, IP_CT_R_BEFORE_HANDSHAKE },
	[ac - FIRST_VERDICT] = { IP_CT_TCP_IGNORE, IP_CT_R_AFTER_CLOSE },
	[ro - FIRST_VERDICT] = { IP_CT_TCP_REOPEN, IP_CT_R_REOPENED },
};

/* The columns below stand in this order */
static_assert(IP_CT_SEG_NONE == 0 && IP_CT_SEG_SYN == 1 &&
	      IP_CT_SEG_SYNACK == 2 && IP_CT_SEG_FIN == 3 &&
	      IP_CT_SEG_ACK == 4 && IP_CT_SEG_RST == 5 && IP_CT_SEG_KINDS == 6);

/*
 * Rows: present state. Columns: kind of segment. A cell says where a segment
 * leads that does all that its kind can do; the exceptions below hold it back.
 *
 *  1 mid-stream pick-up: only when ip_conntrack_tcp_loose is not 0
 *  2 an answer to a SYN that the tracker knows from the old flow alone
 *  3 the handshake seen from one side only (asymmetric route): as 1
 *  4 RFC 9293 3.5.1: the answer of a half-open connection; a RST follows
 *  5 RFC 9293 3.5 figure 8: simultaneous open, SYN crosses SYN
 *  6 RFC 7413: with Fast Open the server sends before the handshake's ACK
 *  7 RFC 5961 4: a challenge ACK answers it, the flow stays
 *  8 RFC 9293 3.6.1: only beyond the old sequence numbers, else as 7
 */
static const u8 table[IP_CT_DIR_MAX][IP_CT_TCP_STATES][IP_CT_SEG_KINDS] = {
	[IP_CT_DIR_ORIGINAL] = {
		/*	    none SYN  S/A  FIN  ACK  RST */
		[NO]	= { iv,  SS,  SR,  FW,  EST, rs }, /* 1, but SYN */
		[SS]	= { iv,  SS,  sa,  FW,  EST, CL }, /* FIN 3, ACK 3 */
		[LI]	= { iv,  LI,  SR,  FW,  SR,  CL }, /* SYN/ACK 5 */
		[SR]	= { iv,  SR,  SR,  FW,  EST, CL }, /* SYN/ACK 5 */
		[EST]	= { iv,  sy,  sa,  FW,  EST, CL }, /* SYN 7 */
		[FW]	= { iv,  sy,  sa,  LA,  CW,  CL }, /* SYN 7 */
		[CW]	= { iv,  sy,  sa,  LA,  CW,  CL }, /* SYN 7 */
		[LA]	= { iv,  sy,  sa,  TW,  TW,  CL }, /* SYN 7 */
		[TW]	= { iv,  ro,  sa,  TW,  TW,  CL }, /* SYN 8 */
		[CL]	= { iv,  ro,  sa,  ac,  ac,  CL },
	},
	[IP_CT_DIR_REPLY] = {
		/*	    none SYN  S/A  FIN  ACK  RST */
		[NO]	= { iv,  iv,  SR,  iv,  iv,  rs }, /* SYN/ACK 2 */
		[SS]	= { iv,  LI,  SR,  bh,  bh,  CL }, /* SYN 5, ACK 4 */
		[LI]	= { iv,  LI,  SR,  FW,  SR,  CL }, /* SYN/ACK 5 */
		[SR]	= { iv,  SR,  SR,  FW,  SR,  CL }, /* ACK 6 */
		[EST]	= { iv,  sy,  sa,  FW,  EST, CL }, /* SYN 7 */
		[FW]	= { iv,  sy,  sa,  LA,  CW,  CL }, /* SYN 7 */
		[CW]	= { iv,  sy,  sa,  LA,  CW,  CL }, /* SYN 7 */
		[LA]	= { iv,  sy,  sa,  TW,  TW,  CL }, /* SYN 7 */
		[TW]	= { iv,  ro,  sa,  TW,  TW,  CL }, /* SYN 8 */
		[CL]	= { iv,  ro,  sa,  ac,  ac,  CL },
	},
};

static const char * const state_name[] = {
	[NO] = "NONE",
	[SS] = "SYN_SENT",
	[SR] = "SYN_RECV",
	[EST] = "ESTABLISHED",
	[FW] = "FIN_WAIT",
	[CW] = "CLOSE_WAIT",
	[LA] = "LAST_ACK",
	[TW] = "TIME_WAIT",
	[CL] = "CLOSE",
	[LI] = "LISTEN",
};

static_assert(ARRAY_SIZE(state_name) == IP_CT_TCP_STATES);

static const char * const kind_name[] = {
	[IP_CT_SEG_SYN] = "SYN",
	[IP_CT_SEG_SYNACK] = "SYN/ACK",
	[IP_CT_SEG_FIN] = "FIN",
	[IP_CT_SEG_ACK] = "ACK",
	[IP_CT_SEG_RST] = "RST",
	[IP_CT_SEG_NONE] = "none",
};

static_assert(ARRAY_SIZE(kind_name) == IP_CT_SEG_KINDS);

static struct ip_ct_tcp_step step_of_cell(u8 state, u8 cell)
{
	struct ip_ct_tcp_step step = { .act = IP_CT_TCP_MOVE, .state = cell };

	if (cell >= FIRST_VERDICT) {
		step.act = verdict[cell - FIRST_VERDICT].act;
		step.reason = verdict[cell - FIRST_VERDICT].reason;
		step.state = state;
	}
	return step;
}

/* The flow would begin, or go on, without its handshake having been seen */
static bool picks_up(u8 state, unsigned int dir, enum ip_ct_tcp_kind kind)
{
	if (dir != IP_CT_DIR_ORIGINAL)
		return false;
	if (state == NO)
		return kind != IP_CT_SEG_SYN && kind != IP_CT_SEG_RST;
	return state == SS &&
	       (kind == IP_CT_SEG_ACK || kind == IP_CT_SEG_FIN);
}

/*
 * The row in which a segment is looked up, as a rule that of the state.
 *
 * A RST that refused the SYN may be lost on the rest of its way, and the next
 * try be answered: the flow in CLOSE then still waits as in SYN_SENT. What
 * acknowledges the SYN there has overtaken the SYN/ACK, and does what it would
 * have done after it.
 */
static u8 row_of(u8 state, unsigned int dir, enum ip_ct_tcp_kind kind,
		 unsigned int facts)
{
	if (dir != IP_CT_DIR_REPLY)
		return state;
	if (state == CL && (facts & IP_CT_FACT_UNANSWERED))
		state = SS;
	if (state == SS && (facts & IP_CT_FACT_ANSWER) &&
	    (kind == IP_CT_SEG_ACK || kind == IP_CT_SEG_FIN))
		state = SR;
	return state;
}

/* Where a flow stays as long as the acknowledgement that it awaits is due */
static u8 held_back(u8 state, u8 next, unsigned int facts)
{
	if (next == EST && state == SR &&
	    !(facts & (IP_CT_FACT_SYNS_ACKED | IP_CT_FACT_ONE_SIDED)))
		return SR;
	if (next == CW && state == FW && !(facts & IP_CT_FACT_FINS_ACKED))
		return FW;
	if (next == TW && state == LA && !(facts & IP_CT_FACT_FINS_ACKED))
		return LA;
	return next;
}

/* RFC 9293 figure 8: the second SYN/ACK that crosses completes the open */
static bool completes_handshake(u8 next, unsigned int facts)
{
	return next == SR && (facts & IP_CT_FACT_SYNS_ACKED);
}

static u8 settled(u8 state, u8 next, unsigned int facts)
{
	next = held_back(state, next, facts);
	return completes_handshake(next, facts) ? EST : next;
}

/* What a SYN does depends on whether its side has begun with another one */
static struct ip_ct_tcp_step step_of_syn(struct ip_ct_tcp_step step, u8 state,
					 unsigned int dir, unsigned int facts)
{
	if (step.act == IP_CT_TCP_MOVE && (facts & IP_CT_FACT_OTHER_SYN))
		return step_of_cell(state, so);
	if (step.act != IP_CT_TCP_REOPEN)
		return step;
	if (state == TW && !(facts & IP_CT_FACT_SYN_BEYOND))
		return step_of_cell(state, sy);
	/* the same once more: perhaps the next try after a refusal */
	if (state == CL && (facts & IP_CT_FACT_SAME_SYN))
		return step_of_cell(state, dir == IP_CT_DIR_ORIGINAL &&
				    !(facts & IP_CT_FACT_SYNS_ACKED) ? SS : ac);
	return step;
}

/* What a SYN/ACK does depends on which SYN it answers */
static struct ip_ct_tcp_step step_of_synack(struct ip_ct_tcp_step step,
					    u8 state, unsigned int facts)
{
	if (facts & IP_CT_FACT_ANSWERS_SYN) {
		step.act = IP_CT_TCP_REOPEN_ANSWERED;
		step.reason = IP_CT_R_REOPENED;
	} else if (step.act == IP_CT_TCP_MOVE &&
		   (facts & IP_CT_FACT_WRONG_ANSWER)) {
		step = step_of_cell(state, sa);
	}
	return step;
}

/**
 * ip_ct_tcp_step() - what a segment does to a flow
 * @state: enum tcp_conntrack, the present state
 * @dir:   direction of the segment
 * @kind:  kind of the segment
 * @facts: what its sequence numbers say, ip_ct_tcp_facts()
 * @loose: connections are picked up in mid-stream
 *
 * Return: the step, see struct ip_ct_tcp_step.
 */
struct ip_ct_tcp_step ip_ct_tcp_step(u8 state, unsigned int dir,
				     enum ip_ct_tcp_kind kind,
				     unsigned int facts, bool loose)
{
	u8 row = row_of(state, dir, kind, facts);
	struct ip_ct_tcp_step step;

	step = step_of_cell(state, table[dir][row][kind]);

	if (picks_up(state, dir, kind) && !loose &&
	    step.act == IP_CT_TCP_MOVE) {
		step.act = IP_CT_TCP_INVALID;
		step.reason = IP_CT_R_NO_SYN;
	} else if (kind == IP_CT_SEG_FIN && (facts & IP_CT_FACT_FIN_STALE)) {
		/* it says no more than its ACK */
		step = step_of_cell(state, table[dir][row][IP_CT_SEG_ACK]);
	} else if (kind == IP_CT_SEG_RST && step.state == CL &&
		   !(facts & IP_CT_FACT_RST_EXACT)) {
		step.act = IP_CT_TCP_IGNORE;
		step.reason = IP_CT_R_RST_NOT_EXACT;
	} else if (kind == IP_CT_SEG_SYN) {
		step = step_of_syn(step, state, dir, facts);
	} else if (kind == IP_CT_SEG_SYNACK) {
		step = step_of_synack(step, state, facts);
	}
	if (step.act != IP_CT_TCP_MOVE) {
		step.state = state;
		return step;
	}

	step.state = settled(state, step.state, facts);
	return step;
}

/**
 * ip_ct_tcp_next() - where a segment leads to which no exception applies
 * @state: enum tcp_conntrack, the present state
 * @dir:   direction of the segment
 * @kind:  kind of the segment
 * @facts: set of enum ip_ct_tcp_fact
 *
 * Return: the state that ip_ct_tcp_step() moves such a flow to.
 */
u8 ip_ct_tcp_next(u8 state, unsigned int dir, enum ip_ct_tcp_kind kind,
		  unsigned int facts)
{
	return settled(state, table[dir][state][kind], facts);
}

/**
 * ip_ct_tcp_begin() - may a segment begin a flow?
 * @dir:   REPLY when it answers a SYN that no flow has taken
 * @kind:  kind of segment
 * @rules: set of enum ip_ct_tcp_rule
 *
 * Return: what ip_ct_tcp_judge() says in NONE with a record that has seen
 * nothing, or only that SYN: no number can be wrong there.
 */
struct ip_ct_tcp_step ip_ct_tcp_begin(unsigned int dir,
				      enum ip_ct_tcp_kind kind,
				      unsigned int rules)
{
	return ip_ct_tcp_step(NO, dir, kind, 0, rules & IP_CT_RULE_LOOSE);
}

/* Its sequence numbers matter: it would move the flow, or is a RST */
static bool is_bound(const struct ip_ct_tcp_step *step, u8 kind)
{
	if (kind == IP_CT_SEG_RST)
		return step->reason == IP_CT_R_RST_NOT_EXACT;
	return step->act == IP_CT_TCP_MOVE && kind != IP_CT_SEG_SYN &&
	       kind != IP_CT_SEG_SYNACK;
}

/**
 * ip_ct_tcp_judge() - what a segment is to do to a flow, numbers and all
 * @track: the flow's record, not changed
 * @state: enum tcp_conntrack, the present state
 * @dir:   direction of the segment
 * @seg:   the segment
 * @rules: set of enum ip_ct_tcp_rule
 *
 * The windows come before the machine: a segment out of bounds moves nothing.
 *
 * Return: the step, for ip_ct_tcp_take().
 */
struct ip_ct_tcp_step ip_ct_tcp_judge(const struct ip_ct_tcp_track *track,
				      u8 state, unsigned int dir,
				      const struct ip_ct_tcp_seg *seg,
				      unsigned int rules)
{
	struct ip_ct_tcp_step step;
	enum ip_ct_reason reason;
	unsigned int facts;
	u8 flags[2];

	facts = ip_ct_tcp_facts(track, dir, seg, flags);
	step = ip_ct_tcp_step(state, dir, seg->kind, facts,
			      rules & IP_CT_RULE_LOOSE);
	step.flags[0] = flags[0];
	step.flags[1] = flags[1];
	if (!is_bound(&step, seg->kind))
		return step;
	reason = ip_ct_tcp_window_check(track, dir, seg);
	if (likely(!reason))
		return step;
	if ((rules & IP_CT_RULE_LIBERAL) && seg->kind != IP_CT_SEG_RST) {
		step.resync = true;
		return step;
	}
	step.act = IP_CT_TCP_INVALID;
	step.reason = reason;
	step.state = state;
	return step;
}

/**
 * ip_ct_tcp_take() - what the flow remembers of a segment
 * @track: the flow's record
 * @dir:   direction of the segment
 * @seg:   the segment
 * @step:  from ip_ct_tcp_judge()
 *
 * The state is the caller's to set. A flow that is to be begun anew is left
 * as it is.
 */
void ip_ct_tcp_take(struct ip_ct_tcp_track *track, unsigned int dir,
		    const struct ip_ct_tcp_seg *seg,
		    const struct ip_ct_tcp_step *step)
{
	switch (step->act) {
	case IP_CT_TCP_MOVE:
		if (unlikely(step->resync))
			ip_ct_tcp_track_resync(track, dir, seg);
		else
			ip_ct_tcp_track_segment(track, dir, seg, step->flags);
		break;
	case IP_CT_TCP_IGNORE:
		if (seg->kind == IP_CT_SEG_SYN)
			ip_ct_tcp_track_ignored_syn(track, dir, seg);
		break;
	case IP_CT_TCP_INVALID:
	case IP_CT_TCP_REOPEN:
	case IP_CT_TCP_REOPEN_ANSWERED:
		break;
	}
}

/**
 * ip_ct_tcp_state_name() - a state as /proc/net/ip_conntrack shows it
 * @state: enum tcp_conntrack
 */
const char *ip_ct_tcp_state_name(u8 state)
{
	return state < IP_CT_TCP_STATES ? state_name[state] : "?";
}

/**
 * ip_ct_tcp_kind_name() - a kind of segment in words
 * @kind: enum ip_ct_tcp_kind
 */
const char *ip_ct_tcp_kind_name(enum ip_ct_tcp_kind kind)
{
	return kind < IP_CT_SEG_KINDS ? kind_name[kind] : "?";
}
