// SPDX-License-Identifier: GPL-2.0
/*
 * xt_state.c - match "state", revision 0: the state of a packet.
 */
#include <linux/netfilter/xt_state.h>

#include "xt_ip_conntrack.h"

static bool state_match(const struct sk_buff *skb, struct xt_action_param *par)
{
	const struct xt_state_info *rule = par->matchinfo;
	enum ip_conntrack_info info;
	unsigned int bit;

	if (ip_ct_xt_conn(skb, xt_family(par), &info))
		bit = XT_STATE_BIT(info);
	else if (info == IP_CT_UNTRACKED)
		bit = XT_STATE_UNTRACKED;
	else
		bit = XT_STATE_INVALID;
	return rule->statemask & bit;
}

#define STATE_MATCH(pf)						\
	{							\
		.name		= "state",			\
		.family		= (pf),				\
		.match		= state_match,			\
		.checkentry	= ip_ct_xt_match_check,		\
		.destroy	= ip_ct_xt_match_destroy,	\
		.matchsize	= sizeof(struct xt_state_info),	\
		.me		= THIS_MODULE,			\
	}

static struct xt_match state_matches[] __read_mostly = {
	STATE_MATCH(NFPROTO_IPV4),
	STATE_MATCH(NFPROTO_IPV6),
};

int ip_ct_xt_state_init(void)
{
	return xt_register_matches(state_matches, ARRAY_SIZE(state_matches));
}

void ip_ct_xt_state_exit(void)
{
	xt_unregister_matches(state_matches, ARRAY_SIZE(state_matches));
}

MODULE_ALIAS("ipt_state");
MODULE_ALIAS("ip6t_state");
