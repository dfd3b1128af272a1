/* SPDX-License-Identifier: GPL-2.0 */
/*
 * proto_plain.h - what a plain packet does to a flow for which it is nothing
 * new: no state, no flag and no event changes, only numbers and the deadline.
 */
#ifndef _IP_CT_PROTO_PLAIN_H
#define _IP_CT_PROTO_PLAIN_H

#include "expire.h"
#include "flow.h"
#include "net.h"
#include "plain.h"
#include "tcp_lock.h"

/**
 * ip_ct_tcp_plain() - take a segment of a flow that is ESTABLISHED
 * @cn:    namespace
 * @flow:  TCP; its lock is not held
 * @dir:   direction of the segment
 * @plain: it, with its @ack set
 *
 * Return: false when it is for the long way; nothing has changed then.
 */
static __always_inline bool ip_ct_tcp_plain(struct ip_ct_net *cn,
					    struct ip_conntrack *flow,
					    unsigned int dir,
					    const struct ip_ct_plain *plain)
{
	struct ip_ct_tcp_seg seg __uninitialized;
	enum ip_ct_tcp_attempt attempt;

	ip_ct_plain_seg(plain, &seg);
	attempt = ip_ct_tcp_attempt(cn, flow, dir, &seg);
	if (likely(attempt == IP_CT_TCP_TAKEN))
		return true;
	/* not with @seg, which would have to be in memory for that */
	return attempt == IP_CT_TCP_RACED &&
	       ip_ct_tcp_attempt_again(cn, flow, dir, plain->th, plain->data);
}

/**
 * ip_ct_udp_plain() - take a datagram of a flow that was answered
 * @cn:   namespace
 * @flow: UDP
 *
 * Return: false when it is for the long way; nothing has changed then.
 */
static __always_inline bool ip_ct_udp_plain(struct ip_ct_net *cn,
					    struct ip_conntrack *flow)
{
	if (unlikely(!ip_ct_flow_is_plain(flow)))
		return false;
	ip_ct_refresh(cn, flow, ip_ct_now(),
		      ip_ct_timeout(&cn->settings, IP_CT_SET_UDP_STREAM));
	return true;
}

#endif /* _IP_CT_PROTO_PLAIN_H */
