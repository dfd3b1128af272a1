/* SPDX-License-Identifier: GPL-2.0 */
/*
 * attach.h - what travels with a packet while ip_conntrack is the provider.
 *
 * The rest of the kernel reads a struct nf_conn behind skb->_nfct. A flow has
 * none: it is compact. So each packet gets a tag, recycled per CPU, that begins
 * with a struct nf_conn and says what the packet's flow looked like when the
 * packet came. A tag holds no reference on a flow that is in the table; whoever
 * wants more than a look goes by the key that it carries. The flow of a
 * connection's first packet is the tag's own until ip_ct_tag_confirm().
 */
#ifndef _IP_CT_ATTACH_H
#define _IP_CT_ATTACH_H

#include <linux/irqflags.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <net/netfilter/nf_conntrack.h>

#include "core.h"

struct sk_buff;

/**
 * struct ip_ct_tag - what a packet carries
 * @ct:   for the rest of the kernel, and for rules; a copy
 * @cn:   namespace of the flow
 * @flow: the flow if @flags has IP_CT_TAG_FRESH, else only a number to compare
 *        with
 * @key:  the flow's
 * @flags: IP_CT_TAG_*
 */
struct ip_ct_tag {
	struct nf_conn ct;
	struct ip_ct_net *cn;
	struct ip_conntrack *flow;
	struct ip_ct_key key;
	unsigned long flags;
};

/* Bit: @flow is in no table yet; whoever clears the bit has it */
#define IP_CT_TAG_FRESH	0

/* As many as one CPU has under way, from a batch of arrivals to its sending */
#define IP_CT_TAG_POOL	64

/**
 * struct ip_ct_tag_pool - tags that one CPU has at hand
 * @n:    how many
 * @live: tags taken less tags given back here; only the sum over all CPUs
 *        means something
 * @tag:  the tags
 *
 * Only its own CPU uses it, with softirqs off.
 */
struct ip_ct_tag_pool {
	unsigned int n;
	long live;
	struct ip_ct_tag *tag[IP_CT_TAG_POOL];
};

DECLARE_PER_CPU(struct ip_ct_tag_pool, ip_ct_tag_pool);

struct ip_ct_tag *ip_ct_tag_new(void);
int ip_ct_tags_init(void);
void ip_ct_tags_close(void);
void ip_ct_tags_drain(void);
void ip_ct_tags_exit(void);

void ip_ct_tag_carry(struct ip_ct_net *cn, struct sk_buff *skb,
		     struct ip_ct_seen *seen, enum ip_ct_verdict verdict);
void ip_ct_tag_carry_any(struct ip_ct_net *cn, struct sk_buff *skb,
			 struct ip_ct_seen *seen, enum ip_ct_verdict verdict);
void ip_ct_tag_confirm(struct sk_buff *skb);

bool ip_ct_foreign(const struct sk_buff *skb, struct ip_ct_pkt *pkt,
		   struct ip_ct_tuple *reply);

extern const struct nf_ct_hook ip_ct_nf_ct_hook;

/* As ip_ct_bh_off(), also where interrupts are off */
static __always_inline bool ip_ct_softirqs_off(void)
{
	return !likely(softirq_count()) && !irqs_disabled() && ip_ct_bh_off();
}

/* The tag of a packet, or NULL; struct nf_conn is its first member */
static __always_inline struct ip_ct_tag *
ip_ct_tag_of(const struct sk_buff *skb, enum ip_conntrack_info *ctinfo)
{
	return (struct ip_ct_tag *)nf_ct_get(skb, ctinfo);
}

/**
 * ip_ct_tag_is_fresh() - is there something for ip_ct_tag_confirm() to do?
 * @skb: the packet
 */
static __always_inline bool ip_ct_tag_is_fresh(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct ip_ct_tag *tag = ip_ct_tag_of(skb, &ctinfo);

	return tag && test_bit(IP_CT_TAG_FRESH, &tag->flags);
}

/* From the pool if it can be. Returns NULL without memory. */
static __always_inline struct ip_ct_tag *ip_ct_tag_get(void)
{
	bool undo = ip_ct_softirqs_off();
	struct ip_ct_tag_pool *pool = this_cpu_ptr(&ip_ct_tag_pool);
	struct ip_ct_tag *tag = NULL;

	/* tags_live() looks again until nobody does this any more */
	data_race(pool->live++);
	if (likely(pool->n))
		tag = pool->tag[--pool->n];
	ip_ct_bh_back(undo);
	return likely(tag) ? tag : ip_ct_tag_new();
}

static __always_inline void
ip_ct_tag_fill_tuple(struct nf_conntrack_tuple *t, u64 addrs, u32 ports,
		     u8 proto)
{
	t->src.u3.ip = (__force __be32)IP_CT_FIRST(addrs, 32);
	t->dst.u3.ip = (__force __be32)IP_CT_SECOND(addrs, 32);
	t->src.u.all = (__force __be16)IP_CT_FIRST(ports, 16);
	t->dst.u.all = (__force __be16)IP_CT_SECOND(ports, 16);
	t->dst.protonum = proto;
}

/**
 * ip_ct_tag_fill() - what a tag says of a flow, but for the types of ICMP
 * @tag:   to be filled
 * @cn:    namespace
 * @flow:  flow
 * @fresh: it is not in the table yet, and is the tag's from now on
 */
static __always_inline void ip_ct_tag_fill(struct ip_ct_tag *tag,
					   struct ip_ct_net *cn,
					   struct ip_conntrack *flow,
					   bool fresh)
{
	u64 addrs = flow->key.word[0], rest = flow->key.word[1];
	u32 status = atomic_read(&flow->status);
	u32 ports = IP_CT_FIRST(rest, 32);
	struct nf_conn *ct = &tag->ct;
	u8 proto = flow->key.proto;

	tag->key.word[0] = addrs;
	tag->key.word[1] = rest;
	if (flow->orig) {
		addrs = ror64(addrs, 32);
		ports = ror32(ports, 16);
	}
	refcount_set(&ct->ct_general.use, 1);
	ct->timeout = READ_ONCE(flow->deadline);
	ip_ct_tag_fill_tuple(&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple, addrs,
			     ports, proto);
	ip_ct_tag_fill_tuple(&ct->tuplehash[IP_CT_DIR_REPLY].tuple,
			     ror64(addrs, 32), ror32(ports, 16), proto);
	ct->status = status & ~IP_CT_STATUS_OWN;
	write_pnet(&ct->ct_net, cn->net);
#ifdef CONFIG_NF_CONNTRACK_MARK
	ct->mark = ip_ct_mark_by(flow, status);
#endif
	tag->cn = cn;
	tag->flow = flow;
	tag->flags = fresh ? BIT(IP_CT_TAG_FRESH) : 0;
}

/**
 * ip_ct_tag_attach() - a packet carries the flow that it was found to be of
 * @cn:   namespace
 * @skb:  the packet, which carries nothing yet
 * @flow: in the table, answered, of TCP or UDP
 * @dir:  the packet's direction
 *
 * Caller holds rcu_read_lock(). Return: false without memory; nothing is done.
 */
static __always_inline bool ip_ct_tag_attach(struct ip_ct_net *cn,
					     struct sk_buff *skb,
					     struct ip_conntrack *flow,
					     unsigned int dir)
{
	struct ip_ct_tag *tag = ip_ct_tag_get();

	if (unlikely(!tag))
		return false;
	ip_ct_tag_fill(tag, cn, flow, false);
	nf_ct_set(skb, &tag->ct, dir == IP_CT_DIR_REPLY ?
		  IP_CT_ESTABLISHED_REPLY : IP_CT_ESTABLISHED);
	return true;
}

#endif /* _IP_CT_ATTACH_H */
