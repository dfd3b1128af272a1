/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An sk_buff small enough for a fuzzer: the first bytes are linear, the rest
 * stand elsewhere, as in a paged one.
 */
#ifndef _USER_LINUX_SKBUFF_H
#define _USER_LINUX_SKBUFF_H

#include <string.h>

#include <linux/kernel.h>

#define CHECKSUM_NONE		0
#define CHECKSUM_UNNECESSARY	1
#define CHECKSUM_PARTIAL	3

typedef u32 __wsum;
typedef u16 __sum16;

struct sk_buff {
	unsigned int len;
	unsigned int linear;		/* bytes of it that stand in data */
	const u8 *data;
	const u8 *paged;		/* the others */
	int network_offset;
	u8 ip_summed;
	bool gso_tcp;
};

static inline int skb_network_offset(const struct sk_buff *skb)
{
	return skb->network_offset;
}

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->gso_tcp;
}

static inline bool skb_is_gso_tcp(const struct sk_buff *skb)
{
	return skb->gso_tcp;
}

static inline bool skb_csum_unnecessary(const struct sk_buff *skb)
{
	return skb->ip_summed == CHECKSUM_UNNECESSARY;
}

static inline u8 skb_byte(const struct sk_buff *skb, unsigned int i)
{
	return i < skb->linear ? skb->data[i] : skb->paged[i - skb->linear];
}

static inline void *skb_header_pointer(const struct sk_buff *skb, int offset,
				       int len, void *buffer)
{
	if (offset < 0 || len < 0 || (unsigned int)offset + len > skb->len)
		return NULL;
	if ((unsigned int)offset + len <= skb->linear)
		return (void *)(skb->data + offset);
	for (int i = 0; i < len; i++)
		((u8 *)buffer)[i] = skb_byte(skb, offset + i);
	return buffer;
}

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->linear;
}

static inline int skb_copy_bits(const struct sk_buff *skb, int offset,
				void *to, int len)
{
	if (offset < 0 || len < 0 || (unsigned int)offset + len > skb->len)
		return -1;
	for (int i = 0; i < len; i++)
		((u8 *)to)[i] = skb_byte(skb, offset + i);
	return 0;
}

/* RFC 1071; 16-bit words in network order, as the kernel's sum is */
static inline __wsum skb_checksum(const struct sk_buff *skb, int offset,
				  int len, __wsum sum)
{
	u64 acc = sum;

	for (int i = 0; i < len; i++)
		acc += (u32)skb_byte(skb, offset + i) << (i & 1 ? 8 : 0);
	while (acc >> 32)
		acc = (u32)acc + (acc >> 32);
	return acc;
}

#endif
