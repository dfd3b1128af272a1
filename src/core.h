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
#include "proto.h"

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

#endif /* _IP_CT_CORE_H */
