// SPDX-License-Identifier: GPL-2.0
/*
 * packet.c - the border: what gets past it is well-formed.
 *
 * Headers are read where they are if the linear part of the sk_buff has them
 * all, else from a copy, so paged sk_buffs need no linearising. Lengths are
 * checked against the IPv4 total length and against what the sk_buff really
 * holds.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "compat.h"
#include "packet.h"
#include "plain.h"

/* The longest IPv4 header, that of ICMP, and what RFC 792 has it quote */
#define QUOTED		8
#define HEADERS_MAX	(60 + 8 + 60 + QUOTED)

/* Internal: the header goes on where it cannot be read directly */
#define NEED_COPY	IP_CT_R_COUNT

/* Offsets in the TCP header */
#define TCP_DOFF_BYTE	12	/* its length, in words, in the upper half */
#define TCP_FLAG_BYTE	13
#define TH_FIN		IP_CT_TH_FIN
#define TH_SYN		IP_CT_TH_SYN
#define TH_RST		0x04
#define TH_PSH		IP_CT_TH_PSH
#define TH_ACK		IP_CT_TH_ACK
#define TH_KIND		IP_CT_TH_KIND

/* TCP options (RFC 9293 3.2, RFC 7323, RFC 2018), kind and length */
#define OPT_EOL		0
#define OPT_NOP		1
#define OPT_WSCALE	3
#define OPT_WSCALE_LEN	3
#define OPT_SACK_PERM	4
#define OPT_SACK_PERM_LEN 2
#define OPT_SACK	5
#define OPT_SACK_BASE	2
#define OPT_SACK_BLOCK	8

/*
 * FIN, SYN, RST and ACK make sixteen sets. RFC 9293 3.10.7: after its SYN
 * every segment of a connection carries ACK, and SYN, FIN and RST exclude
 * one another. PSH, URG, ECE and CWR say nothing about the connection; PSH
 * stands amid the four. Sets that are not listed are IP_CT_SEG_NONE.
 */
#define KIND(flags, kind) \
	[flags] = IP_CT_SEG_##kind, [(flags) | TH_PSH] = IP_CT_SEG_##kind

const u8 ip_ct_tcp_kinds[TH_KIND + 1] = {
	KIND(TH_SYN, SYN),
	KIND(TH_SYN | TH_ACK, SYNACK),
	KIND(TH_FIN | TH_ACK, FIN),
	KIND(TH_ACK, ACK),
	KIND(TH_RST, RST),
	KIND(TH_RST | TH_ACK, RST),
};

/*
 * The highest right edge of a SACK option's blocks, seen from @ack upwards. All
 * are measured from there: edges that climb in turn could go round the space.
 */
static u32 sack_edge(const u8 *blocks, unsigned int len, u32 ack, u32 edge)
{
	for (; len >= OPT_SACK_BLOCK; len -= OPT_SACK_BLOCK) {
		u32 right = get_unaligned_be32(blocks + 4);

		if ((s32)(right - ack) > (s32)(edge - ack))
			edge = right;
		blocks += OPT_SACK_BLOCK;
	}
	return edge;
}

static enum ip_ct_reason parse_tcp_option(const u8 *opt, unsigned int len,
					  struct ip_ct_tcp_seg *seg)
{
	switch (opt[0]) {
	case OPT_WSCALE:
		if (len != OPT_WSCALE_LEN)
			return IP_CT_R_BAD_TCP_OPTION;
		if (seg->flags & TH_SYN)
			seg->wscale = min_t(u8, opt[2], IP_CT_WSCALE_LIMIT);
		break;
	case OPT_SACK_PERM:
		if (len != OPT_SACK_PERM_LEN)
			return IP_CT_R_BAD_TCP_OPTION;
		if (seg->flags & TH_SYN)
			seg->sack_ok = true;
		break;
	case OPT_SACK:
		if (len < OPT_SACK_BASE + OPT_SACK_BLOCK ||
		    (len - OPT_SACK_BASE) % OPT_SACK_BLOCK)
			return IP_CT_R_BAD_TCP_OPTION;
		if (seg->flags & TH_ACK)
			seg->sack = sack_edge(opt + OPT_SACK_BASE,
					      len - OPT_SACK_BASE, seg->ack,
					      seg->sack);
		break;
	}
	return IP_CT_R_OK;
}

static enum ip_ct_reason parse_tcp_options(const u8 *opt, unsigned int len,
					   struct ip_ct_tcp_seg *seg)
{
	while (len && opt[0] != OPT_EOL) {
		enum ip_ct_reason reason;

		if (opt[0] == OPT_NOP) {
			opt++;
			len--;
			continue;
		}
		if (len < 2 || opt[1] < 2 || opt[1] > len)
			return IP_CT_R_BAD_TCP_OPTION;
		reason = parse_tcp_option(opt, opt[1], seg);
		if (reason)
			return reason;
		len -= opt[1];
		opt += opt[1];
	}
	return IP_CT_R_OK;
}

static noinline enum ip_ct_reason
parse_syn_options(const u8 *opt, unsigned int len, struct ip_ct_tcp_seg *seg)
{
	return ip_ct_plain_syn_options(opt, len, seg) ? IP_CT_R_OK :
	       parse_tcp_options(opt, len, seg);
}

/*
 * The functions below read the packet at @iph, of which @have bytes can be
 * read; the packet itself may be longer. Inline: a packet passes them all, and
 * a call costs a fifth of the work. A length is compared twice only where it
 * is wrong.
 */

/* How much of the transport header can be read */
static __always_inline unsigned int readable(const struct ip_ct_pkt *pkt,
					     unsigned int have)
{
	return min(have, pkt->len) - (pkt->thoff - pkt->nhoff);
}

/* Too short to be read here: is it too short as such? */
static enum ip_ct_reason too_short(const struct ip_ct_pkt *pkt,
				   unsigned int need, enum ip_ct_reason reason)
{
	return pkt->end - pkt->thoff < need ? reason : NEED_COPY;
}

static __always_inline enum ip_ct_reason
parse_tcp(const struct iphdr *iph, unsigned int have, struct ip_ct_pkt *pkt)
{
	unsigned int room = readable(pkt, have), doff;
	const struct tcphdr *th = (const void *)iph + pkt->thoff - pkt->nhoff;
	const u8 *bytes = (const u8 *)th;

	if (unlikely((int)room < (int)sizeof(*th)))
		return too_short(pkt, sizeof(*th), IP_CT_R_SHORT_TCP);
	doff = bytes[TCP_DOFF_BYTE] >> 2 & ~3U;
	if (unlikely(doff - sizeof(*th) > room - sizeof(*th)))
		return doff < sizeof(*th) ? IP_CT_R_BAD_TCP_DOFF :
		       too_short(pkt, doff, IP_CT_R_BAD_TCP_DOFF);

	ip_ct_plain_segment(th, pkt->end - pkt->thoff - doff, bytes[TCP_FLAG_BYTE],
			    &pkt->tcp);
	pkt->sender = ip_ct_key_set(&pkt->key, IPPROTO_TCP, iph->saddr,
				    iph->daddr, th->source, th->dest);
	if (unlikely(pkt->tcp.kind == IP_CT_SEG_NONE))
		return IP_CT_R_BAD_TCP_FLAGS;
	if (doff == sizeof(*th) ||
	    (doff == sizeof(*th) + IP_CT_PLAIN_STAMP_LEN &&
	     get_unaligned_be32(th + 1) == IP_CT_PLAIN_STAMP))
		return IP_CT_R_OK;
	if (pkt->tcp.flags & TH_SYN)
		return parse_syn_options((const u8 *)(th + 1),
					 doff - sizeof(*th), &pkt->tcp);
	return parse_tcp_options((const u8 *)(th + 1), doff - sizeof(*th),
				 &pkt->tcp);
}

static __always_inline enum ip_ct_reason
parse_udp(const struct iphdr *iph, unsigned int have, struct ip_ct_pkt *pkt)
{
	const struct udphdr *uh = (const void *)iph + pkt->thoff - pkt->nhoff;
	unsigned int len;

	if (unlikely((int)readable(pkt, have) < (int)sizeof(*uh)))
		return too_short(pkt, sizeof(*uh), IP_CT_R_SHORT_UDP);
	len = ntohs(uh->len);
	if (unlikely(len < sizeof(*uh) || len > pkt->end - pkt->thoff))
		return IP_CT_R_BAD_UDP_LEN;
	pkt->sender = ip_ct_key_set(&pkt->key, IPPROTO_UDP, iph->saddr,
				    iph->daddr, uh->source, uh->dest);
	return IP_CT_R_OK;
}

/* RFC 792 has a query's header quoted whole, and that has the id */
static enum ip_ct_reason parse_quoted_icmp(const struct iphdr *inner,
					   const struct icmphdr *ih,
					   struct ip_ct_pkt *pkt)
{
	u8 request = ip_ct_icmp_request_type(ih->type);

	/* RFC 1122 3.2.2: no error is sent about an error */
	if (request == 0xff)
		return IP_CT_R_ICMP_INNER;
	pkt->sender = ip_ct_key_set(&pkt->key, IPPROTO_ICMP, inner->saddr,
				    inner->daddr, ih->un.echo.id,
				    ih->un.echo.id);
	if (inner->saddr == inner->daddr)
		pkt->sender = ih->type != request;
	pkt->key.query = request << 1 |
			 (ih->type == request ? pkt->sender : !pkt->sender);
	return IP_CT_R_OK;
}

/*
 * RFC 792: an error quotes the IPv4 header of the packet that it is about and
 * the first 8 octets behind that, and goes to its sender. @inner can be read
 * with the QUOTED octets behind it.
 */
static enum ip_ct_reason parse_quoted(const struct iphdr *iph,
				      const struct iphdr *inner,
				      struct ip_ct_pkt *pkt)
{
	const void *th = (const void *)inner + inner->ihl * 4;
	const struct tcphdr *tcp = th;
	const struct udphdr *udp = th;
	unsigned int len = ntohs(inner->tot_len);

	/* only a first fragment has ports */
	if (len < inner->ihl * 4 + QUOTED ||
	    (inner->frag_off & htons(IP_OFFSET)))
		return IP_CT_R_ICMP_INNER;
	if (inner->saddr != iph->daddr)
		return IP_CT_R_ICMP_NOT_SENDER;
	switch (inner->protocol) {
	case IPPROTO_TCP:
		pkt->tcp.seq = ntohl(tcp->seq);
		fallthrough;
	case IPPROTO_UDP:
		if (inner->protocol == IPPROTO_UDP &&
		    ntohs(udp->len) < sizeof(*udp))
			return IP_CT_R_ICMP_INNER;
		/* both begin with their ports */
		pkt->sender = ip_ct_key_set(&pkt->key, inner->protocol,
					    inner->saddr, inner->daddr,
					    udp->source, udp->dest);
		return IP_CT_R_OK;
	case IPPROTO_ICMP:
		return parse_quoted_icmp(inner, th, pkt);
	default:
		pkt->sender = ip_ct_key_set(&pkt->key, inner->protocol,
					    inner->saddr, inner->daddr, 0, 0);
		return IP_CT_R_OK;
	}
}

static enum ip_ct_reason parse_icmp_error(const struct iphdr *iph,
					  unsigned int have,
					  struct ip_ct_pkt *pkt)
{
	unsigned int before = pkt->thoff - pkt->nhoff + sizeof(struct icmphdr);
	unsigned int avail = pkt->end - pkt->nhoff - before;
	const struct iphdr *inner = (const void *)iph + before;
	unsigned int ihl;

	if (avail < sizeof(*inner) + QUOTED)
		return IP_CT_R_ICMP_INNER;
	if (have < before + sizeof(*inner))
		return NEED_COPY;
	ihl = inner->ihl * 4;
	if (inner->version != 4 || ihl < sizeof(*inner) ||
	    avail < ihl + QUOTED)
		return IP_CT_R_ICMP_INNER;
	if (have < before + ihl + QUOTED)
		return NEED_COPY;
	return parse_quoted(iph, inner, pkt);
}

/*
 * A query's id stands where others have ports. Both ends may ask each other
 * with one id at once: the key says who asks.
 */
static enum ip_ct_reason parse_icmp(const struct iphdr *iph, unsigned int have,
				    struct ip_ct_pkt *pkt)
{
	unsigned int before = pkt->thoff - pkt->nhoff;
	const struct icmphdr *ih = (const void *)iph + before;
	u8 request;

	if (pkt->end - pkt->thoff < sizeof(*ih))
		return IP_CT_R_SHORT_ICMP;
	if (unlikely(have < before + sizeof(*ih)))
		return NEED_COPY;
	if (ih->type > NR_ICMP_TYPES)
		return IP_CT_R_BAD_ICMP_TYPE;
	pkt->icmp_type = ih->type;
	pkt->icmp_code = ih->code;

	if (ip_ct_icmp_is_error(ih->type))
		return parse_icmp_error(iph, have, pkt);
	request = ip_ct_icmp_request_type(ih->type);
	if (request == 0xff)
		return IP_CT_R_OK;
	/* RFC 792: queries and their replies have code 0 */
	if (ih->code)
		return IP_CT_R_BAD_ICMP_TYPE;
	pkt->sender = ip_ct_key_set(&pkt->key, IPPROTO_ICMP, iph->saddr,
				    iph->daddr, ih->un.echo.id, ih->un.echo.id);
	if (iph->saddr == iph->daddr)	/* to itself: endpoint 0 asks */
		pkt->sender = ih->type != request;
	pkt->key.query = request << 1 |
			 (ih->type == request ? pkt->sender : !pkt->sender);
	return IP_CT_R_OK;
}

/* A first byte that is not the usual one */
static enum ip_ct_reason unusual_ihl(const struct iphdr *iph, unsigned int held)
{
	if (iph->version != 4)
		return IP_CT_R_BAD_VERSION;
	if (iph->ihl * 4 < sizeof(*iph) || iph->ihl * 4 > held)
		return IP_CT_R_BAD_IHL;
	return IP_CT_R_OK;
}

/* A merged packet beyond 64 KiB has no room for its length */
static bool is_huge(const struct sk_buff *skb, const struct iphdr *iph)
{
	return !iph->tot_len && skb_is_gso(skb) && skb_is_gso_tcp(skb);
}

/* RFC 791 3.1 */
static __always_inline enum ip_ct_reason
parse_ip(const struct sk_buff *skb, const struct iphdr *iph,
	 struct ip_ct_pkt *pkt)
{
	unsigned int held = skb->len - pkt->nhoff;
	unsigned int first = *(const u8 *)iph;
	unsigned int ihl = (first & 15) * 4;
	unsigned int len = ntohs(iph->tot_len);

	pkt->src = iph->saddr;
	pkt->dst = iph->daddr;
	pkt->proto = iph->protocol;
	if (unlikely(first != IP_CT_PLAIN_IHL)) {
		enum ip_ct_reason reason = unusual_ihl(iph, held);

		if (reason)
			return reason;
	}
	if (unlikely(len - ihl > held - ihl)) {
		if (!is_huge(skb, iph))
			return IP_CT_R_BAD_TOTAL_LEN;
		len = held;
	}
	if (unlikely(ip_is_fragment(iph)))
		return IP_CT_R_FRAGMENT;
	pkt->len = len;
	pkt->thoff = pkt->nhoff + ihl;
	pkt->end = pkt->nhoff + len;
	return IP_CT_R_OK;
}

static __always_inline enum ip_ct_reason
parse_headers(const struct sk_buff *skb, const struct iphdr *iph,
	      unsigned int have, struct ip_ct_pkt *pkt)
{
	enum ip_ct_reason reason = parse_ip(skb, iph, pkt);

	if (reason)
		return reason;
	switch (pkt->proto) {
	case IPPROTO_TCP:
		return parse_tcp(iph, have, pkt);
	case IPPROTO_UDP:
		return parse_udp(iph, have, pkt);
	case IPPROTO_ICMP:
		return parse_icmp(iph, have, pkt);
	default:
		pkt->sender = ip_ct_key_set(&pkt->key, pkt->proto, iph->saddr,
					    iph->daddr, 0, 0);
		return IP_CT_R_OK;
	}
}

/* Out of line, so that the usual way needs no room for the copy */
static noinline enum ip_ct_reason parse_copy(const struct sk_buff *skb,
					     struct ip_ct_pkt *pkt)
{
	u8 buf[HEADERS_MAX] __aligned(4);
	unsigned int have;

	pkt->proto = 0;
	pkt->src = 0;
	pkt->dst = 0;
	if ((int)pkt->nhoff < 0 || skb->len < pkt->nhoff)
		return IP_CT_R_SHORT_IP;
	have = min_t(unsigned int, skb->len - pkt->nhoff, sizeof(buf));
	if (have < sizeof(struct iphdr) ||
	    skb_copy_bits(skb, pkt->nhoff, buf, have))
		return IP_CT_R_SHORT_IP;
	return parse_headers(skb, (const struct iphdr *)buf, have, pkt);
}

/**
 * ip_ct_packet_parse() - check a packet and take out what tracking needs
 * @skb: packet with its network header set; paged or linear
 * @pkt: filled; without meaning unless IP_CT_R_OK is returned, except that
 *       @pkt->proto, @pkt->src and @pkt->dst are what the header says, as far
 *       as it could be read, else 0, and @pkt->key and @pkt->tcp are set if
 *       @pkt->key.proto is @pkt->proto and not 0
 *
 * Return: IP_CT_R_OK or the reason why the packet is INVALID.
 */
enum ip_ct_reason ip_ct_packet_parse(const struct sk_buff *skb,
				     struct ip_ct_pkt *pkt)
{
	enum ip_ct_reason reason = NEED_COPY;
	int nhoff = skb_network_offset(skb);
	int have = skb_headlen(skb) - nhoff;

	pkt->key.proto = 0;
	pkt->nhoff = nhoff;
	if (likely(nhoff >= 0 && have >= (int)sizeof(struct iphdr)))
		reason = parse_headers(skb, (const void *)(skb->data + nhoff),
				       have, pkt);
	if (unlikely(reason == NEED_COPY))
		reason = parse_copy(skb, pkt);
	return reason;
}

/**
 * ip_ct_plain_tcp_syn() - see struct ip_ct_plain: SYN is set
 * @th:   TCP header
 * @room: bytes that can be read there, enough for a header without options
 *
 * Return: length of the header if it is a plain one, or 0.
 */
unsigned int ip_ct_plain_tcp_syn(const struct tcphdr *th, unsigned int room)
{
	const u8 *bytes = (const u8 *)th;
	unsigned int doff = bytes[TCP_DOFF_BYTE] >> 2 & ~3U;
	unsigned int options = doff - sizeof(*th);

	if (options > room - sizeof(*th) ||
	    ip_ct_tcp_kind_of(bytes[TCP_FLAG_BYTE]) == IP_CT_SEG_NONE)
		return 0;
	return !options || ip_ct_plain_scale_at(bytes + sizeof(*th), options) ?
	       doff : 0;
}

/**
 * ip_ct_plain_pkt() - a plain packet as ip_ct_packet_parse() would have it
 * @plain: the packet, as it was read; nothing may have changed it since
 * @pkt:   filled
 */
void ip_ct_plain_pkt(const struct ip_ct_plain *plain, struct ip_ct_pkt *pkt)
{
	pkt->key = plain->key;
	pkt->sender = plain->sender;
	pkt->proto = plain->proto;
	pkt->src = plain->key.addr[plain->sender];
	pkt->dst = plain->key.addr[!plain->sender];
	pkt->nhoff = 0;
	pkt->thoff = sizeof(struct iphdr);
	pkt->end = plain->len;
	pkt->len = plain->len;
	if (plain->proto == IPPROTO_TCP)
		ip_ct_plain_any_seg(plain, &pkt->tcp);
}

static bool sum_is_wrong(const struct sk_buff *skb, const struct ip_ct_pkt *pkt,
			 unsigned int len, u8 proto)
{
	struct iphdr buf;
	const struct iphdr *iph;
	__wsum pseudo = 0;

	iph = skb_header_pointer(skb, pkt->nhoff, sizeof(*iph), &buf);
	if (!iph)
		return true;
	if (proto != IPPROTO_ICMP)
		pseudo = csum_tcpudp_nofold(iph->saddr, iph->daddr, len, proto,
					    0);
	return csum_fold(skb_checksum(skb, pkt->thoff, len, pseudo)) != 0;
}

/* RFC 768: the sum covers the UDP length, and 0 means that there is none */
static bool udp_sum_is_wrong(const struct sk_buff *skb,
			     const struct ip_ct_pkt *pkt)
{
	struct udphdr buf;
	const struct udphdr *uh;

	uh = skb_header_pointer(skb, pkt->thoff, sizeof(*uh), &buf);
	if (!uh)
		return true;
	return uh->check && sum_is_wrong(skb, pkt, ntohs(uh->len), IPPROTO_UDP);
}

/**
 * ip_ct_packet_checksum() - verify the transport checksum
 * @skb: packet
 * @pkt: what ip_ct_packet_parse() made of it
 *
 * Trusts what the network card or an earlier check has vouched for. Whether
 * a checksum is to be verified at all (setting, locally made) is the caller's
 * business.
 *
 * Return: IP_CT_R_OK or the reason why the packet is INVALID.
 */
enum ip_ct_reason ip_ct_packet_checksum(const struct sk_buff *skb,
					const struct ip_ct_pkt *pkt)
{
	if (skb_csum_unnecessary(skb) || skb->ip_summed == CHECKSUM_PARTIAL)
		return IP_CT_R_OK;

	switch (pkt->proto) {
	case IPPROTO_TCP:
		if (sum_is_wrong(skb, pkt, pkt->end - pkt->thoff, IPPROTO_TCP))
			return IP_CT_R_BAD_TCP_CHECKSUM;
		break;
	case IPPROTO_UDP:
		if (udp_sum_is_wrong(skb, pkt))
			return IP_CT_R_BAD_UDP_CHECKSUM;
		break;
	case IPPROTO_ICMP:
		if (sum_is_wrong(skb, pkt, pkt->end - pkt->thoff, IPPROTO_ICMP))
			return IP_CT_R_BAD_ICMP_CHECKSUM;
		break;
	}
	return IP_CT_R_OK;
}
