/* SPDX-License-Identifier: GPL-2.0 */
/*
 * role.h - provider or observer: is this the kernel's connection tracker?
 */
#ifndef _IP_CT_ROLE_H
#define _IP_CT_ROLE_H

#include <linux/types.h>

int ip_ct_role_claim(void);
void ip_ct_role_release(void);
bool ip_ct_is_provider(void);

#endif /* _IP_CT_ROLE_H */
