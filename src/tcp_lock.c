// SPDX-License-Identifier: GPL-2.0
/*
 * tcp_lock.c - how long a TCP flow lives, and what a plain segment does that was
 * not alone.
 */
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "plain.h"
#include "tcp_lock.h"

static const u8 timeout_of_state[IP_CT_TCP_STATES] = {
	[TCP_CONNTRACK_NONE]		= IP_CT_SET_TCP_NONE,
	[TCP_CONNTRACK_SYN_SENT]	= IP_CT_SET_TCP_SYN_SENT,
	[TCP_CONNTRACK_SYN_RECV]	= IP_CT_SET_TCP_SYN_RECV,
	[TCP_CONNTRACK_ESTABLISHED]	= IP_CT_SET_TCP_ESTABLISHED,
	[TCP_CONNTRACK_FIN_WAIT]	= IP_CT_SET_TCP_FIN_WAIT,
	[TCP_CONNTRACK_CLOSE_WAIT]	= IP_CT_SET_TCP_CLOSE_WAIT,
	[TCP_CONNTRACK_LAST_ACK]	= IP_CT_SET_TCP_LAST_ACK,
	[TCP_CONNTRACK_TIME_WAIT]	= IP_CT_SET_TCP_TIME_WAIT,
	[TCP_CONNTRACK_CLOSE]		= IP_CT_SET_TCP_CLOSE,
	[TCP_CONNTRACK_LISTEN]		= IP_CT_SET_TCP_LISTEN,
};

/**
 * ip_ct_tcp_timeout() - how long a flow lives in a state
 * @cn:    namespace
 * @state: enum tcp_conntrack
 *
 * Return: jiffies.
 */
u32 ip_ct_tcp_timeout(const struct ip_ct_net *cn, u8 state)
{
	return ip_ct_timeout(&cn->settings, timeout_of_state[state]);
}

/**
 * ip_ct_tcp_lifetime() - how long a flow lives after a segment
 * @cn:    namespace
 * @tcp:   what it remembers now
 * @state: enum tcp_conntrack, its state now
 *
 * A side that repeats itself and hears nothing talks to a peer that is perhaps
 * gone. As long as it is alive itself it goes on repeating (RFC 9293 3.8.1, at
 * most some two minutes apart), and what is answered gets its state's time
 * again. Data that merely wait are no sign of anything: were they, each
 * request would cost a visit to the wheel, and so would its answer.
 *
 * Caller holds the flow's lock. Return: jiffies.
 */
u32 ip_ct_tcp_lifetime(struct ip_ct_net *cn,
		       const struct ip_ct_tcp_track *tcp, u8 state)
{
	const struct ip_ct_settings *s = &cn->settings;
	u32 timeout = ip_ct_tcp_timeout(cn, state);

	if (likely(!ip_ct_tcp_repeats(tcp)) ||
	    !(tcp->flags[0] & tcp->flags[1] & IP_CT_SIDE_SEEN))
		return timeout;
	if (ip_ct_tcp_repeats(tcp) >= ip_ct_setting(s, IP_CT_SET_TCP_RETRANS))
		timeout = min(timeout,
			      ip_ct_timeout(s, IP_CT_SET_TCP_MAX_RETRANS));
	if (ip_ct_tcp_unacked(tcp))
		timeout = min(timeout,
			      ip_ct_timeout(s, IP_CT_SET_TCP_UNACKNOWLEDGED));
	return timeout;
}

/* How often a segment tries to do without the lock */
#define ATTEMPTS	8

/**
 * ip_ct_tcp_without_lock() - take a plain segment, as ip_ct_tcp_attempt()
 * @cn:    namespace
 * @flow:  TCP; its lock is not held
 * @dir:   direction of the segment
 * @seg:   the segment, its kind ACK
 * @raced: it has tried once, and somebody was faster
 *
 * Return: true if it was taken. If not, it is for the long way, and the deadline
 * is that of the flow as others have left it.
 */
noinline bool ip_ct_tcp_without_lock(struct ip_ct_net *cn,
				     struct ip_conntrack *flow,
				     unsigned int dir,
				     const struct ip_ct_tcp_seg *seg,
				     bool raced)
{
	enum ip_ct_tcp_attempt attempt;
	unsigned int n = 0;
	bool bh;

	do {
		attempt = ip_ct_tcp_attempt(cn, flow, dir, seg);
		if (likely(attempt == IP_CT_TCP_TAKEN))
			return true;
		raced |= attempt == IP_CT_TCP_RACED;
	} while (attempt == IP_CT_TCP_RACED && ++n < ATTEMPTS);
	if (likely(!raced))
		return false;
	bh = ip_ct_tcp_lock(flow);
	if (!ip_ct_has(flow, IPS_DYING))
		ip_ct_refresh(cn, flow, ip_ct_now(),
			      ip_ct_tcp_lifetime(cn, &flow->tcp, flow->state));
	ip_ct_tcp_unlock(flow, bh);
	return false;
}

/**
 * ip_ct_tcp_attempt_again() - somebody was faster than ip_ct_tcp_attempt()
 * @cn:   namespace
 * @flow: TCP; its lock is not held
 * @dir:  direction of the segment
 * @th:   its header; of the flags ACK is set, and perhaps PSH
 * @data: bytes behind that
 *
 * Return: true if the segment was taken. If not, it is for the long way.
 */
noinline bool ip_ct_tcp_attempt_again(struct ip_ct_net *cn,
				      struct ip_conntrack *flow,
				      unsigned int dir,
				      const struct tcphdr *th,
				      unsigned int data)
{
	struct ip_ct_tcp_seg seg;

	ip_ct_plain_segment(th, data, ((const u8 *)th)[13], &seg);
	return ip_ct_tcp_without_lock(cn, flow, dir, &seg, true);
}
