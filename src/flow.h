/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flow.h - a connection: its layout, its locks, its life time.
 *
 * Who may touch what:
 *
 *   [I]  immutable after the flow has been made
 *   [S]  the lock of the flow's stripe of the table (ip_ct_table.stripe);
 *        readers walk under RCU
 *   [W]  the lock of the wheel that the flow is on (ip_ct_wheel.lock)
 *   [F]  the flow's own lock, of TCP with ip_ct_tcp_lock()
 *   [A]  atomic
 *   [O]  written with WRITE_ONCE by whoever handles a packet, read without a
 *        lock; the last writer wins and any of them is right
 *
 * Lock order: 1. flow, 2. wheel. A stripe's lock is taken with neither held,
 * and none is taken under it.
 *
 * Life: a flow is born with one reference, its maker's (ip_ct_flow_new()).
 * Entering the table (ip_ct_table_insert()) turns that into the table's. A
 * flow in the table may be used under rcu_read_lock() without a reference;
 * who keeps it longer takes one (ip_ct_flow_get()). Its end comes from many
 * sides (expiry, limit, reopening, namespace exit): ip_ct_flow_kill() lets
 * exactly one of them take it out of table and wheel and drop the table's
 * reference. Memory is given back a grace period after the last reference.
 */
#ifndef _IP_CT_FLOW_H
#define _IP_CT_FLOW_H

#include <linux/bottom_half.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/netfilter/nf_conntrack_common.h>	/* IPS_* */
#include <linux/netfilter/nf_conntrack_tuple_common.h>	/* IP_CT_DIR_* */
#include <linux/preempt.h>
#include <linux/refcount.h>
#include <linux/sched.h>	/* softirq_count() of PREEMPT_RT */
#include <linux/spinlock.h>

#include "tcp_window.h"
#include "tuple.h"

struct ip_ct_net;
struct ip_ct_hash;

/**
 * enum ip_ct_class - how readily a flow gives way when the table is full
 * @IP_CT_UNREPLIED: only one side was heard
 * @IP_CT_UNASSURED: both were, but no handshake or exchange is complete
 * @IP_CT_CLOSING:   TCP that both ends are done with
 * @IP_CT_ASSURED:   all others
 * @IP_CT_CLASSES:   how many there are
 *
 * In this order; each class has slots of its own on the wheel, so the flow
 * that is nearest to its end is found in constant time.
 */
enum ip_ct_class {
	IP_CT_UNREPLIED,
	IP_CT_UNASSURED,
	IP_CT_CLOSING,
	IP_CT_ASSURED,
	IP_CT_CLASSES
};

/**
 * struct ip_conntrack - one connection, both directions
 * @key:      [I] canonical key
 * @next:     [S] next in the chain, by ascending (hash, key)
 * @wheel:    [W] link on a slot of the wheel; empty when on none
 * @hash:     [S] hash of @key with the table's seed, and marks, see table.h;
 *            changes when that does
 * @deadline: [O] end of life, jiffies modulo 2^32
 * @status:   [A] enum ip_conntrack_status (IPS_*)
 * @ref:      [A] references
 * @state:    [F] TCP: enum tcp_conntrack; read without the lock for display
 * @orig:     [I] index in @key of the endpoint that sent the first packet
 * @shared:   [I] counted as one of its source's, from limit to limit
 * @large:    [I] it is the first part of a struct ip_ct_large_flow
 * @counted:  [I] large: packets and bytes are counted
 * @timed:    [I] large: when it began is known
 * @translated: [I] large: its reply tuple is not the inverse of the original
 * @free:     0, of no use yet
 * @cpu:      [I] whose wheel it is on, set when it enters the table
 * @mark:     [O] connection mark
 * @placed:   [W] what @deadline was when the wheel last looked, when that was,
 *            and as what class the flow is on the wheel, see expire.c; before
 *            the flow enters the table, the seed of @hash
 * @tcp:      [F] TCP only; and see tcp_lock.h
 * @birth:    [I] UDP: when it was made, jiffies modulo 2^32
 * @dead:     after the last reference: next of its batch
 * @shut:     no longer open then, for a packet that still looks at it
 * @rcu:      after the last reference: waits for the grace period
 * @lock:     guards [F]
 *
 * Two cache lines, of which the last eight bytes are the slab's (flow.c). The
 * first has all that a look-up, expiry and a packet of an answered UDP flow
 * touch, and is mostly read; the second what TCP remembers, and the lock, which
 * processors that have packets of one flow take from each other. Whose namespace
 * it is of knows whoever has found it, in a table or on a wheel.
 */
struct ip_conntrack {
	struct ip_ct_key key;
	struct ip_conntrack __rcu *next;
	struct list_head wheel;
	u32 hash;
	u32 deadline;
	atomic_t status;
	refcount_t ref;
	u8 state;
	u8 orig:1;
	u8 shared:1;
	u8 large:1;
	u8 counted:1;
	u8 timed:1;
	u8 translated:1;
	u8 free:2;
	u16 cpu;
	u32 placed;

	union {
		struct ip_ct_tcp_track tcp;
		u32 birth;
		struct {
			struct ip_conntrack *dead;
			u64 shut[3];
			struct rcu_head rcu;
		};
	};
	spinlock_t lock;
	u32 mark;
};

/* a lock may be larger, or nothing at all on one processor */
#if !defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_DEBUG_LOCK_ALLOC) && \
	!defined(CONFIG_PREEMPT_RT) && defined(CONFIG_64BIT) && \
	defined(CONFIG_SMP)
static_assert(offsetof(struct ip_conntrack, tcp) == 64);
static_assert(sizeof(struct ip_conntrack) + sizeof(void *) == 128);
#endif

/* For the two sides of a flow to be two halves (tcp_lock.h) */
#define IP_CT_FLOW_ALIGNMENT	32

/**
 * struct ip_ct_large_flow - a flow of which more is to be known
 * @flow:    the flow; its @large is set
 * @packets: [A] by direction
 * @bytes:   [A] by direction, IPv4 total lengths
 * @start:   [I] when it began, nanoseconds since 1970
 * @reply:   [I] reply tuple of a translated connection, seen by the observer
 *
 * A third cache line, only where accounting or time stamps are on, or where
 * nf_conntrack translates addresses under the observer's eyes.
 */
struct ip_ct_large_flow {
	struct ip_conntrack flow;
	atomic64_t packets[2];
	atomic64_t bytes[2];
	u64 start;
	struct ip_ct_tuple reply;
};

/*
 * In status, beside IPS_*. MARKED: a mark other than 0 was set once. RESTORED:
 * the flow comes from another module's time (handover.c), and in direction
 * @dir nothing has passed since. VISIT_SOON: the wheel will see the flow before
 * any but the shortest time-outs end (expire.c); changed under the wheel's lock.
 * KEPT: RESTORED once, for good.
 */
#define IP_CT_MARKED		BIT(31)
#define IP_CT_RESTORED(dir)	BIT(29 + (dir))
#define IP_CT_VISIT_SOON	BIT(28)
#define IP_CT_KEPT		BIT(27)
#define IP_CT_STATUS_OWN	\
	(IP_CT_KEPT | IP_CT_MARKED | IP_CT_RESTORED(0) | IP_CT_RESTORED(1) | \
	 IP_CT_VISIT_SOON)

static inline struct ip_ct_large_flow *
ip_ct_large(const struct ip_conntrack *flow)
{
	return container_of(flow, struct ip_ct_large_flow, flow);
}

/* Flows that have lost their last reference and are freed together */
struct ip_ct_dead {
	struct ip_conntrack *first;
};

static inline u32 ip_ct_now(void)
{
	return (u32)jiffies;
}

/* a is not before b, in jiffies modulo 2^32 */
static inline bool ip_ct_time_reached(u32 now, u32 when)
{
	return (s32)(now - when) >= 0;
}

static inline bool ip_ct_has(const struct ip_conntrack *flow, u32 status)
{
	return (atomic_read(&flow->status) & status) == status;
}

/* Atomic, but free of cost where there is nothing to set */
static inline void ip_ct_set(struct ip_conntrack *flow, u32 status)
{
	if (!ip_ct_has(flow, status))
		atomic_or(status, &flow->status);
}

/* Answered, assured, and nothing about it is special */
static __always_inline bool ip_ct_flow_is_plain(const struct ip_conntrack *flow)
{
	const u32 want = IPS_ASSURED | IPS_SEEN_REPLY;
	const u32 look = want | IPS_DYING | IP_CT_RESTORED(0) |
			 IP_CT_RESTORED(1);

	return (atomic_read(&flow->status) & look) == want;
}

/* Not over: neither ended nor past its deadline */
static inline bool ip_ct_is_live(const struct ip_conntrack *flow)
{
	return !ip_ct_has(flow, IPS_DYING) &&
	       !ip_ct_time_reached(ip_ct_now(), READ_ONCE(flow->deadline));
}

static inline unsigned int ip_ct_dir(const struct ip_conntrack *flow,
				     unsigned int sender)
{
	return sender ^ flow->orig;	/* IP_CT_DIR_ORIGINAL is 0 */
}

/*
 * As local_bh_disable(), but packets mostly come with softirqs off: only where
 * they are on, as for what a process sends, are they to be switched. Returns
 * what ip_ct_bh_back() must know.
 */
static __always_inline bool ip_ct_bh_off(void)
{
	bool bh = !softirq_count();

	if (unlikely(bh))
		local_bh_disable();
	return bh;
}

static __always_inline void ip_ct_bh_back(bool bh)
{
	if (unlikely(bh))
		local_bh_enable();
}

/* As spin_lock_bh(), see ip_ct_bh_off(); returns what the unlock must know */
static inline bool ip_ct_lock(spinlock_t *lock)
	__acquires(lock)
{
	bool bh = ip_ct_bh_off();

	spin_lock(lock);
	return bh;
}

static inline void ip_ct_unlock(spinlock_t *lock, bool bh)
	__releases(lock)
{
	spin_unlock(lock);
	ip_ct_bh_back(bh);
}

/* Whole seconds left, never negative */
static inline u32 ip_ct_seconds_left(const struct ip_conntrack *flow, u32 now)
{
	s32 left = READ_ONCE(flow->deadline) - now;

	return left > 0 ? left / HZ : 0;
}

/* The mark, without a look at the second cache line where there is none */
static inline u32 ip_ct_mark_by(const struct ip_conntrack *flow, u32 status)
{
	return status & IP_CT_MARKED ? READ_ONCE(flow->mark) : 0;
}

static inline u32 ip_ct_mark(const struct ip_conntrack *flow)
{
	return ip_ct_mark_by(flow, atomic_read(&flow->status));
}

static inline void ip_ct_set_mark(struct ip_conntrack *flow, u32 mark)
{
	WRITE_ONCE(flow->mark, mark);
	if (mark)
		ip_ct_set(flow, IP_CT_MARKED);
}

static inline void ip_ct_account(struct ip_conntrack *flow, unsigned int dir,
				 unsigned int len)
{
	if (likely(!flow->counted))
		return;
	atomic64_inc(&ip_ct_large(flow)->packets[dir]);
	atomic64_add(len, &ip_ct_large(flow)->bytes[dir]);
}

int ip_ct_flow_cache_init(void);
u32 ip_ct_age(const struct ip_conntrack *flow);
void ip_ct_flow_cache_exit(void);

struct ip_conntrack *ip_ct_flow_new(struct ip_ct_net *cn,
				    const struct ip_ct_key *key,
				    struct ip_ct_hash hash,
				    unsigned int orig,
				    const struct ip_ct_tuple *reply);
void ip_ct_flow_tuple(const struct ip_conntrack *flow, unsigned int dir,
		      struct ip_ct_tuple *tuple);
u32 ip_ct_flow_id(const struct ip_conntrack *flow);
bool ip_ct_flow_get(struct ip_conntrack *flow);
void ip_ct_flow_put(struct ip_conntrack *flow);
void ip_ct_flow_discard(struct ip_conntrack *flow);
void ip_ct_flow_put_batch(struct ip_conntrack *flow, struct ip_ct_dead *dead);
void ip_ct_flow_free_batch(struct ip_ct_dead *dead);
bool ip_ct_flow_kill(struct ip_ct_net *cn, struct ip_conntrack *flow);
bool ip_ct_flow_kill_for(struct ip_ct_net *cn, struct ip_conntrack *flow,
			 u32 portid, bool report);
bool ip_ct_flow_kill_batch_for(struct ip_ct_net *cn, struct ip_conntrack *flow,
			       struct ip_ct_dead *dead, u32 portid,
			       bool report);
static inline bool ip_ct_flow_kill_batch(struct ip_ct_net *cn,
					 struct ip_conntrack *flow,
					 struct ip_ct_dead *dead)
{
	return ip_ct_flow_kill_batch_for(cn, flow, dead, 0, false);
}

enum ip_ct_class ip_ct_flow_class(const struct ip_conntrack *flow);

#endif /* _IP_CT_FLOW_H */
