// SPDX-License-Identifier: GPL-2.0
/*
 * hooks.c - where packets enter and leave; the only file that knows
 * NF_ACCEPT and NF_DROP.
 *
 * As provider the tracker resolves a packet before any rule but those of the
 * raw table sees it (PRE_ROUTING, LOCAL_OUT), and confirms a new flow when all
 * rules have let its packet through (POST_ROUTING, LOCAL_IN).
 *
 * As observer it sees a packet once, at the last hook that it passes, and
 * attaches nothing to it:
 *
 *   forwarded, or sent to another host    POST_ROUTING
 *   for this host, loopback included      LOCAL_IN
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>

#include "attach.h"
#include "core.h"
#include "event.h"
#include "hooks.h"
#include "report.h"
#include "role.h"

/*
 * The packet will pass another last hook: what goes out through loopback
 * comes in there, and what goes out through a VRF device goes out once more
 * through one of its members.
 */
static bool comes_again(const struct nf_hook_state *state)
{
	return state->hook == NF_INET_POST_ROUTING && state->out &&
	       ((state->out->flags & IFF_LOOPBACK) ||
		netif_is_l3_master(state->out));
}

static bool locally_made(const struct nf_hook_state *state)
{
	return !state->in || (state->in->flags & IFF_LOOPBACK);
}

/* Nobody has to look at its checksum */
static __always_inline bool is_vouched_for(const struct ip_ct_net *cn,
					   const struct sk_buff *skb,
					   const struct nf_hook_state *state)
{
	return skb_csum_unnecessary(skb) || locally_made(state) ||
	       !ip_ct_setting(&cn->settings, IP_CT_SET_CHECKSUM);
}

static enum ip_ct_reason check(const struct ip_ct_net *cn,
			       const struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       struct ip_ct_pkt *pkt)
{
	enum ip_ct_reason reason = ip_ct_packet_parse(skb, pkt);

	if (reason || is_vouched_for(cn, skb, state))
		return reason;
	return ip_ct_packet_checksum(skb, pkt);
}

/*
 * The observer has no flow for a packet that this host refuses to forward: it
 * never came to the last hook. What the host says about it is no forgery.
 */
static enum ip_ct_reason
excuse(const struct nf_hook_state *state, enum ip_ct_reason reason)
{
	return reason == IP_CT_R_ICMP_NO_FLOW && locally_made(state) ?
	       IP_CT_R_ICMP_ERROR : reason;
}

/* No packet is dropped here unless the operator wants it so. */
static unsigned int verdict_of(struct ip_ct_net *cn, enum ip_ct_reason reason)
{
	if (likely(ip_ct_reason_class(reason) != IP_CT_CLASS_INVALID) ||
	    !ip_ct_setting(&cn->settings, IP_CT_SET_DROP_INVALID))
		return NF_ACCEPT;
	ip_ct_count(cn, IP_CT_R_DROPPED);
	return NF_DROP;
}

/* Any packet at all */
static noinline unsigned int observe_any(struct ip_ct_net *cn,
					 struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	struct ip_ct_seen seen __uninitialized, *known = NULL;
	struct ip_ct_tuple reply __uninitialized;
	struct ip_ct_pkt pkt __uninitialized;
	enum ip_ct_reason reason = check(cn, skb, state, &pkt);

	if (likely(!reason)) {
		seen.reply = skb->_nfct && ip_ct_foreign(skb, &pkt, &reply) ?
			     &reply : NULL;
		if (ip_ct_resolve(cn, &pkt, &seen) == IP_CT_V_TRACKED &&
		    seen.fresh)
			ip_ct_confirm(cn, &pkt, &seen);
		reason = excuse(state, seen.reason);
		known = &seen;
	}
	if (likely(!reason))
		return NF_ACCEPT;
	ip_ct_report(cn, &pkt, known, reason);
	return verdict_of(cn, reason);
}

/* A well-formed packet of which there is something to say */
static noinline unsigned int report_plain(struct ip_ct_net *cn,
					  const struct sk_buff *skb,
					  const struct ip_ct_seen *seen)
{
	struct ip_ct_pkt pkt;

	if (!ip_ct_report_count(cn, seen->reason) &&
	    !WARN_ON_ONCE(ip_ct_packet_parse(skb, &pkt)))
		ip_ct_report(cn, &pkt, seen, seen->reason);
	return verdict_of(cn, seen->reason);
}

/* Its flow has not entered: another CPU was first, or there is a reason */
static noinline unsigned int not_entered(struct ip_ct_net *cn,
					 const struct sk_buff *skb,
					 struct ip_conntrack *winner,
					 enum ip_ct_reason reason)
{
	struct ip_ct_seen seen = { .reason = reason };
	struct ip_ct_pkt pkt;

	if (winner && !WARN_ON_ONCE(ip_ct_packet_parse(skb, &pkt)))
		ip_ct_merge(cn, &pkt, &seen, winner);
	return seen.reason ? report_plain(cn, skb, &seen) : NF_ACCEPT;
}

static __always_inline unsigned int enter_plain(struct ip_ct_net *cn,
						const struct sk_buff *skb,
						struct ip_conntrack *flow)
{
	enum ip_ct_reason reason;
	struct ip_conntrack *winner = ip_ct_enter(cn, flow, &reason);

	if (unlikely(winner || reason))
		return not_entered(cn, skb, winner, reason);
	ip_ct_event(cn, flow, 1 << IPCT_NEW, 0, false);
	return NF_ACCEPT;
}

/* A plain packet by the long way, which may find anything */
static __always_inline
enum ip_ct_verdict resolve_long(struct ip_ct_net *cn, const struct sk_buff *skb,
				u64 addrs, u64 rest, struct ip_conntrack *flow,
				struct ip_ct_hash hash, struct ip_ct_seen *seen)
{
	struct ip_ct_found found __uninitialized;

	ip_ct_find_again(skb, addrs, rest, flow, hash, &found);
	seen->reply = NULL;
	return ip_ct_resolve_plain(cn, &found, seen);
}

/* What the other ways have left of plain packets */
static noinline unsigned int observe_odd(struct ip_ct_net *cn,
					 struct sk_buff *skb,
					 u64 addrs, u64 rest,
					 struct ip_conntrack *flow,
					 struct ip_ct_hash hash)
{
	struct ip_ct_seen seen __uninitialized;

	resolve_long(cn, skb, addrs, rest, flow, hash, &seen);
	if (seen.fresh)
		return enter_plain(cn, skb, seen.flow);
	return likely(!seen.reason) ? NF_ACCEPT : report_plain(cn, skb, &seen);
}

/* There was no memory, or no room in the table */
static noinline unsigned int without_flow(struct ip_ct_net *cn,
					  const struct sk_buff *skb,
					  enum ip_ct_reason reason)
{
	const struct ip_ct_seen seen = { .reason = reason };

	return report_plain(cn, skb, &seen);
}

/* What ip_ct_short_way() has left: every call in it is inlined (way.c) */
static noinline __attribute__((__flatten__))
unsigned int observe_plain(struct ip_ct_net *cn, struct sk_buff *skb,
			   u64 addrs, u64 rest, struct ip_conntrack *flow,
			   struct ip_ct_hash hash)
{
	struct ip_ct_found found __uninitialized;
	struct ip_ct_seen seen __uninitialized;

	ip_ct_find_again(skb, addrs, rest, flow, hash, &found);
	if (unlikely(!ip_ct_usual_way(cn, &found, &seen)))
		return observe_odd(cn, skb, addrs, rest, flow, hash);
	if (seen.fresh)
		return enter_plain(cn, skb, seen.flow);
	if (unlikely(seen.reason))
		return without_flow(cn, skb, seen.reason);
	return NF_ACCEPT;
}

static unsigned int observe(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct ip_ct_plain plain __uninitialized;
	struct ip_ct_net *cn = priv;
	struct ip_conntrack *flow;
	struct ip_ct_hash hash;
	unsigned int dir;

	if (unlikely(comes_again(state)))
		return NF_ACCEPT;
	/* nf_conntrack may know of other addresses than the packet shows */
	if (unlikely(skb->_nfct || !is_vouched_for(cn, skb, state) ||
		     !ip_ct_plain_read(skb, &plain)))
		return observe_any(cn, skb, state);
	flow = ip_ct_table_find(&cn->table, &plain.key, &hash);
	if (unlikely(!ip_ct_short_way(cn, &plain, flow, &dir)))
		return observe_plain(cn, skb, plain.key.word[0],
				     plain.key.word[1], flow, hash);
	return NF_ACCEPT;
}

static noinline unsigned int resolve_any(struct ip_ct_net *cn,
					 struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	struct ip_ct_seen seen __uninitialized, *known = NULL;
	struct ip_ct_pkt pkt __uninitialized;
	enum ip_ct_reason reason = check(cn, skb, state, &pkt);

	if (likely(!reason)) {
		seen.reply = NULL;
		ip_ct_tag_carry_any(cn, skb, &seen,
				    ip_ct_resolve(cn, &pkt, &seen));
		reason = seen.reason;
		known = &seen;
	}
	if (likely(!reason))
		return NF_ACCEPT;
	ip_ct_report(cn, &pkt, known, reason);
	return verdict_of(cn, reason);
}

/* What the other ways have left of plain packets */
static noinline unsigned int resolve_odd(struct ip_ct_net *cn,
					 struct sk_buff *skb,
					 u64 addrs, u64 rest,
					 struct ip_conntrack *flow,
					 struct ip_ct_hash hash)
{
	struct ip_ct_seen seen __uninitialized;

	ip_ct_tag_carry(cn, skb, &seen,
			resolve_long(cn, skb, addrs, rest, flow, hash, &seen));
	return likely(!seen.reason) ? NF_ACCEPT : report_plain(cn, skb, &seen);
}

/* What ip_ct_short_way() has left: every call in it is inlined (way.c) */
static noinline __attribute__((__flatten__))
unsigned int resolve_plain(struct ip_ct_net *cn, struct sk_buff *skb,
			   u64 addrs, u64 rest, struct ip_conntrack *flow,
			   struct ip_ct_hash hash)
{
	struct ip_ct_found found __uninitialized;
	struct ip_ct_seen seen __uninitialized;

	ip_ct_find_again(skb, addrs, rest, flow, hash, &found);
	if (unlikely(!ip_ct_usual_way(cn, &found, &seen)))
		return resolve_odd(cn, skb, addrs, rest, flow, hash);
	ip_ct_tag_carry(cn, skb, &seen,
			likely(seen.flow) ? IP_CT_V_TRACKED :
					    IP_CT_V_UNTRACKED);
	if (unlikely(seen.reason))
		return without_flow(cn, skb, seen.reason);
	return NF_ACCEPT;
}

static unsigned int resolve(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct ip_ct_plain plain __uninitialized;
	struct ip_ct_net *cn = priv;
	struct ip_conntrack *flow;
	struct ip_ct_hash hash;
	unsigned int dir;

	/* seen before (loopback, bridge, VRF), or a rule says NOTRACK */
	if (unlikely(skb->_nfct))
		return NF_ACCEPT;
	if (unlikely(!is_vouched_for(cn, skb, state) ||
		     !ip_ct_plain_read(skb, &plain)))
		return resolve_any(cn, skb, state);
	flow = ip_ct_table_find(&cn->table, &plain.key, &hash);
	/* without memory it is told once more what it knows */
	if (unlikely(!ip_ct_short_way(cn, &plain, flow, &dir) ||
		     !ip_ct_tag_attach(cn, skb, flow, dir)))
		return resolve_plain(cn, skb, plain.key.word[0],
				     plain.key.word[1], flow, hash);
	return NF_ACCEPT;
}

static unsigned int confirm(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	if (unlikely(ip_ct_tag_is_fresh(skb)))
		ip_ct_tag_confirm(skb);
	return NF_ACCEPT;
}

#define HOOK(function, number, order)					\
	{ .hook = (function), .pf = NFPROTO_IPV4,			\
	  .hooknum = (number), .priority = (order) }

static const struct nf_hook_ops provider_ops[] = {
	HOOK(resolve, NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK),
	HOOK(resolve, NF_INET_LOCAL_OUT, NF_IP_PRI_CONNTRACK),
	HOOK(confirm, NF_INET_POST_ROUTING, NF_IP_PRI_CONNTRACK_CONFIRM),
	HOOK(confirm, NF_INET_LOCAL_IN, NF_IP_PRI_CONNTRACK_CONFIRM),
};

static const struct nf_hook_ops observer_ops[] = {
	HOOK(observe, NF_INET_POST_ROUTING, NF_IP_PRI_LAST),
	HOOK(observe, NF_INET_LOCAL_IN, NF_IP_PRI_LAST),
};

/* nf_defrag_ipv4 is a module of its own: asked for, not depended upon */
static typeof(nf_defrag_ipv4_enable) *defrag_enable;
static typeof(nf_defrag_ipv4_disable) *defrag_disable;

/**
 * ip_ct_defrag_get() - ask for the kernel's defragmenter
 *
 * May sleep and load a module. Without it fragments are INVALID.
 */
void ip_ct_defrag_get(void)
{
	defrag_enable = symbol_request(nf_defrag_ipv4_enable);
	if (defrag_enable)
		defrag_disable = symbol_get(nf_defrag_ipv4_disable);
	if (!defrag_disable)
		pr_warn("nf_defrag_ipv4 is not to be had: fragments will be INVALID\n");
}

/**
 * ip_ct_defrag_put() - the mirror image of ip_ct_defrag_get()
 */
void ip_ct_defrag_put(void)
{
	if (defrag_disable)
		symbol_put(nf_defrag_ipv4_disable);
	if (defrag_enable)
		symbol_put(nf_defrag_ipv4_enable);
}

static int defrag_start(struct ip_ct_net *cn)
{
	int err;

	if (!defrag_disable)
		return 0;
	err = defrag_enable(cn->net);
	cn->defrag = !err;
	return err;
}

static void defrag_stop(struct ip_ct_net *cn)
{
	if (cn->defrag)
		defrag_disable(cn->net);
}

/**
 * ip_ct_hooks_register() - packets of a namespace come to the tracker
 * @cn: ready for packets
 *
 * Return: 0 or a negative errno.
 */
int ip_ct_hooks_register(struct ip_ct_net *cn)
{
	const struct nf_hook_ops *ops = observer_ops;
	unsigned int i;
	int err;

	cn->n_hooks = ARRAY_SIZE(observer_ops);
	if (ip_ct_is_provider()) {
		ops = provider_ops;
		cn->n_hooks = ARRAY_SIZE(provider_ops);
	}
	cn->hooks = kmemdup(ops, cn->n_hooks * sizeof(*ops), GFP_KERNEL);
	if (!cn->hooks)
		return -ENOMEM;
	for (i = 0; i < cn->n_hooks; i++)
		cn->hooks[i].priv = cn;
	err = defrag_start(cn);
	if (err)
		goto err_hooks;
	err = nf_register_net_hooks(cn->net, cn->hooks, cn->n_hooks);
	if (err)
		goto err_defrag;
	return 0;

err_defrag:
	defrag_stop(cn);
err_hooks:
	kfree(cn->hooks);
	return err;
}

/**
 * ip_ct_hooks_unregister() - no new packets come
 * @cn: namespace; packets under way are gone after a grace period
 */
void ip_ct_hooks_unregister(struct ip_ct_net *cn)
{
	nf_unregister_net_hooks(cn->net, cn->hooks, cn->n_hooks);
	defrag_stop(cn);
	kfree(cn->hooks);
}
