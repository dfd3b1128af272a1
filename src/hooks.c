// SPDX-License-Identifier: GPL-2.0
/*
 * hooks.c - where packets enter and leave; the only file that knows
 * NF_ACCEPT and NF_DROP.
 *
 * As observer the tracker sees a packet once, at the last hook that it
 * passes, and attaches nothing to it:
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

#include "core.h"
#include "hooks.h"
#include "report.h"

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

static enum ip_ct_reason check(struct ip_ct_net *cn, const struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       struct ip_ct_pkt *pkt)
{
	enum ip_ct_reason reason = ip_ct_packet_parse(skb, pkt);

	if (reason || skb_csum_unnecessary(skb) || locally_made(state) ||
	    !ip_ct_setting(&cn->settings, IP_CT_SET_CHECKSUM))
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

static unsigned int observe(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct ip_ct_seen seen, *known = NULL;
	struct ip_ct_pkt pkt __uninitialized;
	struct ip_ct_net *cn = priv;
	enum ip_ct_reason reason;

	if (unlikely(comes_again(state)))
		return NF_ACCEPT;
	reason = check(cn, skb, state, &pkt);
	if (likely(!reason)) {
		seen.reply = NULL;
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

static const struct nf_hook_ops observer_ops[] = {
	{
		.hook = observe,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = observe,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	},
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

/**
 * ip_ct_hooks_register() - packets of a namespace come to the tracker
 * @cn: ready for packets
 *
 * Return: 0 or a negative errno.
 */
int ip_ct_hooks_register(struct ip_ct_net *cn)
{
	unsigned int i;
	int err;

	cn->hooks = kmemdup(observer_ops, sizeof(observer_ops), GFP_KERNEL);
	if (!cn->hooks)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(observer_ops); i++)
		cn->hooks[i].priv = cn;
	if (defrag_disable) {
		err = defrag_enable(cn->net);
		if (err)
			goto err_hooks;
		cn->defrag = true;
	}
	err = nf_register_net_hooks(cn->net, cn->hooks,
				    ARRAY_SIZE(observer_ops));
	if (err)
		goto err_defrag;
	return 0;

err_defrag:
	if (cn->defrag)
		defrag_disable(cn->net);
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
	nf_unregister_net_hooks(cn->net, cn->hooks, ARRAY_SIZE(observer_ops));
	if (cn->defrag)
		defrag_disable(cn->net);
	kfree(cn->hooks);
}
