// SPDX-License-Identifier: GPL-2.0
/*
 * xt_ct.c - targets "CT", revisions 0 to 2, and "NOTRACK": what the tracker
 * is to do with a packet that it has not seen yet. Of CT's options --notrack
 * is provided; any other is refused by its name.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/netfilter/xt_CT.h>

#include "xt_ip_conntrack.h"

/* The revisions begin alike; later ones have a time-out policy behind that */
static_assert(offsetof(struct xt_ct_target_info, helper) ==
	      offsetof(struct xt_ct_target_info_v1, helper));

static void untrack(struct sk_buff *skb)
{
	/* came over loopback, and has been seen on its way out */
	if (skb->_nfct)
		return;
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

static unsigned int notrack_target(struct sk_buff *skb,
				   const struct xt_action_param *par)
{
	untrack(skb);
	return XT_CONTINUE;
}

static unsigned int ct_target(struct sk_buff *skb,
			      const struct xt_action_param *par)
{
	const struct xt_ct_target_info *rule = par->targinfo;

	if (rule->flags & XT_CT_NOTRACK)
		untrack(skb);
	return XT_CONTINUE;
}

/* Name of an option that a rule has and nobody provides, else NULL */
static const char *unknown_option(const struct xt_ct_target_info *rule)
{
	if (rule->flags & XT_CT_ZONE_DIR_ORIG)
		return "--zone-orig";
	if (rule->flags & XT_CT_ZONE_DIR_REPL)
		return "--zone-reply";
	if (rule->zone || rule->flags & XT_CT_ZONE_MARK)
		return "--zone";
	if (rule->helper[0])
		return "--helper";
	if (rule->ct_events)
		return "--ctevents";
	if (rule->exp_events)
		return "--expevents";
	if (rule->flags & ~XT_CT_MASK)
		return "an unknown flag";
	return NULL;
}

static int ct_check(const struct xt_tgchk_param *par, const char *unknown)
{
	if (unknown) {
		pr_info_ratelimited("CT: %s is not provided, only --notrack is\n",
				    unknown);
		return -EOPNOTSUPP;
	}
	return ip_ct_xt_target_check(par);
}

static int ct_check0(const struct xt_tgchk_param *par)
{
	return ct_check(par, unknown_option(par->targinfo));
}

static int ct_check1(const struct xt_tgchk_param *par)
{
	const struct xt_ct_target_info_v1 *rule = par->targinfo;

	return ct_check(par, rule->timeout[0] ? "--timeout" :
					      unknown_option(par->targinfo));
}

#define CT_TARGET(pf, rev, type, check)				\
	{							\
		.name		= "CT",				\
		.revision	= (rev),			\
		.family		= (pf),				\
		.table		= "raw",			\
		.target		= ct_target,			\
		.checkentry	= (check),			\
		.destroy	= ip_ct_xt_target_destroy,	\
		.targetsize	= sizeof(struct type),		\
		.usersize	= offsetof(struct type, ct),	\
		.me		= THIS_MODULE,			\
	}

#define NOTRACK_TARGET(pf)					\
	{							\
		.name		= "NOTRACK",			\
		.family		= (pf),				\
		.table		= "raw",			\
		.target		= notrack_target,		\
		.checkentry	= ip_ct_xt_target_check,	\
		.destroy	= ip_ct_xt_target_destroy,	\
		.me		= THIS_MODULE,			\
	}

static struct xt_target ct_targets[] __read_mostly = {
	CT_TARGET(NFPROTO_IPV4, 0, xt_ct_target_info, ct_check0),
	CT_TARGET(NFPROTO_IPV4, 1, xt_ct_target_info_v1, ct_check1),
	CT_TARGET(NFPROTO_IPV4, 2, xt_ct_target_info_v1, ct_check1),
	NOTRACK_TARGET(NFPROTO_IPV4),
	CT_TARGET(NFPROTO_IPV6, 0, xt_ct_target_info, ct_check0),
	CT_TARGET(NFPROTO_IPV6, 1, xt_ct_target_info_v1, ct_check1),
	CT_TARGET(NFPROTO_IPV6, 2, xt_ct_target_info_v1, ct_check1),
	NOTRACK_TARGET(NFPROTO_IPV6),
};

int ip_ct_xt_ct_init(void)
{
	return xt_register_targets(ct_targets, ARRAY_SIZE(ct_targets));
}

void ip_ct_xt_ct_exit(void)
{
	xt_unregister_targets(ct_targets, ARRAY_SIZE(ct_targets));
}

MODULE_ALIAS("ipt_CT");
MODULE_ALIAS("ip6t_CT");
MODULE_ALIAS("ipt_NOTRACK");
MODULE_ALIAS("ip6t_NOTRACK");
