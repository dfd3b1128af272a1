// SPDX-License-Identifier: GPL-2.0
/*
 * event.c - what a flow looks like from outside, and who hears of it.
 */
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/export.h>
#include <linux/timekeeping.h>

#include "event.h"
#include "net.h"

const struct ip_ct_listener __rcu *ip_ct_listener __read_mostly;

/*
 * Without the flow's lock, which its packets hold while they write: what is read
 * are single octets of about now. RCU's head, once the flow is dead, lies on none
 * of them.
 */
static void fill_tcp(const struct ip_conntrack *flow, struct ip_ct_info *info)
{
	unsigned int dir;

	BUILD_BUG_ON(offsetof(struct ip_conntrack, tcp.flags) <
		     offsetofend(struct ip_conntrack, dead));
	info->tcp_state = READ_ONCE(flow->state);
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		unsigned int scale;
		u8 flags;

		/* octets of about now, see above */
		flags = data_race(READ_ONCE(flow->tcp.flags[dir]));
		/* likewise */
		scale = data_race(ip_ct_tcp_scale(&flow->tcp, dir));
		if ((flags & IP_CT_SIDE_SYN) && scale <= IP_CT_SCALE_LARGEST) {
			info->tcp_wscale[dir] = scale;
			info->tcp_flags[dir] |= IP_CT_TCP_FLAG_WINDOW_SCALE;
		}
		if (flags & IP_CT_SIDE_SACK_OK)
			info->tcp_flags[dir] |= IP_CT_TCP_FLAG_SACK_PERM;
		if (flags & IP_CT_SIDE_FIN)
			info->tcp_flags[dir] |= IP_CT_TCP_FLAG_CLOSE_INIT;
	}
}

static void fill_large(const struct ip_conntrack *flow,
		       struct ip_ct_info *info)
{
	const struct ip_ct_large_flow *large = ip_ct_large(flow);
	unsigned int dir;

	info->has_counters = flow->counted;
	info->has_times = flow->timed;
	info->start = large->start;
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		info->count.packets[dir] = atomic64_read(&large->packets[dir]);
		info->count.bytes[dir] = atomic64_read(&large->bytes[dir]);
	}
}

/**
 * ip_ct_info_fill() - copy a flow for the world outside
 * @flow: held by RCU or a reference; read as it is, without its lock
 * @info: filled
 */
void ip_ct_info_fill(const struct ip_conntrack *flow, struct ip_ct_info *info)
{
	unsigned int dir;

	memset(info, 0, sizeof(*info));
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++)
		ip_ct_flow_tuple(flow, dir, &info->tuple[dir]);
	info->status = atomic_read(&flow->status) & ~IP_CT_STATUS_OWN;
	info->timeout = ip_ct_seconds_left(flow, ip_ct_now());
	info->mark = ip_ct_mark(flow);
	info->id = ip_ct_flow_id(flow);
	info->use = refcount_read(&flow->ref);
	info->zone = flow->key.zone;
	if (flow->key.proto == IPPROTO_TCP)
		fill_tcp(flow, info);
	if (flow->large)
		fill_large(flow, info);
}

/**
 * ip_ct_event_tell() - the listener hears of a flow
 * @cn:     its namespace
 * @flow:   held by RCU or a reference; its lock is not held
 * @events: set of 1 << enum ip_conntrack_events
 * @portid: netlink port of who asked for the change, or 0
 * @report: that one wants a report
 *
 * Caller holds rcu_read_lock().
 */
void ip_ct_event_tell(const struct ip_ct_net *cn,
		      const struct ip_conntrack *flow, unsigned int events,
		      u32 portid, bool report)
{
	const struct ip_ct_listener *listener;
	struct net *net = cn->net;
	struct ip_ct_info info;

	listener = rcu_dereference(ip_ct_listener);
	if (!listener || (!report && !listener->wanted(net, events)))
		return;
	ip_ct_info_fill(flow, &info);
	if (info.has_times && (events & 1 << IPCT_DESTROY))
		info.stop = ktime_get_real_ns();
	listener->event(net, events, &info, portid, report);
}

/**
 * ip_ct_listen() - hear of flows from now on
 * @listener: called until ip_ct_unlisten()
 *
 * Return: 0, or -EBUSY when there is another one.
 */
int ip_ct_listen(const struct ip_ct_listener *listener)
{
	if (unrcu_pointer(cmpxchg(&ip_ct_listener, RCU_INITIALIZER(NULL),
				  RCU_INITIALIZER(listener))))
		return -EBUSY;
	return 0;
}
EXPORT_SYMBOL_GPL(ip_ct_listen);

/**
 * ip_ct_unlisten() - the mirror image; no call is under way afterwards
 * @listener: the one of ip_ct_listen()
 *
 * May sleep.
 */
void ip_ct_unlisten(const struct ip_ct_listener *listener)
{
	RCU_INIT_POINTER(ip_ct_listener, NULL);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(ip_ct_unlisten);
