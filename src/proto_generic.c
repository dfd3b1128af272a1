// SPDX-License-Identifier: GPL-2.0
/*
 * proto_generic.c - protocols known by their addresses only, and which policy
 * a protocol number has.
 */
#include <linux/in.h>

#include "expire.h"
#include "proto.h"

static enum ip_ct_verdict generic_begin(struct ip_ct_net *cn,
					const struct ip_ct_pkt *pkt,
					struct ip_ct_seen *seen)
{
	return IP_CT_V_TRACKED;
}

static enum ip_ct_verdict generic_packet(struct ip_ct_net *cn,
					 const struct ip_ct_pkt *pkt,
					 struct ip_ct_seen *seen)
{
	ip_ct_refresh(seen->flow, ip_ct_now(),
		      ip_ct_timeout(&cn->settings, IP_CT_SET_GENERIC));
	return IP_CT_V_TRACKED;
}

const struct ip_ct_proto ip_ct_proto_generic = {
	.name = "unknown",
	.begin = generic_begin,
	.packet = generic_packet,
};

/**
 * ip_ct_proto() - the policy of a protocol
 * @proto: IPPROTO_*
 */
const struct ip_ct_proto *ip_ct_proto(u8 proto)
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
