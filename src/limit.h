/* SPDX-License-Identifier: GPL-2.0 */
/*
 * limit.h - what happens as the table fills: nothing sudden.
 *
 * From 3/4 of ip_conntrack_max on, time-outs shrink. At the limit a new flow
 * takes the place of an old one: of the unreplied first, then the unassured,
 * then the closing, then of the assured one that has been idle longest. Only
 * where every flow has moved a packet since it was last looked at, none gives
 * way, and then a new flow is refused before it is made.
 */
#ifndef _IP_CT_LIMIT_H
#define _IP_CT_LIMIT_H

#include "net.h"

struct ip_conntrack;

int ip_ct_limit_init(struct ip_ct_net *cn);
void ip_ct_limit_exit(struct ip_ct_net *cn);
enum ip_ct_reason ip_ct_limit_enter(struct ip_ct_net *cn,
				    struct ip_conntrack *flow);
void ip_ct_limit_leave(struct ip_ct_net *cn, struct ip_conntrack *flow);
bool ip_ct_limit_vain_still(const struct ip_ct_net *cn);
void ip_ct_limit_changed(struct ip_ct_net *cn);

/* So many searches in vain, then none in the same tick of the wheel */
#define IP_CT_VAIN_SEARCHES	16

/* Is the table full, and has it just been seen that no flow gives way? */
static inline bool ip_ct_limit_is_vain(const struct ip_ct_net *cn)
{
	return unlikely(READ_ONCE(cn->vain) >= IP_CT_VAIN_SEARCHES) &&
	       ip_ct_limit_vain_still(cn);
}

#endif /* _IP_CT_LIMIT_H */
