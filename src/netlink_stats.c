// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_stats.c - how many connections, and what became of packets.
 */
#include <net/sock.h>

#include "netlink.h"

static int put_stats(struct sk_buff *skb, struct net *net,
		     const struct nlmsghdr *request, u32 portid)
{
	struct nlmsghdr *nlh;

	nlh = nfnl_msg_put(skb, portid, request->nlmsg_seq,
			   nfnl_msg_type(NFNL_SUBSYS_CTNETLINK,
					 IPCTNL_MSG_CT_GET_STATS), 0,
			   AF_UNSPEC, NFNETLINK_V0, 0);
	if (!nlh)
		return -EMSGSIZE;
	if (nla_put_be32(skb, CTA_STATS_GLOBAL_ENTRIES,
			 htonl(ip_ct_entries(net))) ||
	    nla_put_be32(skb, CTA_STATS_GLOBAL_MAX_ENTRIES,
			 htonl(ip_ct_entries_max(net))))
		return -EMSGSIZE;
	nlmsg_end(skb, nlh);
	return 0;
}

/**
 * ip_ct_nl_stats() - how many connections there are, and may be
 * @skb:  the request
 * @info: the same
 * @cda:  none of interest
 *
 * Return: 0 or -errno.
 */
int ip_ct_nl_stats(struct sk_buff *skb, const struct nfnl_info *info,
		   const struct nlattr * const cda[])
{
	u32 portid = NETLINK_CB(skb).portid;
	struct sk_buff *answer;
	int err;

	err = ip_ct_nl_check(info);
	if (err)
		return err;
	answer = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!answer)
		return -ENOMEM;
	err = put_stats(answer, info->net, info->nlh, portid);
	if (err) {
		kfree_skb(answer);
		return err;
	}
	return nfnetlink_unicast(answer, info->net, portid);
}

static int put_counts(struct sk_buff *skb, struct netlink_callback *cb, int cpu)
{
	struct ip_ct_cpu_stats stats;
	struct nlmsghdr *nlh;

	ip_ct_cpu_stats(sock_net(skb->sk), cpu, &stats);
	nlh = nfnl_msg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   nfnl_msg_type(NFNL_SUBSYS_CTNETLINK,
					 IPCTNL_MSG_CT_GET_STATS_CPU),
			   NLM_F_MULTI, AF_UNSPEC, NFNETLINK_V0, htons(cpu));
	if (!nlh)
		return -EMSGSIZE;
	if (nla_put_be32(skb, CTA_STATS_FOUND, 0) ||
	    nla_put_be32(skb, CTA_STATS_INVALID, htonl(stats.invalid)) ||
	    nla_put_be32(skb, CTA_STATS_INSERT, htonl(stats.insert)) ||
	    nla_put_be32(skb, CTA_STATS_INSERT_FAILED, 0) ||
	    nla_put_be32(skb, CTA_STATS_DROP, htonl(stats.drop)) ||
	    nla_put_be32(skb, CTA_STATS_EARLY_DROP, htonl(stats.early_drop)) ||
	    nla_put_be32(skb, CTA_STATS_ERROR, htonl(stats.icmp_error)) ||
	    nla_put_be32(skb, CTA_STATS_SEARCH_RESTART, 0) ||
	    nla_put_be32(skb, CTA_STATS_CLASH_RESOLVE,
			 htonl(stats.insert_failed)) ||
	    nla_put_be32(skb, CTA_STATS_CHAIN_TOOLONG, 0)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

/**
 * ip_ct_nl_stats_cpu() - what became of packets, by CPU
 * @skb:  the request
 * @info: the same
 * @cda:  none of interest
 *
 * Return: what nfnetlink makes of a listing; or -errno.
 */
int ip_ct_nl_stats_cpu(struct sk_buff *skb, const struct nfnl_info *info,
		       const struct nlattr * const cda[])
{
	int err = ip_ct_nl_check(info);

	return err ?: ip_ct_nl_list_cpus(skb, info, put_counts);
}
