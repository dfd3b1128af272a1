/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _IP_CT_HOOKS_H
#define _IP_CT_HOOKS_H

#include "net.h"

void ip_ct_defrag_get(void);
void ip_ct_defrag_put(void);
int ip_ct_hooks_register(struct ip_ct_net *cn);
void ip_ct_hooks_unregister(struct ip_ct_net *cn);

#endif /* _IP_CT_HOOKS_H */
