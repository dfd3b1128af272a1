// SPDX-License-Identifier: GPL-2.0
/*
 * flow.c - birth, references and death of flows.
 */
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/once.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "event.h"
#include "expire.h"
#include "flow.h"
#include "ip_ct_trace.h"
#include "limit.h"
#include "net.h"
#include "table.h"
#include "tcp_lock.h"

static struct kmem_cache *flow_cache;
static struct kmem_cache *large_cache;

/*
 * A constructor has the kernel leave alone what is in an object: it would clear
 * 128 bytes (init_on_alloc) of which ip_ct_flow_new() writes all that count, a
 * tenth of what a SYN costs. The slab's own pointer stands behind the flow then.
 */
static void flow_ctor(void *object)
{
	struct ip_conntrack *flow = object;

	spin_lock_init(&flow->lock);
}

/* Flows that a CPU takes from the cache at once: a quarter of the cost each */
#define POOL_SIZE	32

/**
 * struct flow_pool - flows that one CPU has at hand, as their last owner left them
 * @n:    how many
 * @flow: the flows
 *
 * Only its own CPU uses it, with softirqs off.
 */
struct flow_pool {
	unsigned int n;
	void *flow[POOL_SIZE];
};

static DEFINE_PER_CPU(struct flow_pool, flow_pool);

/**
 * ip_ct_flow_cache_init() - make the caches that flows come from
 *
 * Return: 0 or -ENOMEM.
 */
int ip_ct_flow_cache_init(void)
{
	flow_cache = kmem_cache_create("ip_conntrack",
				       sizeof(struct ip_conntrack),
				       IP_CT_FLOW_ALIGNMENT,
				       SLAB_HWCACHE_ALIGN, flow_ctor);
	large_cache = kmem_cache_create("ip_ct_large_flow",
					sizeof(struct ip_ct_large_flow),
					IP_CT_FLOW_ALIGNMENT,
					SLAB_HWCACHE_ALIGN, NULL);
	if (flow_cache && large_cache)
		return 0;
	ip_ct_flow_cache_exit();
	return -ENOMEM;
}

/**
 * ip_ct_flow_cache_exit() - give the caches back
 *
 * All flows have lost their last reference; waits for their grace periods.
 */
void ip_ct_flow_cache_exit(void)
{
	int cpu;

	rcu_barrier();
	for_each_possible_cpu(cpu) {
		struct flow_pool *pool = per_cpu_ptr(&flow_pool, cpu);

		if (pool->n)
			kmem_cache_free_bulk(flow_cache, pool->n, pool->flow);
		pool->n = 0;
	}
	kmem_cache_destroy(large_cache);
	kmem_cache_destroy(flow_cache);
}

/* Softirqs are off. Without memory for all there may be some for one. */
static noinline void fill_pool(struct flow_pool *pool)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;

	/* all or none: older kernels return how many, newer ones only true */
	if (kmem_cache_alloc_bulk(flow_cache, gfp, POOL_SIZE, pool->flow)) {
		pool->n = POOL_SIZE;
		return;
	}
	pool->flow[0] = kmem_cache_alloc(flow_cache, gfp);
	pool->n = !!pool->flow[0];
}

static struct ip_conntrack *new_small(void)
{
	struct ip_conntrack *flow = NULL;
	bool bh = ip_ct_bh_off();
	struct flow_pool *pool = this_cpu_ptr(&flow_pool);

	if (unlikely(!pool->n))
		fill_pool(pool);
	if (likely(pool->n))
		flow = pool->flow[--pool->n];
	ip_ct_bh_back(bh);
	return flow;
}

/* A flow of which more is to be known than fits into two cache lines */
static noinline struct ip_conntrack *new_large(struct ip_ct_net *cn,
					       const struct ip_ct_tuple *reply)
{
	struct ip_ct_large_flow *large;
	struct ip_conntrack *flow;

	large = kmem_cache_zalloc(large_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!large))
		return NULL;
	flow = &large->flow;
	spin_lock_init(&flow->lock);
	flow->large = true;
	flow->counted = ip_ct_setting(&cn->settings, IP_CT_SET_ACCT);
	flow->timed = ip_ct_setting(&cn->settings, IP_CT_SET_TIMESTAMP);
	if (flow->timed)
		large->start = ktime_get_real_ns();
	if (reply) {
		flow->translated = true;
		large->reply = *reply;
	}
	return flow;
}

static bool wants_more(const struct ip_ct_net *cn)
{
	return ip_ct_setting(&cn->settings, IP_CT_SET_ACCT) |
	       ip_ct_setting(&cn->settings, IP_CT_SET_TIMESTAMP);
}

/**
 * ip_ct_flow_new() - a flow that is not in the table yet
 * @cn:    namespace
 * @key:   canonical key
 * @hash:  its hash, from ip_ct_table_find()
 * @orig:  index of the endpoint that sends the first packet
 * @reply: reply tuple if it is not the inverse of the original one, or NULL
 *
 * Callable in softirq. What its protocol remembers (the union) is for the caller
 * to set.
 *
 * Return: the flow with one reference, or NULL.
 */
struct ip_conntrack *ip_ct_flow_new(struct ip_ct_net *cn,
				    const struct ip_ct_key *key,
				    struct ip_ct_hash hash,
				    unsigned int orig,
				    const struct ip_ct_tuple *reply)
{
	struct ip_conntrack *flow;

	if (unlikely(reply || wants_more(cn))) {
		flow = new_large(cn, reply);
		if (unlikely(!flow))
			return NULL;
		flow->orig = orig;
	} else {
		flow = new_small();
		if (unlikely(!flow))
			return NULL;
		flow->state = 0;
		flow->orig = orig;
		flow->shared = false;
		flow->large = false;
		flow->counted = false;
		flow->timed = false;
		flow->translated = false;
		flow->free = 0;
		flow->cpu = 0;
	}
	flow->key.word[0] = key->word[0];
	flow->key.word[1] = key->word[1];
	INIT_LIST_HEAD(&flow->wheel);
	flow->hash = hash.value;
	flow->deadline = 0;
	atomic_set(&flow->status, 0);
	refcount_set(&flow->ref, 1);
	flow->mark = 0;
	flow->placed = hash.seed;
	return flow;
}

/**
 * ip_ct_flow_tuple() - one direction of a flow
 * @flow:  the flow
 * @dir:   IP_CT_DIR_*
 * @tuple: filled
 */
void ip_ct_flow_tuple(const struct ip_conntrack *flow, unsigned int dir,
		      struct ip_ct_tuple *tuple)
{
	if (dir == IP_CT_DIR_REPLY && unlikely(flow->translated))
		*tuple = ip_ct_large(flow)->reply;
	else
		ip_ct_key_tuple(&flow->key, flow->orig ^ dir, tuple);
}

/**
 * ip_ct_flow_id() - a number for a flow, the same for its whole life
 * @flow: the flow
 *
 * Who does not know the kernel's memory can't guess it.
 */
u32 ip_ct_flow_id(const struct ip_conntrack *flow)
{
	static siphash_aligned_key_t secret;
	const u64 *key = (const u64 *)&flow->key;

	get_random_once(&secret, sizeof(secret));
	/* an address of which the lowest bits are free */
	return siphash_3u64(key[0], key[1], (unsigned long)flow | flow->orig,
			    &secret);
}

/**
 * ip_ct_age() - whole seconds since a flow began
 * @flow: the flow, whose @timed is set
 */
u32 ip_ct_age(const struct ip_conntrack *flow)
{
	s64 age = ktime_get_real_ns() - ip_ct_large(flow)->start;

	/* the clock may have been set back */
	return age > 0 ? div_u64(age, NSEC_PER_SEC) : 0;
}

static void flow_free(struct ip_conntrack *flow)
{
	if (unlikely(flow->large))
		kmem_cache_free(large_cache, ip_ct_large(flow));
	else
		kmem_cache_free(flow_cache, flow);
}

static void free_batch_rcu(struct rcu_head *head)
{
	struct ip_conntrack *flow = container_of(head, struct ip_conntrack, rcu);

	while (flow) {
		struct ip_conntrack *dead = flow->dead;

		flow_free(flow);
		flow = dead;
	}
}

/**
 * ip_ct_flow_free_batch() - one grace period for many flows
 * @dead: from ip_ct_flow_put_batch(); empty afterwards
 */
void ip_ct_flow_free_batch(struct ip_ct_dead *dead)
{
	if (dead->first)
		call_rcu(&dead->first->rcu, free_batch_rcu);
	dead->first = NULL;
}

/**
 * ip_ct_flow_get() - take a reference
 * @flow: found under rcu_read_lock()
 *
 * Return: false when the flow has lost its last one; it is not to be used.
 */
bool ip_ct_flow_get(struct ip_conntrack *flow)
{
	return refcount_inc_not_zero(&flow->ref);
}

/**
 * ip_ct_flow_put_batch() - drop a reference, free later
 * @flow: the flow
 * @dead: takes the flow if this was the last reference
 */
void ip_ct_flow_put_batch(struct ip_conntrack *flow, struct ip_ct_dead *dead)
{
	if (!refcount_dec_and_test(&flow->ref))
		return;
	flow->dead = dead->first;
	dead->first = flow;
}

/**
 * ip_ct_flow_put() - drop a reference
 * @flow: the flow
 */
noinline void ip_ct_flow_put(struct ip_conntrack *flow)
{
	struct ip_ct_dead dead = {};

	ip_ct_flow_put_batch(flow, &dead);
	ip_ct_flow_free_batch(&dead);
}

/**
 * ip_ct_flow_discard() - free a flow that was never in a table
 * @flow: nobody else has ever seen it
 */
noinline void ip_ct_flow_discard(struct ip_conntrack *flow)
{
	flow_free(flow);
}

/*
 * A packet that found the flow alive may still be writing what it remembers of
 * TCP, and that is where RCU's head will be. Whoever gets the lock after this
 * sees IPS_DYING and writes nothing; and who does without it finds the flow shut.
 */
static void let_packets_finish(struct ip_conntrack *flow)
{
	if (flow->key.proto == IPPROTO_TCP)
		ip_ct_tcp_unlock(flow, ip_ct_tcp_lock(flow));
}

/**
 * ip_ct_flow_kill_batch_for() - end a flow that is in the table, free later
 * @cn:     its namespace
 * @flow:   in the table now or before
 * @dead:   takes the flow if the table's reference was the last
 * @portid: netlink port of who asked for it, or 0
 * @report: that one wants a report
 *
 * Caller holds rcu_read_lock() and no lock of this flow, a wheel or a stripe.
 *
 * Return: true for the one caller who ended it, false for all others.
 */
bool ip_ct_flow_kill_batch_for(struct ip_ct_net *cn, struct ip_conntrack *flow,
			       struct ip_ct_dead *dead, u32 portid,
			       bool report)
{
	if (atomic_fetch_or(IPS_DYING, &flow->status) & IPS_DYING)
		return false;
	trace_ip_ct_destroy(cn, flow);
	ip_ct_disarm(cn, flow);
	ip_ct_table_remove(&cn->table, flow);
	ip_ct_limit_leave(cn, flow);
	this_cpu_inc(cn->stats->deletes);
	ip_ct_event(cn, flow, 1 << IPCT_DESTROY, portid, report);
	let_packets_finish(flow);
	ip_ct_flow_put_batch(flow, dead);
	return true;
}

/**
 * ip_ct_flow_kill() - end a flow that is in the table
 * @cn:   its namespace
 * @flow: see ip_ct_flow_kill_batch_for()
 *
 * Return: see ip_ct_flow_kill_batch_for().
 */
bool ip_ct_flow_kill(struct ip_ct_net *cn, struct ip_conntrack *flow)
{
	return ip_ct_flow_kill_for(cn, flow, 0, false);
}

/**
 * ip_ct_flow_kill_for() - end a flow because somebody asked for it
 * @cn:     its namespace
 * @flow:   see ip_ct_flow_kill_batch_for()
 * @portid: netlink port of who asked
 * @report: that one wants a report
 *
 * Return: see ip_ct_flow_kill_batch_for().
 */
bool ip_ct_flow_kill_for(struct ip_ct_net *cn, struct ip_conntrack *flow,
			 u32 portid, bool report)
{
	struct ip_ct_dead dead = {};
	bool killed = ip_ct_flow_kill_batch_for(cn, flow, &dead, portid, report);

	ip_ct_flow_free_batch(&dead);
	return killed;
}

/**
 * ip_ct_flow_class() - how readily a flow gives way
 * @flow: the flow; read as it is, without its lock
 */
enum ip_ct_class ip_ct_flow_class(const struct ip_conntrack *flow)
{
	/* who is assured was answered, though that is noted a moment later */
	if (!ip_ct_has(flow, IPS_ASSURED))
		return ip_ct_has(flow, IPS_SEEN_REPLY) ? IP_CT_UNASSURED :
							 IP_CT_UNREPLIED;
	if (flow->key.proto == IPPROTO_TCP) {
		u8 state = READ_ONCE(flow->state);

		if (state == TCP_CONNTRACK_LAST_ACK ||
		    state == TCP_CONNTRACK_TIME_WAIT ||
		    state == TCP_CONNTRACK_CLOSE)
			return IP_CT_CLOSING;
	}
	return IP_CT_ASSURED;
}
