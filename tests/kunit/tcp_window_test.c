// SPDX-License-Identifier: GPL-2.0
/*
 * tcp_window_test.c - sequence numbers in conversation.
 *
 * As in tcp_fsm_test.c each case is a conversation as the tracker hears it;
 * here every line says what becomes of it. Numbers are counted from each
 * side's first one, and every conversation is held with first numbers that
 * make them wrap, unsigned and signed.
 */
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/prandom.h>

#include "craft.h"
#include "sentence.h"
#include "tcp_fsm.h"
#include "tcp_window.h"

enum who { CLIENT, SERVER };

/* What becomes of a segment, short for a column */
enum {
	OK = IP_CT_R_OK,
	ABOVE = IP_CT_R_SEQ_ABOVE_WINDOW,
	BELOW = IP_CT_R_SEQ_BELOW_WINDOW,
	UNSENT = IP_CT_R_ACK_ABOVE,
	OLD_ACK = IP_CT_R_ACK_TOO_OLD,
	NOT_EXACT = IP_CT_R_RST_NOT_EXACT,
};

/* A window scale option; 0 is none, so that lines may leave it out */
#define SCALE(shift) ((shift) + 1)

/**
 * struct line - one segment of a conversation, and what becomes of it
 * @who:    sends it
 * @flags:  of its TCP header; 0 ends a conversation
 * @seq:    counted from the sender's first sequence number
 * @ack:    counted from the receiver's first sequence number
 * @len:    octets of data
 * @win:    as on the wire
 * @reason: what becomes of it
 * @scale:  SCALE(shift)
 * @sack:   right edge of a SACK block, 0 without
 */
struct line {
	enum who who;
	u8 flags;
	u32 seq;
	u32 ack;
	u32 len;
	u16 win;
	u8 reason;
	u8 scale;
	u32 sack;
};

#define END { }

#define HANDSHAKE(win)						\
	{ CLIENT, SYN, 0, 0, 0, win },				\
	{ SERVER, SYN | ACK, 0, 1, 0, win },			\
	{ CLIENT, ACK, 1, 1, 0, win }

struct talk {
	struct ip_ct_tcp_track track;
	u8 state;
	u32 isn[2];
	enum who orig;
	unsigned int rules;
};

static struct ip_ct_tcp_seg seg_of(const struct talk *t, const struct line *l)
{
	struct ip_ct_tcp_seg seg = {
		.seq = t->isn[l->who] + l->seq,
		.ack = l->flags & ACK ? t->isn[!l->who] + l->ack : 0,
		.win = l->win,
		.kind = ip_ct_tcp_kind_of(l->flags),
		.flags = l->flags,
		.wscale = l->scale ? l->scale - 1 : IP_CT_WSCALE_NONE,
	};

	seg.end = seg.seq + l->len + !!(l->flags & SYN) + !!(l->flags & FIN);
	seg.sack = l->sack ? t->isn[!l->who] + l->sack : seg.ack;
	return seg;
}

static enum ip_ct_reason hear(struct talk *t, enum who from,
			      const struct ip_ct_tcp_seg *seg)
{
	unsigned int dir = from == t->orig ? IP_CT_DIR_ORIGINAL :
					    IP_CT_DIR_REPLY;
	struct ip_ct_tcp_step step;

	step = ip_ct_tcp_judge(&t->track, t->state, dir, seg, t->rules);
	ip_ct_tcp_take(&t->track, dir, seg, &step);
	if (step.act == IP_CT_TCP_MOVE)
		t->state = step.state;
	return step.reason;
}

static struct talk hold_with(struct kunit *test, const struct line *lines,
			     u32 client, u32 server, unsigned int rules)
{
	struct talk t = {
		.isn = { client, server },
		.orig = lines[0].who,
		.rules = rules,
	};

	ip_ct_tcp_track_init(&t.track);
	for (int i = 0; lines[i].flags; i++) {
		struct ip_ct_tcp_seg seg = seg_of(&t, &lines[i]);

		KUNIT_EXPECT_EQ_MSG(test, hear(&t, lines[i].who, &seg),
				    (enum ip_ct_reason)lines[i].reason,
				    "line %d, first numbers %u and %u", i + 1,
				    client, server);
	}
	return t;
}

static struct talk hold_by(struct kunit *test, const struct line *lines,
			   unsigned int rules)
{
	hold_with(test, lines, 0, 0, rules);
	hold_with(test, lines, -2U, 0x7ffffffe, rules);
	hold_with(test, lines, 0x7fffff00, -1500U, rules);
	return hold_with(test, lines, 1000, 4000000000U, rules);
}

static struct talk hold(struct kunit *test, const struct line *lines)
{
	return hold_by(test, lines, IP_CT_RULE_LOOSE);
}

static void up_to_the_edge(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(1000),
		{ CLIENT, ACK, 1, 1, 600, 1000 },
		{ CLIENT, ACK, 601, 1, 400, 1000 },
		{ CLIENT, ACK, 1001, 1, 100, 1000, ABOVE },
		{ SERVER, ACK, 1, 601, 0, 1000 },
		{ CLIENT, ACK, 1001, 1, 600, 1000 },
		{ CLIENT, ACK, 1601, 1, 2, 1000, ABOVE },
		END
	};

	hold(test, lines);
}

static void scaled(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, 1000, OK, SCALE(7) },
		{ SERVER, SYN | ACK, 0, 1, 0, 1000, OK, SCALE(3) },
		/* the window of a SYN is not scaled */
		{ CLIENT, ACK, 1, 1, 1002, 1000, ABOVE },
		{ CLIENT, ACK, 1, 1, 0, 1000 },
		{ SERVER, ACK, 1, 1, 128000, 1000 },
		{ SERVER, ACK, 128001, 1, 2, 1000, ABOVE },
		{ CLIENT, ACK, 1, 128001, 8000, 1000 },
		{ CLIENT, ACK, 8001, 128001, 2, 1000, ABOVE },
		END
	};

	hold(test, lines);
}

static void scale_refused(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, 1000, OK, SCALE(7) },
		{ SERVER, SYN | ACK, 0, 1, 0, 1000 },
		{ CLIENT, ACK, 1, 1, 0, 1000 },
		{ SERVER, ACK, 1, 1, 1000, 1000 },
		{ SERVER, ACK, 1001, 1, 2, 1000, ABOVE },
		END
	};

	hold(test, lines);
}

static void largest_scale(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, 65535, OK, SCALE(14) },
		{ SERVER, SYN | ACK, 0, 1, 0, 65535, OK, SCALE(14) },
		{ CLIENT, ACK, 1, 1, 0, 65535 },
		{ SERVER, ACK, 1, 1, 1000000000, 65535 },
		{ SERVER, ACK, 1000000001, 1, 73725500, 65535, ABOVE },
		END
	};

	hold(test, lines);
}

/* RFC 9293 3.8.6.1 */
static void closed_window(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(1000),
		{ CLIENT, ACK, 1, 1, 1000, 1000 },
		{ SERVER, ACK, 1, 1001, 0, 0 },
		{ CLIENT, ACK, 1001, 1, 1, 1000 },
		{ SERVER, ACK, 1, 1001, 0, 0 },
		{ CLIENT, ACK, 1000, 1, 0, 1000 },
		{ CLIENT, ACK, 1001, 1, 100, 1000, ABOVE },
		{ SERVER, ACK, 1, 1001, 0, 500 },
		{ CLIENT, ACK, 1001, 1, 500, 1000 },
		END
	};

	hold(test, lines);
}

/* RFC 1122 4.2.3.6 */
static void keepalive(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(1000),
		{ CLIENT, ACK, 0, 1, 0, 1000 },
		{ SERVER, ACK, 1, 1, 0, 1000 },
		{ SERVER, ACK, 0, 1, 1, 1000 },
		{ CLIENT, ACK, 1, 1, 0, 1000 },
		END
	};

	hold(test, lines);
}

static void far_below(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(65535),
		{ CLIENT, ACK, 1, 1, 60000, 65535 },
		{ SERVER, ACK, 1, 60001, 0, 65535 },
		{ CLIENT, ACK, 60001, 1, 60000, 65535 },
		{ SERVER, ACK, 1, 120001, 0, 65535 },
		/* still in reach of a segment that was overtaken */
		{ CLIENT, ACK, 60001, 1, 1000, 65535 },
		{ CLIENT, ACK, 1001, 1, 1000, 65535, BELOW },
		{ CLIENT, FIN | ACK, 1001, 1, 0, 65535, BELOW },
		END
	};

	hold(test, lines);
}

/* All acknowledgements of a full window were lost behind the tracker */
static void sent_again(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(65535),
		{ CLIENT, ACK, 1, 1, 65535, 65535 },
		{ SERVER, ACK, 1, 30001, 0, 35535 },
		{ SERVER, ACK, 1, 65536, 0, 65535 },
		{ CLIENT, ACK, 1, 1, 1460, 65535 },
		{ SERVER, ACK, 1, 65536, 0, 65535 },
		END
	};

	hold(test, lines);
}

static void never_sent(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(1000),
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		{ SERVER, ACK, 1, 102, 0, 1000, UNSENT },
		{ SERVER, ACK, 1, 101, 0, 1000 },
		{ SERVER, FIN | ACK, 1, 102, 0, 1000, UNSENT },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_EQ(test, t.state, (u8)TCP_CONNTRACK_ESTABLISHED);
}

/* RFC 5961 5.2 */
static void old_ack(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(65535),
		{ CLIENT, ACK, 1, 1, 65000, 65535 },
		{ SERVER, ACK, 1, 65001, 0, 65535 },
		{ CLIENT, ACK, 65001, 1, 65000, 65535 },
		{ SERVER, ACK, 1, 130001, 0, 65535 },
		{ CLIENT, ACK, 130001, 1, 65000, 65535 },
		{ SERVER, ACK, 1, 195001, 0, 65535 },
		{ SERVER, ACK, 1, 65001, 10, 65535 },
		{ SERVER, ACK, 1, 60001, 10, 65535, OLD_ACK },
		/* RFC 2018: it has heard of what came later */
		{ SERVER, ACK, 1, 60001, 10, 65535, OK, 0, 190000 },
		{ SERVER, ACK, 1, 60001, 10, 65535, OLD_ACK, 0, 195002 },
		END
	};

	hold(test, lines);
}

static void merged(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, 65535, OK, SCALE(9) },
		{ SERVER, SYN | ACK, 0, 1, 0, 65535, OK, SCALE(9) },
		{ CLIENT, ACK, 1, 1, 0, 4000 },
		{ SERVER, ACK, 1, 1, 185000, 4000 },
		{ CLIENT, ACK, 1, 185001, 65000, 4000 },
		{ SERVER, ACK, 185001, 65001, 524000, 4000 },
		END
	};

	hold(test, lines);
}

/* The first segment seen is one sent again, of a scale that nobody knows */
static void picked_up(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, ACK, 5000, 9000, 1000, 500 },
		{ SERVER, ACK, 9000, 90000, 0, 500 },
		{ CLIENT, ACK, 90000, 9000, 60000, 500 },
		{ SERVER, ACK, 40000, 150000, 1000, 0 },
		{ SERVER, ACK, 9000, 150000, 31000, 0 },
		{ CLIENT, ACK, 150000, 41000, 1, 500 },
		{ SERVER, ACK, 41000, 150000, 0, 500 },
		/* half the space away is no part of it */
		{ SERVER, ACK, 0x78000000, 150000, 10, 500, ABOVE },
		{ CLIENT, ACK, 0x88000000, 41000, 10, 500, BELOW },
		END
	};

	hold(test, lines);
}

static void one_way(struct kunit *test)
{
	static const struct line there[] = {
		{ CLIENT, SYN, 0, 0, 0, 64000, OK, SCALE(7) },
		{ CLIENT, ACK, 1, 1, 0, 500 },
		{ CLIENT, ACK, 1, 1, 64000, 500 },
		{ CLIENT, ACK, 64001, 4000, 64000, 500 },
		{ CLIENT, ACK, 128001, 60000, 0, 500 },
		END
	};
	static const struct line back[] = {
		{ SERVER, SYN | ACK, 0, 1, 0, 64000, OK, SCALE(7) },
		{ SERVER, ACK, 1, 200, 1000, 500 },
		{ SERVER, ACK, 1001, 60000, 60000, 500 },
		{ SERVER, FIN | ACK, 61001, 120000, 0, 500 },
		END
	};

	hold(test, there);
	hold(test, back);
}

static void data_before_synack(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, 1000 },
		{ SERVER, ACK, 1, 1, 500, 1000 },
		{ SERVER, SYN | ACK, 0, 1, 0, 1000 },
		{ CLIENT, ACK, 1, 501, 0, 1000 },
		{ CLIENT, ACK, 1, 501, 1000, 1000 },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_EQ(test, t.state, (u8)TCP_CONNTRACK_ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, ip_ct_tcp_handshake_done(&t.track));
}

static void syn_without_its_data(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 700, 1000, OK, SCALE(2) },
		{ CLIENT, SYN, 0, 0, 0, 1000 },
		{ SERVER, SYN | ACK, 0, 701, 0, 1000, OK, SCALE(2) },
		{ SERVER, ACK, 1, 701, 900, 1000 },
		{ CLIENT, ACK, 701, 901, 0, 1000 },
		{ SERVER, ACK, 901, 701, 4000, 1000 },
		END
	};

	hold(test, lines);
}

static void resets(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(1000),
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		{ CLIENT, RST, 102, 0, 0, 0, NOT_EXACT },
		{ CLIENT, RST, 5000, 0, 0, 0, ABOVE },
		{ CLIENT, RST, -70000U, 0, 0, 0, BELOW },
		{ SERVER, RST, 2, 0, 0, 0, NOT_EXACT },
		{ SERVER, ACK, 1, 101, 0, 1000 },
		{ SERVER, RST, 1, 0, 0, 0 },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_EQ(test, t.state, (u8)TCP_CONNTRACK_CLOSE);
}

/* Client and server have forgotten the connection, the tracker has not */
static void both_have_forgotten(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(1000),
		{ CLIENT, SYN, 900000, 0, 0, 1000, IP_CT_R_SYN_IN_LIVE_FLOW },
		{ SERVER, RST | ACK, 70000, 900001, 0, 0 },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_EQ(test, t.state, (u8)TCP_CONNTRACK_CLOSE);
}

static void liberal(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE(1000),
		{ CLIENT, ACK, 900000, 700000, 100, 1000 },
		{ SERVER, ACK, 700000, 900100, 100, 1000 },
		{ CLIENT, RST, 5000, 0, 0, 0, BELOW },
		{ CLIENT, FIN | ACK, 900100, 700100, 0, 1000 },
		{ SERVER, ACK, 700100, 900101, 0, 1000 },
		END
	};
	struct talk t = hold_by(test, lines,
				IP_CT_RULE_LOOSE | IP_CT_RULE_LIBERAL);

	KUNIT_EXPECT_EQ(test, t.state, (u8)TCP_CONNTRACK_CLOSE_WAIT);
}

static void repeats(struct kunit *test)
{
	static const struct line stuck[] = {
		HANDSHAKE(1000),
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		END
	};
	static const struct line answered[] = {
		HANDSHAKE(1000),
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		{ CLIENT, ACK, 1, 1, 100, 1000 },
		{ SERVER, ACK, 1, 101, 0, 1000 },
		END
	};
	struct talk t = hold(test, stuck);

	KUNIT_EXPECT_EQ(test, ip_ct_tcp_repeats(&t.track), 3U);
	KUNIT_EXPECT_TRUE(test, ip_ct_tcp_unacked(&t.track));
	t = hold(test, answered);
	KUNIT_EXPECT_EQ(test, ip_ct_tcp_repeats(&t.track), 0U);
	KUNIT_EXPECT_FALSE(test, ip_ct_tcp_unacked(&t.track));
}

#define BLIND	1000000

/* The numbers of a blind attacker, of any kind, as either side */
static void blind(struct kunit *test)
{
	static const struct line lines[] = { HANDSHAKE(64000), END };
	static const u8 flags[] = {
		SYN, SYN | ACK, FIN | ACK, ACK, RST, RST | ACK
	};
	struct talk t = hold(test, lines);
	struct line going_on = { CLIENT, ACK, 1, 1, 1000, 64000 };
	struct rnd_state rnd;
	struct ip_ct_tcp_seg seg;

	prandom_seed_state(&rnd, 3);
	for (int i = 0; i < BLIND; i++) {
		struct line l = {
			.who = i & 1 ? CLIENT : SERVER,
			.flags = flags[i / 2 % ARRAY_SIZE(flags)],
			.seq = prandom_u32_state(&rnd),
			.ack = prandom_u32_state(&rnd),
			.win = prandom_u32_state(&rnd),
		};

		seg = seg_of(&t, &l);
		/* it speaks for one side and answers no SYN of its own */
		if (l.flags & SYN && l.flags & ACK &&
		    seg.ack == t.track.syn_end)
			continue;
		hear(&t, l.who, &seg);
	}
	KUNIT_EXPECT_EQ(test, t.state, (u8)TCP_CONNTRACK_ESTABLISHED);
	seg = seg_of(&t, &going_on);
	KUNIT_EXPECT_EQ(test, hear(&t, CLIENT, &seg), IP_CT_R_OK);
}

static struct kunit_case tcp_window_cases[] = {
	IP_CT_CASE(up_to_the_edge, "data end where the window does"),
	IP_CT_CASE(scaled, "windows are scaled if both SYNs offer it"),
	IP_CT_CASE(scale_refused, "windows are not scaled if one SYN does not"),
	IP_CT_CASE(largest_scale, "a window may be a gigabyte large"),
	IP_CT_CASE(closed_window, "a closed window is probed, not filled"),
	IP_CT_CASE(keepalive, "a keepalive lies one below"),
	IP_CT_CASE(far_below, "what lies windows below is refused"),
	IP_CT_CASE(sent_again, "a full window may be sent again"),
	IP_CT_CASE(never_sent, "what was never sent is not acknowledged"),
	IP_CT_CASE(old_ack, "an acknowledgement may be two windows old"),
	IP_CT_CASE(merged, "a NIC may merge segments beyond 64 KiB"),
	IP_CT_CASE(picked_up, "a picked-up stream is not held up"),
	IP_CT_CASE(one_way, "one direction alone is not held up"),
	IP_CT_CASE(data_before_synack, "data may overtake the SYN/ACK"),
	IP_CT_CASE(syn_without_its_data,
		   "a SYN may come again without its data and options"),
	IP_CT_CASE(resets, "a RST is exact, in the window, or INVALID"),
	IP_CT_CASE(both_have_forgotten,
		   "a refused SYN closes the flow that both ends forgot"),
	IP_CT_CASE(liberal, "be_liberal tolerates all but RSTs"),
	IP_CT_CASE(repeats, "repeats are counted until one is answered"),
	IP_CT_CASE(blind, "a million blind segments end no flow"),
	{}
};

static struct kunit_suite tcp_window_suite = {
	.name = "tcp_window",
	.test_cases = tcp_window_cases,
};

kunit_test_suite(tcp_window_suite);
