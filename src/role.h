/* SPDX-License-Identifier: GPL-2.0 */
/*
 * role.h - provider or observer: is this the kernel's connection tracker?
 */
#ifndef _IP_CT_ROLE_H
#define _IP_CT_ROLE_H

#include "ip_conntrack.h"	/* ip_ct_is_provider() */

int ip_ct_role_claim(void);
void ip_ct_role_release(void);

#endif /* _IP_CT_ROLE_H */
