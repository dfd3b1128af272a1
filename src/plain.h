/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plain.h - the packet that nearly every packet is, read in one go.
 *
 * Plain is a datagram, or a segment with ACK and perhaps PSH, in an IPv4
 * packet without options that is no fragment, with no TCP option but a time
 * stamp, all headers in the linear part of the sk_buff. What is read of it
 * stays in registers: that, and not the checks, is what a packet costs. All
 * else is for ip_ct_packet_parse(), which finds the same in a plain packet:
 * packet_test.c and the fuzzer hold both against each other.
 *
 * Pure, as packet.h is.
 */
#ifndef _IP_CT_PLAIN_H
#define _IP_CT_PLAIN_H

#include <linux/bitops.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "compat.h"
#include "packet.h"

/**
 * struct ip_ct_plain - a plain packet
 * @key:    canonical key
 * @proto:  IPPROTO_TCP or IPPROTO_UDP
 * @sender: index of the sender in @key
 * @len:    IPv4 total length, bytes
 * @th:     TCP only: its header
 * @data:   TCP only: bytes behind that
 */
struct ip_ct_plain {
	struct ip_ct_key key;
	u8 proto;
	bool sender;
	unsigned int len;
	const struct tcphdr *th;
	unsigned int data;
};

#define IP_CT_PLAIN_IHL		0x45	/* IPv4, five words: no options */

/* Bytes 12 and 13 of the TCP header: its length in words, flags */
#define IP_CT_PLAIN_MASK	0xf017	/* all but ECE, CWR, URG, PSH */
#define IP_CT_PLAIN_SHORT	0x5010	/* ACK, no options */
#define IP_CT_PLAIN_STAMPED	0x8010	/* ACK, twelve bytes of options */
#define IP_CT_PLAIN_STAMP	0x0101080a /* which are NOP NOP TIMESTAMP 10 */
#define IP_CT_PLAIN_STAMP_LEN	12

/* Length of a plain TCP header of which @room bytes can be read, or 0 */
static __always_inline unsigned int ip_ct_plain_tcp(const struct tcphdr *th,
						    unsigned int room)
{
	unsigned int word;

	if (unlikely((int)room < (int)sizeof(*th)))
		return 0;
	word = get_unaligned_be16((const u8 *)th + 12) & IP_CT_PLAIN_MASK;
	if (word == IP_CT_PLAIN_SHORT)
		return sizeof(*th);
	if (unlikely(word != IP_CT_PLAIN_STAMPED ||
		     room < sizeof(*th) + IP_CT_PLAIN_STAMP_LEN ||
		     get_unaligned_be32(th + 1) != IP_CT_PLAIN_STAMP))
		return 0;
	return sizeof(*th) + IP_CT_PLAIN_STAMP_LEN;
}

/**
 * ip_ct_plain_read() - read a packet if it is a plain one
 * @skb:   packet with its network header set
 * @plain: filled if so; without meaning else
 *
 * Return: true for a plain packet that is well-formed as far as its headers
 * and lengths go.
 */
static __always_inline bool ip_ct_plain_read(const struct sk_buff *skb,
					     struct ip_ct_plain *plain)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct udphdr *uh = (const struct udphdr *)(iph + 1);
	unsigned int have = skb_headlen(skb), len, room;

	if (unlikely(skb_network_offset(skb) ||
		     (int)have < (int)(sizeof(*iph) + sizeof(*uh))))
		return false;
	len = ntohs(iph->tot_len);
	if (unlikely(*(const u8 *)iph != IP_CT_PLAIN_IHL || len > skb->len ||
		     ip_is_fragment(iph)))
		return false;
	room = min(have, len) - sizeof(*iph);
	plain->len = len;
	plain->proto = iph->protocol;
	if (likely(iph->protocol == IPPROTO_TCP)) {
		unsigned int doff;

		plain->th = (const struct tcphdr *)uh;
		doff = ip_ct_plain_tcp(plain->th, room);
		if (!doff)
			return false;
		plain->data = len - sizeof(*iph) - doff;
	} else if (iph->protocol == IPPROTO_UDP) {
		unsigned int ulen = ntohs(uh->len);

		if (unlikely((int)room < (int)sizeof(*uh) ||
			     ulen < sizeof(*uh) || ulen > len - sizeof(*iph)))
			return false;
	} else {
		return false;
	}
	plain->sender = ip_ct_key_set_pairs(&plain->key, iph->protocol,
					    get_unaligned((u64 *)&iph->saddr),
					    get_unaligned((u32 *)&uh->source));
	return true;
}

/**
 * ip_ct_plain_seg() - the segment in a plain TCP packet
 * @plain: the packet
 * @seg:   filled
 */
static __always_inline void ip_ct_plain_seg(const struct ip_ct_plain *plain,
					    struct ip_ct_tcp_seg *seg)
{
	const struct tcphdr *th = plain->th;

	seg->seq = ntohl(th->seq);
	seg->end = seg->seq + plain->data;
	seg->ack = ntohl(th->ack_seq);
	seg->sack = seg->ack;
	seg->win = ntohs(th->window);
	seg->kind = IP_CT_SEG_ACK;
	seg->flags = ((const u8 *)th)[13];
	seg->wscale = IP_CT_WSCALE_NONE;
	seg->sack_ok = false;
}

#endif /* _IP_CT_PLAIN_H */
