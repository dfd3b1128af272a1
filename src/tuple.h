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
 */
struct ip_ct_key {
	__be32 addr[2];
	__be16 port[2];
	u8 proto;
	u8 query;
	u16 zone;
} __aligned(8);

static_assert(sizeof(struct ip_ct_key) == 16);

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
	bool sender = src == dst ? (__force u16)sport > (__force u16)dport :
				   (__force u32)src > (__force u32)dst;

	key->addr[0] = sender ? dst : src;
	key->addr[1] = sender ? src : dst;
	key->port[0] = sender ? dport : sport;
	key->port[1] = sender ? sport : dport;
	key->proto = proto;
	key->query = 0;
	key->zone = 0;
	return sender;
}

/**
 * ip_ct_key_hash() - seeded hash of a key, the same for both directions
 * @key:  canonical key
 * @seed: random, one per network namespace
 */
static inline u32 ip_ct_key_hash(const struct ip_ct_key *key, u32 seed)
{
	u32 ports = (__force u16)key->port[0] |
		    (u32)(__force u16)key->port[1] << 16;
	u32 kind = key->proto | (u32)key->query << 8 | (u32)key->zone << 16;

	return jhash_3words((__force u32)key->addr[0],
			    (__force u32)key->addr[1], ports, seed ^ kind);
}

static inline bool ip_ct_key_equal(const struct ip_ct_key *a,
				   const struct ip_ct_key *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]));
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
