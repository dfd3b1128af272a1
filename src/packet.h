/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet.h - sk_buff -> struct ip_ct_pkt: every length, header and checksum
 * check, once, here. Deeper code takes const struct ip_ct_pkt * and believes
 * it.
 */
#ifndef _IP_CT_PACKET_H
#define _IP_CT_PACKET_H

#include <linux/types.h>

#include "reason.h"
#include "tuple.h"

struct sk_buff;

#define IP_CT_WSCALE_NONE	0xff	/* no window scale option */
#define IP_CT_WSCALE_LIMIT	14	/* RFC 7323 2.3: larger ones mean 14 */

/* The flag byte of the TCP header */
#define IP_CT_TH_FIN		0x01
#define IP_CT_TH_SYN		0x02
#define IP_CT_TH_PSH		0x08
#define IP_CT_TH_ACK		0x10
#define IP_CT_TH_KIND		0x1f	/* FIN, SYN, RST, PSH, ACK */

/**
 * enum ip_ct_tcp_kind - what a segment is to the state machine
 * @IP_CT_SEG_NONE:   a set of flags that no RFC 9293 end sends
 * @IP_CT_SEG_SYN:    SYN, no ACK
 * @IP_CT_SEG_SYNACK: SYN and ACK
 * @IP_CT_SEG_FIN:    FIN and ACK
 * @IP_CT_SEG_ACK:    ACK only, with or without data
 * @IP_CT_SEG_RST:    RST, with or without ACK
 * @IP_CT_SEG_KINDS:  how many there are
 */
enum ip_ct_tcp_kind {
	IP_CT_SEG_NONE,
	IP_CT_SEG_SYN,
	IP_CT_SEG_SYNACK,
	IP_CT_SEG_FIN,
	IP_CT_SEG_ACK,
	IP_CT_SEG_RST,
	IP_CT_SEG_KINDS
};

/**
 * struct ip_ct_tcp_seg - a TCP segment as the machine and the windows see it
 * @seq:     sequence number of the first octet (or SYN, FIN), host order
 * @end:     sequence number after the last one: seq + data + SYN + FIN
 * @ack:     acknowledged sequence number, 0 when there is no ACK flag
 * @sack:    highest right edge of the SACK blocks, or @ack without any
 * @win:     window as on the wire, not scaled
 * @kind:    enum ip_ct_tcp_kind
 * @flags:   the header's flag byte (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, ...)
 * @wscale:  shift count of a window scale option, IP_CT_WSCALE_NONE without
 * @sack_ok: a SACK-permitted option is there
 */
struct ip_ct_tcp_seg {
	u32 seq;
	u32 end;
	u32 ack;
	u32 sack;
	u16 win;
	u8 kind;
	u8 flags;
	u8 wscale;
	bool sack_ok;
};

/**
 * struct ip_ct_pkt - a packet that has been checked
 * @key:     its connection's canonical key; of an ICMP error that of the
 *           packet that it quotes
 * @sender:  index of its sender in @key; of an ICMP error the sender of the
 *           packet that it quotes
 * @proto:   IPPROTO_*
 * @src:     source address, network order
 * @dst:     destination address, network order
 * @nhoff:   offset of the IPv4 header from skb->data
 * @thoff:   offset of the transport header from skb->data
 * @end:     offset after the last byte of the IPv4 packet
 * @len:     IPv4 total length, bytes
 * @icmp_type: ICMP only
 * @icmp_code: ICMP only
 * @tcp:     TCP only; of an ICMP error about TCP only the sequence number
 */
struct ip_ct_pkt {
	struct ip_ct_key key;
	u8 sender;
	u8 proto;
	u8 icmp_type;
	u8 icmp_code;
	__be32 src;
	__be32 dst;
	unsigned int nhoff;
	unsigned int thoff;
	unsigned int end;
	unsigned int len;
	struct ip_ct_tcp_seg tcp;
};

enum ip_ct_reason ip_ct_packet_parse(const struct sk_buff *skb,
				     struct ip_ct_pkt *pkt);
enum ip_ct_reason ip_ct_packet_checksum(const struct sk_buff *skb,
					const struct ip_ct_pkt *pkt);

extern const u8 ip_ct_tcp_kinds[IP_CT_TH_KIND + 1];

/**
 * ip_ct_tcp_kind_of() - the kind of segment that a set of flags makes
 * @flags: flag byte of the TCP header
 */
static inline enum ip_ct_tcp_kind ip_ct_tcp_kind_of(u8 flags)
{
	return ip_ct_tcp_kinds[flags & IP_CT_TH_KIND];
}

#endif /* _IP_CT_PACKET_H */
