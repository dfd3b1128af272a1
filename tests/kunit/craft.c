// SPDX-License-Identifier: GPL-2.0
/*
 * craft.c - see craft.h. Nothing here uses the code under test.
 */
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <net/checksum.h>
#include <asm/unaligned.h>

#include "craft.h"

static void put_total_len(struct craft *c)
{
	put_unaligned_be16(c->len, c->b + 2);
}

u8 *craft_l4(struct craft *c)
{
	return c->b + c->ihl;
}

void craft_ip(struct craft *c, u8 proto, u32 src, u32 dst,
	      unsigned int option_len)
{
	memset(c, 0, sizeof(*c));
	c->ihl = 20 + option_len;
	c->len = c->ihl;
	c->b[0] = 0x40 | c->ihl / 4;
	c->b[8] = 64;
	c->b[9] = proto;
	put_unaligned_be32(src, c->b + 12);
	put_unaligned_be32(dst, c->b + 16);
	memset(c->b + 20, IPOPT_NOP, option_len);
	put_total_len(c);
}

void craft_tcp(struct craft *c, u16 sport, u16 dport, u32 seq, u32 ack,
	       u8 flags, u16 win, const u8 *options, unsigned int option_len)
{
	u8 *th = craft_l4(c);

	put_unaligned_be16(sport, th);
	put_unaligned_be16(dport, th + 2);
	put_unaligned_be32(seq, th + 4);
	put_unaligned_be32(ack, th + 8);
	th[12] = (20 + option_len) / 4 << 4;
	th[13] = flags;
	put_unaligned_be16(win, th + 14);
	if (option_len)
		memcpy(th + 20, options, option_len);
	c->len += 20 + option_len;
	put_total_len(c);
}

void craft_udp(struct craft *c, u16 sport, u16 dport)
{
	u8 *uh = craft_l4(c);

	put_unaligned_be16(sport, uh);
	put_unaligned_be16(dport, uh + 2);
	put_unaligned_be16(8, uh + 4);
	c->len += 8;
	put_total_len(c);
}

void craft_icmp(struct craft *c, u8 type, u8 code, u16 id)
{
	u8 *ih = craft_l4(c);

	ih[0] = type;
	ih[1] = code;
	put_unaligned_be16(id, ih + 4);
	c->len += 8;
	put_total_len(c);
}

/* An ICMP error quotes the first @len bytes of another packet */
void craft_quote(struct craft *c, const struct craft *quoted, unsigned int len)
{
	memcpy(c->b + c->len, quoted->b, len);
	c->len += len;
	put_total_len(c);
}

void craft_data(struct craft *c, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		c->b[c->len + i] = i * 7 + 1;
	c->len += len;
	put_total_len(c);
	if (c->b[9] == IPPROTO_UDP)
		put_unaligned_be16(c->len - c->ihl, craft_l4(c) + 4);
}

/* RFC 1071, a byte at a time */
static u16 sum_of(const u8 *b, unsigned int len, u32 sum)
{
	for (unsigned int i = 0; i < len; i++)
		sum += i & 1 ? b[i] : b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

void craft_sum(struct craft *c)
{
	u8 proto = c->b[9], *l4 = craft_l4(c);
	unsigned int len = c->len - c->ihl, at;
	u32 pseudo = 0;
	u16 sum;

	if (proto == IPPROTO_TCP)
		at = 16;
	else if (proto == IPPROTO_UDP)
		at = 6;
	else if (proto == IPPROTO_ICMP)
		at = 2;
	else
		return;
	if (proto == IPPROTO_UDP)
		len = get_unaligned_be16(l4 + 4);
	if (proto != IPPROTO_ICMP)
		pseudo = sum_of(c->b + 12, 8, proto + len);
	put_unaligned_be16(0, l4 + at);
	sum = ~sum_of(l4, len, pseudo);
	if (proto == IPPROTO_UDP && !sum)
		sum = 0xffff;
	put_unaligned_be16(sum, l4 + at);
}

static void add_page(struct kunit *test, struct sk_buff *skb, const u8 *b,
		     unsigned int len)
{
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	/* what follows the bytes is not zero by luck */
	memset(page_address(page), 0xa5, PAGE_SIZE);
	memcpy(page_address(page) + 64, b, len);
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 64, len,
			PAGE_SIZE);
}

static void add_list(struct kunit *test, struct sk_buff *skb, const u8 *b,
		     unsigned int len)
{
	struct sk_buff **to = &skb_shinfo(skb)->frag_list;

	while (*to)
		to = &(*to)->next;
	*to = alloc_skb(len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, *to);
	skb_put_data(*to, b, len);
	skb->len += len;
	skb->data_len += len;
	skb->truesize += (*to)->truesize;
}

/**
 * craft_skb() - an sk_buff that holds a packet's bytes, all of them
 * @test:     the case that asks
 * @c:        bytes; c->len of them count, whatever the headers claim
 * @layout:   where they lie
 * @headroom: bytes of the link layer before them, at skb->data
 *
 * Return: with the network header set; the caller frees it.
 */
struct sk_buff *craft_skb(struct kunit *test, const struct craft *c,
			  enum craft_layout layout, unsigned int headroom)
{
	static const unsigned int sizes[] = { 3, 17, 1, 8, 5, 29, 2, 13 };
	struct sk_buff *skb = alloc_skb(headroom + 3 + CRAFT_MAX, GFP_KERNEL);
	unsigned int head, at;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	memset(skb->data, 0x5a, skb_tailroom(skb));
	/* drivers of machines that care align the IP header (NET_IP_ALIGN) */
	skb_reserve(skb, -headroom & 3);
	skb_put(skb, headroom);
	head = layout == CRAFT_LINEAR ? c->len :
	       layout == CRAFT_MIXED ? min(c->len, 25u) : 0;
	skb_put_data(skb, c->b, head);
	for (at = head; at < c->len; ) {
		unsigned int piece = skb_shinfo(skb)->nr_frags;
		unsigned int len = c->len - at;

		if (layout == CRAFT_LIST) {
			len = min(len, 11u + at);
			add_list(test, skb, c->b + at, len);
		} else {
			if (piece < ARRAY_SIZE(sizes))
				len = min(len, sizes[piece]);
			add_page(test, skb, c->b + at, len);
		}
		at += len;
	}
	skb_set_network_header(skb, headroom);
	skb->protocol = htons(ETH_P_IP);
	skb->ip_summed = CHECKSUM_NONE;
	return skb;
}
