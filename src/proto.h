/* SPDX-License-Identifier: GPL-2.0 */
/*
 * proto.h - what a protocol decides: may a packet begin a flow, what does it
 * do to a flow that exists, how long does the flow live then.
 */
#ifndef _IP_CT_PROTO_H
#define _IP_CT_PROTO_H

#include <linux/in.h>

#include "flow.h"
#include "net.h"
#include "packet.h"

/**
 * enum ip_ct_verdict - what became of a packet
 * @IP_CT_V_TRACKED:   it belongs to a flow and has moved it
 * @IP_CT_V_IGNORED:   it belongs to a flow and has not moved it
 * @IP_CT_V_UNTRACKED: there is no flow for it, and that is no fault of its own
 * @IP_CT_V_INVALID:   it belongs to no connection that could be
 * @IP_CT_V_REOPEN:    its flow is over, it begins a new one on the same ports
 * @IP_CT_V_GONE:      its flow came to its end meanwhile: look again
 *
 * The last two come from protocols only; the core acts on them.
 */
enum ip_ct_verdict {
	IP_CT_V_TRACKED,
	IP_CT_V_IGNORED,
	IP_CT_V_UNTRACKED,
	IP_CT_V_INVALID,
	IP_CT_V_REOPEN,
	IP_CT_V_GONE,
};

/**
 * struct ip_ct_seen - what tracking found out about a packet
 * @flow:    its flow, or NULL; valid under rcu_read_lock()
 * @dir:     its direction in the flow
 * @fresh:   @flow is not in the table yet, and is the caller's until
 *           ip_ct_confirm()
 * @related: it is no packet of @flow, but an ICMP error about one
 * @events:  what it changed in @flow, a set of 1 << enum ip_conntrack_events
 * @reason:  why, for every verdict but IP_CT_V_TRACKED
 * @reply:   the connection's reply tuple if nf_conntrack translates it, which
 *           the observer sees; else NULL. Set by the caller of ip_ct_resolve()
 */
struct ip_ct_seen {
	struct ip_conntrack *flow;
	u8 dir;
	bool fresh;
	bool related;
	u16 events;
	enum ip_ct_reason reason;
	const struct ip_ct_tuple *reply;
};

/**
 * struct ip_ct_proto - policy of one protocol
 * @name:   as in /proc/net/ip_conntrack
 * @begin:  may this packet begin a flow? There is none yet; @seen->dir is
 *          REPLY when the packet answers one that the tracker did not take.
 *          Returns TRACKED (make a flow, and go on with @first), INVALID or
 *          UNTRACKED, these two with @seen->reason.
 * @first:  take the packet that begins @seen->flow, which nobody else knows
 *          yet; sets state, status and deadline.
 * @packet: take a packet of @seen->flow; sets state, status and deadline.
 *          Takes the flow's lock itself where it needs it.
 *
 * Both run under rcu_read_lock().
 */
struct ip_ct_proto {
	const char *name;
	enum ip_ct_verdict (*begin)(struct ip_ct_net *cn,
				    const struct ip_ct_pkt *pkt,
				    struct ip_ct_seen *seen);
	void (*first)(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
		      struct ip_ct_seen *seen);
	enum ip_ct_verdict (*packet)(struct ip_ct_net *cn,
				     const struct ip_ct_pkt *pkt,
				     struct ip_ct_seen *seen);
};

void ip_ct_tcp_close(struct ip_ct_net *cn, struct ip_conntrack *flow);

enum ip_ct_verdict ip_ct_tcp_may_begin(struct ip_ct_net *cn,
				       const struct ip_ct_pkt *pkt,
				       struct ip_ct_seen *seen);
void ip_ct_tcp_first(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
		     struct ip_ct_seen *seen);
void ip_ct_tcp_first_syn(struct ip_ct_net *cn, struct ip_ct_seen *seen,
			 const struct ip_ct_tcp_seg *seg);
bool ip_ct_tcp_usual_packet(struct ip_ct_net *cn, struct ip_ct_seen *seen,
			    const struct ip_ct_tcp_seg *seg);
enum ip_ct_verdict ip_ct_tcp_packet(struct ip_ct_net *cn,
				    const struct ip_ct_pkt *pkt,
				    struct ip_ct_seen *seen);
enum ip_ct_verdict ip_ct_udp_packet(struct ip_ct_net *cn,
				    const struct ip_ct_pkt *pkt,
				    struct ip_ct_seen *seen);

extern const struct ip_ct_proto ip_ct_proto_tcp;
extern const struct ip_ct_proto ip_ct_proto_udp;
extern const struct ip_ct_proto ip_ct_proto_icmp;
extern const struct ip_ct_proto ip_ct_proto_generic;

/**
 * ip_ct_proto() - the policy of a protocol
 * @proto: IPPROTO_*
 */
static inline const struct ip_ct_proto *ip_ct_proto(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return &ip_ct_proto_tcp;
	case IPPROTO_UDP:
		return &ip_ct_proto_udp;
	case IPPROTO_ICMP:
		return &ip_ct_proto_icmp;
	default:
		return &ip_ct_proto_generic;
	}
}

#endif /* _IP_CT_PROTO_H */
