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

/**
 * struct ip_ct_place - where a packet met its flow
 * @known:  there is a flow
 * @dir:    direction of the packet in it
 * @state:  enum tcp_conntrack or IP_CT_TRACE_NO_STATE
 * @bounds: which numbers a segment may have there
 */
struct ip_ct_place {
	bool known;
	u8 dir;
	u8 state;
	struct ip_ct_tcp_bounds bounds;
};
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

TRACE_EVENT(ip_ct_reason,
	TP_PROTO(const struct ip_ct_pkt *pkt, enum ip_ct_reason reason,
		 const struct ip_ct_place *place),
	TP_ARGS(pkt, reason, place),
	TP_STRUCT__entry(
		__field(u32, src)
		__field(u32, dst)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, proto)
		__field(u8, reason)
		__field(bool, known)
		__field(u8, dir)
		__field(u8, state)
		__field(u8, flags)
		__field(u16, win)
		__field(u32, seq)
		__field(u32, end)
		__field(u32, ack)
		__field(u32, seq_low)
		__field(u32, seq_high)
		__field(u32, ack_low)
		__field(u32, ack_high)
	),
	TP_fast_assign(
		bool read = pkt->proto && pkt->key.proto == pkt->proto;
		bool tcp = read && pkt->proto == IPPROTO_TCP;

		__entry->src = (__force u32)pkt->src;
		__entry->dst = (__force u32)pkt->dst;
		__entry->sport = read ? ntohs(pkt->key.port[pkt->sender]) : 0;
		__entry->dport = read ? ntohs(pkt->key.port[!pkt->sender]) : 0;
		__entry->proto = pkt->proto;
		__entry->reason = reason;
		__entry->known = place->known;
		__entry->dir = place->dir;
		__entry->state = place->state;
		__entry->flags = tcp ? pkt->tcp.flags : 0;
		__entry->win = tcp ? pkt->tcp.win : 0;
		__entry->seq = tcp ? pkt->tcp.seq : 0;
		__entry->end = tcp ? pkt->tcp.end : 0;
		__entry->ack = tcp ? pkt->tcp.ack : 0;
		__entry->seq_low = place->bounds.seq_low;
		__entry->seq_high = place->bounds.seq_high;
		__entry->ack_low = place->bounds.ack_low;
		__entry->ack_high = place->bounds.ack_high;
	),
	TP_printk("reason=%s proto=%u src=%pI4 dst=%pI4 sport=%u dport=%u dir=%s state=%s flags=0x%02x seq=%u end=%u ack=%u win=%u seq_low=%u seq_high=%u ack_low=%u ack_high=%u",
		  ip_ct_reason_desc[__entry->reason].name, __entry->proto,
		  &__entry->src, &__entry->dst, __entry->sport, __entry->dport,
		  !__entry->known ? "-" : __entry->dir ? "reply" : "original",
		  ip_ct_trace_state(__entry->state), __entry->flags,
		  __entry->seq, __entry->end, __entry->ack, __entry->win,
		  __entry->seq_low, __entry->seq_high, __entry->ack_low,
		  __entry->ack_high)
);

#endif /* _IP_CT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE ip_ct_trace
#include <trace/define_trace.h>
