/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcp_fast.h - the segment that nearly every packet is, in one go.
 *
 * In ESTABLISHED, when both SYNs were seen and acknowledged and neither side
 * has sent a FIN, none of the machine's exceptions can apply to a segment
 * with ACK alone: it leads to ESTABLISHED again, and no flag changes. If it
 * also lies well within its bounds and says something new, then what is left
 * of ip_ct_tcp_judge() and ip_ct_tcp_take() is what stands here. All else goes
 * the long way. The model, the fuzzer and tcp_fast_test.c hold both against
 * each other.
 *
 * Pure, as tcp_fsm.h and tcp_window.h are.
 */
#ifndef _IP_CT_TCP_FAST_H
#define _IP_CT_TCP_FAST_H

#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#include "tcp_window.h"

/* So far above what was sent nothing is fast: sums below must not wrap */
#define IP_CT_FAST_AHEAD	(1U << 30)

/* Both sides: begun, acknowledged and acknowledging, and no FIN */
static inline bool ip_ct_tcp_is_open(const struct ip_ct_tcp_track *track)
{
	const u16 open = 0x101 * (IP_CT_SIDE_SEEN | IP_CT_SIDE_SYN |
				  IP_CT_SIDE_SYN_ACKED | IP_CT_SIDE_ACK);
	const u16 fin = 0x101 * IP_CT_SIDE_FIN;
	u16 flags;

	memcpy(&flags, track->flags, sizeof(flags));
	return (flags & (open | fin)) == open;
}

/**
 * ip_ct_tcp_fast() - take a plain segment of a flow in ESTABLISHED
 * @track: the flow's record
 * @dir:   direction of the segment
 * @seg:   the segment
 *
 * Return: true if the segment was taken: the state stays, and nothing has been
 * said for the second time. False: nothing has changed, ip_ct_tcp_judge() has
 * to look at it.
 */
static __always_inline bool ip_ct_tcp_fast(struct ip_ct_tcp_track *track,
					   unsigned int dir,
					   const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_side *side = &track->side[dir];
	struct ip_ct_tcp_side *peer = &track->side[!dir];
	u32 ahead = seg->end - side->end;
	u32 maxwin = side->maxwin, win;
	bool acks;

	if (seg->kind != IP_CT_SEG_ACK || !ip_ct_tcp_is_open(track))
		return false;
	/* bounds I and II */
	if (ahead >= IP_CT_FAST_AHEAD ||
	    (s32)(seg->end - side->maxend) > IP_CT_SEQ_SLACK)
		return false;
	/* bound III, and IV with a window to spare */
	if (peer->end - seg->ack > max(maxwin, 2 * IP_CT_WIN_UNSCALED))
		return false;
	/* sent once more? */
	acks = (s32)(seg->ack - side->ack) > 0;
	if (unlikely(!ahead) && seg->seq != seg->end && !acks)
		return false;

	win = max((u32)seg->win << ip_ct_tcp_scale_in_use(track, dir), 1U);
	side->end = seg->end;
	if (win > maxwin)
		side->maxwin = win;
	win += seg->ack;
	if ((s32)(win - peer->maxend) > 0)
		peer->maxend = win;
	if (acks)
		side->ack = seg->ack;
	track->repeats = dir;
	return true;
}

#endif /* _IP_CT_TCP_FAST_H */
