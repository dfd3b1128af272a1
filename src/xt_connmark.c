// SPDX-License-Identifier: GPL-2.0
/*
 * xt_connmark.c - match "connmark", revision 1, and target "CONNMARK",
 * revisions 1 and 2: the mark of a connection.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/netfilter/xt_connmark.h>

#include "ip_conntrack.h"
#include "xt_ip_conntrack.h"

static bool connmark_match(const struct sk_buff *skb,
			   struct xt_action_param *par)
{
	const struct xt_connmark_mtinfo1 *rule = par->matchinfo;
	enum ip_conntrack_info info;

	if (!ip_ct_xt_conn(skb, xt_family(par), &info))
		return false;
	return ((ip_ct_skb_mark(skb) & rule->mask) == rule->mark) !=
	       rule->invert;
}

static u32 shifted(u32 mark, const struct xt_connmark_tginfo2 *rule)
{
	return rule->shift_dir == D_SHIFT_RIGHT ? mark >> rule->shift_bits :
						  mark << rule->shift_bits;
}

static void set(struct sk_buff *skb, const struct xt_connmark_tginfo2 *rule)
{
	u32 mark;

	if (!rule->shift_bits) {
		ip_ct_skb_set_mark(skb, ~rule->ctmask, rule->ctmark);
		return;
	}
	/* what is kept is shifted as well */
	mark = (ip_ct_skb_mark(skb) & ~rule->ctmask) ^ rule->ctmark;
	ip_ct_skb_set_mark(skb, 0, shifted(mark, rule));
}

static void save(struct sk_buff *skb, const struct xt_connmark_tginfo2 *rule)
{
	ip_ct_skb_set_mark(skb, ~rule->ctmask,
			   shifted(skb->mark & rule->nfmask, rule));
}

static void restore(struct sk_buff *skb,
		    const struct xt_connmark_tginfo2 *rule)
{
	skb->mark = (skb->mark & ~rule->nfmask) ^
		    shifted(ip_ct_skb_mark(skb) & rule->ctmask, rule);
}

static void apply(struct sk_buff *skb, const struct xt_action_param *par,
		  const struct xt_connmark_tginfo2 *rule)
{
	enum ip_conntrack_info info;

	if (!ip_ct_xt_conn(skb, xt_family(par), &info))
		return;
	switch (rule->mode) {
	case XT_CONNMARK_SET:
		set(skb, rule);
		break;
	case XT_CONNMARK_SAVE:
		save(skb, rule);
		break;
	case XT_CONNMARK_RESTORE:
		restore(skb, rule);
		break;
	}
}

static unsigned int connmark_target2(struct sk_buff *skb,
				     const struct xt_action_param *par)
{
	apply(skb, par, par->targinfo);
	return XT_CONTINUE;
}

/* Revision 1 shifts nothing */
static unsigned int connmark_target1(struct sk_buff *skb,
				     const struct xt_action_param *par)
{
	const struct xt_connmark_tginfo1 *old = par->targinfo;
	const struct xt_connmark_tginfo2 rule = {
		.ctmark = old->ctmark,
		.ctmask = old->ctmask,
		.nfmask = old->nfmask,
		.mode = old->mode,
	};

	apply(skb, par, &rule);
	return XT_CONTINUE;
}

static int connmark_check(const struct xt_tgchk_param *par, u8 mode, u8 dir,
			  u8 bits)
{
	if (mode > XT_CONNMARK_RESTORE) {
		pr_info_ratelimited("CONNMARK: mode %u is not provided; there are set, save and restore\n",
				    mode);
		return -EOPNOTSUPP;
	}
	if (dir > D_SHIFT_RIGHT || bits >= 32) {
		pr_info_ratelimited("CONNMARK: a mark is shifted left or right, by less than 32 bits\n");
		return -EINVAL;
	}
	return ip_ct_xt_target_check(par);
}

static int connmark_check1(const struct xt_tgchk_param *par)
{
	const struct xt_connmark_tginfo1 *rule = par->targinfo;

	return connmark_check(par, rule->mode, D_SHIFT_LEFT, 0);
}

static int connmark_check2(const struct xt_tgchk_param *par)
{
	const struct xt_connmark_tginfo2 *rule = par->targinfo;

	return connmark_check(par, rule->mode, rule->shift_dir,
			      rule->shift_bits);
}

#define CONNMARK_MATCH(pf)						\
	{								\
		.name		= "connmark",				\
		.revision	= 1,					\
		.family		= (pf),					\
		.match		= connmark_match,			\
		.checkentry	= ip_ct_xt_match_check,			\
		.destroy	= ip_ct_xt_match_destroy,		\
		.matchsize	= sizeof(struct xt_connmark_mtinfo1),	\
		.me		= THIS_MODULE,				\
	}

#define CONNMARK_TARGET(pf, rev)						\
	{									\
		.name		= "CONNMARK",					\
		.revision	= (rev),					\
		.family		= (pf),						\
		.target		= connmark_target##rev,				\
		.checkentry	= connmark_check##rev,				\
		.destroy	= ip_ct_xt_target_destroy,			\
		.targetsize	= sizeof(struct xt_connmark_tginfo##rev),	\
		.me		= THIS_MODULE,					\
	}

static struct xt_match connmark_matches[] __read_mostly = {
	CONNMARK_MATCH(NFPROTO_IPV4),
	CONNMARK_MATCH(NFPROTO_IPV6),
};

static struct xt_target connmark_targets[] __read_mostly = {
	CONNMARK_TARGET(NFPROTO_IPV4, 1),
	CONNMARK_TARGET(NFPROTO_IPV4, 2),
	CONNMARK_TARGET(NFPROTO_IPV6, 1),
	CONNMARK_TARGET(NFPROTO_IPV6, 2),
};

int ip_ct_xt_connmark_init(void)
{
	int err;

	err = xt_register_matches(connmark_matches,
				  ARRAY_SIZE(connmark_matches));
	if (err)
		return err;
	err = xt_register_targets(connmark_targets,
				  ARRAY_SIZE(connmark_targets));
	if (err)
		xt_unregister_matches(connmark_matches,
				      ARRAY_SIZE(connmark_matches));
	return err;
}

void ip_ct_xt_connmark_exit(void)
{
	xt_unregister_targets(connmark_targets, ARRAY_SIZE(connmark_targets));
	xt_unregister_matches(connmark_matches, ARRAY_SIZE(connmark_matches));
}

MODULE_ALIAS("ipt_connmark");
MODULE_ALIAS("ip6t_connmark");
MODULE_ALIAS("ipt_CONNMARK");
MODULE_ALIAS("ip6t_CONNMARK");
