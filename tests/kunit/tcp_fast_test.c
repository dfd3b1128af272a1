// SPDX-License-Identifier: GPL-2.0
/*
 * tcp_fast_test.c - the short way for the plain segment takes only what the
 * long way takes, and leaves the same record behind.
 */
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/prandom.h>

#include "sentence.h"
#include "tcp_fast.h"
#include "tcp_fsm.h"

#define ROUNDS	200000

static struct rnd_state rnd;

static u32 any(u32 below)
{
	return prandom_u32_state(&rnd) % below;
}

/* At a bound, just beside it, near it, or far away */
static u32 about(u32 number)
{
	static const u32 spread[] = { 1, 3, 1 << 8, 1 << 17, 1 << 31 };
	u32 by = any(spread[any(ARRAY_SIZE(spread))]);

	return any(2) ? number + by : number - by;
}

static u32 any_window(void)
{
	static const u32 windows[] = { 1, 64, IP_CT_WIN_UNSCALED, 1 << 20,
				       IP_CT_WIN_LARGEST };

	return windows[any(ARRAY_SIZE(windows))] - any(2);
}

/* A record as conversations leave it, mostly with a handshake done */
static struct ip_ct_tcp_track any_track(void)
{
	const u8 open = IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN |
			IP_CT_SIDE_SYN_ACKED | IP_CT_SIDE_ACK;
	struct ip_ct_tcp_track t = { .syn_end = any(2) };
	unsigned int dir;

	for (dir = 0; dir < 2; dir++) {
		struct ip_ct_tcp_side *side = &t.side[dir];

		side->end = about(0);
		side->maxwin = max(any_window(), 1U);
		t.isn[dir] = about(side->end);
		t.flags[dir] = any(8) ? open : any(256);
		if (!any(4))
			t.flags[dir] ^= 1 << any(8);
	}
	for (dir = 0; dir < 2; dir++) {
		t.side[!dir].edge = about(t.side[dir].end +
					  t.side[!dir].maxwin);
		t.side[dir].ack = about(t.side[!dir].end);
	}
	t.scale = any(256);
	if (ip_ct_tcp_handshake_done(&t))
		ip_ct_tcp_agree_on_scale(&t);
	t.repeats = any(4) ? 0 : any(256);
	return t;
}

static struct ip_ct_tcp_seg any_seg(const struct ip_ct_tcp_track *t,
				    unsigned int dir)
{
	const struct ip_ct_tcp_side *side = &t->side[dir];
	const u32 acks[] = { side->ack, t->side[!dir].end,
			     t->side[!dir].end - side->maxwin };
	const u32 begins[] = { side->end, t->side[!dir].edge };
	static const u32 lens[] = { 1, 2, 1500, 1 << 18 };
	struct ip_ct_tcp_seg seg = {
		.seq = about(begins[any(2)]),
		.ack = about(acks[any(3)]),
		.win = about(0),
		.flags = any(16) ? 0x10 : any(64),
		.wscale = IP_CT_WSCALE_NONE,
	};

	if (!any(3))
		seg.seq = side->end;
	seg.kind = ip_ct_tcp_kind_of(seg.flags);
	seg.end = seg.seq + any(lens[any(ARRAY_SIZE(lens))]) +
		  !!(seg.flags & 2) + !!(seg.flags & 1);
	seg.sack = any(4) ? seg.ack : about(seg.ack);
	seg.sack_ok = seg.flags & 2 && any(2);
	return seg;
}

static bool same(const struct ip_ct_tcp_track *a,
		 const struct ip_ct_tcp_track *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void both_ways(struct kunit *test)
{
	unsigned int i, taken = 0;

	prandom_seed_state(&rnd, 20);
	for (i = 0; i < ROUNDS; i++) {
		struct ip_ct_tcp_track before = any_track(), fast = before,
				       full = before;
		unsigned int dir = any(2);
		struct ip_ct_tcp_seg seg = any_seg(&before, dir);
		struct ip_ct_tcp_step step;

		if (!ip_ct_tcp_fast(&fast, dir, &seg)) {
			KUNIT_ASSERT_TRUE_MSG(test, same(&fast, &before),
					      "round %u", i);
			continue;
		}
		taken++;
		step = ip_ct_tcp_judge(&full, TCP_CONNTRACK_ESTABLISHED, dir,
				       &seg, any(4));
		ip_ct_tcp_take(&full, dir, &seg, &step);
		KUNIT_ASSERT_EQ_MSG(test, step.act, IP_CT_TCP_MOVE,
				    "round %u: reason %u", i, step.reason);
		KUNIT_ASSERT_EQ(test, step.state, (u8)TCP_CONNTRACK_ESTABLISHED);
		KUNIT_ASSERT_FALSE(test, step.resync);
		KUNIT_ASSERT_TRUE_MSG(test, same(&fast, &full), "round %u", i);
		/* which proto_tcp.c relies on */
		KUNIT_ASSERT_EQ(test, ip_ct_tcp_repeats(&full), 0U);
		KUNIT_ASSERT_TRUE(test, ip_ct_tcp_handshake_done(&full));
	}
	/* both ways must be the usual one of many rounds */
	KUNIT_EXPECT_GT(test, taken, ROUNDS / 20U);
	KUNIT_EXPECT_LT(test, taken, ROUNDS - ROUNDS / 20U);
}

/* The windows and the machine, all of them */
static u8 the_long_way(struct kunit *test, struct ip_ct_tcp_track *t, u8 state,
		       unsigned int dir, const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_step step;

	step = ip_ct_tcp_judge(t, state, dir, seg, any(4));
	ip_ct_tcp_take(t, dir, seg, &step);
	KUNIT_EXPECT_EQ_MSG(test, step.act, IP_CT_TCP_MOVE, "reason %u",
			    step.reason);
	KUNIT_EXPECT_FALSE(test, step.resync);
	return step.state;
}

/* As conversations leave it; a SYN alone, and every other state */
static struct ip_ct_tcp_track any_stage(u8 state)
{
	struct ip_ct_tcp_track t = any_track();
	unsigned int dir;

	for (dir = 0; dir < 2; dir++) {
		if (any(2))
			t.flags[dir] &= ~(IP_CT_SIDE_FIN | IP_CT_SIDE_FIN_ACKED);
		if (!any(4))
			t.flags[dir] &= ~IP_CT_SIDE_SYN_ACKED;
	}
	if (state == TCP_CONNTRACK_SYN_SENT && any(4)) {
		t.flags[0] = IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN;
		t.flags[1] = 0;
	}
	return t;
}

static void usual_ways(struct kunit *test)
{
	static const u8 flags[] = { 0x10, 0x11, 0x12, 0x18, 0x02, 0x04 };
	unsigned int i, taken[TCP_CONNTRACK_MAX] = {}, all = 0;

	prandom_seed_state(&rnd, 22);
	for (i = 0; i < ROUNDS; i++) {
		u8 state = any(TCP_CONNTRACK_MAX), next;
		struct ip_ct_tcp_track before = any_stage(state), full = before,
				       usual = before;
		unsigned int dir = any(2), len;
		struct ip_ct_tcp_seg seg = any_seg(&before, dir);

		seg.flags = flags[any(ARRAY_SIZE(flags))];
		seg.kind = ip_ct_tcp_kind_of(seg.flags);
		seg.sack_ok = seg.flags & 2 && any(2);
		if (seg.flags & 2 && any(2))
			seg.wscale = any(15);
		len = any(3) ? 0 : any(2000);
		seg.end = seg.seq + len + !!(seg.flags & 2) + (seg.flags & 1);
		if (any(4))
			seg.ack = before.side[!dir].end;
		seg.sack = seg.ack;
		next = ip_ct_tcp_usual(&usual, state, dir, &seg);
		if (!next) {
			KUNIT_ASSERT_TRUE_MSG(test, same(&usual, &before),
					      "round %u", i);
			continue;
		}
		taken[state]++;
		all++;
		KUNIT_ASSERT_EQ_MSG(test, next,
				    the_long_way(test, &full, state, dir, &seg),
				    "round %u: state %u", i, state);
		KUNIT_ASSERT_TRUE_MSG(test, same(&usual, &full),
				      "round %u: state %u", i, state);
		KUNIT_ASSERT_EQ(test, ip_ct_tcp_repeats(&full), 0U);
	}
	for (i = TCP_CONNTRACK_SYN_SENT; i <= TCP_CONNTRACK_LAST_ACK; i++)
		KUNIT_EXPECT_GT_MSG(test, taken[i], 200U, "state %u", i);
	KUNIT_EXPECT_LT(test, all, ROUNDS / 2U);
}

/*
 * A flow that has just been opened, both sides with windows of 1000, and with
 * these window scales
 */
static struct ip_ct_tcp_track opened_with(u8 original, u8 reply)
{
	const struct ip_ct_tcp_seg talk[] = {
		{ .seq = 99, .end = 100, .win = 1000, .flags = 0x02,
		  .kind = IP_CT_SEG_SYN, .wscale = original },
		{ .seq = 499, .end = 500, .ack = 100, .sack = 100, .win = 1000,
		  .flags = 0x12, .kind = IP_CT_SEG_SYNACK,
		  .wscale = reply },
		{ .seq = 100, .end = 100, .ack = 500, .sack = 500, .win = 1000,
		  .flags = 0x10, .kind = IP_CT_SEG_ACK,
		  .wscale = IP_CT_WSCALE_NONE },
	};
	u8 state = TCP_CONNTRACK_NONE;
	struct ip_ct_tcp_track t;
	unsigned int i;

	ip_ct_tcp_track_init(&t);
	for (i = 0; i < ARRAY_SIZE(talk); i++) {
		struct ip_ct_tcp_step step;

		step = ip_ct_tcp_judge(&t, state, i & 1, &talk[i], 0);
		ip_ct_tcp_take(&t, i & 1, &talk[i], &step);
		state = step.state;
	}
	return t;
}

static struct ip_ct_tcp_track opened(void)
{
	return opened_with(IP_CT_WSCALE_NONE, IP_CT_WSCALE_NONE);
}

/* RFC 7323 2.2: windows are scaled only if both SYNs offer it */
static void agreed_scale(struct kunit *test)
{
	static const struct {
		u8 original, reply;
		u32 window;
	} offers[] = {
		{ 7, 3, 1000 << 7 },
		{ 7, IP_CT_WSCALE_NONE, 1000 },
		{ IP_CT_WSCALE_NONE, 3, 1000 },
		{ IP_CT_WSCALE_NONE, IP_CT_WSCALE_NONE, 1000 },
	};
	const struct ip_ct_tcp_seg seg = {
		.seq = 100, .end = 150, .ack = 500, .sack = 500, .win = 1000,
		.flags = 0x10, .kind = IP_CT_SEG_ACK,
		.wscale = IP_CT_WSCALE_NONE,
	};

	for (int i = 0; i < ARRAY_SIZE(offers); i++) {
		struct ip_ct_tcp_track t = opened_with(offers[i].original,
						       offers[i].reply);

		KUNIT_EXPECT_TRUE(test, ip_ct_tcp_fast(&t, IP_CT_DIR_ORIGINAL,
						       &seg));
		KUNIT_EXPECT_EQ_MSG(test, t.side[IP_CT_DIR_ORIGINAL].edge,
				    500 + offers[i].window, "offers %d", i);
	}
}

static bool goes_fast(u32 seq, u32 len, u32 ack)
{
	struct ip_ct_tcp_track t = opened();
	struct ip_ct_tcp_seg seg = {
		.seq = seq, .end = seq + len, .ack = ack, .sack = ack,
		.win = 1000, .flags = 0x10, .kind = IP_CT_SEG_ACK,
		.wscale = IP_CT_WSCALE_NONE,
	};

	return ip_ct_tcp_fast(&t, IP_CT_DIR_ORIGINAL, &seg);
}

static void plain(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, goes_fast(100, 500, 500));
	KUNIT_EXPECT_TRUE(test, goes_fast(100, 0, 500));
	KUNIT_EXPECT_TRUE(test, goes_fast(600, 501, 500));
}

static void odd(struct kunit *test)
{
	/* beyond the window, a keepalive, an acknowledgement of the unsent */
	KUNIT_EXPECT_FALSE(test, goes_fast(600, 502, 500));
	KUNIT_EXPECT_FALSE(test, goes_fast(99, 0, 500));
	KUNIT_EXPECT_FALSE(test, goes_fast(100, 10, 501));
	/* one that is far too old */
	KUNIT_EXPECT_FALSE(test, goes_fast(100, 10, 500 - (1 << 20)));
}

/* What asks with the flow's record in hand, and what asks without one */
static void beginning(struct kunit *test)
{
	unsigned int i;

	prandom_seed_state(&rnd, 21);
	for (i = 0; i < ROUNDS / 10; i++) {
		struct ip_ct_tcp_track t = any_track(), syn;
		struct ip_ct_tcp_seg seg = any_seg(&t, 0);
		unsigned int dir = any(2), rules = any(4);
		struct ip_ct_tcp_step step, asked;

		seg.flags = any(64);
		seg.kind = ip_ct_tcp_kind_of(seg.flags);
		if (seg.flags & 2 && any(2))
			seg.wscale = any(15);
		if (!(seg.flags & 0x10)) {
			seg.ack = 0;
			seg.sack = 0;
		}
		ip_ct_tcp_track_init(&t);
		if (dir)
			ip_ct_tcp_track_answered_syn(&t, dir, &seg);
		step = ip_ct_tcp_judge(&t, TCP_CONNTRACK_NONE, dir, &seg,
				       rules);
		asked = ip_ct_tcp_begin(dir, seg.kind, rules);
		KUNIT_ASSERT_EQ_MSG(test, asked.act, step.act, "round %u", i);
		KUNIT_ASSERT_EQ(test, asked.state, step.state);
		KUNIT_ASSERT_EQ(test, asked.reason, step.reason);
		if (step.act != IP_CT_TCP_MOVE || seg.kind != IP_CT_SEG_SYN)
			continue;
		ip_ct_tcp_take(&t, dir, &seg, &step);
		/* as a new flow has it: left by another */
		memset(&syn, 0xff, sizeof(syn));
		ip_ct_tcp_track_syn(&syn, &seg);
		KUNIT_ASSERT_TRUE_MSG(test, same(&t, &syn), "round %u", i);
	}
}

static struct kunit_case fast_cases[] = {
	IP_CT_CASE(both_ways, "the short way and the long way lead to the same"),
	IP_CT_CASE(usual_ways,
		   "what opens and closes in order goes where the long way leads"),
	IP_CT_CASE(agreed_scale,
		   "the short way scales windows if both SYNs offer it"),
	IP_CT_CASE(plain, "new data and new acknowledgements go the short way"),
	IP_CT_CASE(beginning,
		   "what begins a flow is told without one, a SYN remembered at once"),
	IP_CT_CASE(odd, "what is odd goes the long way"),
	{}
};

static struct kunit_suite fast_suite = {
	.name = "tcp_fast",
	.test_cases = fast_cases,
};

kunit_test_suite(fast_suite);
