/* SPDX-License-Identifier: GPL-2.0 */
/*
 * craft.h - packets for tests: bytes first, then sk_buffs that hold them.
 */
#ifndef _IP_CT_CRAFT_H
#define _IP_CT_CRAFT_H

#include <kunit/test.h>
#include <linux/skbuff.h>
#include <linux/types.h>

#define CRAFT_MAX	2048

/* TCP header flags */
#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define PSH	0x08
#define ACK	0x10
#define URG	0x20
#define ECE	0x40
#define CWR	0x80

/**
 * struct craft - a packet as bytes
 * @b:   the bytes, the IPv4 header first
 * @len: how many
 * @ihl: length of the IPv4 header
 *
 * The functions that add to it keep lengths and checksums right; a test then
 * breaks what it wants broken.
 */
struct craft {
	u8 b[CRAFT_MAX];
	unsigned int len;
	unsigned int ihl;
};

void craft_ip(struct craft *c, u8 proto, u32 src, u32 dst,
	      unsigned int option_len);
void craft_tcp(struct craft *c, u16 sport, u16 dport, u32 seq, u32 ack,
	       u8 flags, u16 win, const u8 *options, unsigned int option_len);
void craft_udp(struct craft *c, u16 sport, u16 dport);
void craft_icmp(struct craft *c, u8 type, u8 code, u16 id);
void craft_quote(struct craft *c, const struct craft *quoted,
		 unsigned int len);
void craft_data(struct craft *c, unsigned int len);
void craft_sum(struct craft *c);

/* How an sk_buff holds its bytes */
enum craft_layout {
	CRAFT_LINEAR,
	CRAFT_PAGED,		/* in fragments of odd sizes, none in the head */
	CRAFT_MIXED,		/* the head ends inside the first header */
	CRAFT_LIST,		/* in a list of sk_buffs */
	CRAFT_LAYOUTS
};

struct sk_buff *craft_skb(struct kunit *test, const struct craft *c,
			  enum craft_layout layout, unsigned int headroom);
u8 *craft_l4(struct craft *c);

#endif /* _IP_CT_CRAFT_H */
