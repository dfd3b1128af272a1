// SPDX-License-Identifier: GPL-2.0
/*
 * model.c - the tracker's own code between two ends of RFC 9293, explored
 * breadth-first: every order of what the ends' users and timers do, what the
 * network loses, repeats, delays and overtakes before and after the tracker,
 * and what an attacker injects who knows no sequence number.
 *
 * src/tcp_fsm.c and src/tcp_window.c are linked in as they are. A state that
 * was visited is known by a 64-bit digest; the way to it is kept as a chain of
 * deeds and told when an invariant is broken.
 *
 *	model [--states N] [CONFIGURATION...]
 *
 * Ends with "N passed, N failed, N skipped": invariants, per configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/netfilter/nf_conntrack_tuple_common.h>

#include "end.h"
#include "tcp_fast.h"
#include "tcp_fsm.h"
#include "tcp_window.h"

#define NET_MAX 5
static_assert(sizeof(struct ip_ct_tcp_track) % 4 == 0, "hashed as words");

enum { A, B };

struct config {
	const char *name;
	struct end_limits lim;
	u32 unit;		/* octets */
	u8 shift;		/* window scale that an end offers */
	bool offers[2];
	bool active[2];		/* may open actively */
	bool passive;		/* B may listen */
	bool late;		/* the tracker comes when it likes */
	u8 sees;		/* directions that pass the tracker, a bit each */
	bool strict;		/* ip_conntrack_tcp_loose is 0 */
	u8 net;		/* segments under way, at the most */
	u32 deeds;		/* of an end, a bit each */
	u8 attacks;	/* SYNs that an attacker may leave behind */
	u32 states;	/* explored at the most */
};

#define BIT(n) (1U << (n))
#define BASIC (BIT(DO_OPEN) | BIT(DO_LISTEN) | BIT(DO_SEND) | BIT(DO_RESEND) | \
	       BIT(DO_CLOSE) | BIT(DO_EXPIRE))
#define ABORTS BIT(DO_ABORT)
#define READS BIT(DO_READ)
#define PROBES (BIT(DO_KEEPALIVE) | BIT(DO_PROBE))
#define MERGES (BIT(DO_SEND_MERGED) | BIT(DO_RESEND_MERGED))

/* Windows of 40 and 98 kilo-octets: beyond the tracker's slack of 64 */
#define PLAIN .unit = 20000, .lim = { 2, 2, 2, false }
#define SCALED .unit = 32768, .shift = 4, .offers = { true, true }, \
	       .lim = { 3, 3, 1, false }
#define CLIENT_SERVER .active = { true }, .passive = true, .sees = 3

static const struct config configs[] = {
	{ .name = "in-turn", PLAIN, CLIENT_SERVER, .net = 1,
	  .deeds = BASIC | ABORTS | READS | MERGES, .attacks = 1,
	  .states = 4000000 },
	{ .name = "in-pairs", .unit = 20000, .lim = { 1, 1, 1, false },
	  CLIENT_SERVER, .net = 2, .deeds = BASIC, .attacks = 1,
	  .states = 4000000 },
	{ .name = "open-and-close", PLAIN, CLIENT_SERVER, .net = 3,
	  .deeds = BASIC, .attacks = 1, .states = 2500000 },
	{ .name = "abort", PLAIN, CLIENT_SERVER, .net = 3,
	  .deeds = BASIC | ABORTS, .states = 2500000 },
	{ .name = "simultaneous-open", PLAIN, .active = { true, true },
	  .sees = 3, .net = 3, .deeds = BASIC | ABORTS, .attacks = 1,
	  .states = 2500000 },
	{ .name = "scaled-windows", SCALED, CLIENT_SERVER, .net = 3,
	  .deeds = BASIC | READS | PROBES | MERGES, .states = 2500000 },
	{ .name = "scale-refused", .unit = 20000, .shift = 4,
	  .offers = { true, false }, .lim = { 3, 3, 3, false }, CLIENT_SERVER,
	  .net = 3, .deeds = BASIC | READS | PROBES, .states = 1500000 },
	{ .name = "fast-open", .unit = 1000, .lim = { 2, 2, 2, true },
	  CLIENT_SERVER, .net = 3, .deeds = BASIC | MERGES,
	  .states = 1500000 },
	{ .name = "picked-up", SCALED, CLIENT_SERVER, .late = true, .net = 3,
	  .deeds = BASIC | READS | MERGES, .states = 2500000 },
	{ .name = "one-way-there", PLAIN, .active = { true }, .passive = true,
	  .sees = 1, .net = 3, .deeds = BASIC, .states = 1000000 },
	{ .name = "one-way-back", PLAIN, .active = { true }, .passive = true,
	  .sees = 2, .net = 3, .deeds = BASIC, .states = 1000000 },
	{ .name = "strict", PLAIN, CLIENT_SERVER, .strict = true, .net = 3,
	  .deeds = BASIC | ABORTS, .states = 1000000 },
};

/* Their first sequence numbers: both wrap, one of them as signed numbers do */
static const u32 iss[2] = { 0xffffd000, 0x7fffe000 };

/* Everything there is. Compared and hashed as bytes: no padding unset. */
struct world {
	struct end end[2];
	struct seg net[NET_MAX];
	struct ip_ct_tcp_track track;
	u8 n;
	u8 here;		/* the tracker is */
	u8 known;		/* and knows a flow */
	u8 state;		/* of the flow */
	u8 orig;		/* end that began it */
	u8 attacks;
	u8 moved;		/* the flow has moved at least once */
	u8 stale;		/* what closed it was not to be seen */
};

enum invariant {
	LEGITIMATE, BOTH_ESTABLISHED, HALF_CLOSED, BLIND, EXPIRES, FAST,
	INVARIANTS
};

static const char * const invariant_name[] = {
	[LEGITIMATE] = "no legitimate segment is INVALID",
	[BOTH_ESTABLISHED] =
		"no short time-out while both ends are ESTABLISHED",
	[HALF_CLOSED] = "no short time-out while a half-closed end may send",
	[BLIND] = "no blind segment changes the state or the windows",
	[EXPIRES] = "what both ends have closed expires in minutes",
	[FAST] = "the short way of plain segments leads where the long one does",
};

static const struct config *cfg;
static char why[200];		/* what broke the invariant */
static int broken;		/* bits of enum invariant */

static void violate(enum invariant inv, const char *text)
{
	if (!(broken & BIT(inv)))
		snprintf(why, sizeof(why), "%s", text);
	broken |= BIT(inv);
}

/* ---- segments as the tracker sees them ---- */

static u32 octets(unsigned int code)
{
	return code / UNIT * cfg->unit + code % UNIT;
}

static u8 kind_of(u8 flags)
{
	switch (flags & (F_FIN | F_SYN | F_RST | F_ACK)) {
	case F_SYN: return IP_CT_SEG_SYN;
	case F_SYN | F_ACK: return IP_CT_SEG_SYNACK;
	case F_FIN | F_ACK: return IP_CT_SEG_FIN;
	case F_ACK: return IP_CT_SEG_ACK;
	case F_RST:
	case F_RST | F_ACK: return IP_CT_SEG_RST;
	default: return IP_CT_SEG_NONE;
	}
}

static bool offers_scale(unsigned int from, u8 flags)
{
	return cfg->offers[from] &&
	       (!(flags & F_ACK) || cfg->offers[!from]);
}

static u16 window_field(const struct seg *s)
{
	u32 win = s->win * cfg->unit;

	if (!(s->flags & F_SYN) && cfg->offers[A] && cfg->offers[B])
		win >>= cfg->shift;
	return win > 65535 ? 65535 : win;
}

static struct ip_ct_tcp_seg on_the_wire(const struct seg *s)
{
	struct ip_ct_tcp_seg w = {
		.seq = s->zero ? 0 : iss[s->from] + octets(s->seq),
		.win = window_field(s), .flags = s->flags,
		.kind = kind_of(s->flags), .wscale = IP_CT_WSCALE_NONE,
	};

	w.end = w.seq + octets(s->len) + !!(s->flags & F_SYN) +
		!!(s->flags & F_FIN);
	if (s->flags & F_ACK) {
		w.ack = iss[!s->from] + octets(s->ack);
		w.sack = iss[!s->from] + octets(s->sack);
	}
	if ((s->flags & F_SYN) && offers_scale(s->from, s->flags))
		w.wscale = cfg->shift;
	return w;
}

/* ---- the tracker, as core.c and proto_tcp.c drive it ---- */

static unsigned int rules(void)
{
	return cfg->strict ? 0 : IP_CT_RULE_LOOSE;
}

static struct ip_ct_tcp_step judge(const struct world *w, unsigned int dir,
				   const struct ip_ct_tcp_seg *seg)
{
	return ip_ct_tcp_judge(&w->track, w->state, dir, seg, rules());
}

static struct ip_ct_tcp_step begin(struct world *w, unsigned int from,
				   unsigned int dir,
				   const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_step step;

	ip_ct_tcp_track_init(&w->track);
	w->state = TCP_CONNTRACK_NONE;
	w->orig = from ^ dir;
	w->known = 1;
	w->moved = 0;
	if (dir == IP_CT_DIR_REPLY)
		ip_ct_tcp_track_answered_syn(&w->track, dir, seg);
	step = judge(w, dir, seg);
	if (step.act != IP_CT_TCP_MOVE) {
		w->known = 0;
		w->orig = 0;
		memset(&w->track, 0, sizeof(w->track));
	}
	return step;
}

static bool over(const struct end *e)
{
	return e->state == END_CLOSED || e->state == END_TIME_WAIT ||
	       (e->state == END_LISTEN && e->passive);
}

static bool long_lived(u8 state)
{
	return state == TCP_CONNTRACK_ESTABLISHED ||
	       state == TCP_CONNTRACK_CLOSE_WAIT;
}

/*
 * A flow that begins again forgets the RST that had closed it. Should that
 * arrive only now, it closes an end unseen.
 */
static void forget_rsts(struct world *w)
{
	for (int i = 0; i < w->n; i++)
		if (w->net[i].past && (w->net[i].flags & F_RST))
			w->end[w->net[i].from].silent = 1;
}

/* The short way, where there is one: the long way must lead to the same */
static void check_fast(const struct world *before, const struct world *after,
		       unsigned int dir, const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_track fast = before->track, usual = fast;
	u8 state;

	if (!before->known)
		return;
	if (before->state == TCP_CONNTRACK_ESTABLISHED &&
	    ip_ct_tcp_fast(&fast, dir, seg) &&
	    (after->state != TCP_CONNTRACK_ESTABLISHED ||
	     memcmp(&fast, &after->track, sizeof(fast))))
		violate(FAST, "the records differ");
	state = ip_ct_tcp_usual(&usual, before->state, dir, seg);
	if (state && (state != after->state ||
		      memcmp(&usual, &after->track, sizeof(usual))))
		violate(FAST, "a usual segment leads elsewhere");
}

static struct ip_ct_tcp_step track(struct world *w, unsigned int from,
				   const struct ip_ct_tcp_seg *seg)
{
	const struct world before = *w;
	struct ip_ct_tcp_step step;
	unsigned int dir = 0;

	if (w->known) {
		dir = from ^ w->orig;
		step = judge(w, dir, seg);
		if (w->state == TCP_CONNTRACK_CLOSE &&
		    step.act != IP_CT_TCP_IGNORE &&
		    seg->kind != IP_CT_SEG_RST)
			forget_rsts(w);
		if (step.act == IP_CT_TCP_REOPEN)
			step = begin(w, from, dir = 0, seg);
		else if (step.act == IP_CT_TCP_REOPEN_ANSWERED)
			step = begin(w, from, dir = 1, seg);
	} else {
		step = begin(w, from, dir, seg);
	}
	if (!w->known)
		return step;
	if (step.act == IP_CT_TCP_MOVE && long_lived(step.state) &&
	    w->state <= TCP_CONNTRACK_SYN_RECV && over(&w->end[from]))
		w->stale = 1;	/* old segments complete a handshake */
	ip_ct_tcp_take(&w->track, dir, seg, &step);
	if (step.act == IP_CT_TCP_MOVE)
		w->state = step.state;
	check_fast(&before, w, dir, seg);
	return step;
}

/* ---- worlds ---- */

static int by_value(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct seg));
}

/* Worlds that differ in nothing that matters are one */
static void canonical(struct world *w)
{
	qsort(w->net, w->n, sizeof(w->net[0]), by_value);
	memset(w->net + w->n, 0, (NET_MAX - w->n) * sizeof(w->net[0]));
	if (!w->known)
		return;
	/* how many decides about no segment */
	if (w->track.repeats > 1)
		w->track.repeats = 1 << 1 | (w->track.repeats & 1);
	if (!((w->track.flags[0] | w->track.flags[1]) &
	      IP_CT_SIDE_SYN_IGNORED))
		w->track.syn_end = 0;
}

static void drop(struct world *w, int i)
{
	w->net[i] = w->net[--w->n];
}

/* A RST says once what a close would say until it is heard */
static void lost_before(struct world *w, const struct seg *s)
{
	if (s->flags & F_RST)
		w->end[s->from].silent = 1;
}

/* What does not fit is lost at once */
static void put(struct world *w, unsigned int from, const struct seg *out,
		int n)
{
	for (int i = 0; i < n; i++) {
		struct seg s = out[i];

		s.from = from;
		/* where the tracker is not on the way there is nothing to pass */
		s.past = !(cfg->sees & BIT(from));
		if (w->n < cfg->net)
			w->net[w->n++] = s;
		else
			lost_before(w, &s);
	}
}

/*
 * Long on its way: what its sender knows to have been acknowledged serves
 * nobody any more. A keepalive, one below that, does.
 */
static bool is_outdated(const struct world *w, const struct seg *s)
{
	return !s->zero &&
	       octets(s->seq + seg_span(s)) + 1 < octets(w->end[s->from].una);
}

static void check_step(const struct world *w, const struct seg *s,
		       const struct ip_ct_tcp_step *step)
{
	char text[100];

	if (step->act != IP_CT_TCP_INVALID)
		return;
	/* with tcp_loose 0 a flow must begin with its SYN */
	if (cfg->strict && step->reason == IP_CT_R_NO_SYN)
		return;
	/* there is no flow that it could end */
	if (step->reason == IP_CT_R_RST_UNKNOWN)
		return;
	if (step->reason == IP_CT_R_SEQ_BELOW_WINDOW && is_outdated(w, s))
		return;
	snprintf(text, sizeof(text), "reason %d", step->reason);
	violate(LEGITIMATE, text);
}

static bool overtakes(const struct world *w, int i)
{
	for (int k = 0; k < w->n; k++)
		if (k != i && !w->net[k].past &&
		    w->net[k].from == w->net[i].from)
			return true;
	return false;
}

static void pass(struct world *w, int i)
{
	struct ip_ct_tcp_seg seg = on_the_wire(&w->net[i]);

	w->net[i].past = 1;
	if (w->here) {
		struct ip_ct_tcp_step step = track(w, w->net[i].from, &seg);

		check_step(w, &w->net[i], &step);
		/* nobody is there to challenge it */
		if ((w->net[i].flags & F_RST) && step.act == IP_CT_TCP_IGNORE &&
		    over(&w->end[!w->net[i].from]))
			lost_before(w, &w->net[i]);
	}
	w->net[i].hasty = (w->net[i].flags & F_RST) && overtakes(w, i);
}

/*
 * A RST that overtakes before the tracker is not exact there; should it be
 * overtaken in turn behind it, it closes an end unseen.
 */
static void deliver(struct world *w, int i)
{
	struct seg s = w->net[i], out[OUT_MAX];
	int n;

	drop(w, i);
	n = end_hear(&w->end[!s.from], &s, &cfg->lim, out);
	put(w, !s.from, out, n);
	if (s.hasty && over(&w->end[!s.from]))
		w->end[s.from].silent = 1;
}

/* ---- the attacker ---- */

/*
 * Numbers outside what is in use: for flows known from their SYNs that is more
 * than a window and the tracker's slack away, for picked-up ones, whose scale
 * nobody knows, half the space.
 */
static const u32 away[] = { 0x00100000, 0xfff00000, 0x80000000 };
static const u32 away_far[] = { 0x78000000, 0x88000000, 0x80000000 };

static const u8 attack_flags[] = {
	F_SYN, F_SYN | F_ACK, F_FIN | F_ACK, F_ACK, F_RST, F_RST | F_ACK
};

#define AWAYS 3
#define FLAG_SETS 6

/* Nothing had to be learned, so no window is larger than it was offered */
static bool exact(const struct world *w)
{
	return w->track.side[0].maxwin <= 65535 + cfg->unit &&
	       w->track.side[1].maxwin <= 65535 + cfg->unit &&
	       (w->track.flags[0] & IP_CT_SIDE_SYN) &&
	       (w->track.flags[0] & IP_CT_SIDE_SEEN) &&
	       ((w->track.flags[1] & IP_CT_SIDE_SYN &&
		 w->track.flags[1] & IP_CT_SIDE_SEEN) ||
		(w->state == TCP_CONNTRACK_SYN_SENT &&
		 !(w->track.flags[0] & IP_CT_SIDE_ACK)));
}

static struct ip_ct_tcp_seg forge(const struct world *w, unsigned int from,
				  u8 flags, int seq_away, int ack_away)
{
	const u32 *far = exact(w) ? away : away_far;
	struct ip_ct_tcp_seg s = {
		.flags = flags, .kind = kind_of(flags), .win = 1000,
		.wscale = IP_CT_WSCALE_NONE,
		.seq = iss[from] + octets(w->end[from].nxt),
	};

	if (seq_away)
		s.seq += far[seq_away - 1];
	if (flags & F_ACK) {
		s.ack = iss[!from] + octets(w->end[!from].nxt);
		if (ack_away)
			s.ack += far[ack_away - 1];
	}
	s.sack = s.ack;
	s.end = s.seq + !!(flags & F_SYN) + !!(flags & F_FIN);
	return s;
}

/* State and windows; what is remembered of ignored SYNs is neither */
static bool same_flow(const struct world *a, const struct world *b)
{
	const struct ip_ct_tcp_track *x = &a->track, *y = &b->track;
	return a->known == b->known && a->state == b->state &&
	       a->orig == b->orig &&
	       !memcmp(x->isn, y->isn, sizeof(x->isn)) &&
	       !memcmp(x->side, y->side, sizeof(x->side)) &&
	       !((x->flags[0] ^ y->flags[0]) & ~IP_CT_SIDE_SYN_IGNORED) &&
	       !((x->flags[1] ^ y->flags[1]) & ~IP_CT_SIDE_SYN_IGNORED) &&
	       x->scale == y->scale;
}

/*
 * Not attacks that a tracker could tell: a SYN of the other side in SYN_SENT
 * begins a simultaneous open whatever its number, and what is over may be
 * begun anew by any SYN.
 */
static bool beyond_telling(const struct world *w, unsigned int from,
			   u8 flags)
{
	if (flags != F_SYN)
		return false;
	return w->state == TCP_CONNTRACK_TIME_WAIT ||
	       w->state == TCP_CONNTRACK_CLOSE ||
	       (w->state == TCP_CONNTRACK_SYN_SENT && from != w->orig);
}

static void attack_once(const struct world *w, unsigned int from,
			u8 flags, int seq_away, int ack_away)
{
	struct ip_ct_tcp_seg s = forge(w, from, flags, seq_away, ack_away);
	struct world after = *w;
	char text[150];

	/* it speaks for one end: it does not answer the SYN it forged itself */
	if (w->attacks && (w->track.flags[!(from ^ w->orig)] &
			   IP_CT_SIDE_SYN_IGNORED) &&
	    s.ack == w->track.syn_end)
		return;
	track(&after, from, &s);
	if (same_flow(w, &after))
		return;
	snprintf(text, sizeof(text),
		 "%c forged: flags %#x seq %+d ack %+d, %s -> %s",
		 "AB"[from], flags, (int)(s.seq - iss[from]),
		 flags & F_ACK ? (int)(s.ack - iss[!from]) : 0,
		 ip_ct_tcp_state_name(w->state),
		 after.known ? ip_ct_tcp_state_name(after.state) : "no flow");
	violate(BLIND, text);
}

/*
 * Where the acknowledgement alone makes a segment right, before there is a
 * sequence number to compare, the attacker does not know it; elsewhere it is
 * given to him.
 */
static bool ack_decides(const struct world *w, unsigned int from,
			u8 flags)
{
	struct ip_ct_tcp_bounds b;

	ip_ct_tcp_bounds(&w->track, from ^ w->orig, &b);
	return (flags & (F_SYN | F_RST)) || !b.seq_known;
}

static void attack(const struct world *w)
{
	for (unsigned int from = 0; from < 2; from++) {
		for (int f = 0; f < FLAG_SETS; f++) {
			u8 flags = attack_flags[f];

			if (beyond_telling(w, from, flags))
				continue;
			for (int seq = 1; seq <= AWAYS; seq++)
				for (int ack = ack_decides(w, from, flags);
				     ack <= AWAYS; ack++)
					attack_once(w, from, flags, seq, ack);
		}
	}
}

static u64 digest(const void *data, size_t len)
{
	const u32 *p = data;
	u64 h = 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < len / 4; i++) {
		h = (h ^ p[i]) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return h ? h : 1;
}

/* The same flow between the same numbers need not be attacked twice */
static void check_attacks(const struct world *w)
{
	static u64 done[1 << 20];
	static const struct config *done_for;
	struct {
		struct ip_ct_tcp_track track;
		u8 state, orig, nxt[2];
	} key = { w->track, w->state, w->orig,
		  { w->end[A].nxt, w->end[B].nxt } };
	u64 d = digest(&key, sizeof(key));
	u64 *slot = &done[d % (sizeof(done) / sizeof(done[0]))];

	if (done_for != cfg) {
		memset(done, 0, sizeof(done));
		done_for = cfg;
	}
	if (*slot == d)
		return;
	*slot = d;
	attack(w);
}

/* ---- invariants of a world ---- */

static void check_world(const struct world *w)
{
	const struct end *a = &w->end[A], *b = &w->end[B];

	if (w->known && w->here)
		check_attacks(w);
	if (a->state == END_ESTABLISHED && b->state == END_ESTABLISHED &&
	    cfg->sees == 3 && (w->known || !cfg->late) &&
	    w->state != TCP_CONNTRACK_ESTABLISHED)
		violate(BOTH_ESTABLISHED, w->known ?
			ip_ct_tcp_state_name(w->state) : "no flow");
	if (cfg->sees == 3 && !cfg->late &&
	    ((a->state == END_FIN_WAIT_2 && b->state == END_CLOSE_WAIT) ||
	     (b->state == END_FIN_WAIT_2 && a->state == END_CLOSE_WAIT)) &&
	    !(w->known && long_lived(w->state)))
		violate(HALF_CLOSED, ip_ct_tcp_state_name(w->state));
	if (a->tried && b->tried && over(a) && over(b) && !w->n && w->known &&
	    cfg->sees == 3 && !a->silent && !b->silent &&
	    !w->stale &&
	    long_lived(w->state) &&
	    !(ip_ct_tcp_unacked(&w->track) && ip_ct_tcp_repeats(&w->track)))
		violate(EXPIRES, ip_ct_tcp_state_name(w->state));
}

/* ---- deeds ---- */

/*
 * A deed: of an end (0 .. 2 * END_DEEDS - 1), of the network on a segment
 * (NET + 4 * index + what), the tracker's coming, or a forged SYN.
 */
enum { NET = 2 * END_DEEDS };
enum { NET_PASS, NET_LOSE, NET_REPEAT, NET_DELIVER };
enum { COMES = NET + 4 * NET_MAX, FORGE, DEEDS = FORGE + 2 };

static bool allowed(int end, int deed)
{
	if (!(cfg->deeds & BIT(deed)))
		return false;
	if (deed == DO_OPEN)
		return cfg->active[end];
	if (deed == DO_LISTEN)
		return end == B && cfg->passive;
	return true;
}

static bool end_deed(struct world *w, int end, int deed)
{
	struct seg out[OUT_MAX];
	bool possible;
	int n;

	if (!allowed(end, deed))
		return false;
	n = end_do(&w->end[end], deed, &cfg->lim, out, &possible);
	if (possible)
		put(w, end, out, n);
	return possible;
}

static bool net_deed(struct world *w, int i, int what)
{
	if (i >= w->n || (i && !memcmp(&w->net[i], &w->net[i - 1],
				       sizeof(w->net[i]))))
		return false;
	switch (what) {
	case NET_PASS:
		if (w->net[i].past)
			return false;
		pass(w, i);
		return true;
	case NET_LOSE:
		if (!w->net[i].past)
			lost_before(w, &w->net[i]);
		drop(w, i);
		return true;
	case NET_REPEAT:
		if (w->n == cfg->net)
			return false;
		w->net[w->n++] = w->net[i];
		return true;
	default:
		if (!w->net[i].past)
			return false;
		deliver(w, i);
		return true;
	}
}

/* Its SYN passes the tracker and is answered by an end that knows better */
static bool forge_syn(struct world *w, unsigned int from)
{
	struct ip_ct_tcp_seg s;
	struct end *e = &w->end[!from];

	if (w->attacks == cfg->attacks || !w->known ||
	    beyond_telling(w, from, F_SYN))
		return false;
	s = forge(w, from, F_SYN, 1, 0);
	track(w, from, &s);
	w->attacks++;
	if (e->state >= END_SYN_RECEIVED) {
		struct seg ack = {
			.used = 1, .flags = F_ACK, .seq = e->nxt,
			.ack = e->rcv, .sack = e->rcv,
			.win = cfg->lim.window - e->unread
		};

		put(w, !from, &ack, 1);
	}
	return true;
}

/*
 * It comes in mid-stream. Had it come while SYNs are under way, a segment
 * that it did not see may have overtaken them; that is sent again.
 */
static bool come(struct world *w)
{
	if (w->here || w->end[A].state < END_ESTABLISHED ||
	    w->end[B].state < END_ESTABLISHED)
		return false;
	for (int i = 0; i < w->n; i++)
		if (w->net[i].flags & F_SYN)
			return false;
	w->here = 1;
	/* a FIN that passed before is not known */
	w->stale = w->end[A].fin_sent || w->end[B].fin_sent;
	return true;
}

static bool apply(struct world *w, int deed)
{
	bool done;

	if (deed < NET)
		done = end_deed(w, deed / END_DEEDS, deed % END_DEEDS);
	else if (deed < COMES)
		done = net_deed(w, (deed - NET) / 4, (deed - NET) % 4);
	else if (deed == COMES)
		done = come(w);
	else
		done = forge_syn(w, deed - FORGE);
	if (done)
		canonical(w);
	return done;
}

/* ---- telling ---- */

static void tell_seg(const struct seg *s)
{
	printf("%c->%c ", "AB"[s->from], "BA"[s->from]);
	printf("%s%s%s%s", s->flags & F_SYN ? "SYN " : "",
	       s->flags & F_FIN ? "FIN " : "", s->flags & F_RST ? "RST " : "",
	       s->flags & F_ACK ? "ACK " : "");
	if (s->zero)
		printf("seq=0 (absolute)");
	else
		printf("seq=%u", octets(s->seq));
	if (s->len)
		printf(" len=%u", octets(s->len));
	if (s->flags & F_ACK)
		printf(" ack=%u", octets(s->ack));
	if (!(s->flags & F_RST))
		printf(" win=%u", s->win * cfg->unit);
}

static void tell(const struct world *w, int deed, int step)
{
	static const char * const net[] = {
		"passes the tracker", "is lost", "is repeated", "arrives"
	};

	printf("  %3d  ", step);
	if (deed < NET) {
		printf("%c %s", "AB"[deed / END_DEEDS],
		       end_deed_name(deed % END_DEEDS));
	} else if (deed < COMES) {
		tell_seg(&w->net[(deed - NET) / 4]);
		printf(" %s", net[(deed - NET) % 4]);
	} else {
		printf(deed == COMES ? "the tracker comes" :
		       "an attacker forges a SYN of %c", "AB"[deed - FORGE]);
	}
}

static void tell_after(const struct world *w)
{
	printf("   [A %s, B %s, tracker %s]\n",
	       end_state_name(w->end[A].state), end_state_name(w->end[B].state),
	       !w->here ? "away" : !w->known ? "no flow" :
	       ip_ct_tcp_state_name(w->state));
}

/* ---- the search ---- */

struct node {
	u32 parent;
	u8 deed;
};

static u64 *digests;	/* hash table, 0 is empty */
static size_t slots;
static struct node *nodes;
static u32 count;

static bool is_new(const struct world *w)
{
	u64 d = digest(w, sizeof(*w));
	size_t i = d & (slots - 1);

	while (digests[i]) {
		if (digests[i] == d)
			return false;
		i = (i + 1) & (slots - 1);
	}
	digests[i] = d;
	return true;
}

static void first(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->here = !cfg->late;
}

/* The way to a node, and one deed more, said aloud */
static void counterexample(u32 node, int last)
{
	u8 way[1000];
	struct world w;
	int n = 0;

	if (last >= 0)
		way[n++] = last;
	for (; node && n < (int)sizeof(way); node = nodes[node].parent)
		way[n++] = nodes[node].deed;
	first(&w);
	for (int i = 1; n--; i++) {
		tell(&w, way[n], i);
		apply(&w, way[n]);
		tell_after(&w);
	}
	printf("       %s\n", why);
}

static u32 failed_bits;

static void report(u32 node, int last)
{
	for (int i = 0; i < INVARIANTS; i++) {
		if (!(broken & BIT(i)) || (failed_bits & BIT(i)))
			continue;
		printf("FAIL %s: %s\n", cfg->name, invariant_name[i]);
		counterexample(node, last);
	}
	failed_bits |= broken;
	broken = 0;
}

/* One level: all worlds in from[], their new successors to to[] */
struct level {
	struct world *w;
	u32 *node;
	size_t n, size;
};

static void append(struct level *l, const struct world *w, u32 node)
{
	if (l->n == l->size) {
		l->size = l->size ? 2 * l->size : 1024;
		l->w = realloc(l->w, l->size * sizeof(*l->w));
		l->node = realloc(l->node, l->size * sizeof(*l->node));
		if (!l->w || !l->node)
			exit(2);
	}
	l->w[l->n] = *w;
	l->node[l->n++] = node;
}

static void expand(const struct world *w, u32 node, struct level *to)
{
	for (int deed = 0; deed < DEEDS; deed++) {
		struct world next = *w;

		if (!apply(&next, deed))
			continue;
		if (broken)
			report(node, deed);
		if (!is_new(&next))
			continue;
		nodes[count] = (struct node){ node, deed };
		append(to, &next, count++);
		check_world(&next);
		if (broken)
			report(count - 1, -1);
		if (count >= cfg->states)
			return;
	}
}

static void explore(void)
{
	struct level from = {}, to = {};
	struct world w;
	struct timespec t0, t1;
	unsigned int depth = 0;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (slots = 1024; slots < 2 * (size_t)cfg->states; slots *= 2)
		;
	digests = calloc(slots, sizeof(*digests));
	nodes = calloc(cfg->states + 1, sizeof(*nodes));
	if (!digests || !nodes)
		exit(2);
	count = 1;
	failed_bits = broken = 0;
	first(&w);
	is_new(&w);
	append(&from, &w, 0);
	while (from.n && count < cfg->states) {
		to.n = 0;
		for (size_t i = 0; i < from.n && count < cfg->states; i++)
			expand(&from.w[i], from.node[i], &to);
		struct level swap = from;

		from = to;
		to = swap;
		depth++;
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	printf("%-18s %9u states, %s %u deeds, %.1f s\n", cfg->name, count,
	       from.n && count >= cfg->states ? "to a depth of" :
	       "exhaustively, longest way",
	       depth, (t1.tv_sec - t0.tv_sec) +
	       (t1.tv_nsec - t0.tv_nsec) / 1e9);
	free(digests);
	free(nodes);
	free(from.w);
	free(from.node);
	free(to.w);
	free(to.node);
}

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc <= 1;
}

static bool is_configuration(const char *name)
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
		if (!strcmp(configs[i].name, name))
			return true;
	return false;
}

static void usage(const char *wrong)
{
	fprintf(stderr, "model: what is '%s'? Configurations:\n", wrong);
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
		fprintf(stderr, "  %s\n", configs[i].name);
	fprintf(stderr, "and --states NUMBER before them\n");
	exit(2);
}

int main(int argc, char **argv)
{
	int passed = 0, failed = 0;
	u64 total = 0;
	u32 states = 0;

	if (argc > 1 && !strcmp(argv[1], "--states")) {
		char *end = "";

		states = argc > 2 ? strtoul(argv[2], &end, 0) : 0;
		if (!states || *end)
			usage(argc > 2 ? argv[2] : argv[1]);
		argv += 2;
		argc -= 2;
	}
	for (int i = 1; i < argc; i++)
		if (!is_configuration(argv[i]))
			usage(argv[i]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct config c = configs[i];

		if (!wanted(c.name, argc, argv))
			continue;
		if (states)
			c.states = states;
		cfg = &c;
		explore();
		total += count;
		for (int k = 0; k < INVARIANTS; k++)
			failed_bits & BIT(k) ? failed++ : passed++;
	}
	for (int k = 0; k < INVARIANTS; k++)
		printf("  %s\n", invariant_name[k]);
	printf("%llu states explored\n", (unsigned long long)total);
	printf("%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed || !passed;
}
