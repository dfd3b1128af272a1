// SPDX-License-Identifier: GPL-2.0
/*
 * packet_test.c - what is well-formed gets past the border as it is, nothing
 * else gets past it, and how an sk_buff holds the bytes makes no difference.
 *
 * The properties are tried on generated packets against a model that reads a
 * flat array of bytes as the RFCs say.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/prandom.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/unaligned.h>

#include "craft.h"
#include "packet.h"
#include "plain.h"
#include "sentence.h"

#define CLIENT	0xc0a80105	/* 192.168.1.5 */
#define SERVER	0xc0a80123	/* 192.168.1.35 */

static struct craft *new_craft(struct kunit *test)
{
	struct craft *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

static void check_segment(struct kunit *test, const struct ip_ct_tcp_seg *seg,
			  const struct ip_ct_tcp_seg *want)
{
	KUNIT_EXPECT_EQ(test, seg->seq, want->seq);
	KUNIT_EXPECT_EQ(test, seg->end, want->end);
	KUNIT_EXPECT_EQ(test, seg->ack, want->ack);
	KUNIT_EXPECT_EQ(test, seg->sack, want->sack);
	KUNIT_EXPECT_EQ(test, seg->win, want->win);
	KUNIT_EXPECT_EQ(test, seg->kind, want->kind);
	KUNIT_EXPECT_EQ(test, seg->flags, want->flags);
	KUNIT_EXPECT_EQ(test, seg->wscale, want->wscale);
	KUNIT_EXPECT_EQ(test, seg->sack_ok, want->sack_ok);
}

/* What the short way reads of a packet is what the long way does */
static void check_plain(struct kunit *test, const struct sk_buff *skb,
			const struct ip_ct_pkt *pkt, enum ip_ct_reason reason)
{
	struct ip_ct_plain plain, again;
	struct ip_ct_tcp_seg seg;
	struct ip_ct_pkt same;

	if (!ip_ct_plain_read(skb, &plain))
		return;
	KUNIT_ASSERT_EQ(test, reason, IP_CT_R_OK);
	ip_ct_plain_again(skb, plain.key.word[0], plain.key.word[1], &again);
	ip_ct_plain_pkt(&again, &same);
	KUNIT_EXPECT_TRUE(test, ip_ct_key_equal(&same.key, &pkt->key));
	KUNIT_EXPECT_EQ(test, same.proto, pkt->proto);
	KUNIT_EXPECT_EQ(test, same.sender, pkt->sender);
	KUNIT_EXPECT_EQ(test, same.src, pkt->src);
	KUNIT_EXPECT_EQ(test, same.dst, pkt->dst);
	KUNIT_EXPECT_EQ(test, same.nhoff, pkt->nhoff);
	KUNIT_EXPECT_EQ(test, same.thoff, pkt->thoff);
	KUNIT_EXPECT_EQ(test, same.end, pkt->end);
	KUNIT_EXPECT_EQ(test, same.len, pkt->len);
	if (plain.proto != IPPROTO_TCP)
		return;
	check_segment(test, &same.tcp, &pkt->tcp);
	KUNIT_EXPECT_EQ(test, again.ack, plain.ack);
	KUNIT_EXPECT_EQ(test, plain.ack, pkt->tcp.kind == IP_CT_SEG_ACK);
	if (!plain.ack)
		return;
	ip_ct_plain_seg(&plain, &seg);
	check_segment(test, &seg, &pkt->tcp);
}

static enum ip_ct_reason parse_at(struct kunit *test, const struct craft *c,
				  enum craft_layout layout,
				  unsigned int headroom, struct ip_ct_pkt *pkt)
{
	struct sk_buff *skb = craft_skb(test, c, layout, headroom);
	enum ip_ct_reason reason;

	memset(pkt, 0, sizeof(*pkt));
	reason = ip_ct_packet_parse(skb, pkt);
	check_plain(test, skb, pkt, reason);
	kfree_skb(skb);
	return reason;
}

static bool is_plain(struct kunit *test, const struct craft *c,
		     enum craft_layout layout)
{
	struct sk_buff *skb = craft_skb(test, c, layout, 0);
	struct ip_ct_plain plain;
	bool is = ip_ct_plain_read(skb, &plain);

	kfree_skb(skb);
	return is;
}

static enum ip_ct_reason parse(struct kunit *test, const struct craft *c,
			       struct ip_ct_pkt *pkt)
{
	return parse_at(test, c, CRAFT_LINEAR, 0, pkt);
}

/* ---- the model ---- */

static enum ip_ct_tcp_kind model_kind(u8 flags)
{
	switch (flags & (SYN | FIN | RST | ACK)) {
	case SYN:
		return IP_CT_SEG_SYN;
	case SYN | ACK:
		return IP_CT_SEG_SYNACK;
	case FIN | ACK:
		return IP_CT_SEG_FIN;
	case ACK:
		return IP_CT_SEG_ACK;
	case RST:
	case RST | ACK:
		return IP_CT_SEG_RST;
	default:
		return IP_CT_SEG_NONE;
	}
}

static enum ip_ct_reason model_options(const u8 *o, const u8 *end,
				       struct ip_ct_tcp_seg *seg)
{
	while (o < end && *o != 0) {
		unsigned int len;

		if (*o == 1) {
			o++;
			continue;
		}
		if (end - o < 2)
			return IP_CT_R_BAD_TCP_OPTION;
		len = o[1];
		if (len < 2 || len > end - o)
			return IP_CT_R_BAD_TCP_OPTION;
		if ((*o == 3 && len != 3) || (*o == 4 && len != 2) ||
		    (*o == 5 && (len < 10 || len % 8 != 2)))
			return IP_CT_R_BAD_TCP_OPTION;
		if (*o == 3 && (seg->flags & SYN))
			seg->wscale = o[2] > 14 ? 14 : o[2];
		if (*o == 4 && (seg->flags & SYN))
			seg->sack_ok = true;
		for (unsigned int i = 2; *o == 5 && i < len; i += 8) {
			u32 right = get_unaligned_be32(o + i + 4);

			if ((seg->flags & ACK) &&
			    (s32)(right - seg->ack) >
			    (s32)(seg->sack - seg->ack))
				seg->sack = right;
		}
		o += len;
	}
	return IP_CT_R_OK;
}

static enum ip_ct_reason model_tcp(const u8 *l4, unsigned int avail,
				   struct ip_ct_tcp_seg *seg)
{
	unsigned int doff;

	if (avail < 20)
		return IP_CT_R_SHORT_TCP;
	doff = (l4[12] >> 4) * 4;
	if (doff < 20 || doff > avail)
		return IP_CT_R_BAD_TCP_DOFF;
	seg->flags = l4[13];
	seg->kind = model_kind(seg->flags);
	if (seg->kind == IP_CT_SEG_NONE)
		return IP_CT_R_BAD_TCP_FLAGS;
	seg->seq = get_unaligned_be32(l4 + 4);
	seg->end = seg->seq + avail - doff + !!(seg->flags & SYN) +
		   !!(seg->flags & FIN);
	seg->ack = seg->flags & ACK ? get_unaligned_be32(l4 + 8) : 0;
	seg->sack = seg->ack;
	seg->win = get_unaligned_be16(l4 + 14);
	seg->wscale = IP_CT_WSCALE_NONE;
	return model_options(l4 + 20, l4 + doff, seg);
}

static bool is_query(u8 type)
{
	return !type || type == 8 || (type >= 13 && type <= 18);
}

/* RFC 792: what an error to @receiver quotes */
static enum ip_ct_reason model_quote(const u8 *q, unsigned int avail,
				     const u8 *receiver)
{
	unsigned int ihl;

	if (avail < 28 || q[0] >> 4 != 4)
		return IP_CT_R_ICMP_INNER;
	ihl = (q[0] & 15) * 4;
	if (ihl < 20 || avail < ihl + 8 ||
	    get_unaligned_be16(q + 2) < ihl + 8 ||
	    (get_unaligned_be16(q + 6) & 0x1fff))
		return IP_CT_R_ICMP_INNER;
	if (memcmp(q + 12, receiver, 4))
		return IP_CT_R_ICMP_NOT_SENDER;
	if ((q[9] == IPPROTO_UDP && get_unaligned_be16(q + ihl + 4) < 8) ||
	    (q[9] == IPPROTO_ICMP && !is_query(q[ihl])))
		return IP_CT_R_ICMP_INNER;
	return IP_CT_R_OK;
}

static enum ip_ct_reason model_icmp(const u8 *l4, unsigned int avail,
				    const u8 *receiver)
{
	if (avail < 8)
		return IP_CT_R_SHORT_ICMP;
	if (l4[0] > 18)
		return IP_CT_R_BAD_ICMP_TYPE;
	switch (l4[0]) {
	case 3 ... 5:
	case 11 ... 12:
		return model_quote(l4 + 8, avail - 8, receiver);
	case 0:
	case 8:
	case 13 ... 18:
		return l4[1] ? IP_CT_R_BAD_ICMP_TYPE : IP_CT_R_OK;
	default:
		return IP_CT_R_OK;
	}
}

static enum ip_ct_reason model(const struct craft *c,
			       struct ip_ct_tcp_seg *seg)
{
	unsigned int ihl, total, avail, udp_len;
	const u8 *l4;

	memset(seg, 0, sizeof(*seg));
	if (c->len < 20)
		return IP_CT_R_SHORT_IP;
	if (c->b[0] >> 4 != 4)
		return IP_CT_R_BAD_VERSION;
	ihl = (c->b[0] & 15) * 4;
	if (ihl < 20 || ihl > c->len)
		return IP_CT_R_BAD_IHL;
	total = get_unaligned_be16(c->b + 2);
	if (total < ihl || total > c->len)
		return IP_CT_R_BAD_TOTAL_LEN;
	if (get_unaligned_be16(c->b + 6) & 0x3fff)
		return IP_CT_R_FRAGMENT;
	l4 = c->b + ihl;
	avail = total - ihl;
	switch (c->b[9]) {
	case IPPROTO_TCP:
		return model_tcp(l4, avail, seg);
	case IPPROTO_UDP:
		if (avail < 8)
			return IP_CT_R_SHORT_UDP;
		udp_len = get_unaligned_be16(l4 + 4);
		return udp_len < 8 || udp_len > avail ? IP_CT_R_BAD_UDP_LEN :
							IP_CT_R_OK;
	case IPPROTO_ICMP:
		return model_icmp(l4, avail, c->b + 16);
	default:
		return IP_CT_R_OK;
	}
}

/* ---- the generator ---- */

static u32 pick(struct rnd_state *rnd, u32 below)
{
	return prandom_u32_state(rnd) % below;
}

/* Options of all kinds, mostly as they should be */
static unsigned int random_options(struct rnd_state *rnd, u8 *o)
{
	static const u8 kinds[] = { 1, 1, 2, 3, 4, 5, 8, 30 };
	static const u8 lengths[] = { 1, 1, 4, 3, 2, 10, 10, 6 };
	unsigned int len = pick(rnd, 11) * 4, at = 0;

	prandom_bytes_state(rnd, o, 40);
	while (at < len) {
		unsigned int i = pick(rnd, ARRAY_SIZE(kinds));
		unsigned int size = lengths[i];

		if (kinds[i] == 5)
			size += 8 * pick(rnd, 3);
		if (size > len - at) {
			o[at++] = 1;
			continue;
		}
		o[at] = kinds[i];
		if (size > 1)
			o[at + 1] = size;
		at += size;
	}
	return len;
}

/* What an ICMP error quotes, mostly as it should be */
static void random_quote(struct rnd_state *rnd, struct craft *c)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
				     IPPROTO_GRE };
	static const u8 types[] = { 0, 3, 8, 13 };
	u8 *q = c->b + c->len;

	prandom_bytes_state(rnd, q, 28);
	q[0] = pick(rnd, 8) ? 0x45 : 0x46;
	put_unaligned_be16(pick(rnd, 8) ? 28 + pick(rnd, 1400) : pick(rnd, 40),
			   q + 2);
	put_unaligned_be16(pick(rnd, 8) ? 0x4000 : 0x2007, q + 6);
	q[9] = protos[pick(rnd, ARRAY_SIZE(protos))];
	if (pick(rnd, 8))
		memcpy(q + 12, c->b + 16, 4);
	if (q[9] == IPPROTO_UDP && pick(rnd, 8))
		put_unaligned_be16(8 + pick(rnd, 1400), q + 24);
	if (q[9] == IPPROTO_ICMP)
		q[20] = types[pick(rnd, ARRAY_SIZE(types))];
	c->len += 28;
}

static void generate(struct rnd_state *rnd, struct craft *c)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP,
				     IPPROTO_ICMP, IPPROTO_GRE };
	static const u8 flags[] = { SYN, SYN | ACK, ACK, ACK | PSH, FIN | ACK,
				    RST, RST | ACK, SYN | ECE | CWR };
	static const u8 types[] = { 0, 3, 4, 5, 8, 11, 12, 13, 14, 17, 18 };
	u8 options[40], proto = protos[pick(rnd, ARRAY_SIZE(protos))];
	unsigned int option_len = random_options(rnd, options);

	craft_ip(c, proto, prandom_u32_state(rnd), prandom_u32_state(rnd),
		 pick(rnd, 3) ? 0 : pick(rnd, 11) * 4);
	switch (proto) {
	case IPPROTO_TCP:
		craft_tcp(c, pick(rnd, 65536), pick(rnd, 65536),
			  prandom_u32_state(rnd), prandom_u32_state(rnd),
			  flags[pick(rnd, ARRAY_SIZE(flags))],
			  pick(rnd, 65536), options, option_len);
		break;
	case IPPROTO_UDP:
		craft_udp(c, pick(rnd, 65536), pick(rnd, 65536));
		break;
	case IPPROTO_ICMP:
		craft_icmp(c, types[pick(rnd, ARRAY_SIZE(types))], 0,
			   pick(rnd, 65536));
		if (ip_ct_icmp_is_error(*craft_l4(c)) && pick(rnd, 16))
			random_quote(rnd, c);
		break;
	}
	craft_data(c, pick(rnd, 3) ? pick(rnd, 64) : 0);
}

/* Do to it what broken stacks and attackers do */
static void mutate(struct rnd_state *rnd, struct craft *c)
{
	unsigned int headers = min(c->len, c->ihl + 60);
	static const u8 edges[] = { 0, 1, 2, 3, 0x0f, 0x40, 0x45, 0x7f, 0x80,
				    0xf0, 0xfe, 0xff };

	switch (pick(rnd, 7)) {
	case 0:		/* cut */
		c->len = pick(rnd, c->len + 1);
		break;
	case 1:		/* padded, as Ethernet does */
		c->len += pick(rnd, 32);
		break;
	case 2:		/* total length */
		put_unaligned_be16(pick(rnd, 2) ? pick(rnd, 120) :
				   pick(rnd, 65536), c->b + 2);
		break;
	case 3:		/* header lengths */
		c->b[0] = pick(rnd, 2) ? 0x40 | pick(rnd, 16) : pick(rnd, 256);
		break;
	case 4:		/* TCP data offset, UDP length */
		c->b[c->ihl + 12] = pick(rnd, 256);
		c->b[c->ihl + 5] = pick(rnd, 256);
		break;
	case 5:		/* any bit */
		if (headers)
			c->b[pick(rnd, headers)] ^= 1 << pick(rnd, 8);
		break;
	default:	/* any byte, rather to a value at an edge */
		if (headers)
			c->b[pick(rnd, headers)] =
				edges[pick(rnd, ARRAY_SIZE(edges))];
		break;
	}
}

/* ---- properties ---- */

#define PACKETS 15000

/* An accepted packet's key and offsets must be those that its bytes give */
/* The key is that of the packet which an ICMP error quotes */
static void check_quoted(struct kunit *test, const u8 *q,
			 const struct ip_ct_pkt *pkt)
{
	const u8 *l4 = q + (q[0] & 15) * 4;
	u16 sport = 0, dport = 0;

	KUNIT_ASSERT_EQ(test, pkt->key.proto, q[9]);
	KUNIT_ASSERT_EQ(test, ntohl(pkt->key.addr[pkt->sender]),
			get_unaligned_be32(q + 12));
	KUNIT_ASSERT_EQ(test, ntohl(pkt->key.addr[!pkt->sender]),
			get_unaligned_be32(q + 16));
	if (q[9] == IPPROTO_TCP || q[9] == IPPROTO_UDP) {
		sport = get_unaligned_be16(l4);
		dport = get_unaligned_be16(l4 + 2);
	} else if (q[9] == IPPROTO_ICMP) {
		sport = get_unaligned_be16(l4 + 4);
		dport = sport;
	}
	KUNIT_ASSERT_EQ(test, ntohs(pkt->key.port[pkt->sender]), sport);
	KUNIT_ASSERT_EQ(test, ntohs(pkt->key.port[!pkt->sender]), dport);
	if (q[9] == IPPROTO_TCP)
		KUNIT_ASSERT_EQ(test, pkt->tcp.seq, get_unaligned_be32(l4 + 4));
}

static void check_accepted(struct kunit *test, const struct craft *c,
			   const struct ip_ct_pkt *pkt,
			   const struct ip_ct_tcp_seg *seg)
{
	unsigned int ihl = (c->b[0] & 15) * 4;
	const u8 *l4 = c->b + ihl;
	u32 src = get_unaligned_be32(c->b + 12);
	u32 dst = get_unaligned_be32(c->b + 16);
	u16 sport = 0, dport = 0;
	bool query = false;

	KUNIT_ASSERT_EQ(test, pkt->proto, c->b[9]);
	KUNIT_ASSERT_EQ(test, pkt->nhoff, 0);
	KUNIT_ASSERT_EQ(test, pkt->thoff, ihl);
	KUNIT_ASSERT_EQ(test, pkt->len, get_unaligned_be16(c->b + 2));
	KUNIT_ASSERT_EQ(test, pkt->end, pkt->len);
	KUNIT_ASSERT_LE(test, pkt->end, c->len);

	switch (pkt->proto) {
	case IPPROTO_TCP:
		KUNIT_ASSERT_EQ(test, memcmp(&pkt->tcp, seg, sizeof(*seg)), 0);
		fallthrough;
	case IPPROTO_UDP:
		sport = get_unaligned_be16(l4);
		dport = get_unaligned_be16(l4 + 2);
		break;
	case IPPROTO_ICMP:
		KUNIT_ASSERT_EQ(test, pkt->icmp_type, l4[0]);
		KUNIT_ASSERT_EQ(test, pkt->icmp_code, l4[1]);
		if (ip_ct_icmp_is_error(l4[0])) {
			check_quoted(test, l4 + 8, pkt);
			return;
		}
		if (ip_ct_icmp_request_type(l4[0]) == 0xff)
			return;		/* no query, no key */
		query = true;
		sport = get_unaligned_be16(l4 + 4);
		dport = sport;
		break;
	}
	KUNIT_ASSERT_LE(test, pkt->sender, 1);
	KUNIT_ASSERT_EQ(test, ntohl(pkt->key.addr[pkt->sender]), src);
	KUNIT_ASSERT_EQ(test, ntohl(pkt->key.addr[!pkt->sender]), dst);
	KUNIT_ASSERT_EQ(test, ntohs(pkt->key.port[pkt->sender]), sport);
	KUNIT_ASSERT_EQ(test, ntohs(pkt->key.port[!pkt->sender]), dport);
	KUNIT_ASSERT_EQ(test, pkt->key.proto, pkt->proto);
	KUNIT_ASSERT_EQ(test, !!pkt->key.query, query);
}

static void agrees_with_model(struct kunit *test)
{
	struct craft *c = new_craft(test);
	unsigned int accepted = 0, refused[IP_CT_R_COUNT] = {};
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0x1234);
	for (unsigned int n = 0; n < PACKETS; n++) {
		struct ip_ct_tcp_seg seg;
		enum ip_ct_reason want;
		struct ip_ct_pkt pkt;

		generate(&rnd, c);
		for (unsigned int i = n % 4; i > 0; i--)
			mutate(&rnd, c);
		want = model(c, &seg);
		KUNIT_ASSERT_EQ_MSG(test, parse(test, c, &pkt), want,
				    "packet %u: %*ph", n, 60, c->b);
		if (want)
			refused[want]++;
		else
			accepted++;
		if (!want)
			check_accepted(test, c, &pkt, &seg);
	}
	/* the generator would be no good if it did not reach every verdict */
	KUNIT_EXPECT_GT(test, accepted, PACKETS / 4);
	for (int r = IP_CT_R_SHORT_IP; r <= IP_CT_R_ICMP_NOT_SENDER; r++)
		if (r != IP_CT_R_BAD_TCP_CHECKSUM &&
		    r != IP_CT_R_BAD_UDP_CHECKSUM &&
		    r != IP_CT_R_BAD_ICMP_CHECKSUM &&
		    r != IP_CT_R_ICMP_UNASKED)
			KUNIT_EXPECT_GT_MSG(test, refused[r], 10,
					    "reason %d hardly met", r);
}

static void layout_is_nothing(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0x5678);
	for (unsigned int n = 0; n < PACKETS; n++) {
		enum ip_ct_reason flat, reason;
		struct ip_ct_pkt a, b;

		generate(&rnd, c);
		if (n % 2)
			mutate(&rnd, c);
		flat = parse(test, c, &a);
		reason = parse_at(test, c, 1 + n % (CRAFT_LAYOUTS - 1), 0, &b);
		KUNIT_ASSERT_EQ_MSG(test, reason, flat, "packet %u: %*ph", n,
				    60, c->b);
		KUNIT_ASSERT_EQ(test, memcmp(&a, &b, sizeof(a)), 0);
	}
}

static void what_follows_is_nothing(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0x9abc);
	for (unsigned int n = 0; n < PACKETS; n++) {
		enum ip_ct_reason bare, padded;
		struct ip_ct_pkt a, b;
		unsigned int end;

		generate(&rnd, c);
		end = c->len;
		if (n % 2)
			mutate(&rnd, c);
		if (c->len != end)
			continue;
		bare = parse(test, c, &a);
		if (bare == IP_CT_R_BAD_IHL || bare == IP_CT_R_BAD_TOTAL_LEN)
			continue;	/* more bytes may heal these */
		prandom_bytes_state(&rnd, c->b + c->len, 64);
		c->len += 1 + pick(&rnd, 64);
		padded = parse(test, c, &b);
		KUNIT_ASSERT_EQ(test, bare, padded);
		KUNIT_ASSERT_EQ(test, memcmp(&a, &b, sizeof(a)), 0);
	}
}

static void every_cut_is_refused(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0xdef0);
	for (unsigned int n = 0; n < 200; n++) {
		unsigned int whole;

		generate(&rnd, c);
		whole = c->len;
		/* the header still claims the whole length */
		for (c->len = 0; c->len < whole; c->len++) {
			enum craft_layout layout = c->len % CRAFT_LAYOUTS;

			KUNIT_ASSERT_NE(test, parse_at(test, c, layout, 0,
						       &pkt), IP_CT_R_OK);
		}
	}
}

/* The same, but the total length is honest: then the next header is short */
static void every_honest_cut(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0xfeed);
	for (unsigned int n = 0; n < 200; n++) {
		unsigned int len;

		generate(&rnd, c);
		len = c->len;
		while (len-- > 0) {
			struct ip_ct_tcp_seg seg;
			struct ip_ct_pkt pkt;

			c->len = len;
			put_unaligned_be16(len, c->b + 2);
			KUNIT_ASSERT_EQ(test,
					parse_at(test, c, len % CRAFT_LAYOUTS,
						 0, &pkt),
					model(c, &seg));
		}
	}
}

static void link_header_before(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0xcafe);
	for (unsigned int n = 0; n < 2000; n++) {
		unsigned int headroom = 1 + pick(&rnd, 40);
		struct ip_ct_pkt a, b;

		generate(&rnd, c);
		if (n % 2)
			mutate(&rnd, c);
		if (parse(test, c, &a) != IP_CT_R_OK)
			continue;
		KUNIT_ASSERT_EQ(test,
				parse_at(test, c, n % CRAFT_LAYOUTS, headroom,
					 &b),
				IP_CT_R_OK);
		a.nhoff += headroom;
		a.thoff += headroom;
		a.end += headroom;
		KUNIT_ASSERT_EQ(test, memcmp(&a, &b, sizeof(a)), 0);
	}
}

static void all_flag_sets(struct kunit *test)
{
	struct craft *c = new_craft(test);

	for (unsigned int flags = 0; flags < 256; flags++) {
		enum ip_ct_tcp_kind kind = model_kind(flags);
		struct ip_ct_pkt pkt;

		craft_ip(c, IPPROTO_TCP, CLIENT, SERVER, 0);
		craft_tcp(c, 1031, 23, 1, 1, flags, 5840, NULL, 0);
		KUNIT_EXPECT_EQ(test, ip_ct_tcp_kind_of(flags), kind);
		if (kind == IP_CT_SEG_NONE) {
			KUNIT_EXPECT_EQ(test, parse(test, c, &pkt),
					IP_CT_R_BAD_TCP_FLAGS);
			continue;
		}
		KUNIT_EXPECT_EQ(test, parse(test, c, &pkt), IP_CT_R_OK);
		KUNIT_EXPECT_EQ(test, pkt.tcp.kind, kind);
		KUNIT_EXPECT_EQ(test, pkt.tcp.flags, flags);
	}
}

/* ---- single packets ---- */

static void tcp_with(struct craft *c, u8 flags, const u8 *options,
		     unsigned int option_len)
{
	craft_ip(c, IPPROTO_TCP, CLIENT, SERVER, 0);
	craft_tcp(c, 1031, 23, 1000, 2000, flags, 5840, options, option_len);
}

static void syn_options(struct kunit *test)
{
	static const u8 linux_syn[] = {
		2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7,
	};
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;

	tcp_with(c, SYN, linux_syn, sizeof(linux_syn));
	KUNIT_ASSERT_EQ(test, parse(test, c, &pkt), IP_CT_R_OK);
	KUNIT_EXPECT_EQ(test, pkt.tcp.wscale, 7);
	KUNIT_EXPECT_TRUE(test, pkt.tcp.sack_ok);
	KUNIT_EXPECT_EQ(test, pkt.tcp.end, 1001);
	KUNIT_EXPECT_EQ(test, pkt.tcp.ack, 0);

	/* outside of a SYN they are not what they say (RFC 7323 2.2) */
	tcp_with(c, ACK, linux_syn, sizeof(linux_syn));
	KUNIT_ASSERT_EQ(test, parse(test, c, &pkt), IP_CT_R_OK);
	KUNIT_EXPECT_EQ(test, pkt.tcp.wscale, IP_CT_WSCALE_NONE);
	KUNIT_EXPECT_FALSE(test, pkt.tcp.sack_ok);
}

static void check_syn(struct kunit *test, struct craft *c, u8 flags,
		      const u8 *options, unsigned int len)
{
	struct ip_ct_tcp_seg seg = {
		.flags = flags, .wscale = IP_CT_WSCALE_NONE,
	};
	enum ip_ct_reason want = model_options(options, options + len, &seg);
	struct ip_ct_pkt pkt;

	tcp_with(c, flags, options, len);
	KUNIT_ASSERT_EQ(test, parse(test, c, &pkt), want);
	if (want)
		return;
	KUNIT_ASSERT_EQ(test, pkt.tcp.wscale, seg.wscale);
	KUNIT_ASSERT_EQ(test, pkt.tcp.sack_ok, seg.sack_ok);
}

/* The layouts that have a short way of their own, and all that is near */
static void usual_syn_options(struct kunit *test)
{
	static const u8 layout[][20] = {
		{ 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0,
		  1, 3, 3, 7 },
		{ 2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2 },
	};
	static const u8 len[] = { 20, 12 };
	struct craft *c = new_craft(test);

	for (unsigned int l = 0; l < ARRAY_SIZE(layout); l++) {
		for (unsigned int at = 0; at < len[l]; at++) {
			for (unsigned int value = 0; value < 256; value++) {
				u8 options[20];

				memcpy(options, layout[l], len[l]);
				options[at] = value;
				check_syn(test, c, value & 1 ? SYN : SYN | ACK,
					  options, len[l]);
			}
		}
	}
}

static void wide_scale(struct kunit *test)
{
	static const u8 scale[] = { 3, 3, 255, 0 };
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;

	tcp_with(c, SYN, scale, sizeof(scale));
	KUNIT_ASSERT_EQ(test, parse(test, c, &pkt), IP_CT_R_OK);
	KUNIT_EXPECT_EQ(test, pkt.tcp.wscale, 14);
}

static void sack_blocks(struct kunit *test)
{
	/* 2000 acknowledged; 3000-4000 and 2500-2600 arrived beyond it */
	static const u8 sack[] = {
		1, 1, 5, 18, 0, 0, 0x0b, 0xb8, 0, 0, 0x0f, 0xa0,
		0, 0, 0x09, 0xc4, 0, 0, 0x0a, 0x28,
	};
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;

	tcp_with(c, ACK, sack, sizeof(sack));
	KUNIT_ASSERT_EQ(test, parse(test, c, &pkt), IP_CT_R_OK);
	KUNIT_EXPECT_EQ(test, pkt.tcp.ack, 2000);
	KUNIT_EXPECT_EQ(test, pkt.tcp.sack, 4000);
}

static void after_end_of_options(struct kunit *test)
{
	static const u8 options[] = { 1, 1, 1, 0, 3, 0, 0xff, 0xff };
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;

	tcp_with(c, SYN, options, sizeof(options));
	KUNIT_EXPECT_EQ(test, parse(test, c, &pkt), IP_CT_R_OK);
}

static void broken_options(struct kunit *test)
{
	static const u8 broken[][4] = {
		{ 1, 1, 1, 8 },		/* no room for a length */
		{ 8, 0, 0, 0 },		/* length 0: would never end */
		{ 8, 1, 0, 0 },		/* length 1 */
		{ 8, 5, 0, 0 },		/* beyond the header */
		{ 3, 2, 1, 1 },		/* window scale without a shift */
		{ 3, 4, 7, 0 },		/* window scale too long */
		{ 4, 3, 0, 0 },		/* SACK permitted too long */
		{ 5, 2, 0, 0 },		/* SACK without a block */
		{ 5, 4, 0, 0 },		/* SACK with half an edge */
	};
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;

	for (int i = 0; i < ARRAY_SIZE(broken); i++) {
		tcp_with(c, SYN, broken[i], sizeof(broken[i]));
		KUNIT_EXPECT_EQ_MSG(test, parse(test, c, &pkt),
				    IP_CT_R_BAD_TCP_OPTION, "option %d", i);
	}
}

static void only_a_timestamp(struct kunit *test)
{
	static const u8 ts[] = { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2 };
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;

	tcp_with(c, ACK, ts, sizeof(ts));
	craft_data(c, 100);
	KUNIT_ASSERT_EQ(test, parse(test, c, &pkt), IP_CT_R_OK);
	KUNIT_EXPECT_EQ(test, pkt.tcp.end, 1100);
	KUNIT_EXPECT_EQ(test, pkt.tcp.sack, 2000);
}

static void fragments(struct kunit *test)
{
	static const u16 fields[] = { 0x2000, 0x2001, 0x0001, 0x1fff };
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;

	for (int i = 0; i < ARRAY_SIZE(fields); i++) {
		tcp_with(c, ACK, NULL, 0);
		put_unaligned_be16(fields[i], c->b + 6);
		KUNIT_EXPECT_EQ(test, parse(test, c, &pkt), IP_CT_R_FRAGMENT);
	}
	/* "do not fragment" and the reserved bit make no fragment */
	tcp_with(c, ACK, NULL, 0);
	put_unaligned_be16(0xc000, c->b + 6);
	KUNIT_EXPECT_EQ(test, parse(test, c, &pkt), IP_CT_R_OK);
}

static void udp_shorter_than_ip(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;

	craft_ip(c, IPPROTO_UDP, CLIENT, SERVER, 0);
	craft_udp(c, 137, 1025);
	craft_data(c, 40);
	for (unsigned int len = 0; len < 64; len++) {
		put_unaligned_be16(len, craft_l4(c) + 4);
		KUNIT_EXPECT_EQ(test, parse(test, c, &pkt),
				len < 8 || len > 48 ? IP_CT_R_BAD_UDP_LEN :
						      IP_CT_R_OK);
	}
}

static void icmp_both_ask(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct ip_ct_pkt ask, answer, other_asks;

	craft_ip(c, IPPROTO_ICMP, CLIENT, SERVER, 0);
	craft_icmp(c, ICMP_ECHO, 0, 33029);
	KUNIT_ASSERT_EQ(test, parse(test, c, &ask), IP_CT_R_OK);
	craft_ip(c, IPPROTO_ICMP, SERVER, CLIENT, 0);
	craft_icmp(c, ICMP_ECHOREPLY, 0, 33029);
	KUNIT_ASSERT_EQ(test, parse(test, c, &answer), IP_CT_R_OK);
	craft_ip(c, IPPROTO_ICMP, SERVER, CLIENT, 0);
	craft_icmp(c, ICMP_ECHO, 0, 33029);
	KUNIT_ASSERT_EQ(test, parse(test, c, &other_asks), IP_CT_R_OK);

	KUNIT_EXPECT_TRUE(test, ip_ct_key_equal(&ask.key, &answer.key));
	KUNIT_EXPECT_NE(test, ask.sender, answer.sender);
	KUNIT_EXPECT_FALSE(test, ip_ct_key_equal(&ask.key, &other_asks.key));
}

static void icmp_other_query(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct ip_ct_pkt echo, stamp;

	craft_ip(c, IPPROTO_ICMP, CLIENT, SERVER, 0);
	craft_icmp(c, ICMP_ECHO, 0, 7);
	KUNIT_ASSERT_EQ(test, parse(test, c, &echo), IP_CT_R_OK);
	craft_ip(c, IPPROTO_ICMP, CLIENT, SERVER, 0);
	craft_icmp(c, ICMP_TIMESTAMP, 0, 7);
	KUNIT_ASSERT_EQ(test, parse(test, c, &stamp), IP_CT_R_OK);
	KUNIT_EXPECT_FALSE(test, ip_ct_key_equal(&echo.key, &stamp.key));
}

static void ping_oneself(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct ip_ct_pkt ask, answer;

	craft_ip(c, IPPROTO_ICMP, INADDR_LOOPBACK, INADDR_LOOPBACK, 0);
	craft_icmp(c, ICMP_ECHO, 0, 7);
	KUNIT_ASSERT_EQ(test, parse(test, c, &ask), IP_CT_R_OK);
	craft_ip(c, IPPROTO_ICMP, INADDR_LOOPBACK, INADDR_LOOPBACK, 0);
	craft_icmp(c, ICMP_ECHOREPLY, 0, 7);
	KUNIT_ASSERT_EQ(test, parse(test, c, &answer), IP_CT_R_OK);
	KUNIT_EXPECT_TRUE(test, ip_ct_key_equal(&ask.key, &answer.key));
	KUNIT_EXPECT_NE(test, ask.sender, answer.sender);
}

static void merged_segments(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;
	struct sk_buff *skb;

	tcp_with(c, ACK, NULL, 0);
	craft_data(c, 1000);
	put_unaligned_be16(0, c->b + 2);
	KUNIT_EXPECT_EQ(test, parse(test, c, &pkt), IP_CT_R_BAD_TOTAL_LEN);

	/* GRO beyond 64 KiB: the length does not fit, 0 stands for it */
	skb = craft_skb(test, c, CRAFT_MIXED, 0);
	skb_shinfo(skb)->gso_size = 500;
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV4;
	KUNIT_EXPECT_EQ(test, ip_ct_packet_parse(skb, &pkt), IP_CT_R_OK);
	KUNIT_EXPECT_EQ(test, pkt.len, 1040);
	KUNIT_EXPECT_EQ(test, pkt.tcp.end, 2000);
	kfree_skb(skb);
}

static void network_header_astray(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct ip_ct_pkt pkt;
	struct sk_buff *skb;

	tcp_with(c, ACK, NULL, 0);
	skb = craft_skb(test, c, CRAFT_LINEAR, 0);
	skb_set_network_header(skb, c->len + 4);
	KUNIT_EXPECT_EQ(test, ip_ct_packet_parse(skb, &pkt), IP_CT_R_SHORT_IP);
	skb_pull(skb, 8);
	skb_set_network_header(skb, -8);
	KUNIT_EXPECT_EQ(test, ip_ct_packet_parse(skb, &pkt), IP_CT_R_SHORT_IP);
	kfree_skb(skb);
}

/* ---- checksums ---- */

static enum ip_ct_reason checksum_of(struct kunit *test, const struct craft *c,
				     enum craft_layout layout, u8 vouched)
{
	struct sk_buff *skb = craft_skb(test, c, layout, 0);
	enum ip_ct_reason reason;
	struct ip_ct_pkt pkt;

	reason = ip_ct_packet_parse(skb, &pkt);
	skb->ip_summed = vouched;
	if (!reason)
		reason = ip_ct_packet_checksum(skb, &pkt);
	kfree_skb(skb);
	return reason;
}

static void random_summed(struct rnd_state *rnd, struct craft *c, u8 proto,
			  unsigned int data)
{
	craft_ip(c, proto, prandom_u32_state(rnd), prandom_u32_state(rnd),
		 pick(rnd, 3) * 4);
	if (proto == IPPROTO_TCP)
		craft_tcp(c, pick(rnd, 65536), pick(rnd, 65536),
			  prandom_u32_state(rnd), prandom_u32_state(rnd), ACK,
			  pick(rnd, 65536), NULL, 0);
	else if (proto == IPPROTO_UDP)
		craft_udp(c, pick(rnd, 65536), pick(rnd, 65536));
	else
		craft_icmp(c, ICMP_ECHO, 0, pick(rnd, 65536));
	craft_data(c, data);
	prandom_bytes_state(rnd, c->b + c->len - data, data);
	craft_sum(c);
}

static const struct {
	u8 proto;
	enum ip_ct_reason reason;
	u8 judged_before;	/* offset of two bytes */
} summed[] = {
	{ IPPROTO_TCP, IP_CT_R_BAD_TCP_CHECKSUM, 12 },
	{ IPPROTO_UDP, IP_CT_R_BAD_UDP_CHECKSUM, 4 },
	{ IPPROTO_ICMP, IP_CT_R_BAD_ICMP_CHECKSUM, 0 },
};

static void right_sums(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0x5005);
	for (unsigned int n = 0; n < 6000; n++) {
		random_summed(&rnd, c, summed[n % 3].proto, pick(&rnd, 200));
		if (pick(&rnd, 2))	/* padding is not summed */
			c->len += pick(&rnd, 20);
		KUNIT_ASSERT_EQ(test, checksum_of(test, c, n % CRAFT_LAYOUTS,
						  CHECKSUM_NONE), IP_CT_R_OK);
	}
}

static void every_byte_is_summed(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0x5006);
	for (unsigned int n = 0; n < 3 * CRAFT_LAYOUTS; n++) {
		unsigned int i = n % 3;

		/* an odd length: the last byte counts too */
		random_summed(&rnd, c, summed[i].proto, 33);
		for (unsigned int at = 0; at < c->len - c->ihl; at++) {
			/* lengths, flags and types are judged before the sum */
			if (at / 2 == summed[i].judged_before / 2)
				continue;
			craft_l4(c)[at] ^= 0x10;
			KUNIT_ASSERT_EQ(test, checksum_of(test, c, n / 3,
							  CHECKSUM_NONE),
					summed[i].reason);
			craft_l4(c)[at] ^= 0x10;
		}
		/* the addresses belong to the sum of TCP and UDP */
		c->b[15] ^= 1;
		KUNIT_ASSERT_EQ(test,
				checksum_of(test, c, n / 3, CHECKSUM_NONE),
				summed[i].proto == IPPROTO_ICMP ?
					IP_CT_R_OK : summed[i].reason);
	}
}

static void vouched_for(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0x5007);
	for (unsigned int i = 0; i < ARRAY_SIZE(summed); i++) {
		random_summed(&rnd, c, summed[i].proto, 20);
		c->b[c->len - 1] ^= 1;
		KUNIT_EXPECT_EQ(test, checksum_of(test, c, CRAFT_LINEAR,
						  CHECKSUM_NONE),
				summed[i].reason);
		KUNIT_EXPECT_EQ(test, checksum_of(test, c, CRAFT_LINEAR,
						  CHECKSUM_UNNECESSARY),
				IP_CT_R_OK);
		KUNIT_EXPECT_EQ(test, checksum_of(test, c, CRAFT_LINEAR,
						  CHECKSUM_PARTIAL),
				IP_CT_R_OK);
	}
}

static void udp_without_sum(struct kunit *test)
{
	struct craft *c = new_craft(test);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 0x5008);
	random_summed(&rnd, c, IPPROTO_UDP, 20);
	put_unaligned_be16(0, craft_l4(c) + 6);
	for (int layout = 0; layout < CRAFT_LAYOUTS; layout++)
		KUNIT_EXPECT_EQ(test,
				checksum_of(test, c, layout, CHECKSUM_NONE),
				IP_CT_R_OK);
}

/* RFC 768: 0xffff is sent for a sum of 0 */
static void udp_sum_of_zero(struct kunit *test)
{
	struct craft *c = new_craft(test);
	u16 sum;

	craft_ip(c, IPPROTO_UDP, CLIENT, SERVER, 0);
	craft_udp(c, 137, 1025);
	craft_data(c, 2);
	craft_sum(c);
	/* add what is missing to 0xffff into the data */
	sum = get_unaligned_be16(craft_l4(c) + 6) +
	      get_unaligned_be16(craft_l4(c) + 8);
	if (sum < get_unaligned_be16(craft_l4(c) + 6))
		sum++;
	put_unaligned_be16(sum, craft_l4(c) + 8);
	craft_sum(c);
	KUNIT_ASSERT_EQ(test, get_unaligned_be16(craft_l4(c) + 6), 0xffff);
	KUNIT_EXPECT_EQ(test, checksum_of(test, c, CRAFT_LINEAR,
					  CHECKSUM_NONE), IP_CT_R_OK);
}

static void udp_sum_of_its_length(struct kunit *test)
{
	struct craft *c = new_craft(test);

	craft_ip(c, IPPROTO_UDP, CLIENT, SERVER, 0);
	craft_udp(c, 137, 1025);
	craft_data(c, 40);
	put_unaligned_be16(28, craft_l4(c) + 4);
	craft_sum(c);
	KUNIT_EXPECT_EQ(test, checksum_of(test, c, CRAFT_PAGED, CHECKSUM_NONE),
			IP_CT_R_OK);
	c->b[c->len - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, checksum_of(test, c, CRAFT_PAGED, CHECKSUM_NONE),
			IP_CT_R_OK);
	c->b[c->ihl + 27] ^= 1;
	KUNIT_EXPECT_EQ(test, checksum_of(test, c, CRAFT_PAGED, CHECKSUM_NONE),
			IP_CT_R_BAD_UDP_CHECKSUM);
}

static void unknown_protocol_has_no_sum(struct kunit *test)
{
	struct craft *c = new_craft(test);

	craft_ip(c, IPPROTO_GRE, CLIENT, SERVER, 0);
	craft_data(c, 7);
	KUNIT_EXPECT_EQ(test, checksum_of(test, c, CRAFT_LINEAR,
					  CHECKSUM_NONE), IP_CT_R_OK);
}

/* A segment with these flags and options, and data */
static void segment(struct craft *c, u8 flags, const u8 *options,
		    unsigned int option_len)
{
	craft_ip(c, IPPROTO_TCP, CLIENT, SERVER, 0);
	craft_tcp(c, 1000, 80, 5, 6, flags, 100, options, option_len);
	craft_data(c, 100);
}

static void usual_is_plain(struct kunit *test)
{
	static const u8 flags[] = { SYN, SYN | ACK, FIN | ACK, RST, RST | ACK };
	static const u8 syn[12] = { 2, 4, 5, 180, 1, 3, 3, 7, 1, 1, 4, 2 };
	static const u8 stamp[12] = { 1, 1, 8, 10 };
	struct craft *c = new_craft(test);
	unsigned int i;

	segment(c, ACK, NULL, 0);
	KUNIT_EXPECT_TRUE(test, is_plain(test, c, CRAFT_LINEAR));
	KUNIT_EXPECT_FALSE(test, is_plain(test, c, CRAFT_PAGED));
	segment(c, ACK | PSH, stamp, sizeof(stamp));
	KUNIT_EXPECT_TRUE(test, is_plain(test, c, CRAFT_LINEAR));
	segment(c, ACK | URG | ECE | CWR, NULL, 0);
	KUNIT_EXPECT_TRUE(test, is_plain(test, c, CRAFT_LINEAR));
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		segment(c, flags[i], NULL, 0);
		KUNIT_EXPECT_TRUE(test, is_plain(test, c, CRAFT_LINEAR));
	}
	segment(c, FIN | ACK, stamp, sizeof(stamp));
	KUNIT_EXPECT_TRUE(test, is_plain(test, c, CRAFT_LINEAR));
	segment(c, SYN | ACK, syn, sizeof(syn));
	KUNIT_EXPECT_TRUE(test, is_plain(test, c, CRAFT_LINEAR));
	craft_ip(c, IPPROTO_UDP, CLIENT, SERVER, 0);
	craft_udp(c, 1000, 53);
	KUNIT_EXPECT_TRUE(test, is_plain(test, c, CRAFT_LINEAR));
}

static void unusual_is_not_plain(struct kunit *test)
{
	static const u8 sack[12] = { 1, 1, 5, 10 };
	static const u8 flags[] = { 0, FIN, ACK | SYN | FIN, SYN | RST };
	static const u8 syn[12] = { 2, 4, 5, 180, 1, 3, 3, 7, 1, 1, 1, 1 };
	struct craft *c = new_craft(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		segment(c, flags[i], NULL, 0);
		KUNIT_EXPECT_FALSE(test, is_plain(test, c, CRAFT_LINEAR));
	}
	segment(c, ACK, sack, sizeof(sack));
	KUNIT_EXPECT_FALSE(test, is_plain(test, c, CRAFT_LINEAR));
	segment(c, SYN, syn, sizeof(syn));
	KUNIT_EXPECT_FALSE(test, is_plain(test, c, CRAFT_LINEAR));
	craft_ip(c, IPPROTO_UDP, CLIENT, SERVER, 4);
	craft_udp(c, 1000, 53);
	KUNIT_EXPECT_FALSE(test, is_plain(test, c, CRAFT_LINEAR));
	craft_ip(c, IPPROTO_ICMP, CLIENT, SERVER, 0);
	craft_icmp(c, 8, 0, 1);
	KUNIT_EXPECT_FALSE(test, is_plain(test, c, CRAFT_LINEAR));
}

static struct kunit_case packet_cases[] = {
	IP_CT_CASE(agrees_with_model,
		   "15000 packets, sound and broken, are judged as the RFCs say"),
	IP_CT_CASE(layout_is_nothing,
		   "pages, lists and short heads give what flat memory gives"),
	IP_CT_CASE(what_follows_is_nothing,
		   "what lies beyond the total length changes nothing"),
	IP_CT_CASE(every_cut_is_refused,
		   "a packet cut at any byte is refused"),
	IP_CT_CASE(every_honest_cut,
		   "a packet that ends early and says so is judged by what it has"),
	IP_CT_CASE(link_header_before,
		   "offsets count from skb->data, with a link header before"),
	IP_CT_CASE(all_flag_sets, "each of the 256 flag bytes has its kind"),
	IP_CT_CASE(syn_options, "a SYN's options are read, in no other segment"),
	IP_CT_CASE(usual_syn_options,
		   "the usual options of a SYN are read as any others"),
	IP_CT_CASE(wide_scale, "a window scale above 14 means 14"),
	IP_CT_CASE(sack_blocks, "the highest SACK edge is found"),
	IP_CT_CASE(after_end_of_options,
		   "what follows the end of the options is not read"),
	IP_CT_CASE(broken_options, "an option of impossible length is refused"),
	IP_CT_CASE(only_a_timestamp, "a timestamp alone is accepted"),
	IP_CT_CASE(fragments, "a fragment is refused, wherever it belongs"),
	IP_CT_CASE(udp_shorter_than_ip,
		   "UDP may end before its IP packet, not after"),
	IP_CT_CASE(icmp_both_ask,
		   "two ends that ask with one id are two connections"),
	IP_CT_CASE(icmp_other_query,
		   "another kind of query is another connection"),
	IP_CT_CASE(ping_oneself, "a ping of oneself has a request and a reply"),
	IP_CT_CASE(merged_segments,
		   "a total length of 0 is for merged segments alone"),
	IP_CT_CASE(network_header_astray,
		   "a network header outside of the packet is refused"),
	IP_CT_CASE(right_sums, "right checksums pass in every layout"),
	IP_CT_CASE(every_byte_is_summed, "a change of any byte is found"),
	IP_CT_CASE(vouched_for, "what the kernel vouches for is not summed"),
	IP_CT_CASE(udp_without_sum, "UDP without a checksum passes"),
	IP_CT_CASE(udp_sum_of_zero, "a UDP checksum of ffff stands for 0"),
	IP_CT_CASE(udp_sum_of_its_length,
		   "the UDP checksum covers the UDP length"),
	IP_CT_CASE(usual_is_plain,
		   "nearly every segment and datagram is a plain packet"),
	IP_CT_CASE(unusual_is_not_plain,
		   "what has flags, options or a shape of its own is not plain"),
	IP_CT_CASE(unknown_protocol_has_no_sum,
		   "a protocol that nobody knows has no checksum"),
	{}
};

static struct kunit_suite packet_suite = {
	.name = "packet",
	.test_cases = packet_cases,
};

kunit_test_suite(packet_suite);
