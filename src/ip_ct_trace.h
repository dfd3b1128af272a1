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
 *
 * What the kernel prints, perf and trace-cmd print from the format alone: it
 * calls nothing and reads no variable, names come from TRACE_DEFINE_ENUM, and
 * an address is an array, the only form in which they know %pI4.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ip_conntrack

#if !defined(_IP_CT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IP_CT_TRACE_H

#include <linux/in.h>
#include <linux/tracepoint.h>

#include "flow.h"
#include "net.h"
#include "packet.h"
#include "stats.h"
#include "tcp_fsm.h"

#ifndef _IP_CT_TRACE_STATES
#define _IP_CT_TRACE_STATES
/* The field of a state that is none: another protocol than TCP */
#define IP_CT_TRACE_NO_STATE 0xff
/* The direction of a packet without a flow */
#define IP_CT_TRACE_NO_DIR 2

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
 * @netns:  inode of the network namespace, see lsns
 * @known:  there is a flow
 * @dir:    direction of the packet in it
 * @state:  enum tcp_conntrack or IP_CT_TRACE_NO_STATE
 * @bounds: which numbers a segment may have there
 */
struct ip_ct_place {
	u32 netns;
	bool known;
	u8 dir;
	u8 state;
	struct ip_ct_tcp_bounds bounds;
};
#endif

#define IP_CT_TRACE_REASON(sym, name, class, text) \
	TRACE_DEFINE_ENUM(IP_CT_R_##sym);
IP_CT_REASONS(IP_CT_TRACE_REASON)
#undef IP_CT_TRACE_REASON

TRACE_DEFINE_ENUM(TCP_CONNTRACK_NONE);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_SYN_SENT);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_SYN_RECV);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_ESTABLISHED);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_FIN_WAIT);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_CLOSE_WAIT);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_LAST_ACK);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_TIME_WAIT);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_CLOSE);
TRACE_DEFINE_ENUM(TCP_CONNTRACK_LISTEN);

#define ip_ct_show_state(state)						\
	__print_symbolic(state,						\
			 { TCP_CONNTRACK_NONE, "NONE" },		\
			 { TCP_CONNTRACK_SYN_SENT, "SYN_SENT" },	\
			 { TCP_CONNTRACK_SYN_RECV, "SYN_RECV" },	\
			 { TCP_CONNTRACK_ESTABLISHED, "ESTABLISHED" },	\
			 { TCP_CONNTRACK_FIN_WAIT, "FIN_WAIT" },	\
			 { TCP_CONNTRACK_CLOSE_WAIT, "CLOSE_WAIT" },	\
			 { TCP_CONNTRACK_LAST_ACK, "LAST_ACK" },	\
			 { TCP_CONNTRACK_TIME_WAIT, "TIME_WAIT" },	\
			 { TCP_CONNTRACK_CLOSE, "CLOSE" },		\
			 { TCP_CONNTRACK_LISTEN, "LISTEN" },		\
			 { IP_CT_TRACE_NO_STATE, "-" })

#define ip_ct_show_dir(dir)						\
	__print_symbolic(dir,						\
			 { 0, "original" }, { 1, "reply" },		\
			 { IP_CT_TRACE_NO_DIR, "-" })

#define ip_ct_reason_symbol(sym, name, class, text) { IP_CT_R_##sym, name },
#define ip_ct_show_reason(reason)					\
	__print_symbolic(reason,					\
			 IP_CT_REASONS(ip_ct_reason_symbol)		\
			 { IP_CT_R_OK, "ok" })

DECLARE_EVENT_CLASS(ip_ct_flow,
	TP_PROTO(const struct ip_ct_net *cn, const struct ip_conntrack *flow),
	TP_ARGS(cn, flow),
	TP_STRUCT__entry(
		__field(const void *, flow)
		__field(u32, netns)
		__array(u8, src, 4)
		__array(u8, dst, 4)
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
		__entry->netns = cn->net->ns.inum;
		memcpy(__entry->src, &tuple.src, 4);
		memcpy(__entry->dst, &tuple.dst, 4);
		__entry->sport = ntohs(tuple.sport);
		__entry->dport = ntohs(tuple.dport);
		__entry->proto = tuple.proto;
		__entry->state = ip_ct_trace_state_of(flow);
		__entry->status = atomic_read(&flow->status);
		__entry->seconds = ip_ct_seconds_left(flow, ip_ct_now());
	),
	TP_printk("flow=%p proto=%u src=%pI4 dst=%pI4 sport=%u dport=%u state=%s status=0x%x seconds=%u netns=%u",
		  __entry->flow, __entry->proto, __entry->src, __entry->dst,
		  __entry->sport, __entry->dport,
		  ip_ct_show_state(__entry->state), __entry->status,
		  __entry->seconds, __entry->netns)
);

DEFINE_EVENT(ip_ct_flow, ip_ct_new,
	TP_PROTO(const struct ip_ct_net *cn, const struct ip_conntrack *flow),
	TP_ARGS(cn, flow)
);

DEFINE_EVENT(ip_ct_flow, ip_ct_destroy,
	TP_PROTO(const struct ip_ct_net *cn, const struct ip_conntrack *flow),
	TP_ARGS(cn, flow)
);

TRACE_EVENT(ip_ct_state,
	TP_PROTO(const struct ip_ct_net *cn, const struct ip_conntrack *flow,
		 unsigned int dir, u8 from, u8 to),
	TP_ARGS(cn, flow, dir, from, to),
	TP_STRUCT__entry(
		__field(const void *, flow)
		__field(u32, netns)
		__array(u8, src, 4)
		__array(u8, dst, 4)
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
		__entry->netns = cn->net->ns.inum;
		memcpy(__entry->src, &tuple.src, 4);
		memcpy(__entry->dst, &tuple.dst, 4);
		__entry->sport = ntohs(tuple.sport);
		__entry->dport = ntohs(tuple.dport);
		__entry->dir = dir;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("flow=%p src=%pI4 dst=%pI4 sport=%u dport=%u dir=%s from=%s to=%s netns=%u",
		  __entry->flow, __entry->src, __entry->dst,
		  __entry->sport, __entry->dport,
		  ip_ct_show_dir(__entry->dir),
		  ip_ct_show_state(__entry->from),
		  ip_ct_show_state(__entry->to), __entry->netns)
);

TRACE_EVENT(ip_ct_reason,
	TP_PROTO(const struct ip_ct_pkt *pkt, enum ip_ct_reason reason,
		 const struct ip_ct_place *place),
	TP_ARGS(pkt, reason, place),
	TP_STRUCT__entry(
		__field(u32, netns)
		__array(u8, src, 4)
		__array(u8, dst, 4)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, proto)
		__field(u8, reason)
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

		memcpy(__entry->src, &pkt->src, 4);
		memcpy(__entry->dst, &pkt->dst, 4);
		__entry->sport = read ? ntohs(pkt->key.port[pkt->sender]) : 0;
		__entry->dport = read ? ntohs(pkt->key.port[!pkt->sender]) : 0;
		__entry->netns = place->netns;
		__entry->proto = pkt->proto;
		__entry->reason = reason;
		__entry->dir = place->known ? place->dir : IP_CT_TRACE_NO_DIR;
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
	TP_printk("reason=%s proto=%u src=%pI4 dst=%pI4 sport=%u dport=%u dir=%s state=%s flags=0x%02x seq=%u end=%u ack=%u win=%u seq_low=%u seq_high=%u ack_low=%u ack_high=%u netns=%u",
		  ip_ct_show_reason(__entry->reason), __entry->proto,
		  __entry->src, __entry->dst, __entry->sport, __entry->dport,
		  ip_ct_show_dir(__entry->dir),
		  ip_ct_show_state(__entry->state), __entry->flags,
		  __entry->seq, __entry->end, __entry->ack, __entry->win,
		  __entry->seq_low, __entry->seq_high, __entry->ack_low,
		  __entry->ack_high, __entry->netns)
);

#endif /* _IP_CT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE ip_ct_trace
#include <trace/define_trace.h>
