/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _USER_NET_IP_H
#define _USER_NET_IP_H

#include <linux/ip.h>

#define IP_OFFSET	0x1fff

static inline bool ip_is_fragment(const struct iphdr *iph)
{
	return iph->frag_off & htons(0x3fff);	/* MF and the offset */
}

#endif
