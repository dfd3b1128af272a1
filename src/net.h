/* SPDX-License-Identifier: GPL-2.0 */
/*
 * net.h - what one network namespace owns.
 */
#ifndef _IP_CT_NET_H
#define _IP_CT_NET_H

#include <linux/ratelimit.h>
#include <linux/rhashtable-types.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "settings.h"
#include "stats.h"
#include "table.h"

struct ctl_table_header;
struct nf_hook_ops;
struct ip_ct_wheel;

/**
 * struct ip_ct_net - tracker of one network namespace
 * @table:    its flows
 * @settings: its values
 * @stats:    its counters
 * @wheels:   per CPU, NULL until a flow first enters the table there
 * @net:      the namespace, which outlives this
 * @sysctl:   its directory
 * @ctl:      the entries of that directory
 * @admitted: flows let in by limit.c: in the table or about to enter it
 * @vain:     searches for a flow that gives way which have found none, in
 *            @vain_tick
 * @vain_tick: a tick of the wheel
 * @guest:    made by an ordinary user, who is root there and nobody on the host
 * @sources:  addresses and how many flows each has begun; empty unless
 *            ip_conntrack_source_max is set
 * @hooks:    what is registered with netfilter; its priv is this
 * @n_hooks:  how many those are
 * @full_log: keeps "table full" from flooding the log
 * @defrag:   the kernel's defragmenter works for us here
 */
struct ip_ct_net {
	struct ip_ct_table table;
	struct ip_ct_settings settings;
	struct ip_ct_stats __percpu *stats;
	struct ip_ct_wheel * __percpu *wheels;
	struct net *net;
	struct ctl_table_header *sysctl;
	struct ctl_table *ctl;
	atomic_t admitted;
	u32 vain;
	u32 vain_tick;
	bool guest;
	struct rhashtable sources;
	struct nf_hook_ops *hooks;
	unsigned int n_hooks;
	struct ratelimit_state full_log;
	bool defrag;
};

extern unsigned int ip_ct_net_id;

static inline struct ip_ct_net *ip_ct_net(const struct net *net)
{
	return net_generic(net, ip_ct_net_id);
}

static inline void ip_ct_count(struct ip_ct_net *cn, enum ip_ct_reason reason)
{
	this_cpu_inc(cn->stats->reason[reason]);
}

int ip_ct_net_init(struct ip_ct_net *cn, struct net *net);
void ip_ct_net_flush(struct ip_ct_net *cn, u32 portid, bool report);
void ip_ct_net_exit(struct ip_ct_net *cn);

#endif /* _IP_CT_NET_H */
