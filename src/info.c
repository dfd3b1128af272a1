// SPDX-License-Identifier: GPL-2.0
/*
 * info.c - connections by tuple, for other modules: look up, list, change,
 * make, end. What include/ip_conntrack.h promises of them.
 */
#include <linux/export.h>
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "core.h"
#include "event.h"
#include "expire.h"
#include "info.h"
#include "ip_conntrack.h"
#include "tcp_fsm.h"

/* Caller holds rcu_read_lock(). */
static struct ip_conntrack *find(struct ip_ct_net *cn,
				 const struct ip_ct_tuple *tuple)
{
	struct ip_ct_key key;
	unsigned int sender;

	return ip_ct_tuple_key(tuple, &key, &sender) ? ip_ct_find(cn, &key) : NULL;
}

/**
 * ip_ct_lookup() - the connection that a tuple belongs to
 * @net:   namespace
 * @tuple: either direction
 * @info:  filled if there is one; may be NULL
 *
 * Return: whether there is one.
 */
bool ip_ct_lookup(struct net *net, const struct ip_ct_tuple *tuple,
		  struct ip_ct_info *info)
{
	struct ip_conntrack *flow;

	rcu_read_lock();
	flow = find(ip_ct_net(net), tuple);
	if (flow && info)
		ip_ct_info_fill(flow, info);
	rcu_read_unlock();
	return flow;
}
EXPORT_SYMBOL_GPL(ip_ct_lookup);

#define LIST_BATCH	16

/**
 * ip_ct_list() - the connections that follow a place in the order of all
 * @net:  namespace
 * @walk: the place; zeroed for the first, moved behind the last one listed
 * @info: filled
 * @max:  room in @info
 *
 * A connection that is there from the first call of a walk to its last is
 * listed exactly once, whatever happens to the table meanwhile. May sleep.
 *
 * Return: how many were filled in; 0 only at the end.
 */
unsigned int ip_ct_list(struct net *net, struct ip_ct_walk *walk,
			struct ip_ct_info *info, unsigned int max)
{
	struct ip_ct_net *cn = ip_ct_net(net);
	struct ip_conntrack *flow[LIST_BATCH];
	struct ip_ct_cursor cursor;
	unsigned int n, i, listed = 0;

	BUILD_BUG_ON(sizeof(walk->cursor) < sizeof(cursor));
	memcpy(&cursor, walk->cursor, sizeof(cursor));
	do {
		ip_ct_listing_begin(&cn->table, &cursor);
		n = ip_ct_table_read(&cn->table, &cursor, flow,
				     min_t(unsigned int, LIST_BATCH,
					   max - listed));
		for (i = 0; i < n; i++)
			if (ip_ct_is_live(flow[i]))
				ip_ct_info_fill(flow[i], &info[listed++]);
		if (n)
			ip_ct_cursor_set(&cursor, flow[n - 1]);
		ip_ct_listing_end(&cn->table);
	} while (n && listed < max);

	memcpy(walk->cursor, &cursor, sizeof(cursor));
	return listed;
}
EXPORT_SYMBOL_GPL(ip_ct_list);

/**
 * ip_ct_zero() - begin to count anew
 * @net:  namespace
 * @info: a connection that was looked up or listed; its counters are what
 *        they were when they were set to 0: no packet is missed or told twice
 */
void ip_ct_zero(struct net *net, struct ip_ct_info *info)
{
	struct ip_conntrack *flow;
	unsigned int dir;

	rcu_read_lock();
	flow = find(ip_ct_net(net), &info->tuple[IP_CT_DIR_ORIGINAL]);
	if (flow && flow->counted && ip_ct_flow_id(flow) == info->id) {
		struct ip_ct_large_flow *large = ip_ct_large(flow);

		for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
			info->count.packets[dir] =
				atomic64_xchg(&large->packets[dir], 0);
			info->count.bytes[dir] =
				atomic64_xchg(&large->bytes[dir], 0);
		}
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(ip_ct_zero);

/**
 * ip_ct_entries() - connections in the table now
 * @net: namespace
 */
unsigned int ip_ct_entries(struct net *net)
{
	return atomic_read(&ip_ct_net(net)->table.count);
}
EXPORT_SYMBOL_GPL(ip_ct_entries);

/**
 * ip_ct_entries_max() - connections at the most, 0: no limit
 * @net: namespace
 */
unsigned int ip_ct_entries_max(struct net *net)
{
	return ip_ct_setting(&ip_ct_net(net)->settings, IP_CT_SET_MAX);
}
EXPORT_SYMBOL_GPL(ip_ct_entries_max);

/**
 * ip_ct_cpu_stats() - the classic counters of a CPU
 * @net:   namespace
 * @cpu:   a possible CPU
 * @stats: filled
 */
void ip_ct_cpu_stats(struct net *net, int cpu, struct ip_ct_cpu_stats *stats)
{
	ip_ct_stats_classic(per_cpu_ptr(ip_ct_net(net)->stats, cpu), stats);
}
EXPORT_SYMBOL_GPL(ip_ct_cpu_stats);

#define STATUS_SETTABLE	(IPS_SEEN_REPLY | IPS_ASSURED)

static int check_change(const struct ip_ct_change *change, u8 proto)
{
	if ((change->what & IP_CT_CHANGE_STATUS) &&
	    (change->status & ~STATUS_SETTABLE))
		return -EOPNOTSUPP;
	if ((change->what & IP_CT_CHANGE_TIMEOUT) &&
	    change->timeout > IP_CT_TIMEOUT_MAX)
		return -ERANGE;
	if (!(change->what & IP_CT_CHANGE_TCP_STATE))
		return 0;
	return proto == IPPROTO_TCP && change->tcp_state < IP_CT_TCP_STATES ?
	       0 : -EINVAL;
}

static unsigned int change_status(struct ip_conntrack *flow, u32 status)
{
	unsigned int events = 0;

	if (!ip_ct_has(flow, status & IPS_SEEN_REPLY))
		events |= 1 << IPCT_REPLY;
	if (!ip_ct_has(flow, status & IPS_ASSURED))
		events |= 1 << IPCT_ASSURED;
	ip_ct_set(flow, status);
	return events;
}

/* Returns what was changed, as events */
static unsigned int apply(struct ip_ct_net *cn, struct ip_conntrack *flow,
			  const struct ip_ct_change *change)
{
	bool is_tcp = flow->key.proto == IPPROTO_TCP, bh;
	unsigned int events = 0;

	if (change->what & IP_CT_CHANGE_STATUS)
		events |= change_status(flow, change->status);
	if (change->what & IP_CT_CHANGE_MARK) {
		u32 mark = ip_ct_mark(flow);

		ip_ct_set_mark(flow, (mark & ~change->mark_mask) ^
				     change->mark);
		if (ip_ct_mark(flow) != mark)
			events |= 1 << IPCT_MARK;
	}
	bh = is_tcp ? ip_ct_tcp_lock(flow) : ip_ct_lock(&flow->lock);
	if ((change->what & IP_CT_CHANGE_TCP_STATE) &&
	    flow->state != change->tcp_state) {
		WRITE_ONCE(flow->state, change->tcp_state);
		events |= 1 << IPCT_PROTOINFO;
	}
	if (change->what & IP_CT_CHANGE_TIMEOUT)
		ip_ct_refresh(cn, flow, ip_ct_now(), change->timeout * HZ);
	if (is_tcp)
		ip_ct_tcp_unlock(flow, bh);
	else
		ip_ct_unlock(&flow->lock, bh);
	return events;
}

/**
 * ip_ct_flow_change() - change a flow
 * @cn:     its namespace
 * @flow:   in the table, or on its way there
 * @change: what to set
 * @portid: netlink port of who asks, for the event
 * @report: that one wants a report
 *
 * Caller holds rcu_read_lock(). Return: 0, or what is wrong with @change:
 * -EINVAL, -ERANGE, -EOPNOTSUPP; nothing is changed then.
 */
int ip_ct_flow_change(struct ip_ct_net *cn, struct ip_conntrack *flow,
		      const struct ip_ct_change *change, u32 portid,
		      bool report)
{
	int err = check_change(change, flow->key.proto);
	unsigned int events;

	if (err)
		return err;
	events = apply(cn, flow, change);
	if (!ip_ct_has(flow, IPS_CONFIRMED))
		return 0;
	/* its class may be another one now */
	ip_ct_rearm(cn, flow);
	if (events)
		ip_ct_event(cn, flow, events, portid, report);
	return 0;
}

/**
 * ip_ct_change() - change a connection
 * @net:    namespace
 * @tuple:  either direction
 * @change: what to set
 * @portid: netlink port of who asks, for the event
 * @report: that one wants a report
 *
 * Return: 0, -ENOENT, or what is wrong with @change: -EINVAL, -ERANGE,
 * -EOPNOTSUPP; nothing is changed then.
 */
int ip_ct_change(struct net *net, const struct ip_ct_tuple *tuple,
		 const struct ip_ct_change *change, u32 portid, bool report)
{
	struct ip_ct_net *cn = ip_ct_net(net);
	struct ip_conntrack *flow;
	int err = -ENOENT;

	rcu_read_lock();
	flow = find(cn, tuple);
	if (flow)
		err = ip_ct_flow_change(cn, flow, change, portid, report);
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(ip_ct_change);

/* A flow that nobody has seen a packet of: as if it were picked up */
static struct ip_conntrack *make(struct ip_ct_net *cn,
				 const struct ip_ct_tuple *tuple,
				 const struct ip_ct_change *change)
{
	struct ip_conntrack *flow;
	struct ip_ct_key key;
	unsigned int sender;

	if (!ip_ct_tuple_key(tuple, &key, &sender))
		return ERR_PTR(-EINVAL);
	if (ip_ct_find(cn, &key))
		return ERR_PTR(-EEXIST);
	flow = ip_ct_flow_new(cn, &key, ip_ct_table_hash(&cn->table, &key),
			      sender, NULL);
	if (!flow)
		return ERR_PTR(-ENOMEM);
	if (tuple->proto == IPPROTO_TCP) {
		ip_ct_tcp_track_init(&flow->tcp);
		flow->state = TCP_CONNTRACK_ESTABLISHED;
	} else {
		flow->birth = ip_ct_now();
	}
	flow->deadline = ip_ct_now();
	apply(cn, flow, change);
	return flow;
}

/**
 * ip_ct_create() - make a connection that no packet has begun
 * @net:    namespace
 * @tuple:  original direction
 * @change: what to set; a time-out must be among it. TCP without a state is
 *          ESTABLISHED. The windows are learnt from the packets to come
 * @portid: netlink port of who asks, for the event
 * @report: that one wants a report
 *
 * Return: 0, -EEXIST, -ENOMEM, -ENOSPC (ip_conntrack_max), or what is wrong
 * with @tuple or @change: -EINVAL, -ERANGE, -EOPNOTSUPP.
 */
int ip_ct_create(struct net *net, const struct ip_ct_tuple *tuple,
		 const struct ip_ct_change *change, u32 portid, bool report)
{
	struct ip_ct_net *cn = ip_ct_net(net);
	enum ip_ct_reason reason;
	struct ip_conntrack *flow;
	int err = check_change(change, tuple->proto);

	if (!err && !(change->what & IP_CT_CHANGE_TIMEOUT))
		err = -EINVAL;
	if (err)
		return err;
	rcu_read_lock();
	flow = make(cn, tuple, change);
	if (IS_ERR(flow))
		err = PTR_ERR(flow);
	else if (ip_ct_enter(cn, flow, &reason))
		err = -EEXIST;
	else if (reason)
		err = reason == IP_CT_R_NO_MEMORY ? -ENOMEM : -ENOSPC;
	else
		ip_ct_event(cn, flow, 1 << IPCT_NEW, portid, report);
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(ip_ct_create);

/**
 * ip_ct_delete() - end a connection; its next packet begins another
 * @net:    namespace
 * @tuple:  either direction
 * @id:     only if this is its id; NULL: whatever it is
 * @portid: netlink port of who asks, for the event
 * @report: that one wants a report
 *
 * Return: 0 or -ENOENT.
 */
int ip_ct_delete(struct net *net, const struct ip_ct_tuple *tuple,
		 const u32 *id, u32 portid, bool report)
{
	struct ip_ct_net *cn = ip_ct_net(net);
	struct ip_conntrack *flow;
	int err = -ENOENT;

	rcu_read_lock();
	flow = find(cn, tuple);
	if (flow && (!id || *id == ip_ct_flow_id(flow)) &&
	    ip_ct_flow_kill_for(cn, flow, portid, report))
		err = 0;
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(ip_ct_delete);

/**
 * ip_ct_flush() - end all connections of a namespace
 * @net:    namespace
 * @portid: netlink port of who asks, for the events
 * @report: that one wants a report
 *
 * May sleep.
 */
void ip_ct_flush(struct net *net, u32 portid, bool report)
{
	ip_ct_net_flush(ip_ct_net(net), portid, report);
}
EXPORT_SYMBOL_GPL(ip_ct_flush);
