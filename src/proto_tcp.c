// SPDX-License-Identifier: GPL-2.0
/*
 * proto_tcp.c - the machine and the windows, applied to a locked flow.
 */
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "event.h"
#include "expire.h"
#include "ip_ct_trace.h"
#include "proto.h"
#include "proto_plain.h"
#include "tcp_fsm.h"
#include "tcp_lock.h"
#include "tcp_window.h"

static unsigned int rules(const struct ip_ct_net *cn)
{
	unsigned int set = 0;

	if (ip_ct_setting(&cn->settings, IP_CT_SET_TCP_LOOSE))
		set |= IP_CT_RULE_LOOSE;
	if (ip_ct_setting(&cn->settings, IP_CT_SET_TCP_BE_LIBERAL))
		set |= IP_CT_RULE_LIBERAL;
	return set;
}

/* All but a SYN, which may always begin a flow */
static noinline enum ip_ct_verdict begin_any(struct ip_ct_net *cn,
					     const struct ip_ct_pkt *pkt,
					     struct ip_ct_seen *seen)
{
	struct ip_ct_tcp_step step;

	step = ip_ct_tcp_begin(seen->dir, pkt->tcp.kind, rules(cn));
	if (likely(step.act == IP_CT_TCP_MOVE))
		return IP_CT_V_TRACKED;
	seen->reason = step.reason;
	return IP_CT_V_INVALID;
}

/**
 * ip_ct_tcp_may_begin() - see struct ip_ct_proto
 * @cn:   namespace
 * @pkt:  packet without a flow
 * @seen: with the direction
 */
enum ip_ct_verdict ip_ct_tcp_may_begin(struct ip_ct_net *cn,
				       const struct ip_ct_pkt *pkt,
				       struct ip_ct_seen *seen)
{
	if (likely(pkt->tcp.kind == IP_CT_SEG_SYN &&
		   seen->dir == IP_CT_DIR_ORIGINAL))
		return IP_CT_V_TRACKED;
	return begin_any(cn, pkt, seen);
}

/* A flow that begins with anything but a SYN. Returns its state. */
static noinline u8 pick_up(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
			   struct ip_ct_seen *seen)
{
	struct ip_ct_tcp_track *track = &seen->flow->tcp;
	struct ip_ct_tcp_step step;

	ip_ct_tcp_track_init(track);
	if (seen->dir == IP_CT_DIR_REPLY)
		ip_ct_tcp_track_answered_syn(track, seen->dir, &pkt->tcp);
	step = ip_ct_tcp_judge(track, TCP_CONNTRACK_NONE, seen->dir, &pkt->tcp,
			       IP_CT_RULE_LOOSE);
	ip_ct_tcp_take(track, seen->dir, &pkt->tcp, &step);
	return step.state;
}

static void set_out(struct ip_ct_net *cn, struct ip_ct_seen *seen, u8 state)
{
	struct ip_conntrack *flow = seen->flow;

	flow->state = state;
	trace_ip_ct_state(cn, flow, seen->dir, TCP_CONNTRACK_NONE, state);
	flow->deadline = ip_ct_now() + ip_ct_tcp_timeout(cn, state);
}

/**
 * ip_ct_tcp_first_syn() - as ip_ct_tcp_first(), of a SYN
 * @cn:   namespace
 * @seen: its flow and direction
 * @seg:  the SYN
 */
void ip_ct_tcp_first_syn(struct ip_ct_net *cn, struct ip_ct_seen *seen,
			 const struct ip_ct_tcp_seg *seg)
{
	ip_ct_tcp_track_syn(&seen->flow->tcp, seg);
	set_out(cn, seen, TCP_CONNTRACK_SYN_SENT);
}

/**
 * ip_ct_tcp_first() - see struct ip_ct_proto
 * @cn:   namespace
 * @pkt:  packet that begins a flow
 * @seen: its flow and direction
 */
void ip_ct_tcp_first(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
		     struct ip_ct_seen *seen)
{
	if (likely(pkt->tcp.kind == IP_CT_SEG_SYN))
		ip_ct_tcp_first_syn(cn, seen, &pkt->tcp);
	else
		set_out(cn, seen, pick_up(cn, pkt, seen));
}

/* Caller holds the flow's lock. */
static void moved(struct ip_ct_net *cn, struct ip_ct_seen *seen, u8 state)
{
	struct ip_conntrack *flow = seen->flow;

	lockdep_assert_held(&flow->lock);
	if (flow->state != state) {
		trace_ip_ct_state(cn, flow, seen->dir, flow->state, state);
		WRITE_ONCE(flow->state, state);
		seen->events |= 1 << IPCT_PROTOINFO;
	}
	ip_ct_refresh(cn, flow, ip_ct_now(),
		      ip_ct_tcp_lifetime(cn, &flow->tcp, state));
	/* Chapter: when the handshake is complete; never after a pick-up */
	if (ip_ct_tcp_handshake_done(&flow->tcp) && ip_ct_assure(cn, flow))
		seen->events |= 1 << IPCT_ASSURED;
}

/* Nothing about the flow is special: it is not dying, nor restored */
static bool is_usual(const struct ip_conntrack *flow)
{
	return !(atomic_read(&flow->status) &
		 (IPS_DYING | IP_CT_RESTORED(0) | IP_CT_RESTORED(1)));
}

/**
 * ip_ct_tcp_usual_packet() - take a segment that opens or closes as most do
 * @cn:   namespace
 * @seen: its flow and direction
 * @seg:  the segment
 *
 * Return: false when it is for ip_ct_tcp_packet(); nothing has changed then.
 */
bool ip_ct_tcp_usual_packet(struct ip_ct_net *cn, struct ip_ct_seen *seen,
			    const struct ip_ct_tcp_seg *seg)
{
	struct ip_conntrack *flow = seen->flow;
	bool bh = ip_ct_tcp_lock(flow);
	u8 state = TCP_CONNTRACK_NONE;

	if (likely(is_usual(flow)))
		state = ip_ct_tcp_usual(&flow->tcp, flow->state, seen->dir,
					seg);
	if (likely(state))
		moved(cn, seen, state);
	ip_ct_tcp_unlock(flow, bh);
	return state;
}

/*
 * Every call in it is inlined (way.c): a third of what the packets of a
 * handshake and of a close cost. Caller holds the flow's lock.
 */
static noinline __attribute__((__flatten__))
enum ip_ct_verdict any_packet(struct ip_ct_net *cn,
			      const struct ip_ct_pkt *pkt,
			      struct ip_ct_seen *seen)
{
	const struct ip_ct_tcp_seg *seg = &pkt->tcp;
	struct ip_conntrack *flow = seen->flow;
	struct ip_ct_tcp_step step;
	unsigned int set;

	if (unlikely(ip_ct_has(flow, IPS_DYING)))
		return IP_CT_V_GONE;
	set = rules(cn);
	/* what passed while no module was there is not known */
	if (unlikely(ip_ct_has(flow, IP_CT_RESTORED(seen->dir))))
		set |= IP_CT_RULE_LIBERAL;
	step = ip_ct_tcp_judge(&flow->tcp, flow->state, seen->dir, seg, set);
	seen->reason = step.reason;
	ip_ct_tcp_take(&flow->tcp, seen->dir, seg, &step);
	switch (step.act) {
	case IP_CT_TCP_MOVE:
		if (unlikely(ip_ct_has(flow, IP_CT_RESTORED(seen->dir))))
			atomic_andnot(IP_CT_RESTORED(seen->dir), &flow->status);
		moved(cn, seen, step.state);
		return IP_CT_V_TRACKED;
	case IP_CT_TCP_IGNORE:
		return IP_CT_V_IGNORED;
	case IP_CT_TCP_INVALID:
		return IP_CT_V_INVALID;
	case IP_CT_TCP_REOPEN:
		seen->dir = IP_CT_DIR_ORIGINAL;
		break;
	case IP_CT_TCP_REOPEN_ANSWERED:
		seen->dir = IP_CT_DIR_REPLY;
		break;
	}
	return IP_CT_V_REOPEN;
}

/**
 * ip_ct_tcp_packet() - see struct ip_ct_proto
 * @cn:   namespace
 * @pkt:  packet of the flow
 * @seen: its flow and direction
 */
enum ip_ct_verdict ip_ct_tcp_packet(struct ip_ct_net *cn,
				    const struct ip_ct_pkt *pkt,
				    struct ip_ct_seen *seen)
{
	struct ip_conntrack *flow = seen->flow;
	enum ip_ct_verdict verdict;
	bool bh;

	if (likely(pkt->tcp.kind == IP_CT_SEG_ACK) &&
	    ip_ct_tcp_without_lock(cn, flow, seen->dir, &pkt->tcp, false))
		return IP_CT_V_TRACKED;
	bh = ip_ct_tcp_lock(flow);
	verdict = any_packet(cn, pkt, seen);
	ip_ct_tcp_unlock(flow, bh);
	return verdict;
}

/**
 * ip_ct_tcp_close() - a rule has refused the connection with a RST
 * @cn:   namespace
 * @flow: TCP; its lock is not held
 *
 * Caller holds rcu_read_lock().
 */
void ip_ct_tcp_close(struct ip_ct_net *cn, struct ip_conntrack *flow)
{
	struct ip_ct_seen seen = { .flow = flow };
	bool bh = ip_ct_tcp_lock(flow);

	moved(cn, &seen, TCP_CONNTRACK_CLOSE);
	ip_ct_tcp_unlock(flow, bh);
	if (ip_ct_has(flow, IPS_CONFIRMED) && seen.events)
		ip_ct_event(cn, flow, seen.events, 0, false);
}

const struct ip_ct_proto ip_ct_proto_tcp = {
	.name = "tcp",
	.begin = ip_ct_tcp_may_begin,
	.first = ip_ct_tcp_first,
	.packet = ip_ct_tcp_packet,
};
