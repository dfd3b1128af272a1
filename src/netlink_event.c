// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_event.c - news of connections for those who have joined the groups.
 *
 * A message is built at once, where the event happens, and handed to each
 * listener's socket: nothing waits here and nothing is merged, so a listener
 * that keeps up hears everything, in order as far as one CPU goes. A socket
 * that is full gets ENOBUFS from netlink, once for the gap; if there is no
 * memory for a message, all listeners of its group get the same.
 */
#include <linux/netfilter.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "netlink.h"

/**
 * struct event_net - what is to be known of a network namespace
 * @closed: it is going, and maybe nfnetlink's socket with it: nobody listens
 *          there, and nobody may be asked whether somebody does
 */
struct event_net {
	bool closed;
};

static unsigned int event_net_id __read_mostly;

static unsigned int group_of(unsigned int events)
{
	if (events & (1 << IPCT_DESTROY))
		return NFNLGRP_CONNTRACK_DESTROY;
	if (events & ((1 << IPCT_NEW) | (1 << IPCT_RELATED)))
		return NFNLGRP_CONNTRACK_NEW;
	return NFNLGRP_CONNTRACK_UPDATE;
}

/* The kernel's summary of all namespaces first: one byte, most often 0 */
static bool event_wanted(struct net *net, unsigned int events)
{
	const struct event_net *here = net_generic(net, event_net_id);
	unsigned int group = group_of(events);

	if (READ_ONCE(here->closed))
		return false;
	if (IS_ENABLED(CONFIG_NF_CONNTRACK_EVENTS) &&
	    !(READ_ONCE(nf_ctnetlink_has_listener) & (1 << group)))
		return false;
	return nfnetlink_has_listeners(net, group);
}

static int event_put(struct sk_buff *skb, unsigned int group,
		     const struct ip_ct_info *info, u32 portid)
{
	switch (group) {
	case NFNLGRP_CONNTRACK_DESTROY:
		return ip_ct_nl_put_message(skb, portid, 0,
					    IPCTNL_MSG_CT_DELETE, 0, info);
	case NFNLGRP_CONNTRACK_NEW:
		return ip_ct_nl_put_message(skb, portid, 0, IPCTNL_MSG_CT_NEW,
					    NLM_F_CREATE | NLM_F_EXCL, info);
	default:
		return ip_ct_nl_put_message(skb, portid, 0, IPCTNL_MSG_CT_NEW,
					    0, info);
	}
}

static void event_send(struct net *net, unsigned int events,
		       const struct ip_ct_info *info, u32 portid, bool report)
{
	unsigned int group = group_of(events);
	struct sk_buff *skb;

	skb = nlmsg_new(ip_ct_nl_room(info), GFP_ATOMIC);
	if (!skb)
		goto lost;
	if (event_put(skb, group, info, portid)) {
		kfree_skb(skb);
		goto lost;
	}
	nfnetlink_send(skb, net, portid, group, report, GFP_ATOMIC);
	return;
lost:
	nfnetlink_set_err(net, 0, group, -ENOBUFS);
}

static const struct ip_ct_listener listener = {
	.wanted = event_wanted,
	.event = event_send,
};

/* A grace period passes between this and the end of nfnetlink's socket */
static void __net_exit event_net_pre_exit(struct net *net)
{
	struct event_net *here = net_generic(net, event_net_id);

	WRITE_ONCE(here->closed, true);
}

static struct pernet_operations event_net_ops = {
	.pre_exit = event_net_pre_exit,
	.id = &event_net_id,
	.size = sizeof(struct event_net),
};

/**
 * ip_ct_nl_events_begin() - listeners hear of connections from now on
 *
 * Return: 0 or -errno.
 */
int ip_ct_nl_events_begin(void)
{
	int err;

	err = register_pernet_subsys(&event_net_ops);
	if (err)
		return err;
	err = ip_ct_listen(&listener);
	if (err)
		unregister_pernet_subsys(&event_net_ops);
	return err;
}

/**
 * ip_ct_nl_events_end() - the mirror image of ip_ct_nl_events_begin()
 */
void ip_ct_nl_events_end(void)
{
	ip_ct_unlisten(&listener);
	unregister_pernet_subsys(&event_net_ops);
}
