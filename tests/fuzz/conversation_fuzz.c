// SPDX-License-Identifier: GPL-2.0
/*
 * conversation_fuzz.c - any segments in any order before the machine and the
 * windows: whatever was said, what they remember agrees with itself.
 *
 * Input: a byte of rules, then eight bytes a segment. Numbers are mostly
 * relative to what the flow knows, so that conversations get somewhere.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/types.h>

#include "tcp_fast.h"
#include "tcp_fsm.h"
#include "tcp_window.h"

#define CHECK(cond) do { if (!(cond)) __builtin_trap(); } while (0)

struct flow {
	struct ip_ct_tcp_track track;
	u8 state;
	u8 orig;
	bool known;
	unsigned int rules;
};

static const u8 flags_of[] = {
	0x02, 0x12, 0x11, 0x10, 0x04, 0x14, 0x18, 0x19
};

static const u8 kind_of[] = {
	IP_CT_SEG_SYN, IP_CT_SEG_SYNACK, IP_CT_SEG_FIN, IP_CT_SEG_ACK,
	IP_CT_SEG_RST, IP_CT_SEG_RST, IP_CT_SEG_ACK, IP_CT_SEG_FIN
};

/* -128..127, near or far */
static u32 shift(u8 by, u8 how)
{
	static const u8 bits[] = { 0, 4, 12, 24 };

	return (u32)(s32)(__s8)by << bits[how & 3];
}

static struct ip_ct_tcp_seg seg_from(const struct flow *f, unsigned int from,
				     const u8 *b)
{
	unsigned int dir = f->known ? from ^ f->orig : 0;
	const struct ip_ct_tcp_side *side = f->track.side;
	struct ip_ct_tcp_seg s = {
		.flags = flags_of[b[0] >> 1 & 7],
		.kind = kind_of[b[0] >> 1 & 7],
		.wscale = b[0] & 0x10 ? b[6] & 15 : IP_CT_WSCALE_NONE,
		.win = b[5] << (b[6] >> 4),
		.seq = f->known ? side[dir].end : 1000 * from,
	};

	if (s.wscale == 15 || !(s.flags & 2))
		s.wscale = IP_CT_WSCALE_NONE;
	s.sack_ok = s.flags & 2 && b[0] & 0x20;
	s.seq += shift(b[1], b[7]);
	s.end = s.seq + b[2] * (b[7] & 0x10 ? 256 : 1) +
		!!(s.flags & 2) + !!(s.flags & 1);
	if (s.flags & 0x10) {
		s.ack = (f->known ? side[!dir].end : 0) +
			shift(b[3], b[7] >> 2);
		s.sack = s.ack + (b[7] & 0x20 ? b[4] : 0);
	}
	return s;
}

static struct ip_ct_tcp_step judge(const struct flow *f, unsigned int dir,
				   const struct ip_ct_tcp_seg *s)
{
	return ip_ct_tcp_judge(&f->track, f->state, dir, s, f->rules);
}

/* May it begin a flow? Asked without a record, the answer is the same */
static void check_begin(const struct flow *f, unsigned int dir,
			const struct ip_ct_tcp_seg *s,
			const struct ip_ct_tcp_step *step)
{
	struct ip_ct_tcp_step asked = ip_ct_tcp_begin(dir, s->kind, f->rules);
	struct ip_ct_tcp_track long_way = f->track, syn;

	CHECK(asked.act == step->act && asked.state == step->state);
	CHECK(asked.reason == step->reason && !step->resync);
	if (s->kind != IP_CT_SEG_SYN || dir)
		return;
	ip_ct_tcp_take(&long_way, dir, s, step);
	memset(&syn, 0xff, sizeof(syn));
	ip_ct_tcp_track_syn(&syn, s);
	CHECK(!memcmp(&syn, &long_way, sizeof(syn)));
}

static struct ip_ct_tcp_step begin(struct flow *f, unsigned int from,
				   unsigned int dir,
				   const struct ip_ct_tcp_seg *s)
{
	struct ip_ct_tcp_step step;

	ip_ct_tcp_track_init(&f->track);
	f->state = TCP_CONNTRACK_NONE;
	f->orig = from ^ dir;
	if (dir)
		ip_ct_tcp_track_answered_syn(&f->track, dir, s);
	step = judge(f, dir, s);
	check_begin(f, dir, s, &step);
	f->known = step.act == IP_CT_TCP_MOVE;
	return step;
}

static bool same(const struct ip_ct_tcp_track *a,
		 const struct ip_ct_tcp_track *b)
{
	return !memcmp(a->side, b->side, sizeof(a->side)) &&
	       !memcmp(a->isn, b->isn, sizeof(a->isn)) &&
	       a->scale == b->scale && a->repeats == b->repeats &&
	       !((a->flags[0] ^ b->flags[0]) & ~IP_CT_SIDE_SYN_IGNORED) &&
	       !((a->flags[1] ^ b->flags[1]) & ~IP_CT_SIDE_SYN_IGNORED);
}

/* What is known of a side is never lost, and its numbers only grow */
static void check_growth(const struct ip_ct_tcp_track *a,
			 const struct ip_ct_tcp_track *b,
			 const struct ip_ct_tcp_seg *s)
{
	const u8 lost = IP_CT_SIDE_SYN_IGNORED;

	for (int d = 0; d < 2; d++) {
		CHECK(!(a->flags[d] & ~b->flags[d] & ~lost));
		CHECK(b->side[d].maxwin >= a->side[d].maxwin);
		if (b->flags[d] & IP_CT_SIDE_SEEN)
			CHECK(b->side[d].maxwin);
		if (b->flags[d] & IP_CT_SIDE_FIN_ACKED)
			CHECK(b->flags[d] & IP_CT_SIDE_FIN);
		if (b->flags[d] & IP_CT_SIDE_SYN_ACKED)
			CHECK(b->flags[d] & IP_CT_SIDE_SYN);
		if (a->flags[d] & IP_CT_SIDE_ACK) {
			CHECK((s32)(b->side[d].ack - a->side[d].ack) >= 0);
			CHECK((s32)(b->side[d].edge - a->side[d].edge) >= 0);
		}
		if ((a->flags[d] & IP_CT_SIDE_SEEN) && !(s->flags & 2))
			CHECK((s32)(b->side[d].end - a->side[d].end) >= 0);
	}
}

static void check(const struct flow *before, const struct flow *after,
		  unsigned int dir, const struct ip_ct_tcp_seg *s,
		  const struct ip_ct_tcp_step *step)
{
	const struct ip_ct_tcp_track *a = &before->track, *b = &after->track;

	CHECK(step->state < IP_CT_TCP_STATES);
	CHECK(step->reason < IP_CT_R_COUNT);
	CHECK((step->act == IP_CT_TCP_MOVE) == !step->reason);
	if (step->act != IP_CT_TCP_MOVE) {
		CHECK(after->state == before->state && same(a, b));
		return;
	}
	CHECK(after->state != TCP_CONNTRACK_NONE);
	if (s->kind == IP_CT_SEG_RST) {
		CHECK(after->state == TCP_CONNTRACK_CLOSE && same(a, b));
		return;
	}
	if (!(s->flags & 2) && !step->resync)
		CHECK(!ip_ct_tcp_window_check(a, dir, s));
	if (!step->resync)
		check_growth(a, b, s);
}

/* The short way takes what the long way takes, and remembers the same */
static void check_fast(const struct flow *before, const struct flow *after,
		       unsigned int dir, const struct ip_ct_tcp_seg *s,
		       const struct ip_ct_tcp_step *step)
{
	struct ip_ct_tcp_track fast = before->track;
	u8 state = ip_ct_tcp_usual(&fast, before->state, dir, s);

	if (state) {
		CHECK(step->act == IP_CT_TCP_MOVE && !step->resync);
		CHECK(step->state == state);
		CHECK(!memcmp(&fast, &after->track, sizeof(fast)));
		fast = before->track;
	}
	CHECK(!memcmp(&fast, &before->track, sizeof(fast)));
	if (before->state != TCP_CONNTRACK_ESTABLISHED)
		return;
	if (!ip_ct_tcp_fast(&fast, dir, s)) {
		CHECK(!memcmp(&fast, &before->track, sizeof(fast)));
		return;
	}
	CHECK(step->act == IP_CT_TCP_MOVE && !step->resync);
	CHECK(step->state == TCP_CONNTRACK_ESTABLISHED);
	CHECK(!memcmp(&fast, &after->track, sizeof(fast)));
}

static void hear(struct flow *f, unsigned int from,
		 const struct ip_ct_tcp_seg *s)
{
	unsigned int dir = f->known ? from ^ f->orig : 0;
	struct ip_ct_tcp_step step;
	struct flow before;

	if (f->known) {
		step = judge(f, dir, s);
		if (step.act == IP_CT_TCP_REOPEN)
			step = begin(f, from, dir = 0, s);
		else if (step.act == IP_CT_TCP_REOPEN_ANSWERED)
			step = begin(f, from, dir = 1, s);
	} else {
		step = begin(f, from, dir, s);
	}
	/* to begin anew is never refused, nor asked for twice */
	CHECK(step.act != IP_CT_TCP_REOPEN &&
	      step.act != IP_CT_TCP_REOPEN_ANSWERED);
	if (!f->known)
		return;
	before = *f;
	ip_ct_tcp_take(&f->track, dir, s, &step);
	if (step.act == IP_CT_TCP_MOVE)
		f->state = step.state;
	check(&before, f, dir, s, &step);
	check_fast(&before, f, dir, s, &step);
	ip_ct_tcp_unacked(&f->track);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct flow f = {};

	if (size < 1)
		return 0;
	f.rules = data[0] & (IP_CT_RULE_LOOSE | IP_CT_RULE_LIBERAL);
	for (data++, size--; size >= 8; data += 8, size -= 8) {
		struct ip_ct_tcp_seg s = seg_from(&f, data[0] & 1, data);

		hear(&f, data[0] & 1, &s);
	}
	return 0;
}
