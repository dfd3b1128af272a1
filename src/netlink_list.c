// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_list.c - the connections of a namespace, message after message.
 *
 * A listing goes through the table as /proc/net/ip_conntrack does: in the
 * table's own order, a few connections at a time, without a lock and without
 * caring for resizes. Whatever is there from the first message to the last is
 * told of exactly once. No more connections are fetched than there is surely
 * room for, so none has to be put back.
 */
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "netlink.h"

#define BATCH	32

/**
 * struct listing - a listing under way
 * @walk:   how far it has come
 * @filter: what it is about
 * @zero:   counters start again from 0 as they are told
 * @flags:  of each message
 * @info:   connections fetched
 */
struct listing {
	struct ip_ct_walk walk;
	struct ip_ct_nl_filter filter;
	bool zero;
	u16 flags;
	struct ip_ct_info info[BATCH];
};

/* What begins a listing */
struct question {
	const struct nlattr * const *cda;
	struct netlink_ext_ack *extack;
	u8 family;
	bool zero;
};

static int listing_start(struct netlink_callback *cb)
{
	const struct question *question = cb->data;
	struct listing *listing;
	int err;

	listing = kzalloc(sizeof(*listing), GFP_KERNEL);
	if (!listing)
		return -ENOMEM;
	err = ip_ct_nl_filter_parse(question->cda, question->family,
				    &listing->filter, question->extack);
	if (err) {
		kfree(listing);
		return err;
	}
	listing->zero = question->zero;
	listing->flags = NLM_F_MULTI;
	/* whoever asked for some sees that the kernel has heeded it */
	if (question->family || listing->filter.narrow)
		listing->flags |= NLM_F_DUMP_FILTERED;
	cb->data = listing;
	return 0;
}

static int listing_done(struct netlink_callback *cb)
{
	kfree(cb->data);
	return 0;
}

static void listing_put(struct sk_buff *skb, struct netlink_callback *cb,
			struct ip_ct_info *info)
{
	struct listing *listing = cb->data;
	struct net *net = sock_net(skb->sk);

	if (!ip_ct_nl_filter_match(&listing->filter, info))
		return;
	if (listing->zero)
		ip_ct_zero(net, info);
	ip_ct_nl_put_message(skb, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, IPCTNL_MSG_CT_NEW,
			     listing->flags, info);
}

static int listing_go_on(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct listing *listing = cb->data;
	const size_t room = nlmsg_total_size(ip_ct_nl_room(NULL));
	unsigned int n, i;

	if (listing->filter.none)
		return 0;
	do {
		n = min_t(size_t, BATCH, skb_tailroom(skb) / room);
		if (!n)
			break;
		n = ip_ct_list(sock_net(skb->sk), &listing->walk,
			       listing->info, n);
		for (i = 0; i < n; i++)
			listing_put(skb, cb, &listing->info[i]);
		cond_resched();
	} while (n);
	return skb->len;
}

/**
 * ip_ct_nl_list() - begin a listing
 * @skb:  the request
 * @info: the same
 * @cda:  which connections
 * @zero: their counters start again from 0
 *
 * Return: what nfnetlink makes of a listing; or -errno.
 */
int ip_ct_nl_list(struct sk_buff *skb, const struct nfnl_info *info,
		  const struct nlattr * const cda[], bool zero)
{
	struct question question = {
		.cda = cda,
		.extack = info->extack,
		.family = info->nfmsg->nfgen_family,
		.zero = zero,
	};
	struct netlink_dump_control control = {
		.start = listing_start,
		.dump = listing_go_on,
		.done = listing_done,
		.data = &question,
		.module = THIS_MODULE,
	};

	return netlink_dump_start(info->sk, skb, info->nlh, &control);
}

static int nothing_go_on(struct sk_buff *skb, struct netlink_callback *cb)
{
	return 0;
}

/**
 * ip_ct_nl_list_nothing() - a listing of what there is none of
 * @skb:  the request
 * @info: the same
 *
 * Return: as ip_ct_nl_list().
 */
int ip_ct_nl_list_nothing(struct sk_buff *skb, const struct nfnl_info *info)
{
	struct netlink_dump_control control = {
		.dump = nothing_go_on,
		.module = THIS_MODULE,
	};

	return netlink_dump_start(info->sk, skb, info->nlh, &control);
}

static int cpus_go_on(struct sk_buff *skb, struct netlink_callback *cb)
{
	int (*put)(struct sk_buff *skb, struct netlink_callback *cb, int cpu);
	int cpu;

	put = cb->data;
	for (cpu = cb->args[0]; cpu < nr_cpu_ids; cpu++) {
		if (cpu_possible(cpu) && put(skb, cb, cpu))
			break;
	}
	cb->args[0] = cpu;
	return skb->len;
}

/**
 * ip_ct_nl_list_cpus() - a message for each CPU
 * @skb:  the request
 * @info: the same
 * @put:  puts one; not 0: it had no room, and is asked again
 *
 * Return: as ip_ct_nl_list(); -EOPNOTSUPP if a listing was not asked for.
 */
int ip_ct_nl_list_cpus(struct sk_buff *skb, const struct nfnl_info *info,
		       int (*put)(struct sk_buff *skb,
				  struct netlink_callback *cb, int cpu))
{
	struct netlink_dump_control control = {
		.dump = cpus_go_on,
		.data = put,
		.module = THIS_MODULE,
	};

	if (!(info->nlh->nlmsg_flags & NLM_F_DUMP))
		return -EOPNOTSUPP;
	return netlink_dump_start(info->sk, skb, info->nlh, &control);
}
