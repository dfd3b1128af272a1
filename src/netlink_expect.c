// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_expect.c - expectations, of which there are none.
 *
 * Only helpers make connections be expected, and there are no helpers here.
 * Who looks finds an empty list; who wants to enter one hears that this is
 * not provided.
 */
#include <linux/module.h>

#include "netlink.h"

static const struct nla_policy policy[CTA_EXPECT_MAX + 1] = {
	[CTA_EXPECT_MASTER]	= { .type = NLA_NESTED },
	[CTA_EXPECT_TUPLE]	= { .type = NLA_NESTED },
	[CTA_EXPECT_MASK]	= { .type = NLA_NESTED },
	[CTA_EXPECT_TIMEOUT]	= { .type = NLA_U32 },
	[CTA_EXPECT_ID]		= { .type = NLA_U32 },
	[CTA_EXPECT_HELP_NAME]	= { .type = NLA_NUL_STRING, .len = 15 },
	[CTA_EXPECT_ZONE]	= { .type = NLA_U16 },
	[CTA_EXPECT_FLAGS]	= { .type = NLA_U32 },
	[CTA_EXPECT_CLASS]	= { .type = NLA_U32 },
	[CTA_EXPECT_NAT]	= { .type = NLA_NESTED },
	[CTA_EXPECT_FN]		= { .type = NLA_NUL_STRING },
};

static int check(const struct nfnl_info *info)
{
	return __nla_validate(nlmsg_attrdata(info->nlh, sizeof(struct nfgenmsg)),
			      nlmsg_attrlen(info->nlh, sizeof(struct nfgenmsg)),
			      CTA_EXPECT_MAX, policy, IP_CT_NL_STRICT,
			      info->extack);
}

static int expect_new(struct sk_buff *skb, const struct nfnl_info *info,
		      const struct nlattr * const cda[])
{
	NL_SET_ERR_MSG(info->extack, "expected connections are not provided");
	return -EOPNOTSUPP;
}

static int expect_get(struct sk_buff *skb, const struct nfnl_info *info,
		      const struct nlattr * const cda[])
{
	int err;

	err = check(info);
	if (err)
		return err;
	if (info->nlh->nlmsg_flags & NLM_F_DUMP)
		return ip_ct_nl_list_nothing(skb, info);
	return cda[CTA_EXPECT_TUPLE] || cda[CTA_EXPECT_MASTER] ?
	       -ENOENT : -EINVAL;
}

/* One by its tuple, those of a helper, or all */
static int expect_delete(struct sk_buff *skb, const struct nfnl_info *info,
			 const struct nlattr * const cda[])
{
	int err;

	err = check(info);
	if (err)
		return err;
	return cda[CTA_EXPECT_TUPLE] ? -ENOENT : 0;
}

static int put_counts(struct sk_buff *skb, struct netlink_callback *cb, int cpu)
{
	struct nlmsghdr *nlh;

	nlh = nfnl_msg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   nfnl_msg_type(NFNL_SUBSYS_CTNETLINK_EXP,
					 IPCTNL_MSG_EXP_GET_STATS_CPU),
			   NLM_F_MULTI, AF_UNSPEC, NFNETLINK_V0, htons(cpu));
	if (!nlh)
		return -EMSGSIZE;
	if (nla_put_be32(skb, CTA_STATS_EXP_NEW, 0) ||
	    nla_put_be32(skb, CTA_STATS_EXP_CREATE, 0) ||
	    nla_put_be32(skb, CTA_STATS_EXP_DELETE, 0)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

static int expect_stats_cpu(struct sk_buff *skb, const struct nfnl_info *info,
			    const struct nlattr * const cda[])
{
	int err = check(info);

	return err ?: ip_ct_nl_list_cpus(skb, info, put_counts);
}

#define REQUEST(function) {		\
	.call = (function),		\
	.policy = policy,		\
	.type = NFNL_CB_MUTEX,		\
	.attr_count = CTA_EXPECT_MAX,	\
}

static const struct nfnl_callback requests[IPCTNL_MSG_EXP_MAX] = {
	[IPCTNL_MSG_EXP_NEW]		= REQUEST(expect_new),
	[IPCTNL_MSG_EXP_GET]		= REQUEST(expect_get),
	[IPCTNL_MSG_EXP_DELETE]		= REQUEST(expect_delete),
	[IPCTNL_MSG_EXP_GET_STATS_CPU]	= REQUEST(expect_stats_cpu),
};

const struct nfnetlink_subsystem ip_ct_nl_expectations = {
	.name = "conntrack_expect",
	.subsys_id = NFNL_SUBSYS_CTNETLINK_EXP,
	.cb_count = IPCTNL_MSG_EXP_MAX,
	.cb = requests,
	.owner = THIS_MODULE,
};
