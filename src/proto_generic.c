// SPDX-License-Identifier: GPL-2.0
/*
 * proto_generic.c - protocols known by their addresses only.
 */
#include "expire.h"
#include "proto.h"

static enum ip_ct_verdict generic_begin(struct ip_ct_net *cn,
					const struct ip_ct_pkt *pkt,
					struct ip_ct_seen *seen)
{
	return IP_CT_V_TRACKED;
}

static void generic_first(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
			  struct ip_ct_seen *seen)
{
	ip_ct_refresh(cn, seen->flow, ip_ct_now(),
		      ip_ct_timeout(&cn->settings, IP_CT_SET_GENERIC));
}

static enum ip_ct_verdict generic_packet(struct ip_ct_net *cn,
					 const struct ip_ct_pkt *pkt,
					 struct ip_ct_seen *seen)
{
	generic_first(cn, pkt, seen);
	return IP_CT_V_TRACKED;
}

const struct ip_ct_proto ip_ct_proto_generic = {
	.name = "unknown",
	.begin = generic_begin,
	.first = generic_first,
	.packet = generic_packet,
};
