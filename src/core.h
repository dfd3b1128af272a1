/* SPDX-License-Identifier: GPL-2.0 */
/*
 * core.h - resolve -> track -> confirm.
 *
 * Both run under rcu_read_lock(), and what they hand out is valid as long as
 * that is held.
 */
#ifndef _IP_CT_CORE_H
#define _IP_CT_CORE_H

#include "net.h"
#include "packet.h"
#include "plain.h"
#include "proto.h"
#include "proto_plain.h"

struct ip_conntrack *ip_ct_find(struct ip_ct_net *cn,
				const struct ip_ct_key *key);
enum ip_ct_verdict ip_ct_resolve(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_ct_seen *seen);
struct ip_conntrack *ip_ct_enter(struct ip_ct_net *cn,
				 struct ip_ct_seen *seen);
enum ip_ct_verdict ip_ct_merge(struct ip_ct_net *cn,
			       const struct ip_ct_pkt *pkt,
			       struct ip_ct_seen *seen,
			       struct ip_conntrack *winner);
enum ip_ct_verdict ip_ct_confirm(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_ct_seen *seen);

/**
 * ip_ct_short_way() - a plain packet of a flow for which it is nothing new
 * @cn:  namespace
 * @skb: packet, whose checksum is known to be right or not to be verified
 * @dir: set to the packet's direction
 *
 * Nearly every packet; what ip_ct_packet_parse() and ip_ct_resolve() would do,
 * in one go. Inline, as the calls cost more than what they do.
 *
 * Return: its flow, which it has moved, or NULL: nothing was done, the packet
 * is for the long way.
 */
static __always_inline struct ip_conntrack *
ip_ct_short_way(struct ip_ct_net *cn, const struct sk_buff *skb,
		unsigned int *dir)
{
	struct ip_ct_plain plain __uninitialized;
	struct ip_conntrack *flow;
	struct ip_ct_hash hash;
	bool taken;

	if (!ip_ct_plain_read(skb, &plain))
		return NULL;
	flow = ip_ct_table_find(&cn->table, &plain.key, &hash);
	if (unlikely(!flow ||
		     ip_ct_time_reached(ip_ct_now(),
					READ_ONCE(flow->deadline))))
		return NULL;
	*dir = ip_ct_dir(flow, plain.sender);
	if (likely(plain.proto == IPPROTO_TCP)) {
		struct ip_ct_tcp_seg seg __uninitialized;
		bool bh = ip_ct_lock(&flow->lock);

		ip_ct_plain_seg(&plain, &seg);
		taken = ip_ct_tcp_plain(cn, flow, *dir, &seg);
		ip_ct_unlock(&flow->lock, bh);
	} else {
		taken = ip_ct_udp_plain(cn, flow);
	}
	if (unlikely(!taken))
		return NULL;
	ip_ct_account(flow, *dir, plain.len);
	return flow;
}

#endif /* _IP_CT_CORE_H */
