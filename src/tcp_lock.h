/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcp_lock.h - who may change what a flow remembers of TCP.
 *
 * Whoever holds the flow's lock; and a plain segment without it, while the flow
 * is open: in ESTABLISHED, as tcp_fast.h wants it, IP_CT_TCP_OPEN set in both
 * sides. Two processors that each have one direction of a busy connection would
 * else spend more time on handing the lock to each other than on the packets.
 *
 * Such a segment needs six numbers and changes one side, 16 bytes, which are
 * exchanged as a whole if they are as they were when it was judged:
 *
 *  - Its own side has then not changed from before it looked at the other's to
 *    the end. Of the other's it needs one word, read at one moment. So it is
 *    judged as if all had happened at that moment.
 *  - Who takes the lock takes IP_CT_TCP_OPEN away first: an exchange that has
 *    not happened by then fails, and the record is his alone. Who gives the
 *    lock back opens the flow again if it is fit for it.
 *  - The deadline is set before the exchange. If that fails, somebody has had
 *    the lock, and has perhaps set a nearer one: it is set again, under the
 *    lock.
 *  - A flow that has ended is never opened again, and what is written where
 *    these bytes were leaves IP_CT_TCP_OPEN alone (struct ip_conntrack).
 */
#ifndef _IP_CT_TCP_LOCK_H
#define _IP_CT_TCP_LOCK_H

#include <linux/atomic.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "compat.h"
#include "expire.h"
#include "flow.h"
#include "net.h"
#include "tcp_fast.h"

/* A side as two words: end and edge, maxwin and ack */
static_assert(sizeof(struct ip_ct_tcp_side) == 2 * sizeof(u64));
static_assert(offsetof(struct ip_ct_tcp_side, maxwin) == sizeof(u64));
static_assert(sizeof(((struct ip_ct_tcp_track *)NULL)->side) ==
	      IP_CT_FLOW_ALIGNMENT);

/* end and edge of the other side, given one: both halves of aligned bytes */
static __always_inline const u64 *
ip_ct_tcp_other_side(const struct ip_conntrack *flow, unsigned int dir,
		     const u64 *side)
{
	if (offsetof(struct ip_conntrack, tcp.side) % IP_CT_FLOW_ALIGNMENT)
		return (const u64 *)&flow->tcp.side[!dir];
	return (const u64 *)((unsigned long)side ^
			     sizeof(struct ip_ct_tcp_side));
}

/* Both are one aligned int */
static_assert(sizeof(atomic_t) == sizeof(u32));

static inline void ip_ct_tcp_shut_side(struct ip_ct_tcp_side *side)
{
	atomic_andnot(IP_CT_TCP_OPEN, (atomic_t *)&side->maxwin);
}

/**
 * ip_ct_tcp_lock() - what a flow remembers of TCP is the caller's alone
 * @flow: TCP
 *
 * Return: what ip_ct_tcp_unlock() must know.
 */
static inline bool ip_ct_tcp_lock(struct ip_conntrack *flow)
	__acquires(&flow->lock)
{
	bool bh = ip_ct_lock(&flow->lock);

	if (READ_ONCE(flow->tcp.side[0].maxwin) & IP_CT_TCP_OPEN) {
		ip_ct_tcp_shut_side(&flow->tcp.side[0]);
		ip_ct_tcp_shut_side(&flow->tcp.side[1]);
		/* shut before it is read or changed */
		smp_mb__after_atomic();
	}
	return bh;
}

static inline void ip_ct_tcp_open_side(struct ip_ct_tcp_side *side)
{
	/* all that was changed under the lock, and then open */
	smp_store_release(&side->maxwin, side->maxwin | IP_CT_TCP_OPEN);
}

/**
 * ip_ct_tcp_unlock() - the mirror image
 * @flow: TCP
 * @bh:   from ip_ct_tcp_lock()
 */
static inline void ip_ct_tcp_unlock(struct ip_conntrack *flow, bool bh)
	__releases(&flow->lock)
{
	if (flow->state == TCP_CONNTRACK_ESTABLISHED &&
	    ip_ct_tcp_is_open(&flow->tcp) && ip_ct_flow_is_plain(flow)) {
		ip_ct_tcp_open_side(&flow->tcp.side[0]);
		ip_ct_tcp_open_side(&flow->tcp.side[1]);
	}
	ip_ct_unlock(&flow->lock, bh);
}

/*
 * Exchanges a side, unless it has changed. Without the instruction for it: the
 * lock, but that leaves IP_CT_TCP_OPEN as it is.
 */
static __always_inline bool ip_ct_tcp_exchange(struct ip_conntrack *flow,
					       u64 *side, u64 sent, u64 heard,
					       u64 new_sent, u64 new_heard)
{
	bool bh, same;

	if (likely(ip_ct_has_cmpxchg16()))
		return ip_ct_cmpxchg16(side, sent, heard, new_sent, new_heard);
	bh = ip_ct_lock(&flow->lock);
	same = side[0] == sent && side[1] == heard;
	if (same) {
		WRITE_ONCE(side[0], new_sent);
		WRITE_ONCE(side[1], new_heard);
	}
	ip_ct_unlock(&flow->lock, bh);
	return same;
}

/* What became of a segment that tried to do without the lock */
enum ip_ct_tcp_attempt {
	IP_CT_TCP_TAKEN,
	IP_CT_TCP_NOT_PLAIN,	/* nothing has changed */
	IP_CT_TCP_RACED,	/* nor here, but for the deadline */
};

/**
 * ip_ct_tcp_attempt() - take a plain segment without the lock
 * @cn:   namespace
 * @flow: TCP
 * @dir:  direction of the segment
 * @seg:  the segment, its kind ACK
 */
static __always_inline enum ip_ct_tcp_attempt
ip_ct_tcp_attempt(struct ip_ct_net *cn, struct ip_conntrack *flow,
		  unsigned int dir, const struct ip_ct_tcp_seg *seg)
{
	u64 *mine = (u64 *)&flow->tcp.side[dir];
	u64 heard = READ_ONCE(mine[1]), sent, other, new_heard, new_sent;
	struct ip_ct_tcp_side side;
	bool refreshed;

	if (unlikely(!(IP_CT_FIRST(heard, 32) & IP_CT_TCP_OPEN)))
		return IP_CT_TCP_NOT_PLAIN;
	smp_rmb();	/* open first, */
	sent = READ_ONCE(mine[0]);
	side = (struct ip_ct_tcp_side) {
		.end = IP_CT_FIRST(sent, 32),
		.edge = IP_CT_SECOND(sent, 32),
		.maxwin = IP_CT_FIRST(heard, 32) & ~IP_CT_TCP_OPEN,
		.ack = IP_CT_SECOND(heard, 32),
	};
	smp_rmb();	/* its own side, then the other */
	other = READ_ONCE(*ip_ct_tcp_other_side(flow, dir, mine));
	if (unlikely(!ip_ct_tcp_fast_side(&side, IP_CT_FIRST(other, 32),
					  IP_CT_SECOND(other, 32),
					  ip_ct_tcp_offered(&flow->tcp, dir,
							    seg), seg)))
		return IP_CT_TCP_NOT_PLAIN;
	new_sent = IP_CT_PAIR(side.end, side.edge, 32);
	new_heard = IP_CT_PAIR(side.maxwin | IP_CT_TCP_OPEN, side.ack, 32);
	refreshed = ip_ct_refresh(cn, flow, ip_ct_now(),
				  ip_ct_timeout(&cn->settings,
						IP_CT_SET_TCP_ESTABLISHED));
	/* an acknowledgement once more: nothing is written */
	if (!refreshed && !((new_sent ^ sent) | (new_heard ^ heard)))
		return IP_CT_TCP_TAKEN;
	if (likely(ip_ct_tcp_exchange(flow, mine, sent, heard, new_sent,
				      new_heard)))
		return IP_CT_TCP_TAKEN;
	return IP_CT_TCP_RACED;
}

struct tcphdr;

u32 ip_ct_tcp_timeout(const struct ip_ct_net *cn, u8 state);
u32 ip_ct_tcp_lifetime(struct ip_ct_net *cn,
		       const struct ip_ct_tcp_track *tcp, u8 state);
bool ip_ct_tcp_without_lock(struct ip_ct_net *cn, struct ip_conntrack *flow,
			    unsigned int dir, const struct ip_ct_tcp_seg *seg,
			    bool raced);
bool ip_ct_tcp_attempt_again(struct ip_ct_net *cn, struct ip_conntrack *flow,
			     unsigned int dir, const struct tcphdr *th,
			     unsigned int data);

#endif /* _IP_CT_TCP_LOCK_H */
