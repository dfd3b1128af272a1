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

/**
 * struct ip_ct_found - a plain packet, and where the table led
 * @plain: the packet
 * @flow:  its flow, which may have come to its end, or NULL
 * @hash:  hash of its key
 */
struct ip_ct_found {
	struct ip_ct_plain plain;
	struct ip_conntrack *flow;
	struct ip_ct_hash hash;
};

struct ip_conntrack *ip_ct_find(struct ip_ct_net *cn,
				const struct ip_ct_key *key);
enum ip_ct_verdict ip_ct_resolve(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_ct_seen *seen);
bool ip_ct_usual_way(struct ip_ct_net *cn, const struct ip_ct_found *found,
		     struct ip_ct_seen *seen);
enum ip_ct_verdict ip_ct_resolve_plain(struct ip_ct_net *cn,
				       const struct ip_ct_found *found,
				       struct ip_ct_seen *seen);
struct ip_conntrack *ip_ct_enter(struct ip_ct_net *cn,
				 struct ip_conntrack *flow,
				 enum ip_ct_reason *reason);
enum ip_ct_verdict ip_ct_merge(struct ip_ct_net *cn,
			       const struct ip_ct_pkt *pkt,
			       struct ip_ct_seen *seen,
			       struct ip_conntrack *winner);
enum ip_ct_verdict ip_ct_confirm(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_ct_seen *seen);

/**
 * ip_ct_find_again() - what was found of a plain packet, from what is at hand
 * @skb:   the packet
 * @addrs: first word of its key
 * @rest:  second word
 * @flow:  its flow or NULL
 * @hash:  hash of its key
 * @found: filled
 *
 * Six values fit into registers. To hand over @found itself would keep it in
 * memory, for the packets too that are not handed over. What is here was found
 * by ip_ct_plain_read() and ip_ct_table_find().
 */
static __always_inline void ip_ct_find_again(const struct sk_buff *skb,
					     u64 addrs, u64 rest,
					     struct ip_conntrack *flow,
					     struct ip_ct_hash hash,
					     struct ip_ct_found *found)
{
	ip_ct_plain_again(skb, addrs, rest, &found->plain);
	found->flow = flow;
	found->hash = hash;
}

/**
 * ip_ct_short_way() - a plain packet of a flow for which it is nothing new
 * @cn:    namespace
 * @plain: the packet
 * @flow:  what ip_ct_table_find() has found for it, or NULL
 * @dir:   set to the packet's direction
 *
 * Nearly every packet. Inline, as the calls cost more than what they do.
 *
 * Return: its flow, which it has moved, or NULL: nothing was done, the packet
 * is for ip_ct_usual_way().
 */
static __always_inline struct ip_conntrack *
ip_ct_short_way(struct ip_ct_net *cn, const struct ip_ct_plain *plain,
		struct ip_conntrack *flow, unsigned int *dir)
{
	bool taken;

	if (unlikely(!flow ||
		     ip_ct_time_reached(ip_ct_now(),
					READ_ONCE(flow->deadline))))
		return NULL;
	*dir = ip_ct_dir(flow, plain->sender);
	if (likely(plain->proto == IPPROTO_TCP)) {
		if (unlikely(!plain->ack))
			return NULL;
		taken = ip_ct_tcp_plain(cn, flow, *dir, plain);
	} else {
		taken = ip_ct_udp_plain(cn, flow);
	}
	if (unlikely(!taken))
		return NULL;
	ip_ct_account(flow, *dir, plain->len);
	return flow;
}

#endif /* _IP_CT_CORE_H */
