// SPDX-License-Identifier: GPL-2.0
/*
 * tcp_fsm_test.c - the machine in conversation.
 *
 * Each case is a conversation between a client and a server as a tracker on
 * the way hears it, line by line: who says what, and what the tracker thinks
 * then. Sequence numbers are counted from each side's own first one, as
 * RFC 9293 does in its figures; every conversation is held several times, with
 * first numbers at both sides that also make them wrap on the way.
 */
#include <linux/netfilter/nf_conntrack_tuple_common.h>

#include "craft.h"
#include "sentence.h"
#include "tcp_fsm.h"
#include "tcp_window.h"

#undef TIME_WAIT	/* <linux/timex.h> means something else */

/* The states, as short as the chapter's table allows */
enum {
	NONE		= TCP_CONNTRACK_NONE,
	SYN_SENT	= TCP_CONNTRACK_SYN_SENT,
	SYN_RECV	= TCP_CONNTRACK_SYN_RECV,
	ESTABLISHED	= TCP_CONNTRACK_ESTABLISHED,
	FIN_WAIT	= TCP_CONNTRACK_FIN_WAIT,
	CLOSE_WAIT	= TCP_CONNTRACK_CLOSE_WAIT,
	LAST_ACK	= TCP_CONNTRACK_LAST_ACK,
	TIME_WAIT	= TCP_CONNTRACK_TIME_WAIT,
	CLOSE		= TCP_CONNTRACK_CLOSE,
	LISTEN		= TCP_CONNTRACK_LISTEN,
};

enum side { CLIENT, SERVER };

/**
 * struct line - one segment of a conversation, and what it does
 * @who:    sends it
 * @flags:  of its TCP header; 0 ends a conversation
 * @seq:    counted from the sender's first sequence number
 * @ack:    counted from the receiver's first sequence number
 * @len:    octets of data
 * @then:   the state after it
 * @reason: why it did not move the flow; 0: it did
 * @anew:   it begins a new connection on the same ports
 */
struct line {
	enum side who;
	u8 flags;
	u32 seq;
	u32 ack;
	u32 len;
	u8 then;
	u8 reason;
	bool anew;
};

#define END { }

/* Openings that many conversations begin with */
#define HANDSHAKE						\
	{ CLIENT, SYN, 0, 0, 0, SYN_SENT },			\
	{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },		\
	{ CLIENT, ACK, 1, 1, 0, ESTABLISHED }

/* The client closes first, the server answers all */
#define CLOSED_BY_CLIENT					\
	HANDSHAKE,						\
	{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },		\
	{ SERVER, ACK, 1, 2, 0, CLOSE_WAIT },			\
	{ SERVER, FIN | ACK, 1, 2, 0, LAST_ACK },		\
	{ CLIENT, ACK, 2, 2, 0, TIME_WAIT }

/**
 * struct talk - a tracked connection during a conversation
 * @track: what the tracker remembers
 * @state: what it thinks
 * @orig:  who began the connection
 * @isn:   first sequence numbers of CLIENT and SERVER
 * @loose: connections may be picked up
 */
struct talk {
	struct ip_ct_tcp_track track;
	u8 state;
	enum side orig;
	u32 isn[2];
	bool loose;
};

static void begin(struct talk *t, enum side orig)
{
	ip_ct_tcp_track_init(&t->track);
	t->state = NONE;
	t->orig = orig;
}

static struct ip_ct_tcp_seg seg_of(const struct talk *t, const struct line *l)
{
	struct ip_ct_tcp_seg seg = {
		.seq = t->isn[l->who] + l->seq,
		.ack = l->flags & ACK ? t->isn[!l->who] + l->ack : 0,
		.win = 5840,
		.kind = ip_ct_tcp_kind_of(l->flags),
		.flags = l->flags,
		.wscale = l->flags & SYN ? 7 : IP_CT_WSCALE_NONE,
		.sack_ok = l->flags & SYN,
	};

	seg.end = seg.seq + l->len + !!(l->flags & SYN) + !!(l->flags & FIN);
	seg.sack = seg.ack;
	return seg;
}

static struct ip_ct_tcp_step step_of(const struct talk *t, enum side who,
				     const struct ip_ct_tcp_seg *seg)
{
	unsigned int dir = who == t->orig ? IP_CT_DIR_ORIGINAL :
					    IP_CT_DIR_REPLY;

	return ip_ct_tcp_judge(&t->track, t->state, dir, seg,
			       t->loose ? IP_CT_RULE_LOOSE : 0);
}

/* The tracker hears a line. Returns the reason; *anew as in struct line. */
static enum ip_ct_reason hear(struct talk *t, const struct line *l, bool *anew)
{
	struct ip_ct_tcp_seg seg = seg_of(t, l);
	struct ip_ct_tcp_step step = step_of(t, l->who, &seg);
	unsigned int dir;

	*anew = false;
	if (step.act == IP_CT_TCP_REOPEN) {
		*anew = true;
		begin(t, l->who);
		step = step_of(t, l->who, &seg);
	} else if (step.act == IP_CT_TCP_REOPEN_ANSWERED) {
		*anew = true;
		begin(t, !l->who);
		ip_ct_tcp_track_answered_syn(&t->track, IP_CT_DIR_REPLY, &seg);
		step = step_of(t, l->who, &seg);
	}
	dir = l->who == t->orig ? IP_CT_DIR_ORIGINAL : IP_CT_DIR_REPLY;
	ip_ct_tcp_take(&t->track, dir, &seg, &step);
	if (step.act == IP_CT_TCP_MOVE) {
		t->state = step.state;
		return IP_CT_R_OK;
	}
	return step.reason;
}

static bool hold_once(struct kunit *test, struct talk *t,
		      const struct line *lines)
{
	for (int i = 0; lines[i].flags; i++) {
		const struct line *l = &lines[i];
		enum ip_ct_reason reason;
		bool anew;

		reason = hear(t, l, &anew);
		KUNIT_EXPECT_STREQ_MSG(test, ip_ct_tcp_state_name(t->state),
				       ip_ct_tcp_state_name(l->then),
				       "line %d: %s of the %s", i + 1,
				       ip_ct_tcp_kind_name(ip_ct_tcp_kind_of(l->flags)),
				       l->who == CLIENT ? "client" : "server");
		KUNIT_EXPECT_EQ_MSG(test, reason, l->reason,
				    "line %d: its reason", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, anew, l->anew,
				    "line %d: a new connection?", i + 1);
		if (t->state != l->then || reason != l->reason ||
		    anew != l->anew)
			return false;
	}
	return true;
}

static const u32 isns[][2] = {
	{ 0, 0 },
	{ 1000, 3000000000U },
	{ U32_MAX, 5 },			/* a SYN ends at 0 */
	{ 7, U32_MAX - 50 },		/* wraps in the data */
	{ 0x7fffffff, 0x80000000 },	/* where signed numbers wrap */
};

static struct talk hold_with(struct kunit *test, const struct line *lines,
			     bool loose)
{
	struct talk t = {};

	for (int i = 0; i < ARRAY_SIZE(isns); i++) {
		t = (struct talk) {
			.isn = { isns[i][0], isns[i][1] },
			.loose = loose,
		};
		begin(&t, lines[0].who);
		if (!hold_once(test, &t, lines)) {
			kunit_info(test, "first numbers %u and %u\n",
				   t.isn[CLIENT], t.isn[SERVER]);
			break;
		}
	}
	return t;
}

static struct talk hold(struct kunit *test, const struct line *lines)
{
	return hold_with(test, lines, true);
}

/* The chapter: [ASSURED] when the handshake is complete */
static bool assured(const struct talk *t)
{
	return t->track.flags[0] & t->track.flags[1] & IP_CT_SIDE_SYN_ACKED;
}

/* ---- opening ---- */

static void handshake(struct kunit *test)
{
	static const struct line lines[] = { HANDSHAKE, END };
	static const struct line half[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		END
	};
	struct talk t = hold(test, half);

	KUNIT_EXPECT_FALSE(test, assured(&t));
	t = hold(test, lines);
	KUNIT_EXPECT_TRUE(test, assured(&t));
}

static void data_both_ways(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, ACK | PSH, 1, 1, 100, ESTABLISHED },
		{ SERVER, ACK, 1, 101, 0, ESTABLISHED },
		{ SERVER, ACK | PSH, 1, 101, 1460, ESTABLISHED },
		{ CLIENT, ACK, 101, 1461, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
}

static void data_with_last_ack(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, ACK | PSH, 1, 1, 500, ESTABLISHED },
		END
	};

	hold(test, lines);
}

static void syn_again(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, SYN, 0, 0, 0, SYN_RECV },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
}

/* The client gave up, and tries again from the same port */
static void syn_with_other_number(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ CLIENT, SYN, 70000, 0, 0, SYN_SENT, IP_CT_R_SYN_OTHER },
		{ SERVER, SYN | ACK, 0, 70001, 0, SYN_RECV, 0, true },
		{ CLIENT, ACK, 70001, 1, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_TRUE(test, assured(&t));
}

static void handshake_ack_lost(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		/* the ACK takes another way; the server asks again */
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
}

static void late_synack(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ SERVER, SYN | ACK, 0, 1, 0, ESTABLISHED,
		  IP_CT_R_SYNACK_UNASKED },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
}

/* The first SYN has its answer: another number is a liar's, or comes late */
static void other_syn_after_answer(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, SYN, 70000, 0, 0, SYN_RECV, IP_CT_R_SYN_OTHER },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_TRUE(test, assured(&t));
}

/* RFC 7413: the server need not wait for the ACK of its SYN */
static void fast_open(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 200, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 201, 0, SYN_RECV },
		{ SERVER, ACK | PSH, 1, 201, 900, SYN_RECV },
		{ CLIENT, ACK, 201, 901, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_TRUE(test, assured(&t));
}

/* RFC 7413 2: the data in the SYN may be left unacknowledged */
static void fast_open_refused(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 200, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, ACK | PSH, 1, 1, 200, ESTABLISHED },
		END
	};

	hold(test, lines);
}

static void first_ack_must_fit(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		/* acknowledges nothing that the server has sent */
		{ CLIENT, ACK, 1, 0, 0, SYN_RECV, IP_CT_R_ACK_TOO_OLD },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
}

/* RFC 9293 figure 8: both SYNs cross, then both SYN/ACKs */
static void simultaneous_open(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ CLIENT, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ SERVER, SYN | ACK, 0, 1, 0, ESTABLISHED },
		{ CLIENT, ACK | PSH, 1, 1, 10, ESTABLISHED },
		{ SERVER, ACK, 1, 11, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_TRUE(test, assured(&t));
}

static void simultaneous_open_by_acks(struct kunit *test)
{
	/* some ends answer the crossed SYN with a mere ACK */
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_TRUE(test, assured(&t));
}

static void crossed_syns_again(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ CLIENT, SYN, 0, 0, 0, LISTEN },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, SYN | ACK, 0, 1, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
}

static void answers_itself(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ CLIENT, SYN | ACK, 0, 1, 0, SYN_SENT,
		  IP_CT_R_SYNACK_UNASKED },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ SERVER, SYN, 0, 0, 0, SYN_RECV },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
}

/* An end may close before the crossed open is complete */
static void crossed_open_closed(struct kunit *test)
{
	static const struct line by_client[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, ACK, 1, 2, 0, CLOSE_WAIT },
		END
	};
	static const struct line by_server[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ SERVER, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ CLIENT, ACK, 1, 2, 0, CLOSE_WAIT },
		END
	};

	hold(test, by_client);
	hold(test, by_server);
}

/* Each end may acknowledge the other's SYN with a mere ACK */
static void crossed_acks(struct kunit *test)
{
	static const struct line client_first[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ CLIENT, ACK, 1, 1, 0, SYN_RECV },
		{ SERVER, ACK, 1, 1, 0, ESTABLISHED },
		END
	};
	static const struct line server_first[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ SERVER, ACK, 1, 1, 0, SYN_RECV },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};

	hold(test, client_first);
	hold(test, server_first);
}

/* RFC 9293 3.5.1: the server still lives in the connection before */
static void half_open_server(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, ACK, 300, 100, 0, SYN_SENT,
		  IP_CT_R_BEFORE_HANDSHAKE },
		/* this is for the server's old connection, not for the SYN */
		{ CLIENT, RST, 100, 0, 0, SYN_SENT, IP_CT_R_RST_NOT_EXACT },
		{ SERVER, FIN | ACK, 300, 100, 0, SYN_SENT,
		  IP_CT_R_BEFORE_HANDSHAKE },
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 5000, 1, 0, SYN_RECV },
		{ CLIENT, ACK, 1, 5001, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
}

/* ---- refusals and resets ---- */

static void refused(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, RST | ACK, 0, 1, 0, CLOSE },
		END
	};

	hold(test, lines);
}

/* RFC 9293 3.10.7.3: it must acknowledge the SYN */
static void forged_refusal(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, RST | ACK, 0, 12345, 0, SYN_SENT,
		  IP_CT_R_RST_NOT_EXACT },
		{ SERVER, RST | ACK, 0, 0, 0, SYN_SENT,
		  IP_CT_R_RST_NOT_EXACT },
		{ SERVER, RST, 0, 0, 0, SYN_SENT, IP_CT_R_RST_NOT_EXACT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		END
	};

	hold(test, lines);
}

static void client_changes_its_mind(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, RST, 1, 0, 0, CLOSE },
		END
	};

	hold(test, lines);
}

static void reset_from_established(struct kunit *test)
{
	static const struct line by_client[] = {
		HANDSHAKE,
		{ CLIENT, ACK | PSH, 1, 1, 100, ESTABLISHED },
		{ CLIENT, RST | ACK, 101, 1, 0, CLOSE },
		END
	};
	static const struct line by_server[] = {
		HANDSHAKE,
		{ CLIENT, ACK | PSH, 1, 1, 100, ESTABLISHED },
		{ SERVER, RST, 1, 0, 0, CLOSE },
		END
	};

	hold(test, by_client);
	hold(test, by_server);
}

/* RFC 5961 3.2: anything but the very next number is answered, not obeyed */
static void inexact_reset(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, ACK | PSH, 1, 1, 100, ESTABLISHED },
		{ SERVER, RST, 2, 0, 0, ESTABLISHED, IP_CT_R_RST_NOT_EXACT },
		{ SERVER, RST, 1000, 0, 0, ESTABLISHED,
		  IP_CT_R_RST_NOT_EXACT },
		{ SERVER, RST, 0, 0, 0, ESTABLISHED, IP_CT_R_RST_NOT_EXACT },
		{ CLIENT, RST, 100, 0, 0, ESTABLISHED, IP_CT_R_RST_NOT_EXACT },
		{ CLIENT, RST | ACK, 102, 1, 0, ESTABLISHED,
		  IP_CT_R_RST_NOT_EXACT },
		{ CLIENT, RST, 101, 0, 0, CLOSE },
		END
	};

	hold(test, lines);
}

/* An end that has lost its connection resets with the number it was told */
static void reset_by_what_was_acknowledged(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ SERVER, ACK | PSH, 1, 1, 100, ESTABLISHED },
		{ SERVER, ACK | PSH, 101, 1, 100, ESTABLISHED },
		/* the client has seen the first hundred and then died */
		{ CLIENT, ACK, 1, 101, 0, ESTABLISHED },
		/* an older one of its ACKs is late */
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		{ SERVER, RST, 101, 0, 0, CLOSE },
		END
	};

	hold(test, lines);
}

/* Its first word is the RST, but it was told the number */
static void reset_by_a_stranger(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, ACK | PSH, 5000, 6000, 100, ESTABLISHED },
		{ SERVER, RST, 6001, 0, 0, ESTABLISHED,
		  IP_CT_R_RST_NOT_EXACT },
		{ SERVER, RST, 6000, 0, 0, CLOSE },
		END
	};

	hold(test, lines);
}

static void old_data_leave_the_end(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, ACK | PSH, 5000, 6000, 100, ESTABLISHED },
		{ SERVER, ACK, 6000, 5100, 0, ESTABLISHED },
		{ CLIENT, ACK | PSH, 4000, 6000, 100, ESTABLISHED },
		{ SERVER, ACK | PSH, 6000, 5100, 50, ESTABLISHED },
		{ SERVER, ACK | PSH, 5900, 5100, 50, ESTABLISHED },
		{ SERVER, RST, 6050, 0, 0, CLOSE },
		END
	};

	hold(test, lines);
}

static void reset_while_closing(struct kunit *test)
{
	static const struct line fin_wait[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, RST | ACK, 1, 2, 0, CLOSE },
		END
	};
	static const struct line close_wait[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, ACK, 1, 2, 0, CLOSE_WAIT },
		{ SERVER, ACK | PSH, 1, 2, 100, CLOSE_WAIT },
		{ CLIENT, RST, 2, 0, 0, CLOSE },
		END
	};
	static const struct line last_ack[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ CLIENT, RST, 2, 0, 0, CLOSE },
		END
	};
	static const struct line time_wait[] = {
		CLOSED_BY_CLIENT,
		{ SERVER, RST, 2, 0, 0, CLOSE },
		END
	};

	hold(test, fin_wait);
	hold(test, close_wait);
	hold(test, last_ack);
	hold(test, time_wait);
}

static void reset_of_crossed_syns(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN, 0, 0, 0, LISTEN },
		{ SERVER, RST, 1, 0, 0, CLOSE },
		END
	};

	hold(test, lines);
}

static void after_reset(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, RST, 1, 0, 0, CLOSE },
		{ SERVER, ACK | PSH, 1, 1, 100, CLOSE, IP_CT_R_AFTER_CLOSE },
		{ CLIENT, RST, 1, 0, 0, CLOSE },
		{ SERVER, FIN | ACK, 101, 1, 0, CLOSE, IP_CT_R_AFTER_CLOSE },
		{ CLIENT, ACK | PSH, 1, 1, 100, CLOSE, IP_CT_R_AFTER_CLOSE },
		{ CLIENT, FIN | ACK, 1, 1, 0, CLOSE, IP_CT_R_AFTER_CLOSE },
		{ SERVER, SYN | ACK, 0, 1, 0, CLOSE, IP_CT_R_SYNACK_UNASKED },
		END
	};

	hold(test, lines);
}

static void reset_of_nothing(struct kunit *test)
{
	static const struct line client[] = {
		{ CLIENT, RST, 1, 0, 0, NONE, IP_CT_R_RST_UNKNOWN },
		END
	};
	static const struct line with_ack[] = {
		{ CLIENT, RST | ACK, 1, 1, 0, NONE, IP_CT_R_RST_UNKNOWN },
		END
	};

	hold(test, client);
	hold(test, with_ack);
	hold_with(test, client, false);
}

/* ---- closing ---- */

static void client_closes(struct kunit *test)
{
	static const struct line lines[] = { CLOSED_BY_CLIENT, END };

	hold(test, lines);
}

static void server_closes(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ SERVER, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ CLIENT, ACK, 1, 2, 0, CLOSE_WAIT },
		{ CLIENT, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ SERVER, ACK, 2, 2, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

static void fin_answered_by_fin(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ CLIENT, ACK, 2, 2, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

/* RFC 9293 figure 13 */
static void simultaneous_close(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, FIN | ACK, 1, 1, 0, LAST_ACK },
		{ CLIENT, ACK, 2, 2, 0, LAST_ACK },
		{ SERVER, ACK, 2, 2, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

static void client_answers_fin_by_fin(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ SERVER, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ CLIENT, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ SERVER, ACK, 2, 2, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

/* RFC 9293 3.10.7.4: what follows a FIN is not of the connection */
static void data_after_fin(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ CLIENT, ACK | PSH, 2, 1, 100, FIN_WAIT },
		{ SERVER, ACK, 1, 2, 0, CLOSE_WAIT },
		END
	};

	hold(test, lines);
}

static void fin_with_data(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK | PSH, 1, 1, 100, FIN_WAIT },
		/* the data are acknowledged, the FIN is not */
		{ SERVER, ACK, 1, 101, 0, FIN_WAIT },
		{ SERVER, ACK, 1, 102, 0, CLOSE_WAIT },
		{ SERVER, FIN | ACK | PSH, 1, 102, 50, LAST_ACK },
		{ CLIENT, ACK, 102, 51, 0, LAST_ACK },
		{ CLIENT, ACK, 102, 52, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

static void half_closed(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, ACK | PSH, 1, 1, 100, FIN_WAIT },
		{ SERVER, ACK | PSH, 101, 2, 100, CLOSE_WAIT },
		{ CLIENT, ACK, 2, 201, 0, CLOSE_WAIT },
		{ SERVER, ACK | PSH, 201, 2, 1000, CLOSE_WAIT },
		{ CLIENT, ACK, 2, 1201, 0, CLOSE_WAIT },
		{ SERVER, FIN | ACK, 1201, 2, 0, LAST_ACK },
		{ CLIENT, ACK, 2, 1202, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

/* nf_conntrack goes to LAST_ACK here, as if the other side had closed */
static void fin_again(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, ACK, 1, 2, 0, CLOSE_WAIT },
		{ CLIENT, FIN | ACK, 1, 1, 0, CLOSE_WAIT },
		{ SERVER, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ SERVER, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ CLIENT, ACK, 2, 2, 0, TIME_WAIT },
		{ SERVER, FIN | ACK, 1, 2, 0, TIME_WAIT },
		{ CLIENT, ACK, 2, 2, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

static void fin_before_handshake_ends(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ SERVER, ACK, 1, 2, 0, CLOSE_WAIT },
		{ SERVER, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ CLIENT, ACK, 2, 2, 0, TIME_WAIT },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_TRUE(test, assured(&t));
}

static void server_accepts_and_closes(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ SERVER, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ CLIENT, ACK, 1, 2, 0, CLOSE_WAIT },
		{ CLIENT, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ SERVER, ACK, 2, 2, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

static void late_data_in_time_wait(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ SERVER, ACK | PSH, 1, 1, 100, ESTABLISHED },
		{ CLIENT, FIN | ACK, 1, 101, 0, FIN_WAIT },
		{ SERVER, FIN | ACK, 101, 2, 0, LAST_ACK },
		{ CLIENT, ACK, 2, 102, 0, TIME_WAIT },
		{ SERVER, ACK | PSH, 1, 1, 100, TIME_WAIT },
		END
	};

	hold(test, lines);
}

/* ---- ports used again ---- */

static void reuse_in_time_wait(struct kunit *test)
{
	static const struct line lines[] = {
		CLOSED_BY_CLIENT,
		{ CLIENT, SYN, 100000, 0, 0, SYN_SENT, .anew = true },
		{ SERVER, SYN | ACK, 200000, 100001, 0, SYN_RECV },
		{ CLIENT, ACK, 100001, 200001, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_TRUE(test, assured(&t));
}

static void reuse_by_the_server(struct kunit *test)
{
	static const struct line lines[] = {
		CLOSED_BY_CLIENT,
		{ SERVER, SYN, 100000, 0, 0, SYN_SENT, .anew = true },
		{ CLIENT, SYN | ACK, 200000, 100001, 0, SYN_RECV },
		{ SERVER, ACK, 100001, 200001, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_EQ(test, t.orig, SERVER);
}

/* RFC 9293 3.6.1; nf_conntrack takes it for a new connection */
static void old_syn_in_time_wait(struct kunit *test)
{
	static const struct line lines[] = {
		CLOSED_BY_CLIENT,
		{ CLIENT, SYN, 0, 0, 0, TIME_WAIT, IP_CT_R_SYN_IN_LIVE_FLOW },
		{ CLIENT, SYN, -5000, 0, 0, TIME_WAIT,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		END
	};

	hold(test, lines);
}

/* The end's own memory may be shorter: believe its answer */
static void old_syn_answered(struct kunit *test)
{
	static const struct line lines[] = {
		CLOSED_BY_CLIENT,
		{ CLIENT, SYN, -5000, 0, 0, TIME_WAIT,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		{ SERVER, SYN | ACK, 300000, -4999, 0, SYN_RECV,
		  .anew = true },
		{ CLIENT, ACK, -4999, 300001, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_EQ(test, t.orig, CLIENT);
	KUNIT_EXPECT_TRUE(test, assured(&t));
}

static void reuse_after_reset(struct kunit *test)
{
	static const struct line by_server[] = {
		HANDSHAKE,
		{ SERVER, RST, 1, 0, 0, CLOSE },
		{ SERVER, SYN, 50, 0, 0, SYN_SENT, .anew = true },
		{ CLIENT, SYN | ACK, 9, 51, 0, SYN_RECV },
		END
	};
	static const struct line lines[] = {
		HANDSHAKE,
		{ SERVER, RST, 1, 0, 0, CLOSE },
		{ CLIENT, SYN, 50, 0, 0, SYN_SENT, .anew = true },
		{ SERVER, SYN | ACK, 9, 51, 0, SYN_RECV },
		{ CLIENT, ACK, 51, 10, 0, ESTABLISHED },
		END
	};

	hold(test, lines);
	hold(test, by_server);
}

/* RFC 5961 4: the challenge ACK, and what a client that lives does then */
static void syn_in_established(struct kunit *test)
{
	static const struct line forged[] = {
		HANDSHAKE,
		{ CLIENT, SYN, 77777, 0, 0, ESTABLISHED,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		{ SERVER, ACK, 1, 1, 0, ESTABLISHED },
		{ CLIENT, ACK | PSH, 1, 1, 10, ESTABLISHED },
		END
	};
	static const struct line rebooted[] = {
		HANDSHAKE,
		{ CLIENT, SYN, 77777, 0, 0, ESTABLISHED,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		{ SERVER, ACK, 1, 1, 0, ESTABLISHED },
		{ CLIENT, RST, 1, 0, 0, CLOSE },
		{ CLIENT, SYN, 77777, 0, 0, SYN_SENT, .anew = true },
		{ SERVER, SYN | ACK, 500, 77778, 0, SYN_RECV },
		{ CLIENT, ACK, 77778, 501, 0, ESTABLISHED },
		END
	};

	hold(test, forged);
	hold(test, rebooted);
}

/* The server has forgotten: it answers the SYN, so the ends have begun anew */
static void server_forgot(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, SYN, 77777, 0, 0, ESTABLISHED,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		{ SERVER, SYN | ACK, 500, 77778, 0, SYN_RECV, .anew = true },
		{ CLIENT, ACK, 77778, 501, 0, ESTABLISHED },
		END
	};
	static const struct line wrong_answer[] = {
		HANDSHAKE,
		{ CLIENT, SYN, 77777, 0, 0, ESTABLISHED,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		{ SERVER, SYN | ACK, 500, 77779, 0, ESTABLISHED,
		  IP_CT_R_SYNACK_UNASKED },
		END
	};

	hold(test, lines);
	hold(test, wrong_answer);
}

static void syn_while_closing(struct kunit *test)
{
	static const struct line lines[] = {
		HANDSHAKE,
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		{ CLIENT, SYN, 77777, 0, 0, FIN_WAIT,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		{ SERVER, ACK, 1, 2, 0, CLOSE_WAIT },
		{ CLIENT, SYN, 77777, 0, 0, CLOSE_WAIT,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		{ SERVER, FIN | ACK, 1, 2, 0, LAST_ACK },
		{ CLIENT, SYN, 77777, 0, 0, LAST_ACK,
		  IP_CT_R_SYN_IN_LIVE_FLOW },
		END
	};

	hold(test, lines);
}

/* ---- mid-stream ---- */

static void picked_up(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, ACK | PSH, 5000, 6000, 100, ESTABLISHED },
		{ SERVER, ACK, 6000, 5100, 0, ESTABLISHED },
		{ SERVER, ACK | PSH, 6000, 5100, 1460, ESTABLISHED },
		{ CLIENT, ACK, 5100, 7460, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_FALSE(test, assured(&t));
}

static void picked_up_and_closed(struct kunit *test)
{
	static const struct line lines[] = {
		{ SERVER, ACK | PSH, 5000, 6000, 100, ESTABLISHED },
		{ CLIENT, FIN | ACK, 6000, 5100, 0, FIN_WAIT },
		{ SERVER, ACK, 5100, 6001, 0, CLOSE_WAIT },
		{ SERVER, FIN | ACK, 5100, 6001, 0, LAST_ACK },
		{ CLIENT, ACK, 6001, 5101, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

static void picked_up_at_fin(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, FIN | ACK, 5000, 6000, 0, FIN_WAIT },
		{ SERVER, ACK, 6000, 5001, 0, CLOSE_WAIT },
		{ SERVER, FIN | ACK, 6000, 5001, 0, LAST_ACK },
		{ CLIENT, ACK, 5001, 6001, 0, TIME_WAIT },
		END
	};

	hold(test, lines);
}

static void picked_up_at_synack(struct kunit *test)
{
	static const struct line lines[] = {
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		END
	};
	/* only the server's packets pass here */
	static const struct line one_sided[] = {
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ SERVER, ACK | PSH, 1, 1, 100, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	/* the SYN that it answers was never seen */
	KUNIT_EXPECT_FALSE(test, assured(&t));
	t = hold(test, one_sided);
	KUNIT_EXPECT_FALSE(test, assured(&t));
}

static void not_picked_up(struct kunit *test)
{
	static const struct line ack[] = {
		{ CLIENT, ACK, 1, 1, 0, NONE, IP_CT_R_NO_SYN }, END
	};
	static const struct line fin[] = {
		{ CLIENT, FIN | ACK, 1, 1, 0, NONE, IP_CT_R_NO_SYN }, END
	};
	static const struct line synack[] = {
		{ CLIENT, SYN | ACK, 0, 1, 0, NONE, IP_CT_R_NO_SYN }, END
	};
	static const struct line whole[] = { CLOSED_BY_CLIENT, END };

	hold_with(test, ack, false);
	hold_with(test, fin, false);
	hold_with(test, synack, false);
	hold_with(test, whole, false);
}

/* The core relies on it, and does not ask */
static void syn_always_begins(struct kunit *test)
{
	for (unsigned int rules = 0; rules < 4; rules++) {
		struct ip_ct_tcp_step step;

		step = ip_ct_tcp_begin(IP_CT_DIR_ORIGINAL, IP_CT_SEG_SYN,
				       rules);
		KUNIT_EXPECT_EQ(test, step.act, IP_CT_TCP_MOVE);
		KUNIT_EXPECT_EQ(test, step.state, TCP_CONNTRACK_SYN_SENT);
	}
}

/* Only the client's packets pass here */
static void asymmetric(struct kunit *test)
{
	static const struct line lines[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		{ CLIENT, ACK | PSH, 1, 1, 100, ESTABLISHED },
		{ CLIENT, FIN | ACK, 101, 500, 0, FIN_WAIT },
		END
	};
	static const struct line early_fin[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
		END
	};
	static const struct line strict[] = {
		{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
		{ CLIENT, ACK, 1, 1, 0, SYN_SENT, IP_CT_R_NO_SYN },
		{ CLIENT, FIN | ACK, 1, 1, 0, SYN_SENT, IP_CT_R_NO_SYN },
		{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV },
		{ CLIENT, ACK, 1, 1, 0, ESTABLISHED },
		END
	};
	struct talk t = hold(test, lines);

	KUNIT_EXPECT_FALSE(test, assured(&t));
	hold(test, early_fin);
	hold_with(test, strict, false);
}

/* ---- all of it ---- */

/* Conversations that lead to each of the states */
static const struct line to_syn_sent[] = {
	{ CLIENT, SYN, 0, 0, 0, SYN_SENT }, END
};

static const struct line to_listen[] = {
	{ CLIENT, SYN, 0, 0, 0, SYN_SENT }, { SERVER, SYN, 0, 0, 0, LISTEN },
	END
};

static const struct line to_syn_recv[] = {
	{ CLIENT, SYN, 0, 0, 0, SYN_SENT },
	{ SERVER, SYN | ACK, 0, 1, 0, SYN_RECV }, END
};

static const struct line to_established[] = { HANDSHAKE, END };

static const struct line to_fin_wait[] = {
	HANDSHAKE, { CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT }, END
};

static const struct line to_close_wait[] = {
	HANDSHAKE, { CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
	{ SERVER, ACK, 1, 2, 0, CLOSE_WAIT }, END
};

static const struct line to_last_ack[] = {
	HANDSHAKE, { CLIENT, FIN | ACK, 1, 1, 0, FIN_WAIT },
	{ SERVER, FIN | ACK, 1, 2, 0, LAST_ACK }, END
};

static const struct line to_time_wait[] = { CLOSED_BY_CLIENT, END };

static const struct line to_close[] = {
	HANDSHAKE, { CLIENT, RST, 1, 0, 0, CLOSE }, END
};

/* A way to each state, and the number that each side would use next */
static const struct {
	const struct line *lines;
	u32 next[2];
} ways[] = {
	{ to_syn_sent, { 1, 0 } },
	{ to_listen, { 1, 1 } },
	{ to_syn_recv, { 1, 1 } },
	{ to_established, { 1, 1 } },
	{ to_fin_wait, { 2, 1 } },
	{ to_close_wait, { 2, 1 } },
	{ to_last_ack, { 2, 2 } },
	{ to_time_wait, { 2, 2 } },
	{ to_close, { 1, 1 } },
};

static enum ip_ct_reason hear_after(struct kunit *test, int way,
				    struct line l, struct talk *t)
{
	bool anew;

	*t = hold(test, ways[way].lines);
	return hear(t, &l, &anew);
}

static void resets_everywhere(struct kunit *test)
{
	for (int way = 0; way < ARRAY_SIZE(ways); way++) {
		for (int who = CLIENT; who <= SERVER; who++) {
			struct line l = { who, RST, ways[way].next[who],
					  ways[way].next[!who] };
			struct talk t;

			/* RFC 9293 3.10.7.3: who never spoke must say to what */
			if (!l.seq)
				l.flags |= ACK;
			KUNIT_EXPECT_EQ(test, hear_after(test, way, l, &t),
					IP_CT_R_OK);
			KUNIT_EXPECT_EQ_MSG(test, t.state, CLOSE,
					    "way %d, side %d", way, who);
		}
	}
}

static void synacks_after_the_open(struct kunit *test)
{
	for (int way = 3; way < ARRAY_SIZE(ways); way++) {
		for (int who = CLIENT; who <= SERVER; who++) {
			struct line l = { who, SYN | ACK, ways[way].next[who],
					  ways[way].next[!who] };
			struct talk t;

			KUNIT_EXPECT_EQ_MSG(test, hear_after(test, way, l, &t),
					    IP_CT_R_SYNACK_UNASKED,
					    "way %d, side %d", way, who);
		}
	}
}

static void syns_in_life(struct kunit *test)
{
	for (int way = 3; way < 7; way++) {
		for (int who = CLIENT; who <= SERVER; who++) {
			struct line l = { who, SYN, 90000 };
			struct talk t;

			KUNIT_EXPECT_EQ_MSG(test, hear_after(test, way, l, &t),
					    IP_CT_R_SYN_IN_LIVE_FLOW,
					    "way %d, side %d", way, who);
		}
	}
}

static void nonsense_never_moves(struct kunit *test)
{
	/* sets of flags that no end sends; the parser lets none of them by */
	static const u8 nonsense[] = { PSH, FIN, SYN | FIN, SYN | RST,
				       SYN | FIN | ACK | PSH | URG | RST };

	for (int way = -1; way < (int)ARRAY_SIZE(ways); way++) {
		struct talk t = { .loose = true };
		u8 before;

		begin(&t, CLIENT);
		if (way >= 0)
			t = hold(test, ways[way].lines);
		before = t.state;
		for (int i = 0; i < 2 * ARRAY_SIZE(nonsense); i++) {
			struct line l = { i % 2, nonsense[i / 2], 1, 1 };
			bool anew;

			KUNIT_EXPECT_EQ(test, hear(&t, &l, &anew),
					IP_CT_R_STATE_FORBIDS);
			KUNIT_EXPECT_EQ(test, t.state, before);
			KUNIT_EXPECT_FALSE(test, anew);
		}
	}
}

/* However the stack of a stranger behaves, these hold */
static void hostile_segments(struct kunit *test)
{
	static const u8 flags[] = { SYN, SYN | ACK, ACK, FIN | ACK, RST,
				    RST | ACK };
	static const u32 numbers[] = { 0, 1, 2, 3, 1000, -1, 0x7fffffff,
				       0x80000000 };
	unsigned int heard = 0;

	for (int way = 0; way < ARRAY_SIZE(ways); way++) {
		const struct talk known = hold(test, ways[way].lines);

		for (int n = 0; n < 2 * ARRAY_SIZE(flags) * 64; n++) {
			struct line l = {
				.who = n % 2,
				.flags = flags[n / 2 % ARRAY_SIZE(flags)],
				.seq = numbers[n / 12 % 8],
				.ack = numbers[n / 96 % 8],
			};
			struct talk t = known;
			enum ip_ct_reason reason;
			bool anew;

			reason = hear(&t, &l, &anew);
			heard++;
			KUNIT_ASSERT_LT(test, t.state, IP_CT_TCP_STATES);
			/* what is refused or ignored moves nothing */
			if (reason)
				KUNIT_ASSERT_EQ(test, t.state, known.state);
			/* no state is left for NONE, none comes from nothing */
			KUNIT_ASSERT_NE(test, t.state, NONE);
			/* CLOSE is a RST's doing, and a RST does nothing else */
			if (known.state != CLOSE && !reason)
				KUNIT_ASSERT_EQ(test, t.state == CLOSE,
						!!(l.flags & RST));
			/* only a SYN, or its answer, begins anew */
			if (anew)
				KUNIT_ASSERT_TRUE(test, l.flags & SYN);
			/* a handshake once complete is not forgotten */
			if (assured(&known) && !anew)
				KUNIT_ASSERT_TRUE(test, assured(&t));
			/* nobody is assured by a single segment */
			if (anew)
				KUNIT_ASSERT_FALSE(test, assured(&t));
		}
	}
	KUNIT_EXPECT_EQ(test, heard, ARRAY_SIZE(ways) * 768);
}

static void names(struct kunit *test)
{
	static const char *const chapter[] = {
		"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT",
		"CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "LISTEN",
	};

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(chapter), IP_CT_TCP_STATES);
	for (int i = 0; i < ARRAY_SIZE(chapter); i++)
		KUNIT_EXPECT_STREQ(test, ip_ct_tcp_state_name(i), chapter[i]);
	KUNIT_EXPECT_STREQ(test, ip_ct_tcp_state_name(IP_CT_TCP_STATES), "?");
	KUNIT_EXPECT_STREQ(test, ip_ct_tcp_state_name(255), "?");
}

static struct kunit_case tcp_fsm_cases[] = {
	IP_CT_CASE(handshake, "a handshake is SYN_SENT, SYN_RECV, ESTABLISHED"),
	IP_CT_CASE(data_both_ways, "data leave ESTABLISHED as it is"),
	IP_CT_CASE(data_with_last_ack, "the handshake's ACK may carry data"),
	IP_CT_CASE(syn_again, "a SYN that comes again is no second one"),
	IP_CT_CASE(syn_with_other_number,
		   "another SYN before any answer counts once it is answered"),
	IP_CT_CASE(other_syn_after_answer,
		   "a new SYN after the answer does not take its place"),
	IP_CT_CASE(handshake_ack_lost, "a SYN/ACK that comes again is taken"),
	IP_CT_CASE(late_synack, "a late SYN/ACK in ESTABLISHED is ignored"),
	IP_CT_CASE(fast_open, "with Fast Open the server speaks early"),
	IP_CT_CASE(fast_open_refused, "data in a SYN may be turned down"),
	IP_CT_CASE(first_ack_must_fit,
		   "an ACK that acknowledges nothing completes no handshake"),
	IP_CT_CASE(simultaneous_open, "SYNs that cross are LISTEN, then open"),
	IP_CT_CASE(simultaneous_open_by_acks,
		   "one SYN/ACK and an ACK also complete a crossed open"),
	IP_CT_CASE(crossed_syns_again, "crossed SYNs may come again"),
	IP_CT_CASE(answers_itself, "nobody answers his own SYN"),
	IP_CT_CASE(crossed_acks, "crossed SYNs may be acknowledged by ACKs"),
	IP_CT_CASE(crossed_open_closed, "a crossed open may be closed at once"),
	IP_CT_CASE(half_open_server,
		   "the answer of an older connection moves nothing"),
	IP_CT_CASE(refused, "a refused SYN is CLOSE"),
	IP_CT_CASE(forged_refusal,
		   "a refusal that acknowledges no SYN is ignored"),
	IP_CT_CASE(client_changes_its_mind, "a RST ends a handshake"),
	IP_CT_CASE(reset_from_established, "a RST of either side is CLOSE"),
	IP_CT_CASE(inexact_reset,
		   "a RST off by one octet leaves ESTABLISHED alone"),
	IP_CT_CASE(reset_by_what_was_acknowledged,
		   "a RST at what its peer acknowledged is exact"),
	IP_CT_CASE(reset_by_a_stranger,
		   "a RST may be the first that a side is heard to say"),
	IP_CT_CASE(old_data_leave_the_end,
		   "data that come again leave the exact number alone"),
	IP_CT_CASE(reset_while_closing, "a RST ends every kind of closing"),
	IP_CT_CASE(reset_of_crossed_syns, "a RST ends a crossed open"),
	IP_CT_CASE(after_reset, "after a RST nothing brings a flow to life"),
	IP_CT_CASE(reset_of_nothing, "a RST for nothing makes no flow"),
	IP_CT_CASE(client_closes, "the client closes in four steps"),
	IP_CT_CASE(server_closes, "the server closes in four steps"),
	IP_CT_CASE(fin_answered_by_fin, "a FIN may be answered by a FIN"),
	IP_CT_CASE(client_answers_fin_by_fin,
		   "the client may answer a FIN by a FIN too"),
	IP_CT_CASE(data_after_fin, "data after a FIN move nothing"),
	IP_CT_CASE(simultaneous_close, "FINs that cross need both ACKs"),
	IP_CT_CASE(fin_with_data, "a FIN is acknowledged after its data"),
	IP_CT_CASE(half_closed, "a half-closed connection goes on in CLOSE_WAIT"),
	IP_CT_CASE(fin_again, "a FIN that comes again closes nothing more"),
	IP_CT_CASE(fin_before_handshake_ends,
		   "a FIN may come with the handshake's ACK"),
	IP_CT_CASE(server_accepts_and_closes,
		   "a server may close before the handshake's ACK"),
	IP_CT_CASE(late_data_in_time_wait, "late data stay in TIME_WAIT"),
	IP_CT_CASE(reuse_in_time_wait,
		   "a SYN beyond TIME_WAIT begins a new connection"),
	IP_CT_CASE(reuse_by_the_server,
		   "the other side may begin the new connection"),
	IP_CT_CASE(old_syn_in_time_wait, "an old SYN leaves TIME_WAIT alone"),
	IP_CT_CASE(old_syn_answered,
		   "an old SYN that is answered begins a new connection"),
	IP_CT_CASE(reuse_after_reset, "after a RST any SYN begins anew"),
	IP_CT_CASE(syn_in_established,
		   "a SYN in ESTABLISHED is ignored, a RST may follow"),
	IP_CT_CASE(server_forgot,
		   "a SYN in ESTABLISHED that is answered begins anew"),
	IP_CT_CASE(syn_while_closing, "a SYN does not disturb a closing flow"),
	IP_CT_CASE(picked_up, "a picked-up flow is ESTABLISHED, not assured"),
	IP_CT_CASE(picked_up_and_closed, "a picked-up flow closes like others"),
	IP_CT_CASE(picked_up_at_fin, "a flow may be picked up at its FIN"),
	IP_CT_CASE(picked_up_at_synack,
		   "a flow picked up at its SYN/ACK is not assured"),
	IP_CT_CASE(syn_always_begins, "a SYN begins a flow under all rules"),
	IP_CT_CASE(not_picked_up, "without loose only a SYN begins a flow"),
	IP_CT_CASE(asymmetric, "one direction alone is tracked when loose"),
	IP_CT_CASE(resets_everywhere,
		   "an exact RST of either side ends every state"),
	IP_CT_CASE(synacks_after_the_open,
		   "a SYN/ACK that nobody asked for moves no open flow"),
	IP_CT_CASE(syns_in_life, "a SYN of either side moves no flow that lives"),
	IP_CT_CASE(nonsense_never_moves, "flags that no end sends move nothing"),
	IP_CT_CASE(hostile_segments,
		   "no segment of any state breaks what must hold"),
	IP_CT_CASE(names, "states are named as in Table 7-2"),
	{}
};

static struct kunit_suite tcp_fsm_suite = {
	.name = "tcp_fsm",
	.test_cases = tcp_fsm_cases,
};

kunit_test_suite(tcp_fsm_suite);
