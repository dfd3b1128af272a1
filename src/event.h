/* SPDX-License-Identifier: GPL-2.0 */
/*
 * event.h - somebody may want to hear of flows that come, change and go.
 *
 * The listener is a module of its own (netlink). It gets copies.
 */
#ifndef _IP_CT_EVENT_H
#define _IP_CT_EVENT_H

#include <linux/netfilter/nf_conntrack_common.h>	/* IPCT_* */
#include <linux/rcupdate.h>

#include "flow.h"
#include "ip_conntrack.h"

extern const struct ip_ct_listener __rcu *ip_ct_listener;

void ip_ct_event_tell(const struct ip_ct_net *cn,
		      const struct ip_conntrack *flow, unsigned int events,
		      u32 portid, bool report);
void ip_ct_info_fill(const struct ip_conntrack *flow, struct ip_ct_info *info);

/**
 * ip_ct_event() - a flow has come, changed or gone
 * @cn:     its namespace
 * @flow:   held by RCU or a reference; its lock is not held
 * @events: set of 1 << enum ip_conntrack_events
 * @portid: netlink port of who asked for it, or 0
 * @report: that one wants a report
 *
 * A load and a branch where nobody listens. Caller holds rcu_read_lock().
 */
static inline void ip_ct_event(const struct ip_ct_net *cn,
			       const struct ip_conntrack *flow,
			       unsigned int events, u32 portid, bool report)
{
	if (unlikely(rcu_access_pointer(ip_ct_listener)))
		ip_ct_event_tell(cn, flow, events, portid, report);
}

#endif /* _IP_CT_EVENT_H */
