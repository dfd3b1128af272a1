// SPDX-License-Identifier: GPL-2.0
/*
 * report.c - a packet's reason reaches people: as a count in
 * /proc/net/ip_conntrack_reasons, as the tracepoint ip_ct_reason, and as a
 * line in the log if the operator wants one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/in.h>
#include <linux/net.h>
#include <linux/printk.h>

#include "flow.h"
#include "ip_ct_trace.h"
#include "report.h"
#include "tcp_fsm.h"
#include "tcp_lock.h"
#include "tcp_window.h"

/* What of a packet was read before its reason was found */
static bool has_tcp(const struct ip_ct_pkt *pkt)
{
	return pkt->proto == IPPROTO_TCP && pkt->key.proto == IPPROTO_TCP;
}

/*
 * Where the packet's flow stands, and the bounds that hold there. An INVALID
 * or ignored packet has moved neither.
 */
static void look_at_flow(const struct ip_ct_pkt *pkt,
			 const struct ip_ct_seen *seen,
			 struct ip_ct_place *place)
{
	struct ip_conntrack *flow = seen ? seen->flow : NULL;
	bool bh;

	memset(place, 0, sizeof(*place));
	place->state = IP_CT_TRACE_NO_STATE;
	if (!flow)
		return;
	place->known = true;
	place->dir = seen->dir;
	if (!has_tcp(pkt))
		return;
	bh = ip_ct_tcp_lock(flow);
	place->state = flow->state;
	/* what a flow knows of TCP ends with it */
	if (!ip_ct_has(flow, IPS_DYING))
		ip_ct_tcp_bounds(&flow->tcp, seen->dir, &place->bounds);
	ip_ct_tcp_unlock(flow, bh);
}

/* The longest text below, with numbers of ten digits, has 120 characters */
#define TEXT_MAX	160

static const char *bounds_text(const struct ip_ct_place *place, char *text)
{
	const struct ip_ct_tcp_bounds *b = &place->bounds;
	int n = 0;

	text[0] = '\0';
	if (place->known)
		n = scnprintf(text, TEXT_MAX, " in %s, %s direction",
			      ip_ct_trace_state(place->state),
			      place->dir ? "reply" : "original");
	if (b->seq_known)
		n += scnprintf(text + n, TEXT_MAX - n,
			       ", end may be %u to %u", b->seq_low,
			       b->seq_high);
	if (b->ack_known)
		scnprintf(text + n, TEXT_MAX - n, ", ack may be %u to %u",
			  b->ack_low, b->ack_high);
	return text;
}

static void log_packet(const struct ip_ct_pkt *pkt,
		       const struct ip_ct_place *place,
		       enum ip_ct_reason reason)
{
	const struct ip_ct_reason_desc *desc = &ip_ct_reason_desc[reason];
	char text[TEXT_MAX];

	if (has_tcp(pkt))
		net_info_ratelimited("INVALID tcp %pI4:%u > %pI4:%u %s seq=%u end=%u ack=%u win=%u%s: %s (%s)\n",
				     &pkt->src,
				     ntohs(pkt->key.port[pkt->sender]),
				     &pkt->dst,
				     ntohs(pkt->key.port[!pkt->sender]),
				     ip_ct_tcp_kind_name(pkt->tcp.kind),
				     pkt->tcp.seq, pkt->tcp.end, pkt->tcp.ack,
				     pkt->tcp.win, bounds_text(place, text),
				     desc->name, desc->text);
	else
		net_info_ratelimited("INVALID protocol %u %pI4 > %pI4: %s (%s)\n",
				     pkt->proto, &pkt->src, &pkt->dst,
				     desc->name, desc->text);
}

/* The protocol whose packets of this reason the log is to have; 0: of none */
static unsigned int logged_proto(const struct ip_ct_net *cn,
				 enum ip_ct_reason reason)
{
	return ip_ct_reason_class(reason) == IP_CT_CLASS_INVALID ?
	       ip_ct_setting(&cn->settings, IP_CT_SET_LOG_INVALID) : 0;
}

/**
 * ip_ct_report_count() - ip_ct_report() where nobody wants to see the packet
 * @cn:     namespace
 * @reason: why, not IP_CT_R_OK
 *
 * Return: false when somebody may want to: then nothing was done.
 */
bool ip_ct_report_count(struct ip_ct_net *cn, enum ip_ct_reason reason)
{
	if (trace_ip_ct_reason_enabled() || logged_proto(cn, reason))
		return false;
	ip_ct_count(cn, reason);
	return true;
}

static bool is_to_be_logged(const struct ip_ct_net *cn,
			    const struct ip_ct_pkt *pkt,
			    enum ip_ct_reason reason)
{
	unsigned int log = logged_proto(cn, reason);

	return log && (log == 255 || log == pkt->proto);
}

/**
 * ip_ct_report() - say why a packet was not simply tracked
 * @cn:     namespace
 * @pkt:    the packet, as far as it could be read
 * @seen:   what ip_ct_resolve() found out, NULL if it was not asked
 * @reason: why; nothing is said of IP_CT_R_OK
 *
 * INVALID ones are logged when ip_conntrack_log_invalid is the packet's
 * protocol or 255. Caller holds rcu_read_lock() since ip_ct_resolve().
 */
void ip_ct_report(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
		  const struct ip_ct_seen *seen, enum ip_ct_reason reason)
{
	struct ip_ct_place place;
	bool log;

	if (likely(reason == IP_CT_R_OK))
		return;
	ip_ct_count(cn, reason);
	log = is_to_be_logged(cn, pkt, reason);
	if (likely(!log && !trace_ip_ct_reason_enabled()))
		return;
	look_at_flow(pkt, seen, &place);
	place.netns = cn->net->ns.inum;
	trace_ip_ct_reason(pkt, reason, &place);
	if (log)
		log_packet(pkt, &place, reason);
}
