// SPDX-License-Identifier: GPL-2.0
/*
 * tcp_window.c - sequence numbers of both sides, and what a segment says.
 *
 * Each side's record is what the tracker, in the middle of the way, can know
 * of that end's SND.NXT and of the acknowledgements that it has sent.
 */
#include <linux/string.h>
#include <linux/types.h>

#include "tcp_window.h"

#define SEG_HAS_ACK	0x10

static bool seq_at_or_after(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

static bool seq_after(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

static bool has_ack(const struct ip_ct_tcp_seg *seg)
{
	return seg->flags & SEG_HAS_ACK;
}

/* Does @seg, sent in @dir, acknowledge the other side's SYN? */
static bool acks_syn(const struct ip_ct_tcp_track *t, unsigned int dir,
		     const struct ip_ct_tcp_seg *seg)
{
	unsigned int peer = !dir;

	return (t->flags[peer] & IP_CT_SIDE_SYN) && has_ack(seg) &&
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
	if (seg->kind == IP_CT_SEG_SYN || seg->kind == IP_CT_SEG_SYNACK)
		flags[dir] |= IP_CT_SIDE_SYN;
	if (seg->kind == IP_CT_SEG_FIN)
		flags[dir] |= IP_CT_SIDE_FIN;
	if (has_ack(seg))
		flags[dir] |= IP_CT_SIDE_ACK;
	if (seg->sack_ok)
		flags[dir] |= IP_CT_SIDE_SACK_OK;
}

/*
 * RFC 9293 3.10.7.3: before the handshake a RST counts only if it
 * acknowledges the SYN. RFC 5961 3.2: after it, only at the very next
 * sequence number; for the tracker that is where the sender's own segments
 * end, or what its peer has acknowledged (the answer to a segment carries
 * that segment's acknowledgement as its sequence number).
 */
static bool rst_exact(const struct ip_ct_tcp_track *t, unsigned int dir,
		      const struct ip_ct_tcp_seg *seg)
{
	unsigned int peer = !dir;

	if (!(t->flags[dir] & IP_CT_SIDE_SEEN) &&
	    !(t->flags[peer] & IP_CT_SIDE_ACK))
		return acks_syn(t, dir, seg);
	if ((t->flags[dir] & IP_CT_SIDE_SEEN) && seg->seq == t->side[dir].end)
		return true;
	return (t->flags[peer] & IP_CT_SIDE_ACK) &&
	       seg->seq == t->side[peer].ack;
}

/**
 * ip_ct_tcp_facts() - what a segment would mean for its flow
 * @track: the flow's record, not changed
 * @dir:   direction of the segment
 * @seg:   the segment
 *
 * Return: set of enum ip_ct_tcp_fact.
 */
unsigned int ip_ct_tcp_facts(const struct ip_ct_tcp_track *track,
			     unsigned int dir, const struct ip_ct_tcp_seg *seg)
{
	unsigned int facts = 0, peer = !dir;
	u8 flags[2];

	flags_after(track, dir, seg, flags);
	if (flags[0] & flags[1] & IP_CT_SIDE_SYN_ACKED)
		facts |= IP_CT_FACT_SYNS_ACKED;
	if (((flags[0] | flags[1]) & IP_CT_SIDE_FIN) &&
	    !fin_open(flags[0]) && !fin_open(flags[1]))
		facts |= IP_CT_FACT_FINS_ACKED;
	if (seg->kind == IP_CT_SEG_FIN && (track->flags[dir] & IP_CT_SIDE_FIN))
		facts |= IP_CT_FACT_FIN_AGAIN;
	if (!(track->flags[peer] & IP_CT_SIDE_SEEN))
		facts |= IP_CT_FACT_ONE_SIDED;
	if (seg->kind == IP_CT_SEG_SYN &&
	    (!(track->flags[dir] & IP_CT_SIDE_SEEN) ||
	     seq_at_or_after(seg->seq, track->side[dir].end)))
		facts |= IP_CT_FACT_SYN_BEYOND;
	if (seg->kind == IP_CT_SEG_RST && rst_exact(track, dir, seg))
		facts |= IP_CT_FACT_RST_EXACT;
	if (seg->kind == IP_CT_SEG_SYNACK &&
	    (track->flags[peer] & IP_CT_SIDE_SYN_IGNORED) &&
	    seg->ack == track->syn_end)
		facts |= IP_CT_FACT_ANSWERS_SYN;
	return facts;
}

/**
 * ip_ct_tcp_track_init() - record of a flow that has seen nothing
 * @track: filled
 */
void ip_ct_tcp_track_init(struct ip_ct_tcp_track *track)
{
	memset(track, 0, sizeof(*track));
	track->scale[0] = IP_CT_WSCALE_NONE;
	track->scale[1] = IP_CT_WSCALE_NONE;
}

/* A SYN begins its side's sequence space, also when it comes again changed */
static void take_syn(struct ip_ct_tcp_track *t, unsigned int dir,
		     const struct ip_ct_tcp_seg *seg)
{
	t->isn[dir] = seg->seq;
	t->side[dir].end = seg->end;
	t->scale[dir] = seg->wscale;
}

/**
 * ip_ct_tcp_track_segment() - take a segment that the machine has accepted
 * @track: the flow's record
 * @dir:   direction of the segment
 * @seg:   the segment
 */
void ip_ct_tcp_track_segment(struct ip_ct_tcp_track *track, unsigned int dir,
			     const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_side *side = &track->side[dir];
	u8 before = track->flags[dir];
	u8 flags[2];

	flags_after(track, dir, seg, flags);
	track->flags[0] = flags[0];
	track->flags[1] = flags[1];

	if (has_ack(seg) && (!(before & IP_CT_SIDE_ACK) ||
			     seq_after(seg->ack, side->ack)))
		side->ack = seg->ack;

	/* a SYN that was acknowledged has its place: this one is a repeat */
	if ((seg->kind == IP_CT_SEG_SYN || seg->kind == IP_CT_SEG_SYNACK) &&
	    !(before & IP_CT_SIDE_SYN_ACKED))
		take_syn(track, dir, seg);
	else if (!(before & IP_CT_SIDE_SEEN))
		side->end = seg->end;
	else if (!(before & IP_CT_SIDE_FIN) && seq_after(seg->end, side->end))
		side->end = seg->end;	/* nothing follows a FIN */
}

/**
 * ip_ct_tcp_track_ignored_syn() - remember a SYN that moved nothing
 * @track: the flow's record
 * @dir:   direction of the SYN
 * @seg:   the SYN
 *
 * Should its receiver answer it with a SYN/ACK after all, then the ends have
 * begun anew and the old connection is gone.
 */
void ip_ct_tcp_track_ignored_syn(struct ip_ct_tcp_track *track,
				 unsigned int dir,
				 const struct ip_ct_tcp_seg *seg)
{
	/* the SYN of this very connection, once more: its answer is old too */
	if ((track->flags[dir] & IP_CT_SIDE_SYN) && seg->seq == track->isn[dir])
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
}
