// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_queue.c - the connection of a packet that nfnetlink_queue (NFQUEUE)
 * or nfnetlink_log (NFLOG) shows to a program, and what the program's verdict
 * changes of it.
 *
 * A program asks for that with NFQA_CFG_F_CONNTRACK or NFULNL_CFG_F_CONNTRACK;
 * the kernel loads this module then. Only the provider's packets carry
 * connections of this tracker: an observer leaves the place to others.
 */
#include <linux/netfilter.h>

#include "netlink.h"

static size_t queue_room(const struct nf_conn *ct)
{
	return nla_total_size(ip_ct_nl_room(NULL)) +
	       nla_total_size(sizeof(u32));
}

/* Nothing about one that has ended meanwhile: its packet is shown without */
static int queue_put(struct sk_buff *skb, struct nf_conn *ct,
		     enum ip_conntrack_info ctinfo, u16 ct_attr,
		     u16 ct_info_attr)
{
	struct ip_ct_info info;
	struct nlattr *nest;

	if (!ip_ct_conn_info(ct, &info))
		return 0;
	nest = nla_nest_start(skb, ct_attr);
	if (!nest || ip_ct_nl_put(skb, &info, true))
		return -ENOSPC;
	nla_nest_end(skb, nest);
	return nla_put_be32(skb, ct_info_attr, htonl(ctinfo)) ? -ENOSPC : 0;
}

/*
 * Programs send back what they were shown, with something changed: what cannot
 * be changed is no request to change it.
 */
static int queue_parse(const struct nlattr *attr, struct nf_conn *ct)
{
	struct nlattr *cda[CTA_MAX + 1];
	struct ip_ct_change change;
	struct ip_ct_info info;
	int err;

	err = __nla_parse(cda, CTA_MAX, nla_data(attr), nla_len(attr),
			  ip_ct_nl_policy, IP_CT_NL_STRICT, NULL);
	if (err)
		return err;
	cda[CTA_PROTOINFO] = NULL;
	err = ip_ct_nl_parse_change((const struct nlattr * const *)cda,
				    &change, NULL);
	if (err)
		return err;
	if (!ip_ct_conn_info(ct, &info))
		return -ENOENT;
	if (change.what & IP_CT_CHANGE_STATUS) {
		if (info.status & ~change.status & IP_CT_NL_STATUS_ADD)
			return -EBUSY;
		change.status &= IP_CT_NL_STATUS_ADD & ~info.status;
	}
	return ip_ct_conn_change(ct, &change);
}

static int queue_expect(const struct nlattr *attr, struct nf_conn *ct,
			u32 portid, u32 report)
{
	return -EOPNOTSUPP;
}

/* A program has made a packet longer or shorter: for who translates */
static void queue_adjust(struct sk_buff *skb, struct nf_conn *ct,
			 enum ip_conntrack_info ctinfo, s32 off)
{
}

static const struct nfnl_ct_hook queue_hook = {
	.build_size = queue_room,
	.build = queue_put,
	.parse = queue_parse,
	.attach_expect = queue_expect,
	.seq_adjust = queue_adjust,
};

/**
 * ip_ct_nl_queue_begin() - programs behind NFQUEUE and NFLOG see connections
 */
void ip_ct_nl_queue_begin(void)
{
	if (ip_ct_is_provider())
		rcu_assign_pointer(nfnl_ct_hook, &queue_hook);
}

/**
 * ip_ct_nl_queue_end() - the mirror image of ip_ct_nl_queue_begin()
 *
 * May sleep.
 */
void ip_ct_nl_queue_end(void)
{
	if (!ip_ct_is_provider())
		return;
	RCU_INIT_POINTER(nfnl_ct_hook, NULL);
	synchronize_rcu();
}
