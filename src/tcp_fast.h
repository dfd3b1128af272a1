/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcp_fast.h - the segment that nearly every packet is, in one go.
 *
 * In ESTABLISHED, when both SYNs were seen and acknowledged, neither side has
 * sent a FIN and nobody repeats himself, none of the machine's exceptions can
 * apply to a segment with ACK alone: it leads to ESTABLISHED again, and no flag
 * changes. If it also lies well within its bounds and says something new, then
 * what is left of ip_ct_tcp_judge() and ip_ct_tcp_take() is what stands here.
 *
 * The same for the segments that open and close a connection when nothing is
 * lost and nothing waits: each begins where its sender's last one ended, and
 * acknowledges all that its peer has sent. No number can be out of bounds then,
 * and of the machine's exceptions none but those about acknowledgements apply.
 *
 * All else goes the long way. The model, the fuzzer and tcp_fast_test.c hold
 * both against each other.
 *
 * Pure, as tcp_fsm.h and tcp_window.h are.
 */
#ifndef _IP_CT_TCP_FAST_H
#define _IP_CT_TCP_FAST_H

#include <linux/minmax.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/types.h>

#include "tcp_fsm.h"
#include "tcp_window.h"

/* So far above what was sent nothing is fast: sums below must not wrap */
#define IP_CT_FAST_AHEAD	(1U << 30)

/*
 * Both sides: begun, acknowledged and acknowledging, and no FIN; and the last
 * segment brought news
 */
static inline bool ip_ct_tcp_is_open(const struct ip_ct_tcp_track *track)
{
	const u16 open = 0x101 * (IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN |
				  IP_CT_SIDE_SYN_ACKED | IP_CT_SIDE_ACK);
	const u16 fin = 0x101 * IP_CT_SIDE_FIN;
	/* one load; a memcpy() is a call where the compiler may not know it */
	u16 flags = track->flags[0] | track->flags[1] << 8;

	return (flags & (open | fin)) == open && !track->repeats;
}

/*
 * What is left of taking a segment that says nothing for the second time. @first:
 * its side has acknowledged nothing before.
 */
static __always_inline void ip_ct_tcp_note(struct ip_ct_tcp_side *side,
					   const struct ip_ct_tcp_seg *seg,
					   u32 win, bool first)
{
	side->end = seg->end;
	if (win > side->maxwin)
		side->maxwin = win;
	win += seg->ack;
	if (first || (s32)(win - side->edge) > 0)
		side->edge = win;
	if (first || (s32)(seg->ack - side->ack) > 0)
		side->ack = seg->ack;
}

/* The window that a segment offers after both SYNs */
static __always_inline u32 ip_ct_tcp_offered(const struct ip_ct_tcp_track *t,
					     unsigned int dir,
					     const struct ip_ct_tcp_seg *seg)
{
	return max((u32)seg->win << ip_ct_tcp_scale_agreed(t, dir), 1U);
}

/**
 * ip_ct_tcp_fast_side() - take a plain segment of a flow in ESTABLISHED
 * @side:      the sender's side; changed if the segment is taken
 * @peer_end:  end of the other side
 * @peer_edge: edge of the other side
 * @win:       ip_ct_tcp_offered()
 * @seg:       the segment, its kind ACK
 *
 * The caller knows that ip_ct_tcp_is_open() holds. Of the flow it needs these
 * six numbers, and changes one side: what can be done without a lock
 * (tcp_lock.h).
 *
 * Return: true if the segment was taken: the state stays, and nothing has been
 * said for the second time. False: nothing has changed, ip_ct_tcp_judge() has
 * to look at it.
 */
static __always_inline bool ip_ct_tcp_fast_side(struct ip_ct_tcp_side *side,
						u32 peer_end, u32 peer_edge,
						u32 win,
						const struct ip_ct_tcp_seg *seg)
{
	u32 ahead = seg->end - side->end;

	/* bounds I and II */
	if (ahead >= IP_CT_FAST_AHEAD ||
	    (s32)(seg->end - peer_edge) > IP_CT_SEQ_SLACK)
		return false;
	/* bound III, and IV with a window to spare */
	if (peer_end - seg->ack > max(side->maxwin, 2 * IP_CT_WIN_UNSCALED))
		return false;
	/* sent once more? */
	if (!ahead && unlikely(seg->seq != seg->end) &&
	    (s32)(seg->ack - side->ack) <= 0)
		return false;

	ip_ct_tcp_note(side, seg, win, false);
	return true;
}

/**
 * ip_ct_tcp_fast() - the same, with the whole record in hand
 * @track: the flow's record
 * @dir:   direction of the segment
 * @seg:   the segment
 *
 * Return: see ip_ct_tcp_fast_side().
 */
static inline bool ip_ct_tcp_fast(struct ip_ct_tcp_track *track,
				  unsigned int dir,
				  const struct ip_ct_tcp_seg *seg)
{
	const struct ip_ct_tcp_side *peer = &track->side[!dir];

	return seg->kind == IP_CT_SEG_ACK && ip_ct_tcp_is_open(track) &&
	       ip_ct_tcp_fast_side(&track->side[dir], peer->end, peer->edge,
				   ip_ct_tcp_offered(track, dir, seg), seg);
}

/* Does @seg acknowledge all that the other side sent, its SYN included? */
static __always_inline bool ip_ct_tcp_acks_all(const struct ip_ct_tcp_track *t,
					       unsigned int dir,
					       const struct ip_ct_tcp_seg *seg)
{
	return seg->ack == t->side[!dir].end &&
	       (s32)(seg->ack - t->isn[!dir]) > 0;
}

/* The first SYN/ACK, and nothing but the SYN has come before */
static __always_inline u8 ip_ct_tcp_answer(struct ip_ct_tcp_track *track,
					   const struct ip_ct_tcp_seg *seg)
{
	const unsigned int dir = IP_CT_DIR_REPLY;
	u8 asked = track->flags[!dir] & ~IP_CT_SIDE_SACK_OK;
	u8 scale = seg->wscale == IP_CT_WSCALE_NONE ? IP_CT_SCALE_NONE :
						      seg->wscale;

	if (track->flags[dir] || asked != (IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN) ||
	    !ip_ct_tcp_acks_all(track, dir, seg))
		return TCP_CONNTRACK_NONE;
	track->isn[dir] = seg->seq;
	track->scale = (track->scale & 15) | scale << 4;
	ip_ct_tcp_note(&track->side[dir], seg, max_t(u32, seg->win, 1), true);
	track->repeats = 0;
	track->flags[dir] = IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN | IP_CT_SIDE_ACK |
			    (seg->sack_ok ? IP_CT_SIDE_SACK_OK : 0);
	track->flags[!dir] |= IP_CT_SIDE_SYN_ACKED;
	return ip_ct_tcp_next(TCP_CONNTRACK_SYN_SENT, dir, IP_CT_SEG_SYNACK, 0);
}

/* Is an ACK or a FIN the next of its side, and acknowledges it all? */
static __always_inline bool
ip_ct_tcp_in_order(const struct ip_ct_tcp_track *track, unsigned int dir,
		   const struct ip_ct_tcp_seg *seg)
{
	const u8 mine = IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN | IP_CT_SIDE_SYN_ACKED;
	const u8 its = IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN | IP_CT_SIDE_ACK;
	const struct ip_ct_tcp_side *side = &track->side[dir];

	if ((track->flags[dir] & mine) != mine ||
	    (track->flags[!dir] & its) != its || seg->seq != side->end ||
	    !ip_ct_tcp_acks_all(track, dir, seg))
		return false;
	/* nothing follows a FIN */
	if ((track->flags[dir] & IP_CT_SIDE_FIN) &&
	    (seg->kind != IP_CT_SEG_ACK || seg->end != seg->seq))
		return false;
	/* bound I */
	return seg->end - seg->seq < IP_CT_FAST_AHEAD &&
	       (s32)(seg->end - track->side[!dir].edge) <= IP_CT_SEQ_SLACK;
}

static __always_inline bool ip_ct_tcp_fins_acked(u8 one, u8 other)
{
	const u8 open = IP_CT_SIDE_FIN | IP_CT_SIDE_FIN_ACKED;

	return ((one | other) & IP_CT_SIDE_FIN) &&
	       (one & open) != IP_CT_SIDE_FIN &&
	       (other & open) != IP_CT_SIDE_FIN;
}

/**
 * ip_ct_tcp_usual() - take a segment that opens or closes as nearly all do
 * @track: the flow's record
 * @state: enum tcp_conntrack, the present state
 * @dir:   direction of the segment
 * @seg:   the segment
 *
 * Return: the state that it leads to, nothing having been said for the second
 * time; or TCP_CONNTRACK_NONE: nothing has changed, ip_ct_tcp_judge() has to
 * look at it.
 */
static __always_inline u8 ip_ct_tcp_usual(struct ip_ct_tcp_track *track,
					  u8 state, unsigned int dir,
					  const struct ip_ct_tcp_seg *seg)
{
	const u32 states = 1U << TCP_CONNTRACK_SYN_RECV |
			   1U << TCP_CONNTRACK_ESTABLISHED |
			   1U << TCP_CONNTRACK_FIN_WAIT |
			   1U << TCP_CONNTRACK_CLOSE_WAIT |
			   1U << TCP_CONNTRACK_LAST_ACK;
	u8 mine = track->flags[dir] | IP_CT_SIDE_ACK;
	u8 its = track->flags[!dir] | IP_CT_SIDE_SYN_ACKED;
	unsigned int facts = IP_CT_FACT_SYNS_ACKED;

	if (seg->kind == IP_CT_SEG_SYNACK)
		return state == TCP_CONNTRACK_SYN_SENT && dir ?
		       ip_ct_tcp_answer(track, seg) : TCP_CONNTRACK_NONE;
	if ((seg->kind != IP_CT_SEG_ACK && seg->kind != IP_CT_SEG_FIN) ||
	    !(1U << state & states) || !ip_ct_tcp_in_order(track, dir, seg))
		return TCP_CONNTRACK_NONE;

	if (seg->kind == IP_CT_SEG_FIN)
		mine |= IP_CT_SIDE_FIN;
	if (its & IP_CT_SIDE_FIN)
		its |= IP_CT_SIDE_FIN_ACKED;
	if (ip_ct_tcp_fins_acked(mine, its))
		facts |= IP_CT_FACT_FINS_ACKED;
	if (!(track->flags[!dir] & IP_CT_SIDE_SYN_ACKED))
		ip_ct_tcp_agree_on_scale(track);
	ip_ct_tcp_note(&track->side[dir], seg,
		       ip_ct_tcp_offered(track, dir, seg),
		       !(track->flags[dir] & IP_CT_SIDE_ACK));
	track->repeats = 0;
	track->flags[dir] = mine;
	track->flags[!dir] = its;
	return ip_ct_tcp_next(state, dir, seg->kind, facts);
}

#endif /* _IP_CT_TCP_FAST_H */
