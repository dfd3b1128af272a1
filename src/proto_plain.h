/* SPDX-License-Identifier: GPL-2.0 */
/*
 * proto_plain.h - what a plain packet does to a flow for which it is nothing
 * new: no state, no flag and no event changes, only numbers and the deadline.
 *
 * That a flow is assured follows from what ip_ct_tcp_fast() asks for; to look
 * costs nothing, where it may be dying, or restored and not heard of since.
 */
#ifndef _IP_CT_PROTO_PLAIN_H
#define _IP_CT_PROTO_PLAIN_H

#include <linux/netfilter/nf_conntrack_tcp.h>

#include "expire.h"
#include "flow.h"
#include "net.h"
#include "tcp_fast.h"

/* Answered, assured, and nothing about it is special */
static __always_inline bool ip_ct_flow_is_plain(const struct ip_conntrack *flow)
{
	const u32 want = IPS_ASSURED | IPS_SEEN_REPLY;
	const u32 look = want | IPS_DYING | IP_CT_RESTORED(0) |
			 IP_CT_RESTORED(1);

	return (atomic_read(&flow->status) & look) == want;
}

/**
 * ip_ct_tcp_plain() - take a segment of a flow that is ESTABLISHED
 * @cn:   namespace
 * @flow: TCP; its lock is held
 * @dir:  direction of the segment
 * @seg:  segment
 *
 * Return: false when it is for the long way; nothing has changed then.
 */
static __always_inline bool ip_ct_tcp_plain(struct ip_ct_net *cn,
					    struct ip_conntrack *flow,
					    unsigned int dir,
					    const struct ip_ct_tcp_seg *seg)
{
	if (unlikely(!ip_ct_flow_is_plain(flow) ||
		     flow->state != TCP_CONNTRACK_ESTABLISHED ||
		     !ip_ct_tcp_fast(&flow->tcp, dir, seg)))
		return false;
	ip_ct_refresh(cn, flow, ip_ct_now(),
		      ip_ct_timeout(&cn->settings, IP_CT_SET_TCP_ESTABLISHED));
	return true;
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
