/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tuple.h - the key of a connection and its two directions.
 *
 * A connection is a pair of endpoints. The key holds them in canonical order
 * (the smaller first), so both directions have one key, one hash and one node
 * in the table. Who sent a packet is the index of its sender in that order;
 * a packet's direction is whether that endpoint also sent the first packet.
 *
 * Addresses, ports and ids are in network order here as on the wire. The
 * order of endpoints is by these raw values: any total order serves.
 */
#ifndef _IP_CT_TUPLE_H
#define _IP_CT_TUPLE_H

#include <linux/bitops.h>
#include <linux/jhash.h>
#include <linux/types.h>

#include "ip_conntrack.h"

/**
 * struct ip_ct_key - canonical key of a connection
 * @addr:  IPv4 addresses of endpoint 0 and 1, network order
 * @port:  their ports, network order; an ICMP query's id in both; else 0
 * @proto: IPPROTO_*
 * @query: ICMP: type of the request, shifted left by one, with the index of
 *         the asking endpoint in bit 0 (both ends may use one id); else 0
 * @zone:  always 0 today; a place in the key for conntrack zones
 * @word:  all of it, as it is made, hashed and compared
 */
struct ip_ct_key {
	union {
		struct {
			__be32 addr[2];
			__be16 port[2];
			u8 proto;
			u8 query;
			u16 zone;
		};
		u64 word[2];
	};
};

static_assert(sizeof(struct ip_ct_key) == 16);

/* Two u32 that follow each other in memory, as a u64; and two u16 as a u32 */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define IP_CT_FIRST(pair, bits)	 ((pair) & ((1ULL << (bits)) - 1))
#define IP_CT_SECOND(pair, bits) ((pair) >> (bits))
#define IP_CT_PAIR(first, second, bits)	((first) | (u64)(second) << (bits))
#define IP_CT_PROTO_WORD(proto)	((u32)(proto))
#else
#define IP_CT_FIRST(pair, bits)	 ((pair) >> (bits))
#define IP_CT_SECOND(pair, bits) ((pair) & ((1ULL << (bits)) - 1))
#define IP_CT_PAIR(first, second, bits)	((u64)(first) << (bits) | (second))
#define IP_CT_PROTO_WORD(proto)	((u32)(proto) << 24)
#endif

/**
 * ip_ct_key_set_pairs() - as ip_ct_key_set(), of what stands in a packet
 * @key:   to be filled; every byte of it is written
 * @proto: IPPROTO_*
 * @addrs: sender's and receiver's address, as they follow in the header
 * @ports: their ports, the same
 *
 * Return: as ip_ct_key_set().
 */
static __always_inline unsigned int
ip_ct_key_set_pairs(struct ip_ct_key *key, u8 proto, u64 addrs, u32 ports)
{
	u32 src = IP_CT_FIRST(addrs, 32), dst = IP_CT_SECOND(addrs, 32);
	bool sender = src > dst;

	if (unlikely(src == dst))
		sender = IP_CT_FIRST(ports, 16) > IP_CT_SECOND(ports, 16);
	if (sender) {
		addrs = ror64(addrs, 32);
		ports = ror32(ports, 16);
	}
	key->word[0] = addrs;
	key->word[1] = IP_CT_PAIR(ports, IP_CT_PROTO_WORD(proto), 32);
	return sender;
}

/**
 * ip_ct_key_set() - fill a key with two endpoints in canonical order
 * @key:   to be filled; every byte of it is written
 * @proto: IPPROTO_*
 * @src:   sender's address
 * @dst:   receiver's address
 * @sport: sender's port or id
 * @dport: receiver's port or id
 *
 * Return: index of the sender in the key (0 where both endpoints are equal).
 */
static inline unsigned int ip_ct_key_set(struct ip_ct_key *key, u8 proto,
					 __be32 src, __be32 dst,
					 __be16 sport, __be16 dport)
{
	return ip_ct_key_set_pairs(key, proto,
				   IP_CT_PAIR((__force u32)src,
					      (__force u32)dst, 32),
				   IP_CT_PAIR((__force u16)sport,
					      (__force u16)dport, 16));
}

/**
 * ip_ct_key_hash() - seeded hash of a key, the same for both directions
 * @key:  canonical key
 * @seed: random, one per network namespace
 */
static inline u32 ip_ct_key_hash(const struct ip_ct_key *key, u32 seed)
{
	return jhash_3words(IP_CT_FIRST(key->word[0], 32),
			    IP_CT_SECOND(key->word[0], 32),
			    IP_CT_FIRST(key->word[1], 32),
			    seed ^ (u32)IP_CT_SECOND(key->word[1], 32));
}

static inline bool ip_ct_key_equal(const struct ip_ct_key *a,
				   const struct ip_ct_key *b)
{
	return !((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]));
}

/* ICMP types that ask, and the types that answer them; 0xff: no query */
u8 ip_ct_icmp_request_type(u8 type);
u8 ip_ct_icmp_reply_type(u8 request);
/* ICMP types that quote a packet */
bool ip_ct_icmp_is_error(u8 type);

int ip_ct_key_cmp(const struct ip_ct_key *a, const struct ip_ct_key *b);
void ip_ct_key_tuple(const struct ip_ct_key *key, unsigned int sender,
		     struct ip_ct_tuple *tuple);
bool ip_ct_tuple_key(const struct ip_ct_tuple *tuple, struct ip_ct_key *key,
		     unsigned int *sender);
void ip_ct_tuple_invert(const struct ip_ct_tuple *tuple,
			struct ip_ct_tuple *inverse);

#endif /* _IP_CT_TUPLE_H */
