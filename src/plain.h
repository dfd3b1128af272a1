/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plain.h - the packet that nearly every packet is, read in one go.
 *
 * Plain is a datagram, or a segment, in an IPv4 packet without options that is
 * no fragment, all headers in the linear part of the sk_buff; with no TCP
 * option but a time stamp, or in a SYN those that nearly all SYNs carry. What
 * is read of it stays in registers: that, and not the checks, is what a packet
 * costs. All else is for ip_ct_packet_parse(), which finds the same in a plain
 * packet: packet_test.c and the fuzzer hold both against each other.
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
 * @ack:    TCP only: ACK and perhaps PSH is all that its flags say
 * @len:    IPv4 total length, bytes
 * @th:     TCP only: its header
 * @data:   TCP only: bytes behind that
 */
struct ip_ct_plain {
	struct ip_ct_key key;
	u8 proto;
	bool sender;
	bool ack;
	unsigned int len;
	const struct tcphdr *th;
	unsigned int data;
};

#define IP_CT_PLAIN_IHL		0x45	/* IPv4, five words: no options */

/* Bytes 12 and 13 of the TCP header: its length in words, flags */
#define IP_CT_PLAIN_LENGTH	0xf000
#define IP_CT_PLAIN_SHORT	0x5000	/* no options */
#define IP_CT_PLAIN_STAMPED	0x8000	/* twelve bytes of options */
#define IP_CT_PLAIN_STAMP	0x0101080a /* which are NOP NOP TIMESTAMP 10 */
#define IP_CT_PLAIN_STAMP_LEN	12

unsigned int ip_ct_plain_tcp_syn(const struct tcphdr *th, unsigned int room);
void ip_ct_plain_pkt(const struct ip_ct_plain *plain, struct ip_ct_pkt *pkt);

/* Length of a plain TCP header of which @room bytes can be read, or 0 */
static __always_inline unsigned int
ip_ct_plain_tcp(const struct tcphdr *th, unsigned int room, bool *ack)
{
	unsigned int word, length;

	if (unlikely((int)room < (int)sizeof(*th)))
		return 0;
	word = get_unaligned_be16((const u8 *)th + 12);
	length = word & IP_CT_PLAIN_LENGTH;
	*ack = true;
	if (unlikely((word & (IP_CT_TH_KIND & ~IP_CT_TH_PSH)) != IP_CT_TH_ACK)) {
		*ack = false;
		if (word & IP_CT_TH_SYN)
			return ip_ct_plain_tcp_syn(th, room);
		if (ip_ct_tcp_kind_of(word) == IP_CT_SEG_NONE)
			return 0;
	}
	if (length == IP_CT_PLAIN_SHORT)
		return sizeof(*th);
	if (unlikely(length != IP_CT_PLAIN_STAMPED ||
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
		doff = ip_ct_plain_tcp(plain->th, room, &plain->ack);
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
 * ip_ct_plain_again() - a plain packet once more
 * @skb:   packet that ip_ct_plain_read() has read, and nobody has changed since
 * @addrs: first word of the key that it has found
 * @rest:  second word
 * @plain: filled as it was then
 */
static __always_inline void ip_ct_plain_again(const struct sk_buff *skb,
					      u64 addrs, u64 rest,
					      struct ip_ct_plain *plain)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct tcphdr *th = (const struct tcphdr *)(iph + 1);
	const u8 *bytes = (const u8 *)th;
	/* as words, so that they need not go through memory */
	u32 first = IP_CT_FIRST(addrs, 32);
	u16 port = IP_CT_FIRST(IP_CT_FIRST(rest, 32), 16);

	plain->key.word[0] = addrs;
	plain->key.word[1] = rest;
	plain->proto = iph->protocol;
	plain->len = ntohs(iph->tot_len);
	/* the first two of both headers are the ports */
	plain->sender = iph->saddr == iph->daddr ?
			(__force u16)th->source != port :
			(__force u32)iph->saddr != first;
	if (iph->protocol != IPPROTO_TCP)
		return;
	plain->th = th;
	plain->ack = ip_ct_tcp_kind_of(bytes[13]) == IP_CT_SEG_ACK;
	plain->data = plain->len - sizeof(*iph) - (bytes[12] >> 2 & ~3U);
}

/**
 * ip_ct_plain_seg() - the segment in a plain TCP packet
 * @plain: the packet, whose @ack is set
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

/*
 * The options that nearly all SYNs carry, in their order:
 *
 *   MSS, SACK-permitted, time stamp, NOP, window scale
 *   MSS, NOP, window scale, NOP, NOP, SACK-permitted
 *
 * Returns where the shift count of the scale stands, 0 for other options; there
 * are at least two octets of them.
 */
static __always_inline unsigned int ip_ct_plain_scale_at(const u8 *opt,
							 unsigned int len)
{
	if (get_unaligned_be16(opt) != 0x0204)
		return 0;
	if (len == 20 && get_unaligned_be32(opt + 4) == 0x0402080a &&
	    get_unaligned_be32(opt + 16) >> 8 == 0x010303)
		return 19;
	if (len == 12 && get_unaligned_be32(opt + 4) >> 8 == 0x010303 &&
	    get_unaligned_be32(opt + 8) == 0x01010402)
		return 7;
	return 0;
}

/* Returns false for other options */
static __always_inline bool
ip_ct_plain_syn_options(const u8 *opt, unsigned int len,
			struct ip_ct_tcp_seg *seg)
{
	unsigned int at = ip_ct_plain_scale_at(opt, len);

	if (!at)
		return false;
	seg->wscale = min_t(u8, opt[at], IP_CT_WSCALE_LIMIT);
	seg->sack_ok = true;
	return true;
}

static_assert(IP_CT_TH_SYN >> 1 == 1 && IP_CT_TH_FIN == 1);

/**
 * ip_ct_plain_segment() - a segment, but for its options
 * @th:    TCP header
 * @data:  bytes behind that
 * @flags: its flags
 * @seg:   filled
 */
static __always_inline void ip_ct_plain_segment(const struct tcphdr *th,
						unsigned int data, u8 flags,
						struct ip_ct_tcp_seg *seg)
{
	seg->seq = ntohl(th->seq);
	seg->end = seg->seq + data + (flags >> 1 & 1) + (flags & 1);
	seg->ack = flags & IP_CT_TH_ACK ? ntohl(th->ack_seq) : 0;
	seg->sack = seg->ack;
	seg->win = ntohs(th->window);
	seg->kind = ip_ct_tcp_kind_of(flags);
	seg->flags = flags;
	seg->wscale = IP_CT_WSCALE_NONE;
	seg->sack_ok = false;
}

/**
 * ip_ct_plain_any_seg() - as ip_ct_plain_seg(), whatever @plain->ack is
 * @plain: the packet
 * @seg:   filled
 */
static __always_inline void ip_ct_plain_any_seg(const struct ip_ct_plain *plain,
						struct ip_ct_tcp_seg *seg)
{
	const struct tcphdr *th = plain->th;
	unsigned int options = plain->len - plain->data -
			       sizeof(struct iphdr) - sizeof(*th);

	ip_ct_plain_segment(th, plain->data, ((const u8 *)th)[13], seg);
	if (options && (seg->flags & IP_CT_TH_SYN))
		ip_ct_plain_syn_options((const u8 *)(th + 1), options, seg);
}

#endif /* _IP_CT_PLAIN_H */
