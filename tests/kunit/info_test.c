// SPDX-License-Identifier: GPL-2.0
/*
 * info_test.c - what other modules see of connections, and do to them. It is
 * the tracker of the first namespace that they get, so each test ends with an
 * empty one.
 */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "event.h"
#include "ip_conntrack.h"
#include "sentence.h"

#define CLIENT	0xc0a80105	/* 192.168.1.5 */
#define SERVER	0xc0a80123	/* 192.168.1.35 */

static struct ip_ct_tuple tuple_of(u8 proto, u16 sport, u16 dport)
{
	struct ip_ct_tuple tuple = {
		.src = htonl(CLIENT),
		.dst = htonl(SERVER),
		.sport = htons(sport),
		.dport = htons(dport),
		.proto = proto,
	};

	return tuple;
}

static struct ip_ct_tuple answer_to(const struct ip_ct_tuple *tuple)
{
	struct ip_ct_tuple answer = {
		.src = tuple->dst,
		.dst = tuple->src,
		.sport = tuple->dport,
		.dport = tuple->sport,
		.proto = tuple->proto,
	};

	return answer;
}

static const struct ip_ct_change a_minute = {
	.what = IP_CT_CHANGE_TIMEOUT,
	.timeout = 60,
};

static int create(const struct ip_ct_tuple *tuple)
{
	return ip_ct_create(&init_net, tuple, &a_minute, 0, false);
}

static void found_both_ways(struct kunit *test)
{
	struct ip_ct_tuple there = tuple_of(IPPROTO_TCP, 1031, 23);
	struct ip_ct_tuple back = answer_to(&there);
	struct ip_ct_info a, b;

	KUNIT_EXPECT_FALSE(test, ip_ct_lookup(&init_net, &there, &a));
	KUNIT_ASSERT_EQ(test, create(&there), 0);
	KUNIT_ASSERT_TRUE(test, ip_ct_lookup(&init_net, &there, &a));
	KUNIT_ASSERT_TRUE(test, ip_ct_lookup(&init_net, &back, &b));
	KUNIT_EXPECT_EQ(test, a.id, b.id);
	KUNIT_EXPECT_EQ(test, b.tuple[IP_CT_DIR_ORIGINAL].src, there.src);
	KUNIT_EXPECT_EQ(test, b.tuple[IP_CT_DIR_REPLY].src, there.dst);
	KUNIT_EXPECT_EQ(test, a.tcp_state, TCP_CONNTRACK_ESTABLISHED);
	KUNIT_EXPECT_LE(test, a.timeout, 60);
	KUNIT_EXPECT_GE(test, a.timeout, 58);
	KUNIT_EXPECT_EQ(test, create(&there), -EEXIST);
	KUNIT_EXPECT_EQ(test, create(&back), -EEXIST);
}

static void not_made(struct kunit *test)
{
	struct ip_ct_tuple tuple = tuple_of(IPPROTO_UDP, 1, 2);
	struct ip_ct_tuple no_query = tuple_of(IPPROTO_ICMP, 7, 7);
	struct ip_ct_change change = {};

	KUNIT_EXPECT_EQ(test, ip_ct_create(&init_net, &tuple, &change, 0,
					   false), -EINVAL);
	change = a_minute;
	change.timeout = U32_MAX;
	KUNIT_EXPECT_EQ(test, ip_ct_create(&init_net, &tuple, &change, 0,
					   false), -ERANGE);
	change = a_minute;
	change.what |= IP_CT_CHANGE_TCP_STATE;
	KUNIT_EXPECT_EQ(test, ip_ct_create(&init_net, &tuple, &change, 0,
					   false), -EINVAL);
	change = a_minute;
	change.what |= IP_CT_CHANGE_STATUS;
	change.status = IPS_SRC_NAT;
	KUNIT_EXPECT_EQ(test, ip_ct_create(&init_net, &tuple, &change, 0,
					   false), -EOPNOTSUPP);
	no_query.type = 3;
	KUNIT_EXPECT_EQ(test, create(&no_query), -EINVAL);
	KUNIT_EXPECT_EQ(test, ip_ct_entries(&init_net), 0);
}

static void changed(struct kunit *test)
{
	struct ip_ct_tuple tuple = tuple_of(IPPROTO_UDP, 53, 53);
	struct ip_ct_change change = {
		.what = IP_CT_CHANGE_MARK | IP_CT_CHANGE_TIMEOUT |
			IP_CT_CHANGE_STATUS,
		.mark = 0x12,
		.mark_mask = 0xff,
		.timeout = 5,
		.status = IPS_SEEN_REPLY | IPS_ASSURED,
	};
	struct ip_ct_info info;

	KUNIT_EXPECT_EQ(test, ip_ct_change(&init_net, &tuple, &change, 0,
					   false), -ENOENT);
	KUNIT_ASSERT_EQ(test, create(&tuple), 0);
	KUNIT_ASSERT_EQ(test, ip_ct_change(&init_net, &tuple, &change, 0,
					   false), 0);
	KUNIT_ASSERT_TRUE(test, ip_ct_lookup(&init_net, &tuple, &info));
	KUNIT_EXPECT_EQ(test, info.mark, 0x12);
	KUNIT_EXPECT_LE(test, info.timeout, 5);
	KUNIT_EXPECT_TRUE(test, info.status & IPS_ASSURED);
	KUNIT_EXPECT_TRUE(test, info.status & IPS_SEEN_REPLY);
	/* only the bits of the mask move */
	change.what = IP_CT_CHANGE_MARK;
	change.mark = 0x3400;
	change.mark_mask = 0xff00;
	ip_ct_change(&init_net, &tuple, &change, 0, false);
	ip_ct_lookup(&init_net, &tuple, &info);
	KUNIT_EXPECT_EQ(test, info.mark, 0x3412);
}

static void deleted(struct kunit *test)
{
	struct ip_ct_tuple tuple = tuple_of(IPPROTO_TCP, 1031, 23);
	struct ip_ct_tuple back = answer_to(&tuple);
	struct ip_ct_info info;
	u32 other;

	KUNIT_ASSERT_EQ(test, create(&tuple), 0);
	ip_ct_lookup(&init_net, &tuple, &info);
	other = info.id + 1;
	KUNIT_EXPECT_EQ(test, ip_ct_delete(&init_net, &tuple, &other, 0,
					   false), -ENOENT);
	KUNIT_EXPECT_EQ(test, ip_ct_delete(&init_net, &back, &info.id, 0,
					   false), 0);
	KUNIT_EXPECT_EQ(test, ip_ct_delete(&init_net, &tuple, NULL, 0, false),
			-ENOENT);
	KUNIT_EXPECT_FALSE(test, ip_ct_lookup(&init_net, &tuple, NULL));
}

#define MANY	1000

static void listed(struct kunit *test)
{
	u8 *seen = kunit_kzalloc(test, MANY, GFP_KERNEL);
	struct ip_ct_info *info = kunit_kcalloc(test, 7, sizeof(*info),
						GFP_KERNEL);
	unsigned int n, missed = 0;
	struct ip_ct_walk walk = {};

	KUNIT_ASSERT_NOT_NULL(test, seen);
	KUNIT_ASSERT_NOT_NULL(test, info);
	for (u16 i = 0; i < MANY; i++) {
		struct ip_ct_tuple tuple = tuple_of(IPPROTO_UDP, i + 1, 9);

		KUNIT_ASSERT_EQ(test, create(&tuple), 0);
	}
	while ((n = ip_ct_list(&init_net, &walk, info, 7)))
		while (n--)
			seen[ntohs(info[n].tuple[0].sport) - 1]++;
	for (unsigned int i = 0; i < MANY; i++)
		missed += seen[i] != 1;
	KUNIT_EXPECT_EQ(test, missed, 0);
	ip_ct_flush(&init_net, 0, false);
	KUNIT_EXPECT_EQ(test, ip_ct_entries(&init_net), 0);
}

static unsigned int heard, heard_portid;

static bool wanted(struct net *net, unsigned int events)
{
	return net == &init_net;
}

static void hear(struct net *net, unsigned int events,
		 const struct ip_ct_info *info, u32 portid, bool report)
{
	heard |= events;
	heard_portid = portid;
}

static const struct ip_ct_listener listener = {
	.wanted = wanted,
	.event = hear,
};

static void told(struct kunit *test)
{
	struct ip_ct_tuple tuple = tuple_of(IPPROTO_UDP, 53, 53);
	struct ip_ct_change change = {
		.what = IP_CT_CHANGE_MARK, .mark = 1, .mark_mask = ~0,
	};

	KUNIT_ASSERT_EQ(test, ip_ct_listen(&listener), 0);
	KUNIT_EXPECT_EQ(test, ip_ct_listen(&listener), -EBUSY);
	heard = 0;
	ip_ct_create(&init_net, &tuple, &a_minute, 7, false);
	KUNIT_EXPECT_EQ(test, heard, 1 << IPCT_NEW);
	KUNIT_EXPECT_EQ(test, heard_portid, 7);
	heard = 0;
	ip_ct_change(&init_net, &tuple, &change, 8, false);
	KUNIT_EXPECT_EQ(test, heard, 1 << IPCT_MARK);
	heard = 0;
	ip_ct_change(&init_net, &tuple, &change, 8, false);
	KUNIT_EXPECT_EQ(test, heard, 0);
	ip_ct_delete(&init_net, &tuple, NULL, 9, false);
	KUNIT_EXPECT_EQ(test, heard, 1 << IPCT_DESTROY);
	KUNIT_EXPECT_EQ(test, heard_portid, 9);
	ip_ct_unlisten(&listener);
	heard = 0;
	create(&tuple);
	KUNIT_EXPECT_EQ(test, heard, 0);
}

static void info_exit(struct kunit *test)
{
	ip_ct_flush(&init_net, 0, false);
}

static struct kunit_case info_cases[] = {
	IP_CT_CASE(found_both_ways,
		   "a connection is found by either of its tuples"),
	IP_CT_CASE(not_made, "what cannot be is not made"),
	IP_CT_CASE(changed, "mark, time-out and status are changed"),
	IP_CT_CASE(deleted, "a connection is deleted if the id is its own"),
	IP_CT_CASE(listed, "a listing in small pieces has each one once"),
	IP_CT_CASE(told, "one listener hears what was done, and by whom"),
	{}
};

static struct kunit_suite info_suite = {
	.name = "info",
	.exit = info_exit,
	.test_cases = info_cases,
};

kunit_test_suite(info_suite);
