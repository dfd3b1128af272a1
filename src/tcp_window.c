// SPDX-License-Identifier: GPL-2.0
/*
 * tcp_window.c - sequence numbers of both sides, and what a segment says.
 *
 * Each side's record is what the tracker, in the middle of the way, can know
 * of that end's SND.NXT, of the windows that it was offered, and of the
 * acknowledgements that it has sent. Nothing reaches an end without having
 * passed here. Guido van Rooij's bounds follow from that alone, whatever is
 * lost, repeated or reordered on either side of the tracker:
 *
 *   I    what is sent ends where the receiver's windows have allowed it to
 *   II   what is still of use to the receiver ends no further than a window
 *        below the last octet sent
 *   III  what is acknowledged was sent
 *   IV   an acknowledgement two windows below the last octet sent is more
 *        than a window below SND.UNA: its receiver discards the segment
 *        (RFC 5961 5.2)
 *
 * Where a side's SYN was not seen its window scale is not known. It then
 * counts as the largest there is, and what the side sent before the tracker
 * came is learned from what its peer acknowledges.
 */
#include <linux/minmax.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/string.h>
#include <linux/types.h>

#include "tcp_window.h"

#define SEG_HAS_ACK	0x10

#define WIN_UNSCALED	IP_CT_WIN_UNSCALED
#define WIN_LARGEST	IP_CT_WIN_LARGEST
#define SEQ_SLACK	IP_CT_SEQ_SLACK

/*
 * The least that a picked-up side is taken to have offered: the first of its
 * segments to be seen may be one that a larger window had overtaken.
 */
#define WIN_LEARNT	(1U << 20)

static bool seq_at_or_after(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

static bool seq_after(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

static bool seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static bool has_ack(const struct ip_ct_tcp_seg *seg)
{
	return seg->flags & SEG_HAS_ACK;
}

static bool has_syn(const struct ip_ct_tcp_seg *seg)
{
	return seg->kind == IP_CT_SEG_SYN || seg->kind == IP_CT_SEG_SYNACK;
}

/* Is anything known of what @dir has sent? */
static bool end_known(const struct ip_ct_tcp_track *t, unsigned int dir)
{
	return (t->flags[dir] & IP_CT_SIDE_SEEN) ||
	       (t->flags[!dir] & IP_CT_SIDE_ACK);
}

/* Everything that @dir has sent was seen, from its SYN on */
static bool end_exact(const struct ip_ct_tcp_track *t, unsigned int dir)
{
	const u8 all = IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN;

	return (t->flags[dir] & all) == all;
}

/* The SYN of @dir is known and waits for its acknowledgement */
static bool syn_waits(const struct ip_ct_tcp_track *t, unsigned int dir)
{
	return (t->flags[dir] & (IP_CT_SIDE_SYN | IP_CT_SIDE_SYN_ACKED)) ==
	       IP_CT_SIDE_SYN;
}

/*
 * The largest window that @dir may have offered. One that was never seen
 * (asymmetric route) may have offered any, but none that is scaled before
 * its peer has acknowledged its SYN.
 */
static u32 largest_window(const struct ip_ct_tcp_track *t, unsigned int dir)
{
	if (t->flags[dir] & IP_CT_SIDE_SEEN)
		return t->side[dir].maxwin;
	return t->flags[!dir] & IP_CT_SIDE_ACK ? WIN_LARGEST : WIN_UNSCALED;
}

/* Does @seg, sent in @dir, acknowledge the other side's SYN? */
static bool acks_syn(const struct ip_ct_tcp_track *t, unsigned int dir,
		     const struct ip_ct_tcp_seg *seg)
{
	unsigned int peer = !dir;

	return syn_waits(t, peer) && has_ack(seg) &&
	       seq_after(seg->ack, t->isn[peer]) &&
	       seq_at_or_after(t->side[peer].end, seg->ack);
}

/* Does @seg, sent in @dir, acknowledge the other side's FIN? */
static bool acks_fin(const struct ip_ct_tcp_track *t, unsigned int dir,
		     const struct ip_ct_tcp_seg *seg)
{
	unsigned int peer = !dir;

	return (t->flags[peer] & IP_CT_SIDE_FIN) && has_ack(seg) &&
	       seq_at_or_after(seg->ack, t->side[peer].end);
}

static bool fin_open(u8 flags)
{
	return (flags & (IP_CT_SIDE_FIN | IP_CT_SIDE_FIN_ACKED)) ==
	       IP_CT_SIDE_FIN;
}

/* A FIN is the last of its side: not news if sent before or below data sent */
static bool fin_stale(const struct ip_ct_tcp_track *t, unsigned int dir,
		      const struct ip_ct_tcp_seg *seg)
{
	return (t->flags[dir] & IP_CT_SIDE_FIN) ||
	       (end_known(t, dir) && seq_before(seg->end, t->side[dir].end));
}

/* A SYN/ACK tells of the SYN that it answers, where nobody has seen that */
static bool tells_of_syn(const struct ip_ct_tcp_track *t, unsigned int dir,
			 const struct ip_ct_tcp_seg *seg)
{
	return seg->kind == IP_CT_SEG_SYNACK &&
	       !(t->flags[!dir] & IP_CT_SIDE_SYN);
}

/* Flags of both sides as they will be once @seg has been taken */
static void flags_after(const struct ip_ct_tcp_track *t, unsigned int dir,
			const struct ip_ct_tcp_seg *seg, u8 flags[2])
{
	flags[dir] = t->flags[dir] | IP_CT_SIDE_SEEN;
	flags[!dir] = t->flags[!dir];
	if (acks_syn(t, dir, seg))
		flags[!dir] |= IP_CT_SIDE_SYN_ACKED;
	if (acks_fin(t, dir, seg))
		flags[!dir] |= IP_CT_SIDE_FIN_ACKED;
	if (has_syn(seg))
		flags[dir] |= IP_CT_SIDE_SYN;
	if (tells_of_syn(t, dir, seg))
		flags[!dir] |= IP_CT_SIDE_SYN | IP_CT_SIDE_SYN_ACKED;
	if (seg->kind == IP_CT_SEG_FIN && !fin_stale(t, dir, seg))
		flags[dir] |= IP_CT_SIDE_FIN;
	if (has_ack(seg))
		flags[dir] |= IP_CT_SIDE_ACK;
	if (seg->sack_ok)
		flags[dir] |= IP_CT_SIDE_SACK_OK;
}

/*
 * RFC 9293 3.10.7.3: an end that was sent nothing else is in SYN-SENT, where a
 * RST counts if it acknowledges the SYN. RFC 5961 3.2: later it
 * counts only at the very next sequence number. For the tracker that is where
 * the sender's own segments end, or what its peer has acknowledged (the
 * answer to a segment carries that segment's acknowledgement as its sequence
 * number); no other number can be the receiver's RCV.NXT and come from its
 * peer. A RST that acknowledges a SYN which was ignored shows that the end
 * which should have known the flow does not.
 */
static bool rst_exact(const struct ip_ct_tcp_track *t, unsigned int dir,
		      const struct ip_ct_tcp_seg *seg)
{
	unsigned int peer = !dir;

	if ((t->flags[peer] & IP_CT_SIDE_SYN_IGNORED) && has_ack(seg) &&
	    seg->ack == t->syn_end)
		return true;
	if (!(t->flags[dir] & IP_CT_SIDE_SEEN))
		return acks_syn(t, dir, seg) ||
		       ((t->flags[peer] & IP_CT_SIDE_ACK) &&
			seg->seq == t->side[peer].ack);
	if (!(t->flags[peer] & IP_CT_SIDE_ACK))
		return seg->seq == t->side[dir].end;
	return seg->seq == t->side[dir].end || seg->seq == t->side[peer].ack;
}

static bool has_begun(const struct ip_ct_tcp_track *t, unsigned int dir)
{
	return t->flags[dir] & (IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN);
}

/*
 * Is @seg the SYN that its side began with? Where that was not seen, because
 * what followed it came first, it must lie just below.
 */
static bool own_syn(const struct ip_ct_tcp_track *t, unsigned int dir,
		    const struct ip_ct_tcp_seg *seg)
{
	u32 end = t->side[dir].end;

	if (t->flags[dir] & IP_CT_SIDE_SYN)
		return seg->seq == t->isn[dir];
	return seq_before(seg->seq, end) &&
	       seq_after(seg->seq, end - WIN_UNSCALED);
}

static unsigned int facts_of_syn(const struct ip_ct_tcp_track *t,
				 unsigned int dir,
				 const struct ip_ct_tcp_seg *seg)
{
	unsigned int facts = 0;

	if (!end_known(t, dir) || seq_at_or_after(seg->seq, t->side[dir].end))
		facts |= IP_CT_FACT_SYN_BEYOND;
	if (has_begun(t, dir))
		facts |= own_syn(t, dir, seg) ? IP_CT_FACT_SAME_SYN :
						IP_CT_FACT_OTHER_SYN;
	return facts;
}

/* A SYN that was acknowledged before may be acknowledged again */
static unsigned int facts_of_answer(const struct ip_ct_tcp_track *t,
				    unsigned int dir,
				    const struct ip_ct_tcp_seg *seg)
{
	unsigned int peer = !dir;

	if (ip_ct_tcp_handshake_done(t))
		return IP_CT_FACT_WRONG_ANSWER;
	if (!(t->flags[peer] & IP_CT_SIDE_SYN))
		return has_begun(t, dir) && !own_syn(t, dir, seg) ?
		       IP_CT_FACT_WRONG_ANSWER : 0;
	if (has_ack(seg) && seq_after(seg->ack, t->isn[peer]) &&
	    seq_at_or_after(t->side[peer].end, seg->ack))
		return IP_CT_FACT_ANSWER;
	return IP_CT_FACT_WRONG_ANSWER;
}

/**
 * ip_ct_tcp_facts() - what a segment would mean for its flow
 * @track: the flow's record, not changed
 * @dir:   direction of the segment
 * @seg:   the segment
 * @flags: set to what is known of both sides once it has been taken
 *
 * Return: set of enum ip_ct_tcp_fact.
 */
unsigned int ip_ct_tcp_facts(const struct ip_ct_tcp_track *track,
			     unsigned int dir, const struct ip_ct_tcp_seg *seg,
			     u8 flags[2])
{
	unsigned int facts = facts_of_answer(track, dir, seg);

	flags_after(track, dir, seg, flags);
	if (flags[0] & flags[1] & IP_CT_SIDE_SYN_ACKED)
		facts |= IP_CT_FACT_SYNS_ACKED;
	if (((flags[0] | flags[1]) & IP_CT_SIDE_FIN) &&
	    !fin_open(flags[0]) && !fin_open(flags[1]))
		facts |= IP_CT_FACT_FINS_ACKED;
	if (!(track->flags[!dir] & IP_CT_SIDE_SEEN))
		facts |= IP_CT_FACT_ONE_SIDED;
	if (!(track->flags[dir] & IP_CT_SIDE_SEEN) && syn_waits(track, !dir))
		facts |= IP_CT_FACT_UNANSWERED;

	switch (seg->kind) {
	case IP_CT_SEG_SYN:
		return facts | facts_of_syn(track, dir, seg);
	case IP_CT_SEG_SYNACK:
		if ((track->flags[!dir] & IP_CT_SIDE_SYN_IGNORED) &&
		    seg->ack == track->syn_end)
			facts |= IP_CT_FACT_ANSWERS_SYN;
		return facts;
	case IP_CT_SEG_FIN:
		return fin_stale(track, dir, seg) ?
		       facts | IP_CT_FACT_FIN_STALE : facts;
	case IP_CT_SEG_RST:
		return rst_exact(track, dir, seg) ?
		       facts | IP_CT_FACT_RST_EXACT : facts;
	default:
		return facts;
	}
}

/* Bounds III and IV */
static void ack_bounds(const struct ip_ct_tcp_track *t, unsigned int dir,
		       struct ip_ct_tcp_bounds *b)
{
	unsigned int peer = !dir;
	u32 end = t->side[peer].end;
	u32 back = max(largest_window(t, dir), WIN_UNSCALED);

	if (end_exact(t, peer))
		b->ack_high = end;
	else if (t->flags[dir] & IP_CT_SIDE_ACK)
		b->ack_high = t->side[dir].edge + SEQ_SLACK;
	else
		b->ack_high = end + WIN_LARGEST;

	if (syn_waits(t, peer))
		b->ack_low = t->isn[peer] + 1;
	else
		b->ack_low = end - min(2 * back, WIN_LARGEST);
}

/**
 * ip_ct_tcp_bounds() - which numbers a segment of a direction may have
 * @track:  the flow's record
 * @dir:    the direction
 * @bounds: filled
 *
 * They are not for SYNs, which begin something new and have their own facts.
 */
void ip_ct_tcp_bounds(const struct ip_ct_tcp_track *track, unsigned int dir,
		      struct ip_ct_tcp_bounds *bounds)
{
	const struct ip_ct_tcp_side *side = &track->side[dir];
	unsigned int peer = !dir;
	u32 win = largest_window(track, peer);

	bounds->seq_known = end_known(track, dir);
	if (track->flags[peer] & IP_CT_SIDE_ACK)
		bounds->seq_high = track->side[peer].edge + SEQ_SLACK;
	else
		bounds->seq_high = side->end + win + SEQ_SLACK;
	/*
	 * Reordering is the rule where windows are small: II is not tight.
	 * A window may lie between one below and one beyond.
	 */
	bounds->seq_low = side->end - max(win, WIN_UNSCALED) - 2 * SEQ_SLACK;

	bounds->ack_known = end_known(track, peer);
	ack_bounds(track, dir, bounds);
}

/*
 * A RST that answers a segment without ACK has number 0 (RFC 9293 3.5.2); it
 * may come when its answer is no longer awaited.
 */
static bool rst_answers(const struct ip_ct_tcp_seg *seg)
{
	return seg->kind == IP_CT_SEG_RST && !seg->seq && has_ack(seg);
}

/**
 * ip_ct_tcp_window_check() - is the segment one that its sender can have sent?
 * @track: the flow's record, not changed
 * @dir:   direction of the segment
 * @seg:   the segment, not a SYN or SYN/ACK
 *
 * A RST need not acknowledge anything, so only its sequence number is judged.
 * A segment with an old acknowledgement that selectively acknowledges new
 * data (RFC 2018) is not old.
 *
 * Return: IP_CT_R_OK or the bound that it breaks.
 */
enum ip_ct_reason ip_ct_tcp_window_check(const struct ip_ct_tcp_track *track,
					 unsigned int dir,
					 const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_bounds b;

	ip_ct_tcp_bounds(track, dir, &b);
	if (b.seq_known && !rst_answers(seg)) {
		if (seq_after(seg->end, b.seq_high))
			return IP_CT_R_SEQ_ABOVE_WINDOW;
		if (seq_before(seg->end, b.seq_low))
			return IP_CT_R_SEQ_BELOW_WINDOW;
	}
	if (!b.ack_known || seg->kind == IP_CT_SEG_RST)
		return IP_CT_R_OK;
	if (seq_after(seg->ack, b.ack_high))
		return IP_CT_R_ACK_ABOVE;
	if (seq_before(seg->ack, b.ack_low) &&
	    (seq_before(seg->sack, b.ack_low) ||
	     seq_after(seg->sack, b.ack_high)))
		return IP_CT_R_ACK_TOO_OLD;
	return IP_CT_R_OK;
}

/**
 * ip_ct_tcp_unacked() - does either side wait for an acknowledgement?
 * @track: the flow's record
 *
 * Return: false as well where only one side was seen: of an asymmetric route
 * nobody can tell.
 */
bool ip_ct_tcp_unacked(const struct ip_ct_tcp_track *track)
{
	const struct ip_ct_tcp_side *side = track->side;
	u8 both = track->flags[0] & track->flags[1];

	return (both & IP_CT_SIDE_SEEN) && (both & IP_CT_SIDE_ACK) &&
	       (seq_after(side[0].end, side[1].ack) ||
		seq_after(side[1].end, side[0].ack));
}

static void set_scale(struct ip_ct_tcp_track *t, unsigned int dir, u8 wscale)
{
	unsigned int shift = 4 * dir;

	if (wscale == IP_CT_WSCALE_NONE)
		wscale = IP_CT_SCALE_NONE;
	t->scale = (t->scale & ~(15 << shift)) | wscale << shift;
}

/**
 * ip_ct_tcp_was_sent() - may a side have sent a segment that begins at @seq?
 * @track: the flow's record
 * @dir:   the side
 * @seq:   sequence number that somebody else quotes
 *
 * RFC 5927 4.1: an ICMP error about a segment quotes a sequence number between
 * SND.UNA and SND.NXT. The error may have been under way for a while: so much
 * as the peer's window is granted below.
 */
bool ip_ct_tcp_was_sent(const struct ip_ct_tcp_track *track, unsigned int dir,
			u32 seq)
{
	u32 back = max(largest_window(track, !dir), WIN_UNSCALED);

	return end_known(track, dir) && !seq_after(seq, track->side[dir].end) &&
	       !seq_before(seq, track->side[dir].end - back - 1);
}

/**
 * ip_ct_tcp_track_init() - record of a flow that has seen nothing
 * @track: filled
 */
void ip_ct_tcp_track_init(struct ip_ct_tcp_track *track)
{
	memset(track, 0, sizeof(*track));
	track->scale = IP_CT_SCALE_LARGEST << 4 | IP_CT_SCALE_LARGEST;
}

/**
 * ip_ct_tcp_track_syn() - record of a flow that begins with a SYN
 * @track: filled
 * @seg:   the SYN
 *
 * What ip_ct_tcp_track_init() and ip_ct_tcp_track_segment() would make of it.
 */
void ip_ct_tcp_track_syn(struct ip_ct_tcp_track *track,
			 const struct ip_ct_tcp_seg *seg)
{
	u8 scale = seg->wscale == IP_CT_WSCALE_NONE ? IP_CT_SCALE_NONE :
						      seg->wscale;

	/* one by one: the compiler would clear it in a loop first */
	track->side[IP_CT_DIR_ORIGINAL].end = seg->end;
	track->side[IP_CT_DIR_ORIGINAL].edge = 0;
	track->side[IP_CT_DIR_ORIGINAL].maxwin = max_t(u32, seg->win, 1);
	track->side[IP_CT_DIR_ORIGINAL].ack = 0;
	track->side[IP_CT_DIR_REPLY].end = 0;
	track->side[IP_CT_DIR_REPLY].edge = 0;
	track->side[IP_CT_DIR_REPLY].maxwin = 0;
	track->side[IP_CT_DIR_REPLY].ack = 0;
	track->isn[IP_CT_DIR_ORIGINAL] = seg->seq;
	track->isn[IP_CT_DIR_REPLY] = 0;
	track->syn_end = 0;
	track->flags[IP_CT_DIR_ORIGINAL] = IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN |
		(seg->sack_ok ? IP_CT_SIDE_SACK_OK : 0);
	track->flags[IP_CT_DIR_REPLY] = 0;
	track->scale = IP_CT_SCALE_LARGEST << 4 | scale;
	track->repeats = 0;
}

/*
 * A SYN begins its side's sequence space. When it comes again it may be
 * without the data (RFC 7413) or the options that it had: nobody knows which
 * of them will be answered, so that the larger offer stands.
 */
static void take_syn(struct ip_ct_tcp_track *t, unsigned int dir,
		     const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_side *side = &t->side[dir];

	if ((t->flags[dir] & IP_CT_SIDE_SYN) && t->isn[dir] == seg->seq) {
		if (seq_after(seg->end, side->end))
			side->end = seg->end;
		if (seg->wscale != IP_CT_WSCALE_NONE)
			set_scale(t, dir, seg->wscale);
		return;
	}
	/* data that have overtaken it were seen before */
	if ((t->flags[dir] & IP_CT_SIDE_SYN) || !end_known(t, dir) ||
	    seq_after(seg->end, side->end))
		side->end = seg->end;
	t->isn[dir] = seg->seq;
	set_scale(t, dir, seg->wscale);
}

static void take_end(struct ip_ct_tcp_track *t, unsigned int dir,
		     const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_side *side = &t->side[dir];
	u8 flags = t->flags[dir];

	/* a SYN that was acknowledged has its place: this one is a repeat */
	if (has_syn(seg) && !(flags & IP_CT_SIDE_SYN_ACKED))
		take_syn(t, dir, seg);
	else if (!end_known(t, dir))
		side->end = seg->end;
	else if (!(flags & IP_CT_SIDE_FIN) && seq_after(seg->end, side->end))
		side->end = seg->end;	/* nothing follows a FIN */
}

/* @dir has been found to have sent everything up to @seq */
static void learn_end(struct ip_ct_tcp_track *t, unsigned int dir, u32 seq)
{
	if (!end_known(t, dir) || seq_after(seq, t->side[dir].end))
		t->side[dir].end = seq;
}

static u32 window_offered(const struct ip_ct_tcp_track *t, unsigned int dir,
			  const struct ip_ct_tcp_seg *seg)
{
	u32 win = seg->win;

	if (!has_syn(seg))	/* RFC 7323 2.2: a SYN's is never scaled */
		win <<= ip_ct_tcp_scale_in_use(t, dir);
	if (!has_syn(seg) && !(t->flags[dir] & IP_CT_SIDE_SYN))
		win = max(win, WIN_LEARNT);
	return max(win, 1U);	/* a closed window is probed with one octet */
}

static void take_ack(struct ip_ct_tcp_track *t, unsigned int dir,
		     const struct ip_ct_tcp_seg *seg, u32 win)
{
	struct ip_ct_tcp_side *side = &t->side[dir];
	bool first = !(t->flags[dir] & IP_CT_SIDE_ACK);

	if (first || seq_after(seg->ack + win, side->edge))
		side->edge = seg->ack + win;
	if (first || seq_after(seg->ack, side->ack))
		side->ack = seg->ack;
	if (end_exact(t, !dir))
		return;
	learn_end(t, !dir, seg->ack);
	if (!seq_after(seg->sack, side->edge))
		learn_end(t, !dir, seg->sack);
}

/* Counts what says nothing new: data, FINs and keepalives sent once more */
static void count_repeat(struct ip_ct_tcp_track *t, unsigned int dir,
			 const struct ip_ct_tcp_seg *seg)
{
	const struct ip_ct_tcp_side *side = &t->side[dir];
	bool again = (t->flags[dir] & IP_CT_SIDE_SEEN) &&
		     seq_before(seg->seq, side->end) &&
		     !seq_after(seg->end, side->end) &&
		     !(has_ack(seg) && seq_after(seg->ack, side->ack));
	u8 repeats = again ? 1 << 1 | dir : 0;

	if (again && (t->repeats & 1) == dir)
		repeats = min(ip_ct_tcp_repeats(t) + 1,
			      (unsigned int)IP_CT_REPEATS_MAX) << 1 | dir;
	if (t->repeats != repeats)
		t->repeats = repeats;
}

/**
 * ip_ct_tcp_track_segment() - take a segment that the machine has accepted
 * @track: the flow's record
 * @dir:   direction of the segment
 * @seg:   the segment
 * @flags: from ip_ct_tcp_facts() before anything was changed
 */
void ip_ct_tcp_track_segment(struct ip_ct_tcp_track *track, unsigned int dir,
			     const struct ip_ct_tcp_seg *seg,
			     const u8 flags[2])
{
	bool done = ip_ct_tcp_handshake_done(track);
	u32 win = window_offered(track, dir, seg);

	if (seg->kind == IP_CT_SEG_RST)	/* it says nothing of its sender */
		return;
	count_repeat(track, dir, seg);
	take_end(track, dir, seg);
	if (tells_of_syn(track, dir, seg))
		track->isn[!dir] = seg->ack - 1;
	if (win > track->side[dir].maxwin)
		track->side[dir].maxwin = win;
	if (has_ack(seg))
		take_ack(track, dir, seg, win);
	track->flags[0] = flags[0];
	track->flags[1] = flags[1];
	if (!done && ip_ct_tcp_handshake_done(track))
		ip_ct_tcp_agree_on_scale(track);
}

/**
 * ip_ct_tcp_track_resync() - take a segment that breaks its bounds
 * @track: the flow's record
 * @dir:   direction of the segment
 * @seg:   the segment
 *
 * For ip_conntrack_tcp_be_liberal: the segment is believed, and both sides
 * go on from where it says that they are.
 */
void ip_ct_tcp_track_resync(struct ip_ct_tcp_track *track, unsigned int dir,
			    const struct ip_ct_tcp_seg *seg)
{
	u32 win = window_offered(track, dir, seg);
	u8 flags[2];

	track->side[dir].end = seg->end;
	track->side[!dir].edge = seg->end + largest_window(track, !dir);
	track->side[dir].ack = seg->ack;
	track->side[!dir].end = seg->ack;
	track->side[dir].edge = seg->ack + win;
	flags_after(track, dir, seg, flags);
	ip_ct_tcp_track_segment(track, dir, seg, flags);
	/* it agrees with the numbers that it has set itself: no repeat */
	track->repeats = 0;
}

/**
 * ip_ct_tcp_track_ignored_syn() - remember a SYN that moved nothing
 * @track: the flow's record
 * @dir:   direction of the SYN
 * @seg:   the SYN
 *
 * Should its receiver answer it with a SYN/ACK after all, then the ends have
 * begun anew and the old connection is gone. Not so if it is the SYN that the
 * connection began with, on its way for long or sent once more.
 */
void ip_ct_tcp_track_ignored_syn(struct ip_ct_tcp_track *track,
				 unsigned int dir,
				 const struct ip_ct_tcp_seg *seg)
{
	/* the SYN of this very connection, once more: its answer is old too */
	if (has_begun(track, dir) && own_syn(track, dir, seg))
		return;
	track->syn_end = seg->seq + 1;
	track->flags[dir] |= IP_CT_SIDE_SYN_IGNORED;
	track->flags[!dir] &= ~IP_CT_SIDE_SYN_IGNORED;
}

/**
 * ip_ct_tcp_track_answered_syn() - begin with a SYN known by its answer only
 * @track: record of a new flow
 * @dir:   direction of the SYN/ACK
 * @seg:   the SYN/ACK
 */
void ip_ct_tcp_track_answered_syn(struct ip_ct_tcp_track *track,
				  unsigned int dir,
				  const struct ip_ct_tcp_seg *seg)
{
	unsigned int asker = !dir;

	track->flags[asker] = IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN;
	track->isn[asker] = seg->ack - 1;
	track->side[asker].end = seg->ack;
	track->side[asker].maxwin = WIN_UNSCALED;
}
