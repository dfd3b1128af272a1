// SPDX-License-Identifier: GPL-2.0
/*
 * limit.c - adaptive time-outs, who gives way, and shares of one source.
 *
 * Everything here runs when a flow comes or goes; a packet of a flow that
 * exists only reads the scale of time-outs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ratelimit.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "expire.h"
#include "flow.h"
#include "limit.h"

/**
 * struct source - flows that one address has begun
 * @node:  in struct ip_ct_net.sources
 * @addr:  the address, network order
 * @flows: how many there are; at 0 it is on its way out
 * @rcu:   look-ups take no lock
 */
struct source {
	struct rhash_head node;
	__be32 addr;
	refcount_t flows;
	struct rcu_head rcu;
};

static const struct rhashtable_params source_params = {
	.key_len = sizeof_field(struct source, addr),
	.key_offset = offsetof(struct source, addr),
	.head_offset = offsetof(struct source, node),
	.automatic_shrinking = true,
};

static __be32 source_addr(const struct ip_conntrack *flow)
{
	return flow->key.addr[flow->orig];
}

/*
 * The lock of a bucket of the kernel's hash table is a bit of the word that
 * holds its chain: who has it reads that word as if nobody else could touch it,
 * while those who wait try to set the bit. Hence the two data_race() below.
 */

/* The source that was there, or @s itself entered, or NULL: try again */
static struct source *source_enter(struct ip_ct_net *cn, struct source *s)
{
	struct source *old;

	/* the bucket's lock, see above */
	old = data_race(rhashtable_lookup_get_insert_fast(&cn->sources,
							  &s->node,
							  source_params));
	if (!old)
		return s;
	if (IS_ERR(old) || !refcount_inc_not_zero(&old->flows))
		return NULL;
	return old;
}

/* A source whose last flow has gone leaves at once; it is waited for, in turns */
#define SOURCE_TRIES	16

/* Caller holds rcu_read_lock(). Returns NULL without memory. */
static struct source *source_get(struct ip_ct_net *cn, __be32 addr)
{
	struct source *s, *entered = NULL;
	unsigned int tries;

	s = rhashtable_lookup_fast(&cn->sources, &addr, source_params);
	if (s && refcount_inc_not_zero(&s->flows))
		return s;
	s = kmalloc(sizeof(*s), GFP_ATOMIC | __GFP_NOWARN);
	if (!s)
		return NULL;
	s->addr = addr;
	refcount_set(&s->flows, 1);
	for (tries = 0; !entered && tries < SOURCE_TRIES; tries++) {
		entered = source_enter(cn, s);
		cpu_relax();
	}
	if (entered != s)
		kfree(s);
	return entered;
}

static void source_put(struct ip_ct_net *cn, struct source *s)
{
	if (!refcount_dec_and_test(&s->flows))
		return;
	/* the bucket's lock, see above */
	data_race(rhashtable_remove_fast(&cn->sources, &s->node,
					 source_params));
	kfree_rcu(s, rcu);
}

/* Does the flow's source still have a share? Counts it if so. */
static noinline enum ip_ct_reason take_share(struct ip_ct_net *cn,
					     struct ip_conntrack *flow,
					     unsigned int max)
{
	struct source *s;

	s = source_get(cn, source_addr(flow));
	if (!s)
		return IP_CT_R_NO_MEMORY;
	if (refcount_read(&s->flows) > max) {
		source_put(cn, s);
		return IP_CT_R_SOURCE_FULL;
	}
	flow->shared = true;
	return IP_CT_R_OK;
}

static noinline void give_share(struct ip_ct_net *cn, struct ip_conntrack *flow)
{
	__be32 addr = source_addr(flow);
	struct source *s;

	rcu_read_lock();
	s = rhashtable_lookup_fast(&cn->sources, &addr, source_params);
	if (!WARN_ON_ONCE(!s))
		source_put(cn, s);
	rcu_read_unlock();
}

/*
 * pf's adaptive rule: time-outs x (end - flows) / (end - start), where start
 * is 3/4 and end 5/4 of the limit, so that they are halved when the table is
 * full.
 */
static noinline u32 scale_for(u64 count, u64 max)
{
	u64 scale;

	count = min(count, max);
	scale = div64_u64(IP_CT_SCALE_FULL * (5 * max - 4 * count), 2 * max);
	/* in sixteenths, so that it is not written with every flow */
	return round_up(scale, IP_CT_SCALE_FULL / 16);
}

static __always_inline void update_scale(struct ip_ct_net *cn)
{
	u32 max = ip_ct_setting(&cn->settings, IP_CT_SET_MAX);
	u32 count = atomic_read(&cn->admitted);
	u32 scale = IP_CT_SCALE_FULL;

	if (max && unlikely(count > max - DIV_ROUND_UP(max, 4)))
		scale = scale_for(count, max);
	if (unlikely(scale != READ_ONCE(cn->settings.scale)))
		ip_ct_settings_rescale(&cn->settings, scale);
}

/*
 * Flows of all namespaces that ordinary users have made. Such a user makes as
 * many namespaces as he likes: together they have no more room than the host.
 */
static atomic_t guests;

static __always_inline bool count_one(atomic_t *count, unsigned int max)
{
	if (atomic_inc_return(count) <= max || !max)
		return true;
	atomic_dec(count);
	return false;
}

static noinline bool admit_guest(struct ip_ct_net *cn)
{
	const struct ip_ct_net *host = ip_ct_net(&init_net);

	if (count_one(&guests, ip_ct_setting(&host->settings, IP_CT_SET_MAX)))
		return true;
	atomic_dec(&cn->admitted);
	return false;
}

/* Flows are counted before they enter, so that there is never one too many */
static bool admit(struct ip_ct_net *cn, unsigned int max)
{
	return count_one(&cn->admitted, max) &&
	       (likely(!cn->guest) || admit_guest(cn));
}

static void dismiss(struct ip_ct_net *cn)
{
	atomic_dec(&cn->admitted);
	if (unlikely(cn->guest))
		atomic_dec(&guests);
}

/*
 * Where all flows are active each search looks at many in vain, which is more
 * work than the packet itself. Who floods such a table gets some of them; then
 * new flows are refused until the wheel's next tick, when others may be idle,
 * unless there is room. Several processors may count at once: it is no exact
 * number.
 */
static void note_vain(struct ip_ct_net *cn)
{
	u32 tick = ip_ct_wheel_tick(), vain = READ_ONCE(cn->vain);

	if (READ_ONCE(cn->vain_tick) != tick) {
		WRITE_ONCE(cn->vain_tick, tick);
		vain = 0;
	}
	WRITE_ONCE(cn->vain, vain + 1);
}

/**
 * ip_ct_limit_vain_still() - ip_ct_limit_is_vain(), the rest of it
 * @cn: namespace
 *
 * It is so in one tick only, and as long as no flow has ended and the limit
 * has not been raised.
 */
noinline bool ip_ct_limit_vain_still(const struct ip_ct_net *cn)
{
	unsigned int max = ip_ct_setting(&cn->settings, IP_CT_SET_MAX);

	return READ_ONCE(cn->vain_tick) == ip_ct_wheel_tick() && max &&
	       atomic_read(&cn->admitted) >= max;
}

/* Others may take the room that was made: it is made again, in turns */
#define ROOM_TRIES	8

static noinline enum ip_ct_reason make_room(struct ip_ct_net *cn,
					    unsigned int max)
{
	unsigned int tries;

	for (tries = 0; tries < ROOM_TRIES; tries++) {
		if (ip_ct_limit_is_vain(cn))
			break;
		if (!ip_ct_evict(cn, IP_CT_ASSURED)) {
			note_vain(cn);
			break;
		}
		WRITE_ONCE(cn->vain, 0);
		ip_ct_count(cn, IP_CT_R_EARLY_DROP);
		if (admit(cn, max))
			return IP_CT_R_OK;
	}
	if (!cn->guest && __ratelimit(&cn->full_log))
		pr_warn("table full: %u flows, none may give way, new connections pass untracked (ip_conntrack_max)\n",
			max);
	return IP_CT_R_TABLE_FULL;
}

/**
 * ip_ct_limit_enter() - may this flow enter the table?
 * @cn:   namespace
 * @flow: not in the table yet
 *
 * Ends another flow if there is no room otherwise. A flow that was let in and
 * does not enter the table after all is given to ip_ct_limit_leave(). Caller
 * holds rcu_read_lock() and no other lock.
 *
 * Return: IP_CT_R_OK, or why not.
 */
enum ip_ct_reason ip_ct_limit_enter(struct ip_ct_net *cn,
				    struct ip_conntrack *flow)
{
	unsigned int share = ip_ct_setting(&cn->settings, IP_CT_SET_SOURCE_MAX);
	unsigned int max = ip_ct_setting(&cn->settings, IP_CT_SET_MAX);
	enum ip_ct_reason reason = IP_CT_R_OK;

	if (unlikely(share))
		reason = take_share(cn, flow, share);
	if (unlikely(reason))
		return reason;
	if (unlikely(!admit(cn, max))) {
		reason = make_room(cn, max);
		if (reason && flow->shared)
			give_share(cn, flow);
	}
	update_scale(cn);
	return reason;
}

/**
 * ip_ct_limit_leave() - a flow has left the table, or does not enter it
 * @cn:   namespace
 * @flow: let in by ip_ct_limit_enter()
 */
noinline void ip_ct_limit_leave(struct ip_ct_net *cn, struct ip_conntrack *flow)
{
	if (unlikely(flow->shared))
		give_share(cn, flow);
	dismiss(cn);
	update_scale(cn);
}

/* How often one waits for active flows to be idle for a moment */
#define IDLE_WAITS	4

/**
 * ip_ct_limit_changed() - ip_conntrack_max was set: it holds from now on
 * @cn: namespace
 *
 * May sleep. Flows that are not idle even for a moment stay; they give way as
 * new ones come.
 */
void ip_ct_limit_changed(struct ip_ct_net *cn)
{
	unsigned int max = ip_ct_setting(&cn->settings, IP_CT_SET_MAX);
	unsigned int waits = 0;

	WRITE_ONCE(cn->vain, 0);
	while (max && atomic_read(&cn->admitted) > max && waits < IDLE_WAITS) {
		bool evicted;

		rcu_read_lock();
		evicted = ip_ct_evict(cn, IP_CT_ASSURED);
		rcu_read_unlock();
		if (evicted) {
			ip_ct_count(cn, IP_CT_R_EARLY_DROP);
			cond_resched();
		} else {
			waits++;
			schedule_timeout_uninterruptible(2 << IP_CT_WHEEL_SHIFT);
		}
	}
	update_scale(cn);
}

/**
 * ip_ct_limit_init() - no flows, no sources
 * @cn: namespace
 *
 * Return: 0 or a negative errno.
 */
int ip_ct_limit_init(struct ip_ct_net *cn)
{
	ratelimit_state_init(&cn->full_log, 5 * HZ, 1);
	return rhashtable_init(&cn->sources, &source_params);
}

/**
 * ip_ct_limit_exit() - the mirror image; all flows are gone
 * @cn: namespace
 */
void ip_ct_limit_exit(struct ip_ct_net *cn)
{
	rhashtable_destroy(&cn->sources);
}
