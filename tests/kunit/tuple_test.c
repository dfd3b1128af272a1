// SPDX-License-Identifier: GPL-2.0
/*
 * tuple_test.c - the key is the same from both sides, a tuple says what the
 * packets said, and the hash spreads what real networks look like.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "sentence.h"
#include "tuple.h"

#define ROUNDS 20000

struct ends {
	__be32 addr[2];
	__be16 port[2];
	u8 proto;
};

static u32 pick(struct rnd_state *rnd, u32 below)
{
	return prandom_u32_state(rnd) % below;
}

/* Ends that are often alike: in the address, in the port, or in both */
static struct ends random_ends(struct rnd_state *rnd)
{
	struct ends e = {
		.addr = { htonl(prandom_u32_state(rnd)),
			  htonl(prandom_u32_state(rnd)) },
		.port = { htons(prandom_u32_state(rnd)),
			  htons(prandom_u32_state(rnd)) },
		.proto = pick(rnd, 2) ? IPPROTO_TCP : IPPROTO_UDP,
	};

	if (!pick(rnd, 4))
		e.addr[1] = e.addr[0];
	if (!pick(rnd, 4))
		e.port[1] = e.port[0];
	return e;
}

static unsigned int set(struct ip_ct_key *key, const struct ends *e,
			unsigned int from)
{
	/* what the caller's memory held must not show in the key */
	memset(key, 0xa5 + from, sizeof(*key));
	return ip_ct_key_set(key, e->proto, e->addr[from], e->addr[!from],
			     e->port[from], e->port[!from]);
}

static void both_directions(struct kunit *test)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 1);
	for (int i = 0; i < ROUNDS; i++) {
		struct ends e = random_ends(&rnd);
		struct ip_ct_key there, back;
		unsigned int sender = set(&there, &e, 0);
		unsigned int answerer = set(&back, &e, 1);
		bool alike = e.addr[0] == e.addr[1] && e.port[0] == e.port[1];

		KUNIT_ASSERT_EQ(test, memcmp(&there, &back, sizeof(there)), 0);
		KUNIT_ASSERT_TRUE(test, ip_ct_key_equal(&there, &back));
		KUNIT_ASSERT_EQ(test, ip_ct_key_cmp(&there, &back), 0);
		KUNIT_ASSERT_EQ(test, ip_ct_key_hash(&there, i),
				ip_ct_key_hash(&back, i));
		KUNIT_ASSERT_EQ(test, alike ? 0 : !sender, answerer);
	}
}

static void sender_is_found_again(struct kunit *test)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 2);
	for (int i = 0; i < ROUNDS; i++) {
		struct ends e = random_ends(&rnd);
		struct ip_ct_key key;
		struct ip_ct_tuple t;

		ip_ct_key_tuple(&key, set(&key, &e, 0), &t);
		KUNIT_ASSERT_EQ(test, t.src, e.addr[0]);
		KUNIT_ASSERT_EQ(test, t.dst, e.addr[1]);
		KUNIT_ASSERT_EQ(test, t.sport, e.port[0]);
		KUNIT_ASSERT_EQ(test, t.dport, e.port[1]);
		KUNIT_ASSERT_EQ(test, t.proto, e.proto);
		KUNIT_ASSERT_EQ(test, t.type, 0);
	}
}

static void self_talk(struct kunit *test)
{
	struct ends e = {
		.addr = { htonl(INADDR_LOOPBACK), htonl(INADDR_LOOPBACK) },
		.port = { htons(7), htons(7) },
		.proto = IPPROTO_UDP,
	};
	struct ip_ct_key key;

	KUNIT_EXPECT_EQ(test, set(&key, &e, 0), 0);
	KUNIT_EXPECT_EQ(test, set(&key, &e, 1), 0);
}

/* Change one member at a time: each of them must tell connections apart */
static void every_member_counts(struct kunit *test)
{
	struct ends e = {
		.addr = { htonl(0x0a000001), htonl(0x0a000002) },
		.port = { htons(1031), htons(23) },
		.proto = IPPROTO_TCP,
	};
	struct ip_ct_key base, key;

	set(&base, &e, 0);
	for (unsigned int bit = 0; bit < sizeof(key) * BITS_PER_BYTE; bit++) {
		key = base;
		((u8 *)&key)[bit / BITS_PER_BYTE] ^= 1 << bit % BITS_PER_BYTE;
		KUNIT_EXPECT_FALSE(test, ip_ct_key_equal(&base, &key));
		KUNIT_EXPECT_NE(test, ip_ct_key_cmp(&base, &key), 0);
		KUNIT_EXPECT_NE(test, ip_ct_key_hash(&base, 0),
				ip_ct_key_hash(&key, 0));
	}
}

static void swapped_ports(struct kunit *test)
{
	struct ends e = {
		.addr = { htonl(0x0a000001), htonl(0x0a000002) },
		.port = { htons(1031), htons(23) },
		.proto = IPPROTO_TCP,
	};
	struct ends swapped = e;
	struct ip_ct_key a, b;

	swap(swapped.port[0], swapped.port[1]);
	set(&a, &e, 0);
	set(&b, &swapped, 0);
	KUNIT_EXPECT_FALSE(test, ip_ct_key_equal(&a, &b));
}

static int compare(const void *a, const void *b)
{
	return ip_ct_key_cmp(a, b);
}

static void total_order(struct kunit *test)
{
	const unsigned int n = 300;
	struct ip_ct_key *keys = kunit_kcalloc(test, n, sizeof(*keys),
					       GFP_KERNEL);
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, keys);
	prandom_seed_state(&rnd, 3);
	for (unsigned int i = 0; i < n; i++) {
		struct ends e = random_ends(&rnd);

		set(&keys[i], &e, 0);
	}
	sort(keys, n, sizeof(*keys), compare, NULL);
	for (unsigned int i = 0; i < n; i++) {
		for (unsigned int j = 0; j < n; j++) {
			int c = ip_ct_key_cmp(&keys[i], &keys[j]);

			KUNIT_ASSERT_EQ(test, c == 0,
					ip_ct_key_equal(&keys[i], &keys[j]));
			KUNIT_ASSERT_EQ(test, c < 0,
					ip_ct_key_cmp(&keys[j], &keys[i]) > 0);
			if (i < j)
				KUNIT_ASSERT_LE(test, c, 0);
		}
	}
}

static void inverse_is_other_direction(struct kunit *test)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 4);
	for (int i = 0; i < ROUNDS; i++) {
		struct ends e = random_ends(&rnd);
		struct ip_ct_tuple there = {}, back = {}, inverse = {};
		struct ip_ct_key key;
		unsigned int sender = set(&key, &e, 0);

		ip_ct_key_tuple(&key, sender, &there);
		ip_ct_key_tuple(&key, !sender, &back);
		ip_ct_tuple_invert(&there, &inverse);
		KUNIT_ASSERT_EQ(test, memcmp(&inverse, &back, sizeof(back)), 0);
		ip_ct_tuple_invert(&inverse, &back);
		KUNIT_ASSERT_EQ(test, memcmp(&there, &back, sizeof(back)), 0);
	}
}

static const struct {
	u8 request;
	u8 reply;
} queries[] = {
	{ 8, 0 },	/* RFC 792: echo */
	{ 13, 14 },	/* RFC 792: timestamp */
	{ 15, 16 },	/* RFC 792: information */
	{ 17, 18 },	/* RFC 950: address mask */
};

static void icmp_pairs(struct kunit *test)
{
	for (int i = 0; i < ARRAY_SIZE(queries); i++) {
		u8 request = queries[i].request, reply = queries[i].reply;

		KUNIT_EXPECT_EQ(test, ip_ct_icmp_request_type(request),
				request);
		KUNIT_EXPECT_EQ(test, ip_ct_icmp_request_type(reply), request);
		KUNIT_EXPECT_EQ(test, ip_ct_icmp_reply_type(request), reply);
		KUNIT_EXPECT_EQ(test, ip_ct_icmp_reply_type(reply), 0xff);
	}
}

static void icmp_others(struct kunit *test)
{
	static const u8 query_types[] = { 0, 8, 13, 14, 15, 16, 17, 18 };

	for (unsigned int type = 0; type < 256; type++) {
		if (memchr(query_types, type, sizeof(query_types)))
			continue;
		KUNIT_EXPECT_EQ(test, ip_ct_icmp_request_type(type), 0xff);
		KUNIT_EXPECT_EQ(test, ip_ct_icmp_reply_type(type), 0xff);
	}
}

static void icmp_inverse(struct kunit *test)
{
	for (int i = 0; i < ARRAY_SIZE(queries); i++) {
		struct ip_ct_tuple ask = {
			.src = htonl(0xc0a80106),
			.dst = htonl(0xc0a8010a),
			.sport = htons(33029),
			.dport = htons(33029),
			.proto = IPPROTO_ICMP,
			.type = queries[i].request,
		};
		struct ip_ct_tuple answer, again;

		ip_ct_tuple_invert(&ask, &answer);
		KUNIT_EXPECT_EQ(test, answer.src, ask.dst);
		KUNIT_EXPECT_EQ(test, answer.dst, ask.src);
		KUNIT_EXPECT_EQ(test, answer.type, queries[i].reply);
		ip_ct_tuple_invert(&answer, &again);
		KUNIT_EXPECT_EQ(test, again.type, queries[i].request);
	}
}

static void icmp_direction(struct kunit *test)
{
	for (unsigned int asker = 0; asker < 2; asker++) {
		struct ip_ct_key key = {
			.addr = { htonl(1), htonl(2) },
			.port = { htons(5), htons(5) },
			.proto = IPPROTO_ICMP,
			.query = ICMP_TIMESTAMP << 1 | asker,
		};
		struct ip_ct_tuple t;

		ip_ct_key_tuple(&key, asker, &t);
		KUNIT_EXPECT_EQ(test, t.type, ICMP_TIMESTAMP);
		ip_ct_key_tuple(&key, !asker, &t);
		KUNIT_EXPECT_EQ(test, t.type, ICMP_TIMESTAMPREPLY);
	}
}

/*
 * The spread is measured as Pearson's chi-square against an even one. With
 * BUCKETS - 1 degrees of freedom its mean is 4095 and its deviation 90.5; an
 * ideal hash passes mean + 6 deviations once in a thousand million runs.
 */
#define BUCKET_BITS	12
#define BUCKETS		(1 << BUCKET_BITS)
#define SAMPLES		65536
#define CHI_SQUARE_MAX	4638

enum network {
	ONE_CLIENT_ALL_PORTS,	/* a proxy and its server */
	ONE_PORT_ALL_CLIENTS,	/* /16 behind a carrier's gateway */
	SCAN_OF_HOSTS,		/* one source, fixed ports, a /16 */
	PINGS,			/* the same of queries, few ids */
	PEERS,			/* port to the same port, e.g. a cluster */
	NETWORKS
};

static void sample(enum network network, u32 i, struct ip_ct_key *key)
{
	__be32 client = htonl(0xc0a80105), server = htonl(0xc0a80123);

	switch (network) {
	case ONE_CLIENT_ALL_PORTS:
		ip_ct_key_set(key, IPPROTO_TCP, client, server, htons(i),
			      htons(80));
		break;
	case ONE_PORT_ALL_CLIENTS:
		ip_ct_key_set(key, IPPROTO_UDP, htonl(0x0a010000 + i), server,
			      htons(5353), htons(53));
		break;
	case SCAN_OF_HOSTS:
		ip_ct_key_set(key, IPPROTO_TCP, client, htonl(0x0a010000 + i),
			      htons(40000), htons(22));
		break;
	case PINGS:
		ip_ct_key_set(key, IPPROTO_ICMP, client,
			      htonl(0x0a010000 + i / 4), htons(i % 4),
			      htons(i % 4));
		key->query = ICMP_ECHO << 1;
		break;
	default:
		ip_ct_key_set(key, IPPROTO_UDP, htonl(0x0a000000 + i / 256),
			      htonl(0x0a000000 + i % 256 * 256),
			      htons(4789), htons(4789));
		break;
	}
}

static u32 chi_square(u32 *count, enum network network, u32 seed, u32 shift)
{
	const u64 even = SAMPLES / BUCKETS;
	struct ip_ct_key key;
	u64 sum = 0;

	memset(count, 0, BUCKETS * sizeof(*count));
	for (u32 i = 0; i < SAMPLES; i++) {
		sample(network, i, &key);
		count[ip_ct_key_hash(&key, seed) >> shift & (BUCKETS - 1)]++;
	}
	for (u32 i = 0; i < BUCKETS; i++) {
		s64 off = (s64)count[i] - even;

		sum += off * off;
	}
	return sum / even;
}

static void spread(struct kunit *test)
{
	u32 *count = kunit_kcalloc(test, BUCKETS, sizeof(*count), GFP_KERNEL);
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, count);
	prandom_seed_state(&rnd, 5);
	for (int network = 0; network < NETWORKS; network++) {
		for (int i = 0; i < 3; i++) {
			u32 seed = prandom_u32_state(&rnd);

			/* the low bits, and the high ones */
			KUNIT_EXPECT_LE_MSG(test,
					    chi_square(count, network, seed, 0),
					    CHI_SQUARE_MAX,
					    "network %d, low bits", network);
			KUNIT_EXPECT_LE_MSG(test,
					    chi_square(count, network, seed,
						       32 - BUCKET_BITS),
					    CHI_SQUARE_MAX,
					    "network %d, high bits", network);
		}
	}
}

/* Keys that share a bucket under one seed must not share it under another */
static void seed_scatters(struct kunit *test)
{
	u32 *count = kunit_kcalloc(test, BUCKETS, sizeof(*count), GFP_KERNEL);
	struct ip_ct_key key;
	u32 in_one = 0, together = 0;

	KUNIT_ASSERT_NOT_NULL(test, count);
	/* what somebody who knows the old seed would send: one long chain */
	for (u32 i = 0; i < SAMPLES * 16; i++) {
		ip_ct_key_set(&key, IPPROTO_UDP, htonl(i / 65536), htonl(1),
			      htons(i), htons(53));
		if (ip_ct_key_hash(&key, 0x1111) & (BUCKETS - 1))
			continue;
		in_one++;
		count[ip_ct_key_hash(&key, 0x2222) & (BUCKETS - 1)]++;
	}
	for (u32 i = 0; i < BUCKETS; i++)
		together = max(together, count[i]);
	KUNIT_EXPECT_GT(test, in_one, 150);
	KUNIT_EXPECT_LE(test, together, 6);
}

static struct kunit_case tuple_cases[] = {
	IP_CT_CASE(both_directions,
		   "both directions have one key, one hash and two senders"),
	IP_CT_CASE(sender_is_found_again,
		   "the sender's tuple is what the packet said"),
	IP_CT_CASE(self_talk, "who talks to itself is endpoint 0"),
	IP_CT_CASE(every_member_counts,
		   "every bit of the key tells connections apart"),
	IP_CT_CASE(swapped_ports,
		   "the same ports at the other ends are another connection"),
	IP_CT_CASE(total_order, "the comparison of keys is a total order"),
	IP_CT_CASE(inverse_is_other_direction,
		   "the inverse is the other direction, twice is none"),
	IP_CT_CASE(icmp_pairs, "each ICMP query has its request and reply"),
	IP_CT_CASE(icmp_others, "no other ICMP type is a query"),
	IP_CT_CASE(icmp_inverse, "the inverse of an ICMP request is its reply"),
	IP_CT_CASE(icmp_direction, "the one who asks shows the request's type"),
	IP_CT_CASE(spread, "the hash spreads real networks evenly"),
	IP_CT_CASE(seed_scatters, "another seed scatters an attacker's chain"),
	{}
};

static struct kunit_suite tuple_suite = {
	.name = "tuple",
	.test_cases = tuple_cases,
};

kunit_test_suite(tuple_suite);
