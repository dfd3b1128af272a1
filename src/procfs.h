/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _IP_CT_PROCFS_H
#define _IP_CT_PROCFS_H

#include "net.h"

int ip_ct_procfs_register(struct ip_ct_net *cn);
void ip_ct_procfs_unregister(struct ip_ct_net *cn);

#endif /* _IP_CT_PROCFS_H */
