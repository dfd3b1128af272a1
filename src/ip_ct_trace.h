/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ip_ct_trace.h - tracepoints, for perf, trace-cmd and bpftrace.
 *
 *   ip_conntrack:ip_ct_new       a flow has entered the table
 *   ip_conntrack:ip_ct_state     a TCP flow has changed its state
 *   ip_conntrack:ip_ct_destroy   a flow has left the table
 *   ip_conntrack:ip_ct_reason    a packet was not simply tracked: why
 *
 * Off, each costs a jump that is not taken.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ip_conntrack

#if !defined(_IP_CT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IP_CT_TRACE_H

#include <linux/in.h>
#include <linux/tracepoint.h>

#include "flow.h"
#include "packet.h"
#include "stats.h"
#include "tcp_fsm.h"

#ifndef _IP_CT_TRACE_STATES
#define _IP_CT_TRACE_STATES
/* The field of a state that is none: another protocol than TCP */
#define IP_CT_TRACE_NO_STATE 0xff

static inline const char *ip_ct_trace_state(u8 state)
{
	return state == IP_CT_TRACE_NO_STATE ? "-" :
					       ip_ct_tcp_state_name(state);
}

static inline u8 ip_ct_trace_state_of(const struct ip_conntrack *flow)
{
	return flow && flow->key.proto == IPPROTO_TCP ?
	       READ_ONCE(flow->state) : IP_CT_TRACE_NO_STATE;
}
#endif

DECLARE_EVENT_CLASS(ip_ct_flow,
	TP_PROTO(const struct ip_conntrack *flow),
	TP_ARGS(flow),
	TP_STRUCT__entry(
		__field(const void *, flow)
		__field(u32, src)
		__field(u32, dst)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, proto)
		__field(u8, state)
		__field(u32, status)
		__field(u32, seconds)
	),
	TP_fast_assign(
		struct ip_ct_tuple tuple;

		ip_ct_key_tuple(&flow->key, flow->orig, &tuple);
		__entry->flow = flow;
		__entry->src = (__force u32)tuple.src;
		__entry->dst = (__force u32)tuple.dst;
		__entry->sport = ntohs(tuple.sport);
		__entry->dport = ntohs(tuple.dport);
		__entry->proto = tuple.proto;
		__entry->state = ip_ct_trace_state_of(flow);
		__entry->status = atomic_read(&flow->status);
		__entry->seconds = ip_ct_seconds_left(flow, ip_ct_now());
	),
	TP_printk("flow=%p proto=%u src=%pI4 dst=%pI4 sport=%u dport=%u state=%s status=0x%x seconds=%u",
		  __entry->flow, __entry->proto, &__entry->src, &__entry->dst,
		  __entry->sport, __entry->dport,
		  ip_ct_trace_state(__entry->state), __entry->status,
		  __entry->seconds)
);

DEFINE_EVENT(ip_ct_flow, ip_ct_new,
	TP_PROTO(const struct ip_conntrack *flow),
	TP_ARGS(flow)
);

DEFINE_EVENT(ip_ct_flow, ip_ct_destroy,
	TP_PROTO(const struct ip_conntrack *flow),
	TP_ARGS(flow)
);

TRACE_EVENT(ip_ct_state,
	TP_PROTO(const struct ip_conntrack *flow, unsigned int dir, u8 from,
		 u8 to),
	TP_ARGS(flow, dir, from, to),
	TP_STRUCT__entry(
		__field(const void *, flow)
		__field(u32, src)
		__field(u32, dst)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, dir)
		__field(u8, from)
		__field(u8, to)
	),
	TP_fast_assign(
		struct ip_ct_tuple tuple;

		ip_ct_key_tuple(&flow->key, flow->orig, &tuple);
		__entry->flow = flow;
		__entry->src = (__force u32)tuple.src;
		__entry->dst = (__force u32)tuple.dst;
		__entry->sport = ntohs(tuple.sport);
		__entry->dport = ntohs(tuple.dport);
		__entry->dir = dir;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("flow=%p src=%pI4 dst=%pI4 sport=%u dport=%u dir=%s from=%s to=%s",
		  __entry->flow, &__entry->src, &__entry->dst,
		  __entry->sport, __entry->dport,
		  __entry->dir ? "reply" : "original",
		  ip_ct_trace_state(__entry->from),
		  ip_ct_trace_state(__entry->to))
);

#endif /* _IP_CT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE ip_ct_trace
#include <trace/define_trace.h>
