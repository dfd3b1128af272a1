/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _USER_NET_CHECKSUM_H
#define _USER_NET_CHECKSUM_H

#include <linux/skbuff.h>

static inline __sum16 csum_fold(__wsum sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static inline __wsum csum_tcpudp_nofold(__be32 saddr, __be32 daddr, u32 len,
					u8 proto, __wsum sum)
{
	u64 acc = (u64)sum + saddr + daddr + htonl(len + proto);

	while (acc >> 32)
		acc = (u32)acc + (acc >> 32);
	return acc;
}

#endif
