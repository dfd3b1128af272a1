// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_request.c - what conntrack(8) asks of connections: show one, list
 * them, enter, change, delete, flush, count.
 *
 * nfnetlink runs one of these at a time. Connections come and go meanwhile;
 * what is asked for by tuple is looked up and changed in one step by the
 * tracker itself.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "netlink.h"

#define BATCH	32

/* Bits of the status that say nothing new, whoever sends them ... */
#define STATUS_IDLE	(IPS_CONFIRMED | IPS_NAT_DONE_MASK)
/* ... and those that a request cannot take away */
#define STATUS_KEEP	(IP_CT_NL_STATUS_ADD | IPS_CONFIRMED)

static bool ipv4(const struct nfnl_info *info)
{
	return info->nfmsg->nfgen_family == AF_INET ||
	       info->nfmsg->nfgen_family == AF_UNSPEC;
}

static u16 zone_of(const struct nlattr * const cda[],
		   const struct ip_ct_nl_tuple *tuple)
{
	return cda[CTA_ZONE] ? ntohs(nla_get_be16(cda[CTA_ZONE])) : tuple->zone;
}

/* The tuple that names a connection: -ENOENT if none can have it */
static int parse_name(const struct nfnl_info *info,
		      const struct nlattr * const cda[],
		      struct ip_ct_nl_tuple *tuple)
{
	const struct nlattr *attr = cda[CTA_TUPLE_ORIG] ?: cda[CTA_TUPLE_REPLY];
	int err;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "no tuple");
		return -EINVAL;
	}
	if (!ipv4(info))
		return -ENOENT;
	err = ip_ct_nl_parse_whole(attr, tuple, info->extack);
	if (err)
		return err;
	return zone_of(cda, tuple) || tuple->code ? -ENOENT : 0;
}

static int show(struct sk_buff *skb, const struct nfnl_info *info,
		const struct nlattr * const cda[], bool zero)
{
	u32 portid = NETLINK_CB(skb).portid;
	struct ip_ct_nl_tuple tuple;
	struct ip_ct_info found;
	struct sk_buff *answer;
	int err;

	err = parse_name(info, cda, &tuple);
	if (err)
		return err;
	if (!ip_ct_lookup(info->net, &tuple.is, &found))
		return -ENOENT;
	if (zero)
		ip_ct_zero(info->net, &found);
	answer = nlmsg_new(ip_ct_nl_room(&found), GFP_KERNEL);
	if (!answer)
		return -ENOMEM;
	err = ip_ct_nl_put_message(answer, portid, info->nlh->nlmsg_seq,
				   IPCTNL_MSG_CT_NEW, 0, &found);
	if (err) {
		kfree_skb(answer);
		return err;
	}
	return nfnetlink_unicast(answer, info->net, portid);
}

static int get(struct sk_buff *skb, const struct nfnl_info *info,
	       const struct nlattr * const cda[])
{
	bool zero = NFNL_MSG_TYPE(info->nlh->nlmsg_type) ==
		    IPCTNL_MSG_CT_GET_CTRZERO;
	int err;

	err = ip_ct_nl_check(info);
	if (err)
		return err;
	if (info->nlh->nlmsg_flags & NLM_F_DUMP)
		return ip_ct_nl_list(skb, info, cda, zero);
	return show(skb, info, cda, zero);
}

/* Here a connection leaves the table as it dies, and enters it when its first
 * packet has got through: there is nothing between.
 */
static int get_nothing(struct sk_buff *skb, const struct nfnl_info *info,
		       const struct nlattr * const cda[])
{
	int err;

	err = ip_ct_nl_check(info);
	if (err)
		return err;
	if (!(info->nlh->nlmsg_flags & NLM_F_DUMP))
		return -EOPNOTSUPP;
	return ip_ct_nl_list_nothing(skb, info);
}

/* --- delete, flush */

static int flush_some(struct sk_buff *skb, const struct nfnl_info *info,
		      const struct ip_ct_nl_filter *filter)
{
	const bool report = nlmsg_report(info->nlh);
	struct ip_ct_walk walk = {};
	struct ip_ct_info *batch;
	unsigned int n, i;

	batch = kmalloc_array(BATCH, sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	while ((n = ip_ct_list(info->net, &walk, batch, BATCH))) {
		for (i = 0; i < n; i++) {
			if (!ip_ct_nl_filter_match(filter, &batch[i]))
				continue;
			ip_ct_delete(info->net,
				     &batch[i].tuple[IP_CT_DIR_ORIGINAL],
				     &batch[i].id, NETLINK_CB(skb).portid,
				     report);
		}
		cond_resched();
	}
	kfree(batch);
	return 0;
}

/* The kernel's own tracker overlooks the family if the version is 0; here who
 * asks for the end of all IPv6 connections never ends IPv4 ones.
 */
static int flush(struct sk_buff *skb, const struct nfnl_info *info,
		 const struct nlattr * const cda[])
{
	struct ip_ct_nl_filter filter;
	int err;

	err = ip_ct_nl_filter_parse(cda, info->nfmsg->nfgen_family, &filter,
				    info->extack);
	if (err)
		return err;
	if (filter.none)
		return 0;
	if (filter.narrow)
		return flush_some(skb, info, &filter);
	ip_ct_flush(info->net, NETLINK_CB(skb).portid, nlmsg_report(info->nlh));
	return 0;
}

static int delete(struct sk_buff *skb, const struct nfnl_info *info,
		  const struct nlattr * const cda[])
{
	struct ip_ct_nl_tuple tuple;
	u32 id;
	int err;

	err = ip_ct_nl_check(info);
	if (err)
		return err;
	if (cda[CTA_FILTER] || (!cda[CTA_TUPLE_ORIG] && !cda[CTA_TUPLE_REPLY]))
		return flush(skb, info, cda);
	err = parse_name(info, cda, &tuple);
	if (err)
		return err;
	if (cda[CTA_ID])
		id = ntohl(nla_get_be32(cda[CTA_ID]));
	return ip_ct_delete(info->net, &tuple.is, cda[CTA_ID] ? &id : NULL,
			    NETLINK_CB(skb).portid, nlmsg_report(info->nlh));
}

/* --- enter, change */

/* What is left of the change's status are the bits to be added to @old */
static int check_status(struct ip_ct_change *change, u32 old,
			struct netlink_ext_ack *extack)
{
	if (!(change->what & IP_CT_CHANGE_STATUS))
		return 0;
	if (old & ~change->status & STATUS_KEEP) {
		NL_SET_ERR_MSG(extack, "the status cannot be taken back");
		return -EBUSY;
	}
	change->status &= ~(old | STATUS_IDLE);
	if (change->status & ~IP_CT_NL_STATUS_ADD) {
		NL_SET_ERR_MSG(extack, "of the status only SEEN_REPLY and ASSURED can be set");
		return -EOPNOTSUPP;
	}
	if (!change->status)
		change->what &= ~IP_CT_CHANGE_STATUS;
	return 0;
}

static int check_protocol(const struct ip_ct_change *change, u8 proto,
			  struct netlink_ext_ack *extack)
{
	if (change->what & IP_CT_CHANGE_TCP_STATE && proto != IPPROTO_TCP) {
		NL_SET_ERR_MSG(extack, "only TCP connections have a state");
		return -EINVAL;
	}
	return 0;
}

/* Requests are even in RFC 792 and RFC 950, and their replies the next number;
 * but for echo, which has 8 and 0.
 */
static u8 icmp_answer(u8 type)
{
	switch (type) {
	case ICMP_ECHO:
		return ICMP_ECHOREPLY;
	case ICMP_ECHOREPLY:
		return ICMP_ECHO;
	case ICMP_TIMESTAMP:
	case ICMP_INFO_REQUEST:
	case ICMP_ADDRESS:
		return type + 1;
	default:
		return type - 1;
	}
}

static bool answers(const struct ip_ct_tuple *reply,
		    const struct ip_ct_tuple *orig)
{
	return reply->src == orig->dst && reply->dst == orig->src &&
	       reply->sport == orig->dport && reply->dport == orig->sport &&
	       reply->proto == orig->proto &&
	       (orig->proto != IPPROTO_ICMP ||
		reply->type == icmp_answer(orig->type));
}

static int enter(const struct nfnl_info *info, const struct nlattr * const cda[],
		 const struct ip_ct_tuple *orig, struct ip_ct_change *change,
		 u32 portid)
{
	struct ip_ct_nl_tuple reply;
	int err;

	if (!cda[CTA_TUPLE_ORIG] || !cda[CTA_TUPLE_REPLY] || !cda[CTA_TIMEOUT]) {
		NL_SET_ERR_MSG(info->extack, "a new connection needs both tuples and a timeout");
		return -EINVAL;
	}
	err = ip_ct_nl_parse_whole(cda[CTA_TUPLE_REPLY], &reply, info->extack);
	if (err)
		return err;
	if (!answers(&reply.is, orig)) {
		NL_SET_ERR_MSG_ATTR(info->extack, cda[CTA_TUPLE_REPLY],
				    "address translation is not provided");
		return -EOPNOTSUPP;
	}
	err = check_status(change, 0, info->extack);
	if (err)
		return err;
	return ip_ct_create(info->net, orig, change, portid,
			    nlmsg_report(info->nlh));
}

static int enter_or_change(const struct nfnl_info *info,
			   const struct nlattr * const cda[],
			   const struct ip_ct_tuple *tuple,
			   struct ip_ct_change *change, u32 portid)
{
	struct ip_ct_info found;
	int err;

	if (!ip_ct_lookup(info->net, tuple, &found)) {
		if (!(info->nlh->nlmsg_flags & NLM_F_CREATE))
			return -ENOENT;
		return enter(info, cda, tuple, change, portid);
	}
	if (info->nlh->nlmsg_flags & NLM_F_EXCL)
		return -EEXIST;
	err = check_status(change, found.status, info->extack);
	if (err || !change->what)
		return err;
	return ip_ct_change(info->net, tuple, change, portid,
			    nlmsg_report(info->nlh));
}

static int new(struct sk_buff *skb, const struct nfnl_info *info,
	       const struct nlattr * const cda[])
{
	struct ip_ct_nl_tuple tuple;
	struct ip_ct_change change;
	int err;

	err = ip_ct_nl_check(info);
	if (err)
		return err;
	err = ip_ct_nl_parse_change(cda, &change, info->extack);
	if (err)
		return err;
	err = parse_name(info, cda, &tuple);
	if (err == -ENOENT && info->nlh->nlmsg_flags & NLM_F_CREATE) {
		NL_SET_ERR_MSG(info->extack, "only IPv4 in zone 0 is tracked, and ICMP of code 0");
		return -EOPNOTSUPP;
	}
	if (err)
		return err;
	err = check_protocol(&change, tuple.is.proto, info->extack);
	if (err)
		return err;
	return enter_or_change(info, cda, &tuple.is, &change,
			       NETLINK_CB(skb).portid);
}

#define REQUEST(function) {		\
	.call = (function),		\
	.policy = ip_ct_nl_policy,	\
	.type = NFNL_CB_MUTEX,		\
	.attr_count = CTA_MAX,		\
}

static const struct nfnl_callback requests[IPCTNL_MSG_MAX] = {
	[IPCTNL_MSG_CT_NEW]		= REQUEST(new),
	[IPCTNL_MSG_CT_GET]		= REQUEST(get),
	[IPCTNL_MSG_CT_DELETE]		= REQUEST(delete),
	[IPCTNL_MSG_CT_GET_CTRZERO]	= REQUEST(get),
	[IPCTNL_MSG_CT_GET_STATS_CPU]	= REQUEST(ip_ct_nl_stats_cpu),
	[IPCTNL_MSG_CT_GET_STATS]	= REQUEST(ip_ct_nl_stats),
	[IPCTNL_MSG_CT_GET_DYING]	= REQUEST(get_nothing),
	[IPCTNL_MSG_CT_GET_UNCONFIRMED]	= REQUEST(get_nothing),
};

const struct nfnetlink_subsystem ip_ct_nl_connections = {
	.name = "conntrack",
	.subsys_id = NFNL_SUBSYS_CTNETLINK,
	.cb_count = IPCTNL_MSG_MAX,
	.cb = requests,
	.owner = THIS_MODULE,
};
