// SPDX-License-Identifier: GPL-2.0
/*
 * proto_udp.c - datagrams: unreplied until the first answer, assured with it.
 */
#include "expire.h"
#include "proto.h"

static enum ip_ct_verdict udp_begin(struct ip_ct_net *cn,
				    const struct ip_ct_pkt *pkt,
				    struct ip_ct_seen *seen)
{
	return IP_CT_V_TRACKED;
}

/*
 * A sender that nobody answers keeps its flow for a while, not for ever: what
 * is decided with a flow's first packet is then decided anew.
 */
static u32 unreplied_timeout(struct ip_ct_net *cn,
			     const struct ip_conntrack *flow, u32 now)
{
	u32 timeout = ip_ct_timeout(&cn->settings, IP_CT_SET_UDP);
	u32 limit = ip_ct_timeout(&cn->settings, IP_CT_SET_UDP_UNREPLIED_MAX);
	u32 age = now - flow->birth;

	return age < limit ? min(timeout, limit - age) : 0;
}

/**
 * ip_ct_udp_packet() - see struct ip_ct_proto
 * @cn:   namespace
 * @pkt:  packet of the flow
 * @seen: its flow and direction
 */
enum ip_ct_verdict ip_ct_udp_packet(struct ip_ct_net *cn,
				    const struct ip_ct_pkt *pkt,
				    struct ip_ct_seen *seen)
{
	struct ip_conntrack *flow = seen->flow;
	u32 now = ip_ct_now();

	if (seen->dir == IP_CT_DIR_REPLY || ip_ct_has(flow, IPS_ASSURED)) {
		ip_ct_refresh(cn, flow, now,
			      ip_ct_timeout(&cn->settings,
					    IP_CT_SET_UDP_STREAM));
		if (ip_ct_assure(cn, flow))
			seen->events |= 1 << IPCT_ASSURED;
	} else {
		ip_ct_refresh(cn, flow, now, unreplied_timeout(cn, flow, now));
	}
	return IP_CT_V_TRACKED;
}

static void udp_first(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
		      struct ip_ct_seen *seen)
{
	struct ip_conntrack *flow = seen->flow;
	u32 now = ip_ct_now();

	flow->birth = now;
	ip_ct_refresh(cn, flow, now, unreplied_timeout(cn, flow, now));
}

const struct ip_ct_proto ip_ct_proto_udp = {
	.name = "udp",
	.begin = udp_begin,
	.first = udp_first,
	.packet = ip_ct_udp_packet,
};
