/* SPDX-License-Identifier: GPL-2.0 */
/*
 * handover.h - flows outlive the module: saved as text, restored from it.
 */
#ifndef _IP_CT_HANDOVER_H
#define _IP_CT_HANDOVER_H

struct ip_ct_net;

int ip_ct_handover_register(struct ip_ct_net *cn);
void ip_ct_handover_unregister(struct ip_ct_net *cn);

#endif /* _IP_CT_HANDOVER_H */
