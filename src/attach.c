// SPDX-License-Identifier: GPL-2.0
/*
 * attach.c - tags: from the pool to a packet and back. The only code that
 * touches skb->_nfct and struct nf_conn.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/export.h>
#include <linux/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>

#include "attach.h"
#include "compat.h"
#include "event.h"
#include "expire.h"
#include "info.h"
#include "report.h"

DEFINE_PER_CPU(struct ip_ct_tag_pool, ip_ct_tag_pool);
static struct kmem_cache *tag_cache;
/* The tracker is about to go: nothing of a namespace is touched any more */
static bool closing;

/* What no packet changes is written once */
static void tag_ctor(void *object)
{
	struct ip_ct_tag *tag = object;
	unsigned int dir;

	memset(tag, 0, sizeof(*tag));
	spin_lock_init(&tag->ct.lock);
#ifdef CONFIG_NF_CONNTRACK_ZONES
	tag->ct.zone.dir = NF_CT_DEFAULT_ZONE_DIR;
#endif
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		struct nf_conntrack_tuple *t = &tag->ct.tuplehash[dir].tuple;

		t->src.l3num = NFPROTO_IPV4;
		t->dst.dir = dir;
	}
}

/**
 * ip_ct_tag_new() - a tag where the pool of this CPU has none
 *
 * Return: NULL without memory.
 */
struct ip_ct_tag *ip_ct_tag_new(void)
{
	struct ip_ct_tag *tag;

	tag = kmem_cache_alloc(tag_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!tag))
		this_cpu_dec(ip_ct_tag_pool.live);
	return tag;
}

/* Softirqs are off, or interrupts are */
static __always_inline void give_back(struct ip_ct_tag *tag)
{
	struct ip_ct_tag_pool *pool = this_cpu_ptr(&ip_ct_tag_pool);

	/* tags_live() looks again, and finds less each time */
	data_race(pool->live--);
	if (likely(pool->n < IP_CT_TAG_POOL))
		pool->tag[pool->n++] = tag;
	else
		kmem_cache_free(tag_cache, tag);
}

static noinline void give_back_elsewhere(struct ip_ct_tag *tag)
{
	bool undo = ip_ct_softirqs_off();

	give_back(tag);
	ip_ct_bh_back(undo);
}

static __always_inline void tag_put(struct ip_ct_tag *tag)
{
	if (likely(softirq_count()))
		give_back(tag);
	else
		give_back_elsewhere(tag);
}

/* What rules see as the packet's state: NEW until something came back */
static enum ip_conntrack_info state_of(const struct ip_ct_seen *seen)
{
	if (unlikely(seen->related))
		return seen->dir == IP_CT_DIR_REPLY ? IP_CT_RELATED_REPLY :
						      IP_CT_RELATED;
	if (seen->dir == IP_CT_DIR_REPLY)
		return IP_CT_ESTABLISHED_REPLY;
	return ip_ct_has(seen->flow, IPS_SEEN_REPLY) ? IP_CT_ESTABLISHED :
						       IP_CT_NEW;
}

/* There is no memory for a tag */
static noinline void refuse(struct sk_buff *skb, struct ip_conntrack *flow,
			    bool fresh)
{
	if (fresh)
		ip_ct_flow_discard(flow);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

/**
 * ip_ct_tag_carry() - a packet carries the flow that was found or made for it
 * @cn:      namespace
 * @skb:     the packet, which carries nothing yet
 * @seen:    from ip_ct_resolve(), its flow not of ICMP; a fresh flow is the
 *           tag's from now on
 * @verdict: what that has returned
 *
 * An INVALID packet goes on with nothing, which is what rules call INVALID;
 * one that would have a flow if there were memory goes on as UNTRACKED.
 * Caller holds rcu_read_lock().
 */
void ip_ct_tag_carry(struct ip_ct_net *cn, struct sk_buff *skb,
		     struct ip_ct_seen *seen, enum ip_ct_verdict verdict)
{
	struct ip_ct_tag *tag;

	if (unlikely(verdict > IP_CT_V_IGNORED)) {
		if (ip_ct_reason_class(seen->reason) == IP_CT_CLASS_REFUSED)
			nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
		return;
	}
	tag = ip_ct_tag_get();
	if (unlikely(!tag)) {
		refuse(skb, seen->flow, seen->fresh);
		seen->flow = NULL;
		seen->fresh = false;
		seen->reason = IP_CT_R_NO_MEMORY;
		return;
	}
	ip_ct_tag_fill(tag, cn, seen->flow, seen->fresh);
	nf_ct_set(skb, &tag->ct, state_of(seen));
}

/**
 * ip_ct_tag_carry_any() - as ip_ct_tag_carry(), for flows of ICMP too
 * @cn:      see there
 * @skb:     see there
 * @seen:    see there
 * @verdict: see there
 *
 * Their tuples have type and code in the destination.
 */
void ip_ct_tag_carry_any(struct ip_ct_net *cn, struct sk_buff *skb,
			 struct ip_ct_seen *seen, enum ip_ct_verdict verdict)
{
	enum ip_conntrack_info ctinfo;
	struct ip_ct_tuple tuple;
	struct ip_ct_tag *tag;
	unsigned int dir;

	ip_ct_tag_carry(cn, skb, seen, verdict);
	tag = ip_ct_tag_of(skb, &ctinfo);
	if (!tag || tag->key.proto != IPPROTO_ICMP)
		return;
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		struct nf_conntrack_tuple *t = &tag->ct.tuplehash[dir].tuple;

		ip_ct_flow_tuple(seen->flow, dir, &tuple);
		t->dst.u.icmp.type = tuple.type;
		t->dst.u.icmp.code = 0;
	}
}

/*
 * Another packet of the connection was first. If rules have changed this one's
 * ports or addresses since, then it does not tell that flow anything. Returns
 * the flow that is the packet's.
 */
static noinline struct ip_conntrack *merge(const struct ip_ct_tag *tag,
					   const struct sk_buff *skb,
					   struct ip_conntrack *winner,
					   enum ip_ct_reason *reason)
{
	struct ip_ct_seen seen = {};
	struct ip_ct_pkt pkt;

	if (ip_ct_packet_parse(skb, &pkt) ||
	    !ip_ct_key_equal(&pkt.key, &tag->key))
		return winner;
	ip_ct_merge(tag->cn, &pkt, &seen, winner);
	*reason = seen.reason;
	return seen.flow;
}

/* Rules may have made another packet of it since: then it is only counted */
static noinline void tell(const struct ip_ct_tag *tag,
			  const struct sk_buff *skb, struct ip_conntrack *flow,
			  unsigned int dir, enum ip_ct_reason reason)
{
	struct ip_ct_seen seen = { .flow = flow, .dir = dir };
	struct ip_ct_pkt pkt;

	if (ip_ct_packet_parse(skb, &pkt))
		ip_ct_count(tag->cn, reason);
	else
		ip_ct_report(tag->cn, &pkt, &seen, reason);
}

/* Its flow has not entered: another packet was first, or there is a reason */
static noinline void stays_outside(struct ip_ct_tag *tag,
				   const struct sk_buff *skb,
				   struct ip_conntrack *winner,
				   unsigned int dir, enum ip_ct_reason reason)
{
	struct ip_conntrack *flow = NULL;

	if (winner)
		flow = merge(tag, skb, winner, &reason);
	WRITE_ONCE(tag->flow, flow);
	if (reason)
		tell(tag, skb, flow, dir, reason);
	if (flow)
		set_bit(IPS_CONFIRMED_BIT, &tag->ct.status);
}

/**
 * ip_ct_tag_confirm() - a packet got through: its new flow enters the table
 * @skb: the packet, of which ip_ct_tag_is_fresh() has been true
 *
 * What a rule sends in answer (REJECT) carries the tag of what it answers, but
 * does not get that one through. Caller holds rcu_read_lock().
 */
__attribute__((__flatten__))
void ip_ct_tag_confirm(struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct ip_ct_tag *tag = ip_ct_tag_of(skb, &ctinfo);
	struct ip_conntrack *flow, *winner;
	enum ip_ct_reason reason;

	if (ctinfo == IP_CT_RELATED || ctinfo == IP_CT_RELATED_REPLY ||
	    !test_and_clear_bit(IP_CT_TAG_FRESH, &tag->flags))
		return;
	flow = tag->flow;
	winner = ip_ct_enter(tag->cn, flow, &reason);
	if (unlikely(winner || reason)) {
		stays_outside(tag, skb, winner, CTINFO2DIR(ctinfo), reason);
		return;
	}
	ip_ct_event(tag->cn, flow, 1 << IPCT_NEW, 0, false);
	set_bit(IPS_CONFIRMED_BIT, &tag->ct.status);
}

/*
 * The flow of a packet, as long as that is still the same one. Caller holds
 * rcu_read_lock().
 */
static struct ip_conntrack *flow_of(const struct ip_ct_tag *tag)
{
	struct ip_conntrack *flow = READ_ONCE(tag->flow), *found;

	if (test_bit(IP_CT_TAG_FRESH, &tag->flags))
		return flow;
	if (READ_ONCE(closing))
		return NULL;
	found = ip_ct_find(tag->cn, &tag->key);
	return found == flow ? found : NULL;
}

/**
 * ip_ct_skb_mark() - connection mark of a packet's flow
 * @skb: the packet
 *
 * Return: the mark as it is now; 0 for a packet without a flow.
 */
u32 ip_ct_skb_mark(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct ip_ct_tag *tag = ip_ct_tag_of(skb, &ctinfo);
	const struct ip_conntrack *flow;
	u32 mark = 0;

	if (!tag)
		return 0;
	rcu_read_lock();
	flow = flow_of(tag);
	if (flow)
		mark = ip_ct_mark(flow);
	rcu_read_unlock();
	return mark;
}
EXPORT_SYMBOL_GPL(ip_ct_skb_mark);

/**
 * ip_ct_skb_set_mark() - set the connection mark of a packet's flow
 * @skb:  the packet
 * @keep: bits of the old mark that stay
 * @flip: what is then turned over: new = (old & @keep) ^ @flip
 *
 * The next packet of the connection sees it, and so does whoever reads the
 * mark of this one's struct nf_conn.
 *
 * Return: false for a packet without a flow.
 */
bool ip_ct_skb_set_mark(const struct sk_buff *skb, u32 keep, u32 flip)
{
	enum ip_conntrack_info ctinfo;
	struct ip_ct_tag *tag = ip_ct_tag_of(skb, &ctinfo);
	struct ip_conntrack *flow;
	u32 old, mark;

	if (!tag)
		return false;
	rcu_read_lock();
	flow = flow_of(tag);
	if (flow) {
		old = ip_ct_mark(flow);
		mark = (old & keep) ^ flip;
		if (mark != old)
			ip_ct_set_mark(flow, mark);
#ifdef CONFIG_NF_CONNTRACK_MARK
		WRITE_ONCE(tag->ct.mark, mark);
#endif
		if (mark != old && ip_ct_has(flow, IPS_CONFIRMED))
			ip_ct_event(tag->cn, flow, 1 << IPCT_MARK, 0, false);
	}
	rcu_read_unlock();
	return flow;
}
EXPORT_SYMBOL_GPL(ip_ct_skb_set_mark);

/**
 * ip_ct_skb_counters() - packets and bytes of a packet's flow
 * @skb:   the packet, which is counted already
 * @count: filled
 *
 * Return: false where nothing was counted.
 */
bool ip_ct_skb_counters(const struct sk_buff *skb,
			struct ip_ct_counters *count)
{
	enum ip_conntrack_info ctinfo;
	const struct ip_ct_tag *tag = ip_ct_tag_of(skb, &ctinfo);
	const struct ip_conntrack *flow;
	struct ip_ct_info info = {};

	if (!tag)
		return false;
	rcu_read_lock();
	flow = flow_of(tag);
	if (flow)
		ip_ct_info_fill(flow, &info);
	rcu_read_unlock();
	*count = info.count;
	return info.has_counters;
}
EXPORT_SYMBOL_GPL(ip_ct_skb_counters);

/**
 * ip_ct_skb_id() - the id of a packet's flow
 * @skb: the packet
 * @id:  the same for the flow's whole life
 *
 * Return: false for a packet without a flow.
 */
bool ip_ct_skb_id(const struct sk_buff *skb, u32 *id)
{
	enum ip_conntrack_info ctinfo;
	const struct ip_ct_tag *tag = ip_ct_tag_of(skb, &ctinfo);
	const struct ip_conntrack *flow;

	if (!tag)
		return false;
	rcu_read_lock();
	flow = flow_of(tag);
	if (flow)
		*id = ip_ct_flow_id(flow);
	rcu_read_unlock();
	return flow;
}
EXPORT_SYMBOL_GPL(ip_ct_skb_id);

/**
 * ip_ct_conn_info() - the connection of a packet that waits somewhere
 * @ct:   what the packet carries; it was attached by this tracker
 * @info: filled
 *
 * Return: false where the connection has ended.
 */
bool ip_ct_conn_info(const struct nf_conn *ct, struct ip_ct_info *info)
{
	const struct ip_ct_tag *tag = container_of(ct, struct ip_ct_tag, ct);
	const struct ip_conntrack *flow;

	rcu_read_lock();
	flow = flow_of(tag);
	if (flow)
		ip_ct_info_fill(flow, info);
	rcu_read_unlock();
	return flow;
}
EXPORT_SYMBOL_GPL(ip_ct_conn_info);

/**
 * ip_ct_conn_change() - change the connection of a packet that waits somewhere
 * @ct:     what the packet carries; it was attached by this tracker
 * @change: what to set
 *
 * A connection that this packet begins enters the table with it.
 *
 * Return: as ip_ct_change().
 */
int ip_ct_conn_change(struct nf_conn *ct, const struct ip_ct_change *change)
{
	struct ip_ct_tag *tag = container_of(ct, struct ip_ct_tag, ct);
	struct ip_conntrack *flow;
	int err = -ENOENT;

	rcu_read_lock();
	flow = flow_of(tag);
	if (flow)
		err = ip_ct_flow_change(tag->cn, flow, change, 0, false);
#ifdef CONFIG_NF_CONNTRACK_MARK
	if (!err)
		WRITE_ONCE(ct->mark, ip_ct_mark(flow));
#endif
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(ip_ct_conn_change);

/* --- what the kernel asks its tracker, struct nf_ct_hook */

/* Its packet was dropped on the way: the flow was never entered */
static noinline void destroy_fresh(struct ip_ct_tag *tag)
{
	ip_ct_flow_discard(tag->flow);
	tag_put(tag);
}

static void hook_destroy(struct nf_conntrack *nfct)
{
	struct ip_ct_tag *tag = container_of(nfct, struct ip_ct_tag,
					     ct.ct_general);

	if (unlikely(test_bit(IP_CT_TAG_FRESH, &tag->flags)))
		destroy_fresh(tag);
	else
		tag_put(tag);
}

/*
 * A program behind NFQUEUE has changed the packet. A new flow of a changed
 * key is another flow: the packet is resolved anew. Returns a verdict, which was
 * an errno before 6.7; that NF_ACCEPT is none, too.
 */
static int hook_update(struct net *net, struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct ip_ct_tag *tag = ip_ct_tag_of(skb, &ctinfo);
	struct ip_ct_net *cn = ip_ct_net(net);
	enum ip_ct_reason reason;
	struct ip_ct_seen seen;
	struct ip_ct_pkt pkt;

	if (!tag || !test_bit(IP_CT_TAG_FRESH, &tag->flags) || READ_ONCE(closing))
		return NF_ACCEPT;
	reason = ip_ct_packet_parse(skb, &pkt);
	if (!reason && ip_ct_key_equal(&pkt.key, &tag->key))
		return NF_ACCEPT;

	nf_reset_ct(skb);
	rcu_read_lock();
	seen.flow = NULL;
	if (!reason) {
		seen.reply = NULL;
		ip_ct_tag_carry_any(cn, skb, &seen,
				    ip_ct_resolve(cn, &pkt, &seen));
		reason = seen.reason;
	}
	ip_ct_report(cn, &pkt, &seen, reason);
	rcu_read_unlock();
	return NF_ACCEPT;
}

static bool hook_get_tuple_skb(struct nf_conntrack_tuple *tuple,
			       const struct sk_buff *skb)
{
	/* asked for by who wants to see through NAT: there is none */
	return false;
}

/* What a rule sends in answer belongs to the flow of what it answers */
static void hook_attach(struct sk_buff *nskb, const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!ct)
		return;
	ctinfo = CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL ?
		 IP_CT_RELATED_REPLY : IP_CT_RELATED;
	nf_conntrack_get(&ct->ct_general);
	nf_ct_set(nskb, ct, ctinfo);
}

/* A rule refuses a connection with a RST to both ends */
static void hook_set_closing(struct nf_conntrack *nfct)
{
	struct ip_ct_tag *tag = container_of(nfct, struct ip_ct_tag,
					     ct.ct_general);
	struct ip_conntrack *flow;

	if (tag->key.proto != IPPROTO_TCP || READ_ONCE(closing))
		return;
	rcu_read_lock();
	flow = flow_of(tag);
	if (flow)
		ip_ct_tcp_close(tag->cn, flow);
	rcu_read_unlock();
}

static int hook_confirm(struct sk_buff *skb)
{
	rcu_read_lock();
	if (ip_ct_tag_is_fresh(skb))
		ip_ct_tag_confirm(skb);
	rcu_read_unlock();
	return NF_ACCEPT;
}

/* The id that a trace of nf_tables shows; 0 where the flow has gone */
static u32 __maybe_unused hook_get_id(const struct nf_conntrack *nfct)
{
	const struct ip_ct_tag *tag = container_of(nfct, struct ip_ct_tag,
						   ct.ct_general);
	const struct ip_conntrack *flow;
	u32 id;

	rcu_read_lock();
	flow = flow_of(tag);
	id = flow ? ip_ct_flow_id(flow) : 0;
	rcu_read_unlock();
	return id;
}

const struct nf_ct_hook ip_ct_nf_ct_hook = {
	.update = hook_update,
	.destroy = hook_destroy,
	.get_tuple_skb = hook_get_tuple_skb,
	.attach = hook_attach,
	.set_closing = hook_set_closing,
	.confirm = hook_confirm,
	IP_CT_CT_HOOK_GET_ID(hook_get_id)
};

/* --- a tracker that is not this one */

static void read_tuple(const struct nf_conntrack_tuple *t,
		       struct ip_ct_tuple *tuple)
{
	bool icmp = t->dst.protonum == IPPROTO_ICMP;

	tuple->src = t->src.u3.ip;
	tuple->dst = t->dst.u3.ip;
	tuple->sport = t->src.u.all;
	tuple->dport = icmp ? t->src.u.all : t->dst.u.all;
	tuple->proto = t->dst.protonum;
	tuple->type = icmp ? t->dst.u.icmp.type : 0;
}

/**
 * ip_ct_foreign() - nf_conntrack translates this connection: take its word
 * @skb:   a packet that nf_conntrack has seen
 * @pkt:   the same, checked; its key and sender become those of the original
 *         direction before translation
 * @reply: filled: what answers look like before they are translated back
 *
 * For the observer: both directions of a translated connection are one entry.
 *
 * Return: false where nothing is translated; @pkt is left as it is then.
 */
bool ip_ct_foreign(const struct sk_buff *skb, struct ip_ct_pkt *pkt,
		   struct ip_ct_tuple *reply)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct ip_ct_tuple original;
	unsigned int sender, dir;
	struct ip_ct_key key;

	if (likely(!ct || !(READ_ONCE(ct->status) & IPS_NAT_MASK)))
		return false;
	read_tuple(&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple, &original);
	if (!ip_ct_tuple_key(&original, &key, &sender))
		return false;
	read_tuple(&ct->tuplehash[IP_CT_DIR_REPLY].tuple, reply);
	dir = CTINFO2DIR(ctinfo);
	/* an ICMP error goes the other way than the packet that it quotes */
	if (pkt->proto == IPPROTO_ICMP && ip_ct_icmp_is_error(pkt->icmp_type))
		dir = !dir;
	pkt->key = key;
	pkt->sender = sender ^ dir;
	return true;
}

/**
 * ip_ct_tags_init() - tags can be made
 *
 * Return: 0 or -ENOMEM.
 */
int ip_ct_tags_init(void)
{
	tag_cache = kmem_cache_create("ip_conntrack_tag",
				      sizeof(struct ip_ct_tag), 0,
				      SLAB_HWCACHE_ALIGN, tag_ctor);
	return tag_cache ? 0 : -ENOMEM;
}

/**
 * ip_ct_tags_close() - namespaces are about to go
 *
 * Packets under way keep their tags, but nobody follows those to a flow any
 * more, once a grace period has passed.
 */
void ip_ct_tags_close(void)
{
	WRITE_ONCE(closing, true);
}

static long tags_live(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(&ip_ct_tag_pool, cpu)->live);
	return sum;
}

#define DRAIN_STEP	20	/* milliseconds */

/**
 * ip_ct_tags_drain() - wait until no packet carries a tag
 *
 * No packet gets one any more. May sleep for as long as a queue of packets
 * takes to empty, and says so.
 */
void ip_ct_tags_drain(void)
{
	unsigned int step = 0;
	long live;

	for (;;) {
		rcu_barrier();
		live = tags_live();
		if (!live)
			return;
		if (step++ % (5000 / DRAIN_STEP) == 1000 / DRAIN_STEP)
			pr_info("waiting for %ld packets in queues\n", live);
		msleep(DRAIN_STEP);
	}
}

/**
 * ip_ct_tags_exit() - the mirror image of ip_ct_tags_init()
 *
 * No packet carries a tag, and nobody is about to give one back.
 */
void ip_ct_tags_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ip_ct_tag_pool *pool = per_cpu_ptr(&ip_ct_tag_pool, cpu);

		while (pool->n)
			kmem_cache_free(tag_cache, pool->tag[--pool->n]);
	}
	kmem_cache_destroy(tag_cache);
}
