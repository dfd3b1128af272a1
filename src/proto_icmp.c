// SPDX-License-Identifier: GPL-2.0
/*
 * proto_icmp.c - ICMP queries: an id, a request, its replies (RFC 792).
 */
#include "expire.h"
#include "proto.h"

static bool asks(const struct ip_ct_pkt *pkt)
{
	return ip_ct_icmp_request_type(pkt->icmp_type) == pkt->icmp_type;
}

static enum ip_ct_verdict icmp_begin(struct ip_ct_net *cn,
				     const struct ip_ct_pkt *pkt,
				     struct ip_ct_seen *seen)
{
	if (asks(pkt))
		return IP_CT_V_TRACKED;
	seen->reason = IP_CT_R_ICMP_UNASKED;
	return IP_CT_V_INVALID;
}

static void icmp_first(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
		       struct ip_ct_seen *seen)
{
	ip_ct_refresh(cn, seen->flow, ip_ct_now(),
		      ip_ct_timeout(&cn->settings, IP_CT_SET_ICMP));
}

static enum ip_ct_verdict icmp_packet(struct ip_ct_net *cn,
				      const struct ip_ct_pkt *pkt,
				      struct ip_ct_seen *seen)
{
	icmp_first(cn, pkt, seen);
	return IP_CT_V_TRACKED;
}

const struct ip_ct_proto ip_ct_proto_icmp = {
	.name = "icmp",
	.begin = icmp_begin,
	.first = icmp_first,
	.packet = icmp_packet,
};
