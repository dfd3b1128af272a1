/* SPDX-License-Identifier: GPL-2.0 */
/*
 * limit.h - what happens as the table fills: nothing sudden.
 *
 * From 3/4 of ip_conntrack_max on, time-outs shrink. At the limit a new flow
 * takes the place of an old one: of the unreplied first, then the unassured,
 * then the closing, then of the assured one that has been idle longest. Only
 * where every flow has moved a packet since it was last looked at, none gives
 * way.
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
void ip_ct_limit_changed(struct ip_ct_net *cn);

#endif /* _IP_CT_LIMIT_H */
