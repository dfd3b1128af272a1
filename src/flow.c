// SPDX-License-Identifier: GPL-2.0
/*
 * flow.c - birth, references and death of flows.
 */
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/slab.h>

#include "expire.h"
#include "flow.h"
#include "ip_ct_trace.h"
#include "limit.h"
#include "net.h"
#include "table.h"

static struct kmem_cache *flow_cache;

/**
 * ip_ct_flow_cache_init() - make the cache that flows come from
 *
 * Return: 0 or -ENOMEM.
 */
int ip_ct_flow_cache_init(void)
{
	flow_cache = KMEM_CACHE(ip_conntrack, SLAB_HWCACHE_ALIGN);
	return flow_cache ? 0 : -ENOMEM;
}

/**
 * ip_ct_flow_cache_exit() - give the cache back
 *
 * All flows have lost their last reference; waits for their grace periods.
 */
void ip_ct_flow_cache_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(flow_cache);
}

/**
 * ip_ct_flow_new() - a flow that is not in the table yet
 * @cn:   namespace
 * @key:  canonical key
 * @hash: its hash
 * @orig: index of the endpoint that sends the first packet
 *
 * Callable in softirq. Return: the flow with one reference, or NULL.
 */
struct ip_conntrack *ip_ct_flow_new(struct ip_ct_net *cn,
				    const struct ip_ct_key *key, u32 hash,
				    unsigned int orig)
{
	struct ip_conntrack *flow = kmem_cache_zalloc(flow_cache, GFP_ATOMIC);

	if (unlikely(!flow))
		return NULL;
	flow->key = *key;
	flow->hash = hash;
	flow->orig = orig;
	flow->net = cn;
	flow->birth = ip_ct_now();
	refcount_set(&flow->ref, 1);
	spin_lock_init(&flow->lock);
	INIT_LIST_HEAD(&flow->wheel);
	return flow;
}

static void free_batch_rcu(struct rcu_head *head)
{
	struct ip_conntrack *flow = container_of(head, struct ip_conntrack, rcu);

	while (flow) {
		struct ip_conntrack *dead = flow->dead;

		kmem_cache_free(flow_cache, flow);
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
void ip_ct_flow_put(struct ip_conntrack *flow)
{
	struct ip_ct_dead dead = {};

	ip_ct_flow_put_batch(flow, &dead);
	ip_ct_flow_free_batch(&dead);
}

/**
 * ip_ct_flow_discard() - free a flow that was never in a table
 * @flow: nobody else has ever seen it
 */
void ip_ct_flow_discard(struct ip_conntrack *flow)
{
	kmem_cache_free(flow_cache, flow);
}

/**
 * ip_ct_flow_kill_batch() - end a flow that is in the table, free later
 * @flow: in the table now or before; held by RCU or a reference
 * @dead: takes the flow if the table's reference was the last
 *
 * No lock of this flow, a wheel or a stripe is held.
 *
 * Return: true for the one caller who ended it, false for all others.
 */
bool ip_ct_flow_kill_batch(struct ip_conntrack *flow, struct ip_ct_dead *dead)
{
	if (atomic_fetch_or(IPS_DYING, &flow->status) & IPS_DYING)
		return false;
	trace_ip_ct_destroy(flow);
	ip_ct_disarm(flow);
	ip_ct_table_remove(&flow->net->table, flow);
	ip_ct_limit_leave(flow->net, flow);
	this_cpu_inc(flow->net->stats->deletes);
	ip_ct_flow_put_batch(flow, dead);
	return true;
}

/**
 * ip_ct_flow_kill() - end a flow that is in the table
 * @flow: see ip_ct_flow_kill_batch()
 *
 * Return: see ip_ct_flow_kill_batch().
 */
bool ip_ct_flow_kill(struct ip_conntrack *flow)
{
	struct ip_ct_dead dead = {};
	bool killed = ip_ct_flow_kill_batch(flow, &dead);

	ip_ct_flow_free_batch(&dead);
	return killed;
}

/**
 * ip_ct_flow_class() - how readily a flow gives way
 * @flow: the flow; read as it is, without its lock
 */
enum ip_ct_class ip_ct_flow_class(const struct ip_conntrack *flow)
{
	if (!ip_ct_has(flow, IPS_SEEN_REPLY))
		return IP_CT_UNREPLIED;
	if (!ip_ct_has(flow, IPS_ASSURED))
		return IP_CT_UNASSURED;
	if (flow->key.proto == IPPROTO_TCP) {
		u8 state = READ_ONCE(flow->state);

		if (state == TCP_CONNTRACK_LAST_ACK ||
		    state == TCP_CONNTRACK_TIME_WAIT ||
		    state == TCP_CONNTRACK_CLOSE)
			return IP_CT_CLOSING;
	}
	return IP_CT_ASSURED;
}
