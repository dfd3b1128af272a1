// SPDX-License-Identifier: GPL-2.0
/*
 * packet_fuzz.c - any bytes before src/packet.c: what it lets past is well
 * formed, and how an sk_buff holds the bytes makes no difference.
 *
 * Input: one byte says how many bytes are linear in the second try and how
 * checksums are treated, the rest is the IPv4 packet. Bytes stand in blocks
 * of their own, so that the sanitizer sees every step beyond them.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <linux/in.h>
#include <linux/skbuff.h>

#include "packet.h"
#include "plain.h"

#define CHECK(cond) do { if (!(cond)) __builtin_trap(); } while (0)

static u8 *block(const u8 *data, size_t len)
{
	u8 *b = malloc(len);	/* 0 bytes too: any access is an error */

	if (len)
		memcpy(b, data, len);
	return b;
}

static void check_segment(const struct ip_ct_tcp_seg *a,
			  const struct ip_ct_tcp_seg *b)
{
	CHECK(a->seq == b->seq && a->end == b->end && a->ack == b->ack);
	CHECK(a->sack == b->sack && a->win == b->win && a->kind == b->kind);
	CHECK(a->flags == b->flags && a->wscale == b->wscale);
	CHECK(a->sack_ok == b->sack_ok);
}

/* What the short way reads of a packet is what the long way does */
static void check_plain(const struct sk_buff *skb, const struct ip_ct_pkt *pkt,
			enum ip_ct_reason reason)
{
	struct ip_ct_plain plain, again;
	struct ip_ct_tcp_seg seg;
	struct ip_ct_pkt same;

	if (!ip_ct_plain_read(skb, &plain))
		return;
	ip_ct_plain_again(skb, plain.key.word[0], plain.key.word[1], &again);
	ip_ct_plain_pkt(&again, &same);
	CHECK(!reason && same.proto == pkt->proto && same.len == pkt->len);
	CHECK(ip_ct_key_equal(&same.key, &pkt->key));
	CHECK(same.sender == pkt->sender);
	CHECK(same.src == pkt->src && same.dst == pkt->dst);
	CHECK(same.nhoff == pkt->nhoff && same.thoff == pkt->thoff);
	CHECK(same.end == pkt->end);
	if (plain.proto != IPPROTO_TCP)
		return;
	check_segment(&same.tcp, &pkt->tcp);
	CHECK(again.ack == plain.ack);
	CHECK(plain.ack == (pkt->tcp.kind == IP_CT_SEG_ACK));
	if (!plain.ack)
		return;
	ip_ct_plain_seg(&plain, &seg);
	check_segment(&seg, &pkt->tcp);
}

static enum ip_ct_reason parse(const u8 *data, size_t len, size_t linear,
			       bool gso, struct ip_ct_pkt *pkt,
			       enum ip_ct_reason *sum)
{
	u8 *head = block(data, linear);
	u8 *rest = block(data + linear, len - linear);
	struct sk_buff skb = {
		.len = len, .linear = linear, .data = head, .paged = rest,
		.gso_tcp = gso,
	};
	enum ip_ct_reason reason;

	memset(pkt, 0, sizeof(*pkt));
	reason = ip_ct_packet_parse(&skb, pkt);
	check_plain(&skb, pkt, reason);
	*sum = reason ? reason : ip_ct_packet_checksum(&skb, pkt);
	free(head);
	free(rest);
	return reason;
}

static void check_tcp(const struct ip_ct_pkt *pkt)
{
	const struct ip_ct_tcp_seg *s = &pkt->tcp;
	u32 flags = !!(s->flags & 2) + !!(s->flags & 1);
	u32 span = s->end - s->seq - flags;

	CHECK(pkt->end - pkt->thoff >= 20);
	CHECK(s->kind > IP_CT_SEG_NONE && s->kind < IP_CT_SEG_KINDS);
	CHECK(s->kind == ip_ct_tcp_kind_of(s->flags));
	CHECK(span <= pkt->end - pkt->thoff - 20);
	CHECK((s->flags & 0x10) || !s->ack);
	CHECK((s32)(s->sack - s->ack) >= 0);
	CHECK(s->wscale <= 14 || s->wscale == IP_CT_WSCALE_NONE);
	CHECK((s->flags & 2) || (s->wscale == IP_CT_WSCALE_NONE &&
				 !s->sack_ok));
}

static void check(const struct ip_ct_pkt *pkt, size_t len)
{
	CHECK(pkt->nhoff <= pkt->thoff && pkt->thoff <= pkt->end);
	CHECK(pkt->end <= len && pkt->end - pkt->nhoff == pkt->len);
	CHECK(pkt->sender <= 1);
	if (pkt->proto != IPPROTO_ICMP)
		CHECK(pkt->key.addr[pkt->sender] == pkt->src &&
		      pkt->key.addr[!pkt->sender] == pkt->dst);
	if (pkt->proto == IPPROTO_TCP)
		check_tcp(pkt);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct ip_ct_pkt whole, split;
	enum ip_ct_reason reason, sum, other;
	size_t linear;
	u8 how;

	if (size < 1)
		return 0;
	how = *data++;
	size--;
	linear = (how & 0x7f) < size ? how & 0x7f : size;
	reason = parse(data, size, size, how & 0x80, &whole, &sum);
	CHECK(reason < IP_CT_R_COUNT && sum < IP_CT_R_COUNT);
	CHECK(parse(data, size, linear, how & 0x80, &split, &other) == reason);
	CHECK(sum == other);
	if (reason)
		return 0;
	CHECK(!memcmp(&whole, &split, sizeof(whole)));
	check(&whole, size);
	return 0;
}
