// SPDX-License-Identifier: GPL-2.0
/*
 * tuple.c - what of the key need not be inline: order, reading, inversion.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/string.h>

#include "tuple.h"

/* RFC 792, RFC 950: queries come in pairs of request and reply */
static const struct {
	u8 request;
	u8 reply;
} icmp_query[] = {
	{ ICMP_ECHO, ICMP_ECHOREPLY },
	{ ICMP_TIMESTAMP, ICMP_TIMESTAMPREPLY },
	{ ICMP_INFO_REQUEST, ICMP_INFO_REPLY },
	{ ICMP_ADDRESS, ICMP_ADDRESSREPLY },
};

/**
 * ip_ct_icmp_request_type() - the request that an ICMP type belongs to
 * @type: ICMP type of a request or a reply
 *
 * Return: the request's type (@type itself for a request), 0xff for a type
 * that is no query.
 */
u8 ip_ct_icmp_request_type(u8 type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(icmp_query); i++)
		if (type == icmp_query[i].request || type == icmp_query[i].reply)
			return icmp_query[i].request;
	return 0xff;
}

/**
 * ip_ct_icmp_reply_type() - the type that answers a request
 * @request: ICMP type of a request
 *
 * Return: the reply's type, 0xff for a type that is no request.
 */
u8 ip_ct_icmp_reply_type(u8 request)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(icmp_query); i++)
		if (request == icmp_query[i].request)
			return icmp_query[i].reply;
	return 0xff;
}

/**
 * ip_ct_icmp_is_error() - does an ICMP message quote the packet it is about?
 * @type: its type
 */
bool ip_ct_icmp_is_error(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

/**
 * ip_ct_key_cmp() - a total order of keys, for chains with equal hashes
 * @a: key
 * @b: key
 *
 * Return: negative, 0 or positive, as memcmp().
 */
int ip_ct_key_cmp(const struct ip_ct_key *a, const struct ip_ct_key *b)
{
	return memcmp(a, b, sizeof(*a));
}

/**
 * ip_ct_key_tuple() - one direction of a connection
 * @key:    canonical key
 * @sender: index of the endpoint that sends in this direction
 * @tuple:  filled
 */
void ip_ct_key_tuple(const struct ip_ct_key *key, unsigned int sender,
		     struct ip_ct_tuple *tuple)
{
	tuple->src = key->addr[sender];
	tuple->dst = key->addr[!sender];
	tuple->sport = key->port[sender];
	tuple->dport = key->port[!sender];
	tuple->proto = key->proto;
	tuple->type = 0;
	if (key->proto == IPPROTO_ICMP) {
		u8 request = key->query >> 1;
		bool asks = (key->query & 1) == sender;

		tuple->type = asks ? request : ip_ct_icmp_reply_type(request);
	}
}

/**
 * ip_ct_tuple_invert() - the tuple of the packets that come back
 * @tuple:   one direction
 * @inverse: the other direction, filled
 */
void ip_ct_tuple_invert(const struct ip_ct_tuple *tuple,
			struct ip_ct_tuple *inverse)
{
	inverse->src = tuple->dst;
	inverse->dst = tuple->src;
	inverse->sport = tuple->dport;
	inverse->dport = tuple->sport;
	inverse->proto = tuple->proto;
	inverse->type = 0;
	if (tuple->proto == IPPROTO_ICMP) {
		u8 request = ip_ct_icmp_request_type(tuple->type);

		inverse->type = tuple->type == request ?
				ip_ct_icmp_reply_type(request) : request;
	}
}

/**
 * ip_ct_tuple_key() - the connection that a tuple is one direction of
 * @tuple:  the tuple
 * @key:    filled
 * @sender: set to the index of @tuple->src in @key
 *
 * Return: false for a tuple that no connection can have.
 */
bool ip_ct_tuple_key(const struct ip_ct_tuple *tuple, struct ip_ct_key *key,
		     unsigned int *sender)
{
	bool ports = tuple->proto == IPPROTO_TCP || tuple->proto == IPPROTO_UDP;
	bool icmp = tuple->proto == IPPROTO_ICMP;
	u8 request = ip_ct_icmp_request_type(tuple->type);

	if (icmp && (request == 0xff || tuple->sport != tuple->dport))
		return false;
	*sender = ip_ct_key_set(key, tuple->proto, tuple->src, tuple->dst,
				ports || icmp ? tuple->sport : 0,
				ports || icmp ? tuple->dport : 0);
	if (!icmp)
		return true;
	if (tuple->src == tuple->dst)	/* to itself: endpoint 0 asks */
		*sender = tuple->type != request;
	key->query = request << 1 |
		     (tuple->type == request ? *sender : !*sender);
	return true;
}
