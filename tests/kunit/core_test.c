// SPDX-License-Identifier: GPL-2.0
/*
 * core_test.c - packets on their way through the tracker: resolved where they
 * come in, confirmed where they go out, and what has become of their flows.
 */
#include <linux/delay.h>
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "core.h"
#include "report.h"
#include "craft.h"
#include "expire.h"
#include "limit.h"
#include "rig.h"
#include "sentence.h"

#define CLIENT	0xc0a80105	/* 192.168.1.5 */
#define SERVER	0xc0a80123	/* 192.168.1.35 */

/* A packet and what the tracker has made of it so far */
struct way {
	struct ip_ct_pkt pkt;
	struct ip_ct_seen seen;
	enum ip_ct_verdict verdict;
};

static struct ip_ct_pkt parsed(struct kunit *test, const struct craft *c)
{
	struct sk_buff *skb = craft_skb(test, c, CRAFT_LINEAR, 0);
	struct ip_ct_pkt pkt;

	KUNIT_EXPECT_EQ(test, ip_ct_packet_parse(skb, &pkt), IP_CT_R_OK);
	kfree_skb(skb);
	return pkt;
}

static struct ip_ct_pkt udp(struct kunit *test, u32 src, u32 dst, u16 sport,
			    u16 dport)
{
	struct craft *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct ip_ct_pkt pkt;

	KUNIT_ASSERT_NOT_NULL(test, c);
	craft_ip(c, IPPROTO_UDP, src, dst, 0);
	craft_udp(c, sport, dport);
	pkt = parsed(test, c);
	kunit_kfree(test, c);
	return pkt;
}

static struct ip_ct_pkt icmp(struct kunit *test, u32 src, u32 dst, u8 type)
{
	struct craft *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct ip_ct_pkt pkt;

	KUNIT_ASSERT_NOT_NULL(test, c);
	craft_ip(c, IPPROTO_ICMP, src, dst, 0);
	craft_icmp(c, type, 0, 33029);
	pkt = parsed(test, c);
	kunit_kfree(test, c);
	return pkt;
}

static struct ip_ct_pkt tcp_from(struct kunit *test, u16 port, bool by_client,
				 u8 flags, u32 seq, u32 ack)
{
	struct craft *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct ip_ct_pkt pkt;

	KUNIT_ASSERT_NOT_NULL(test, c);
	if (by_client) {
		craft_ip(c, IPPROTO_TCP, CLIENT, SERVER, 0);
		craft_tcp(c, port, 23, seq, ack, flags, 5840, NULL, 0);
	} else {
		craft_ip(c, IPPROTO_TCP, SERVER, CLIENT, 0);
		craft_tcp(c, 23, port, seq, ack, flags, 5840, NULL, 0);
	}
	pkt = parsed(test, c);
	kunit_kfree(test, c);
	return pkt;
}

/* What an ICMP error may get wrong */
struct quote {
	u32 from;
	u32 to;
	u32 seq;
	unsigned int len;
	u16 sport;
	bool udp;
};

/* A router's word on a packet of the client */
static enum ip_ct_reason router_says(struct kunit *test, struct quote q,
				     enum craft_layout layout,
				     struct ip_ct_pkt *pkt)
{
	struct craft *c = kunit_kzalloc(test, 2 * sizeof(*c), GFP_KERNEL);
	enum ip_ct_reason reason;
	struct sk_buff *skb;

	KUNIT_ASSERT_NOT_NULL(test, c);
	craft_ip(c + 1, q.udp ? IPPROTO_UDP : IPPROTO_TCP, CLIENT, SERVER, 0);
	if (q.udp)
		craft_udp(c + 1, q.sport, 1025);
	else
		craft_tcp(c + 1, q.sport, 23, q.seq, 0, SYN, 5840, NULL, 0);
	craft_ip(c, IPPROTO_ICMP, q.from, q.to, 0);
	craft_icmp(c, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	craft_quote(c, c + 1, q.len);
	skb = craft_skb(test, c, layout, 0);
	reason = ip_ct_packet_parse(skb, pkt);
	kfree_skb(skb);
	kunit_kfree(test, c);
	return reason;
}

#define ROUTER	0x0a090807	/* 10.9.8.7 */
#define QUOTE	28		/* an IPv4 header and 8 octets */

static struct ip_ct_pkt tcp(struct kunit *test, bool by_client, u8 flags,
			    u32 seq, u32 ack)
{
	return tcp_from(test, 1031, by_client, flags, seq, ack);
}

static struct ip_ct_pkt ask(struct kunit *test)
{
	return udp(test, CLIENT, SERVER, 137, 1025);
}

static struct ip_ct_pkt answer(struct kunit *test)
{
	return udp(test, SERVER, CLIENT, 1025, 137);
}

static struct way come_in(struct kunit *test, struct ip_ct_pkt pkt)
{
	struct way w = { .pkt = pkt };

	w.verdict = ip_ct_resolve(rig(test), &w.pkt, &w.seen);
	return w;
}

static void go_out(struct kunit *test, struct way *w)
{
	if (w->verdict == IP_CT_V_TRACKED)
		w->verdict = ip_ct_confirm(rig(test), &w->pkt, &w->seen);
	ip_ct_report(rig(test), &w->pkt, &w->seen, w->seen.reason);
}

/* Caller holds rcu_read_lock() for as long as it looks at the flow */
static struct way pass(struct kunit *test, struct ip_ct_pkt pkt)
{
	struct way w = come_in(test, pkt);

	go_out(test, &w);
	return w;
}

static unsigned long counted(struct kunit *test, enum ip_ct_reason reason)
{
	return ip_ct_stats_reason(rig(test)->stats, reason);
}

static void set(struct kunit *test, enum ip_ct_setting which, unsigned int to)
{
	ip_ct_setting_change(&rig(test)->settings, which, to);
}

static u32 left(const struct way *w)
{
	return ip_ct_seconds_left(w->seen.flow, ip_ct_now());
}

/* Whole seconds, and a moment may have passed */
#define EXPECT_LEFT(test, w, seconds) do {				\
	u32 _left = left(w);						\
									\
	KUNIT_EXPECT_LE(test, _left, (u32)(seconds));			\
	KUNIT_EXPECT_GE(test, _left + 1, (u32)(seconds));		\
} while (0)

static void udp_exchange(struct kunit *test)
{
	struct way w;

	rcu_read_lock();
	w = pass(test, ask(test));
	KUNIT_ASSERT_EQ(test, w.verdict, IP_CT_V_TRACKED);
	KUNIT_EXPECT_EQ(test, w.seen.dir, IP_CT_DIR_ORIGINAL);
	KUNIT_EXPECT_FALSE(test, ip_ct_has(w.seen.flow, IPS_SEEN_REPLY));
	KUNIT_EXPECT_FALSE(test, ip_ct_has(w.seen.flow, IPS_ASSURED));
	EXPECT_LEFT(test, &w, 30);

	w = pass(test, answer(test));
	KUNIT_ASSERT_EQ(test, w.verdict, IP_CT_V_TRACKED);
	KUNIT_EXPECT_EQ(test, w.seen.dir, IP_CT_DIR_REPLY);
	KUNIT_EXPECT_TRUE(test, ip_ct_has(w.seen.flow,
					  IPS_SEEN_REPLY | IPS_ASSURED));
	EXPECT_LEFT(test, &w, 180);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
}

static void dropped_on_the_way(struct kunit *test)
{
	struct way w;

	rcu_read_lock();
	w = come_in(test, ask(test));
	KUNIT_ASSERT_EQ(test, w.verdict, IP_CT_V_TRACKED);
	KUNIT_EXPECT_TRUE(test, w.seen.fresh);
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
	ip_ct_flow_put(w.seen.flow);
	/* the next one begins anew */
	w = pass(test, answer(test));
	KUNIT_EXPECT_EQ(test, w.seen.dir, IP_CT_DIR_ORIGINAL);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
}

/* Both were resolved before either was confirmed, as on two CPUs */
static void race(struct kunit *test)
{
	struct ip_conntrack *winner;
	struct way a, b;

	rcu_read_lock();
	a = come_in(test, ask(test));
	b = come_in(test, ask(test));
	KUNIT_ASSERT_TRUE(test, a.seen.fresh);
	KUNIT_ASSERT_TRUE(test, b.seen.fresh);
	go_out(test, &a);
	winner = a.seen.flow;
	go_out(test, &b);
	KUNIT_EXPECT_EQ(test, b.verdict, IP_CT_V_TRACKED);
	KUNIT_EXPECT_PTR_EQ(test, b.seen.flow, winner);
	KUNIT_EXPECT_FALSE(test, b.seen.fresh);
	KUNIT_EXPECT_EQ(test, b.seen.dir, IP_CT_DIR_ORIGINAL);
	KUNIT_EXPECT_FALSE(test, ip_ct_has(winner, IPS_SEEN_REPLY));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_INSERT_RACE), 1);
}

/* Both ends speak first: the loser is an answer */
static void race_from_both_ends(struct kunit *test)
{
	struct way a, b;

	rcu_read_lock();
	a = come_in(test, ask(test));
	b = come_in(test, answer(test));
	go_out(test, &a);
	go_out(test, &b);
	KUNIT_EXPECT_PTR_EQ(test, b.seen.flow, a.seen.flow);
	KUNIT_EXPECT_EQ(test, b.seen.dir, IP_CT_DIR_REPLY);
	KUNIT_EXPECT_TRUE(test, ip_ct_has(a.seen.flow,
					  IPS_SEEN_REPLY | IPS_ASSURED));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
}

static void tcp_race(struct kunit *test)
{
	struct way a, b;

	rcu_read_lock();
	a = come_in(test, tcp(test, true, SYN, 100, 0));
	b = come_in(test, tcp(test, true, SYN, 100, 0));
	go_out(test, &a);
	go_out(test, &b);
	KUNIT_EXPECT_PTR_EQ(test, b.seen.flow, a.seen.flow);
	KUNIT_EXPECT_EQ(test, a.seen.flow->state, TCP_CONNTRACK_SYN_SENT);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
}

static void one_sided_udp(struct kunit *test)
{
	struct ip_conntrack *first;
	struct way w;

	set(test, IP_CT_SET_UDP, 10);
	set(test, IP_CT_SET_UDP_UNREPLIED_MAX, 25);
	rcu_read_lock();
	w = pass(test, ask(test));
	first = w.seen.flow;
	KUNIT_ASSERT_TRUE(test, ip_ct_flow_get(first));
	rcu_read_unlock();
	for (int i = 0; i < 6; i++) {
		msleep(4000);
		rcu_read_lock();
		w = pass(test, ask(test));
		/* 4, 8, 12, 16, 20, 24 seconds old */
		KUNIT_EXPECT_PTR_EQ(test, w.seen.flow, first);
		EXPECT_LEFT(test, &w, min(10, 25 - 4 * (i + 1)));
		rcu_read_unlock();
	}
	msleep(4000);
	rcu_read_lock();
	w = pass(test, ask(test));
	KUNIT_EXPECT_TRUE(test, ip_ct_has(first, IPS_DYING));
	KUNIT_EXPECT_PTR_NE(test, w.seen.flow, first);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
	ip_ct_flow_put(first);
}

/* The cap is for those whom nobody answers */
static void answered_udp(struct kunit *test)
{
	struct ip_conntrack *first;
	struct way w;

	set(test, IP_CT_SET_UDP_STREAM, 10);
	set(test, IP_CT_SET_UDP_UNREPLIED_MAX, 15);
	rcu_read_lock();
	w = pass(test, ask(test));
	first = w.seen.flow;
	pass(test, answer(test));
	rcu_read_unlock();
	for (int i = 0; i < 10; i++) {
		msleep(5000);
		rcu_read_lock();
		w = pass(test, ask(test));
		KUNIT_EXPECT_PTR_EQ(test, w.seen.flow, first);
		EXPECT_LEFT(test, &w, 10);
		rcu_read_unlock();
	}
}

static void new_timeout(struct kunit *test)
{
	struct way w;

	rcu_read_lock();
	w = pass(test, ask(test));
	EXPECT_LEFT(test, &w, 30);
	set(test, IP_CT_SET_UDP, 5);
	EXPECT_LEFT(test, &w, 30);
	w = pass(test, ask(test));
	EXPECT_LEFT(test, &w, 5);
	set(test, IP_CT_SET_UDP, 500);
	w = pass(test, ask(test));
	EXPECT_LEFT(test, &w, 500);
	rcu_read_unlock();
}

/* Its time is over and the wheel has not come yet */
static void over_but_there(struct kunit *test)
{
	struct ip_conntrack *old;
	struct way w;

	rcu_read_lock();
	w = pass(test, ask(test));
	old = w.seen.flow;
	WRITE_ONCE(old->deadline, ip_ct_now());
	w = pass(test, answer(test));
	KUNIT_EXPECT_PTR_NE(test, w.seen.flow, old);
	KUNIT_EXPECT_EQ(test, w.seen.dir, IP_CT_DIR_ORIGINAL);
	KUNIT_EXPECT_TRUE(test, ip_ct_has(old, IPS_DYING));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
}

static void ping(struct kunit *test)
{
	struct way w;

	rcu_read_lock();
	w = pass(test, icmp(test, CLIENT, SERVER, ICMP_ECHO));
	KUNIT_ASSERT_EQ(test, w.verdict, IP_CT_V_TRACKED);
	EXPECT_LEFT(test, &w, 30);
	w = pass(test, icmp(test, SERVER, CLIENT, ICMP_ECHOREPLY));
	KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_TRACKED);
	KUNIT_EXPECT_EQ(test, w.seen.dir, IP_CT_DIR_REPLY);
	KUNIT_EXPECT_TRUE(test, ip_ct_has(w.seen.flow, IPS_SEEN_REPLY));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
}

static void unasked_icmp(struct kunit *test)
{
	struct way w;

	rcu_read_lock();
	w = pass(test, icmp(test, SERVER, CLIENT, ICMP_ECHOREPLY));
	KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_INVALID);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_ICMP_UNASKED), 1);
}

static void icmp_error_related(struct kunit *test)
{
	struct quote q = { ROUTER, CLIENT, 1000, QUOTE, 1031 };
	struct ip_ct_pkt pkt;
	struct way w;

	rcu_read_lock();
	pass(test, tcp(test, true, SYN, 1000, 0));
	for (unsigned int i = 0; i < CRAFT_LAYOUTS; i++) {
		KUNIT_ASSERT_EQ(test, router_says(test, q, i, &pkt),
				IP_CT_R_OK);
		w = pass(test, pkt);
		KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_IGNORED);
		KUNIT_EXPECT_TRUE(test, w.seen.related);
		KUNIT_EXPECT_EQ(test, w.seen.dir, IP_CT_DIR_REPLY);
		KUNIT_ASSERT_NOT_NULL(test, w.seen.flow);
		KUNIT_EXPECT_EQ(test, w.seen.flow->state,
				TCP_CONNTRACK_SYN_SENT);
		KUNIT_EXPECT_FALSE(test, ip_ct_has(w.seen.flow,
						   IPS_SEEN_REPLY));
	}
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_ICMP_ERROR),
			CRAFT_LAYOUTS);
}

static void icmp_error_forged(struct kunit *test)
{
	const struct quote never_sent = { ROUTER, CLIENT, 500000, QUOTE, 1031 };
	const struct quote other_port = { ROUTER, CLIENT, 1000, QUOTE, 1032 };
	struct ip_ct_pkt pkt;

	rcu_read_lock();
	pass(test, tcp(test, true, SYN, 1000, 0));
	KUNIT_ASSERT_EQ(test, router_says(test, never_sent, CRAFT_LINEAR, &pkt),
			IP_CT_R_OK);
	KUNIT_EXPECT_EQ(test, pass(test, pkt).verdict, IP_CT_V_INVALID);
	KUNIT_ASSERT_EQ(test, router_says(test, other_port, CRAFT_LINEAR, &pkt),
			IP_CT_R_OK);
	KUNIT_EXPECT_EQ(test, pass(test, pkt).verdict, IP_CT_V_INVALID);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_ICMP_FORGED), 1);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_ICMP_NO_FLOW), 1);
}

static void icmp_error_malformed(struct kunit *test)
{
	struct quote q = { ROUTER, CLIENT, 1000, QUOTE - 1, 1031 };
	struct ip_ct_pkt pkt;

	KUNIT_EXPECT_EQ(test, router_says(test, q, CRAFT_LINEAR, &pkt),
			IP_CT_R_ICMP_INNER);
	q.len = QUOTE;
	q.to = SERVER;
	KUNIT_EXPECT_EQ(test, router_says(test, q, CRAFT_LINEAR, &pkt),
			IP_CT_R_ICMP_NOT_SENDER);
	q.to = CLIENT;
	q.udp = true;
	KUNIT_EXPECT_EQ(test, router_says(test, q, CRAFT_PAGED, &pkt),
			IP_CT_R_OK);
}

/* A closed connection: the record, the direction and the flow are new */
static void reopened(struct kunit *test)
{
	struct ip_conntrack *old;
	struct way w;

	rcu_read_lock();
	w = pass(test, tcp(test, true, SYN, 0, 0));
	old = w.seen.flow;
	pass(test, tcp(test, false, SYN | ACK, 0, 1));
	w = pass(test, tcp(test, true, ACK, 1, 1));
	KUNIT_EXPECT_TRUE(test, ip_ct_has(old, IPS_ASSURED));
	EXPECT_LEFT(test, &w, 432000);
	pass(test, tcp(test, true, FIN | ACK, 1, 1));
	pass(test, tcp(test, false, FIN | ACK, 1, 2));
	w = pass(test, tcp(test, true, ACK, 2, 2));
	KUNIT_ASSERT_PTR_EQ(test, w.seen.flow, old);
	KUNIT_ASSERT_EQ(test, old->state, TCP_CONNTRACK_TIME_WAIT);
	EXPECT_LEFT(test, &w, 120);

	w = pass(test, tcp(test, false, SYN, 100000, 0));
	KUNIT_ASSERT_EQ(test, w.verdict, IP_CT_V_TRACKED);
	KUNIT_EXPECT_PTR_NE(test, w.seen.flow, old);
	KUNIT_EXPECT_TRUE(test, ip_ct_has(old, IPS_DYING));
	KUNIT_EXPECT_EQ(test, w.seen.dir, IP_CT_DIR_ORIGINAL);
	KUNIT_EXPECT_TRUE(test, w.seen.flow->orig != old->orig);
	KUNIT_EXPECT_EQ(test, w.seen.flow->state, TCP_CONNTRACK_SYN_SENT);
	KUNIT_EXPECT_FALSE(test, ip_ct_has(w.seen.flow, IPS_SEEN_REPLY));
	EXPECT_LEFT(test, &w, 120);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_REOPENED), 1);
}

static void nothing_from_refused(struct kunit *test)
{
	struct way w;

	set(test, IP_CT_SET_TCP_LOOSE, 0);
	rcu_read_lock();
	w = pass(test, tcp(test, true, RST, 1, 0));
	KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_INVALID);
	KUNIT_EXPECT_NULL(test, w.seen.flow);
	w = pass(test, tcp(test, true, ACK, 1, 1));
	KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_INVALID);
	KUNIT_EXPECT_NULL(test, w.seen.flow);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_RST_UNKNOWN), 1);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_NO_SYN), 1);
}

/* What is ignored passes, and costs the flow none of its time */
static void ignored_keeps_time(struct kunit *test)
{
	struct way w;

	rcu_read_lock();
	pass(test, tcp(test, true, SYN, 0, 0));
	pass(test, tcp(test, false, SYN | ACK, 0, 1));
	pass(test, tcp(test, true, ACK, 1, 1));
	w = pass(test, tcp(test, false, RST, 1000, 0));
	KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_IGNORED);
	KUNIT_EXPECT_EQ(test, w.seen.flow->state, TCP_CONNTRACK_ESTABLISHED);
	EXPECT_LEFT(test, &w, 432000);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_RST_NOT_EXACT), 1);
}

static struct way pass_udp_number(struct kunit *test, u16 port)
{
	return pass(test, udp(test, CLIENT, SERVER, port, 53));
}

static void full_of_unreplied(struct kunit *test)
{
	set(test, IP_CT_SET_MAX, 10);
	rcu_read_lock();
	for (u16 port = 1; port <= 30; port++) {
		struct way w = pass_udp_number(test, port);

		KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_TRACKED);
		KUNIT_EXPECT_LE(test, rig_count(test), 10);
	}
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 10);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_EARLY_DROP), 20);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_TABLE_FULL), 0);
}

/* Ten flows that all have just had packets; how many of @more are refused */
static unsigned int refused_by_active(struct kunit *test, u16 more)
{
	unsigned int refused = 0;

	rcu_read_lock();
	for (u16 port = 1; port <= 10; port++) {
		pass_udp_number(test, port);
		pass(test, udp(test, SERVER, CLIENT, 53, port));
	}
	for (u16 port = 11; port < 11 + more; port++) {
		struct way w = pass_udp_number(test, port);

		refused += w.verdict == IP_CT_V_UNTRACKED && !w.seen.flow &&
			   w.seen.reason == IP_CT_R_TABLE_FULL;
	}
	rcu_read_unlock();
	return refused;
}

/* The same, and all of it in one tick, however slow the machine */
static unsigned int refused_in_a_tick(struct kunit *test, u16 more)
{
	unsigned int refused, tries = 0;
	u32 tick;

	set(test, IP_CT_SET_MAX, 10);
	/* the line in the log is for operators */
	ratelimit_set_flags(&rig(test)->full_log, RATELIMIT_MSG_ON_RELEASE);
	do {
		msleep(100);
		tick = ip_ct_wheel_tick();
		refused = refused_by_active(test, more);
	} while (ip_ct_wheel_tick() != tick && ++tries < 100);
	return refused;
}

static void full_of_assured(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, refused_in_a_tick(test, 10), 10);
	/* who is in goes on */
	rcu_read_lock();
	for (u16 port = 1; port <= 10; port++)
		KUNIT_EXPECT_FALSE(test,
				   pass_udp_number(test, port).seen.fresh);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 10);
	KUNIT_EXPECT_GE(test, counted(test, IP_CT_R_TABLE_FULL), 10);
}

/* To look for who gives way is not done for each of a flood of packets */
static void full_for_a_tick(struct kunit *test)
{
	unsigned long early;

	KUNIT_EXPECT_EQ(test, refused_in_a_tick(test, 50), 50);
	KUNIT_EXPECT_EQ(test, rig(test)->vain, IP_CT_VAIN_SEARCHES);

	/* a higher limit is one at once */
	early = counted(test, IP_CT_R_EARLY_DROP);
	set(test, IP_CT_SET_MAX, 11);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, pass_udp_number(test, 61).verdict,
			IP_CT_V_TRACKED);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_EARLY_DROP), early);
	rcu_read_unlock();
	/* that one gives way, as soon as somebody looks again */
	msleep(300);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, pass_udp_number(test, 62).verdict,
			IP_CT_V_TRACKED);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_EARLY_DROP), early + 1);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 11);
}

static struct way shake_hands(struct kunit *test, u16 port)
{
	pass(test, tcp_from(test, port, true, SYN, 0, 0));
	pass(test, tcp_from(test, port, false, SYN | ACK, 0, 1));
	return pass(test, tcp_from(test, port, true, ACK, 1, 1));
}

#define FULL	320	/* flows */

/* Assured flows, from port 1 on, all of them then idle for a while */
static void fill_with_assured(struct kunit *test, u16 flows)
{
	set(test, IP_CT_SET_MAX, FULL);
	rcu_read_lock();
	for (u16 port = 1; port <= flows; port++)
		shake_hands(test, port);
	rcu_read_unlock();
	msleep(500);
}

static void handshakes_at_the_limit(struct kunit *test)
{
	fill_with_assured(test, FULL);
	rcu_read_lock();
	for (u16 port = 2000; port < 2000 + FULL / 16; port++)
		pass(test, tcp_from(test, port, true, SYN, 0, 0));
	for (u16 port = 2000; port < 2000 + FULL / 16; port++)
		pass(test, tcp_from(test, port, false, SYN | ACK, 0, 1));
	for (u16 port = 2000; port < 2000 + FULL / 16; port++) {
		struct way w = pass(test, tcp_from(test, port, true, ACK,
						   1, 1));

		KUNIT_ASSERT_NOT_NULL(test, w.seen.flow);
		KUNIT_EXPECT_TRUE(test, ip_ct_has(w.seen.flow, IPS_ASSURED));
	}
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), FULL);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_TABLE_FULL), 0);
}

/* Is there a flow from this port? */
static bool is_known(struct kunit *test, u16 port)
{
	struct way w = come_in(test, tcp_from(test, port, true, ACK, 1, 1));

	if (w.seen.fresh)
		ip_ct_flow_discard(w.seen.flow);
	return !w.seen.fresh;
}

/* A flood of SYNs gets what young flows may have, and not one flow more */
static void few_are_spared(struct kunit *test)
{
	unsigned int assured = 0;

	fill_with_assured(test, FULL);
	rcu_read_lock();
	for (u16 port = 2000; port < 2500; port++)
		pass(test, tcp_from(test, port, true, SYN, 0, 0));
	for (u16 port = 1; port <= FULL; port++)
		assured += is_known(test, port);
	rcu_read_unlock();
	KUNIT_EXPECT_LT(test, assured, FULL);
	KUNIT_EXPECT_GE(test, assured, FULL - FULL / 16 - 1);
	KUNIT_EXPECT_EQ(test, rig_count(test), FULL);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_TABLE_FULL), 0);
}

/* The flood goes on between the packets of a handshake */
static void handshake_in_a_flood(struct kunit *test)
{
	u16 port = 2000;
	struct way w;

	set(test, IP_CT_SET_MAX, FULL);
	rcu_read_lock();
	while (port < 2000 + 3 * FULL)
		pass(test, tcp_from(test, port++, true, SYN, 0, 0));
	pass(test, tcp_from(test, 1, true, SYN, 0, 0));
	while (port < 2000 + 3 * FULL + FULL / 2)
		pass(test, tcp_from(test, port++, true, SYN, 0, 0));
	pass(test, tcp_from(test, 1, false, SYN | ACK, 0, 1));
	while (port < 2000 + 4 * FULL)
		pass(test, tcp_from(test, port++, true, SYN, 0, 0));
	w = pass(test, tcp_from(test, 1, true, ACK, 1, 1));
	KUNIT_ASSERT_NOT_NULL(test, w.seen.flow);
	KUNIT_EXPECT_TRUE(test, ip_ct_has(w.seen.flow, IPS_ASSURED));
	rcu_read_unlock();
}

/* Who has waited for long is not in the middle of a handshake */
static void old_are_not_spared(struct kunit *test)
{
	rcu_read_lock();
	pass(test, tcp_from(test, 2000, true, SYN, 0, 0));
	rcu_read_unlock();
	msleep(3000);
	fill_with_assured(test, FULL - 1);
	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, is_known(test, 2000));
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_EARLY_DROP), 0);
	pass(test, tcp_from(test, 2001, true, SYN, 0, 0));
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_EARLY_DROP), 1);
	KUNIT_EXPECT_FALSE(test, is_known(test, 2000));
	rcu_read_unlock();
}

/* The wheel has not seen since their first packet that they were answered */
static void answered_are_idle(struct kunit *test)
{
	set(test, IP_CT_SET_MAX, FULL);
	rcu_read_lock();
	for (u16 port = 1; port <= FULL; port++) {
		pass_udp_number(test, port);
		pass(test, udp(test, SERVER, CLIENT, 53, port));
	}
	rcu_read_unlock();
	msleep(500);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, pass_udp_number(test, 2000).verdict,
			IP_CT_V_TRACKED);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_EARLY_DROP), 1);
}

static void no_limit(struct kunit *test)
{
	set(test, IP_CT_SET_MAX, 0);
	rcu_read_lock();
	for (u16 port = 1; port <= 500; port++)
		KUNIT_EXPECT_EQ(test, pass_udp_number(test, port).verdict,
				IP_CT_V_TRACKED);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 500);
}

/* pf's rule: nothing changes up to 3/4, at the limit time-outs are halved */
static void times_shrink(struct kunit *test)
{
	struct way w;

	set(test, IP_CT_SET_MAX, 400);
	rcu_read_lock();
	for (u16 port = 1; port <= 300; port++) {
		w = pass_udp_number(test, port);
		EXPECT_LEFT(test, &w, 30);
	}
	for (u16 port = 301; port <= 350; port++)
		w = pass_udp_number(test, port);
	/* three quarters of the time, in sixteenths */
	KUNIT_EXPECT_LE(test, left(&w), 30 * 13 / 16);
	KUNIT_EXPECT_GE(test, left(&w), 30 * 12 / 16 - 1);
	for (u16 port = 351; port <= 401; port++)
		w = pass_udp_number(test, port);
	EXPECT_LEFT(test, &w, 15);
	/* who was there before is refreshed by the same rule */
	w = pass_udp_number(test, 400);
	EXPECT_LEFT(test, &w, 15);
	rcu_read_unlock();
}

/* A flow counts for who has begun it, and until it ends */
static void sources_share(struct kunit *test)
{
	struct way w;

	set(test, IP_CT_SET_SOURCE_MAX, 3);
	rcu_read_lock();
	for (u16 port = 1; port <= 3; port++)
		KUNIT_EXPECT_EQ(test, pass_udp_number(test, port).verdict,
				IP_CT_V_TRACKED);
	w = pass_udp_number(test, 4);
	KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_UNTRACKED);
	KUNIT_EXPECT_EQ(test, w.seen.reason, IP_CT_R_SOURCE_FULL);
	/* its flows go on, and an answer is nobody's new flow */
	w = pass(test, udp(test, SERVER, CLIENT, 53, 1));
	KUNIT_EXPECT_EQ(test, w.verdict, IP_CT_V_TRACKED);
	KUNIT_EXPECT_EQ(test, w.seen.dir, IP_CT_DIR_REPLY);
	/* others have shares of their own */
	for (u16 port = 1; port <= 3; port++)
		KUNIT_EXPECT_EQ(test, pass(test, udp(test, SERVER, CLIENT,
						     100 + port, 7)).verdict,
				IP_CT_V_TRACKED);
	KUNIT_EXPECT_EQ(test, rig_count(test), 6);
	ip_ct_flow_kill(rig(test), w.seen.flow);
	KUNIT_EXPECT_EQ(test, pass_udp_number(test, 4).verdict,
			IP_CT_V_TRACKED);
	KUNIT_EXPECT_EQ(test, pass_udp_number(test, 5).verdict,
			IP_CT_V_UNTRACKED);
	/* 0 is off, also for who has reached it */
	set(test, IP_CT_SET_SOURCE_MAX, 0);
	KUNIT_EXPECT_EQ(test, pass_udp_number(test, 5).verdict,
			IP_CT_V_TRACKED);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_SOURCE_FULL), 2);
}

/* The host's own flows, of which there are none here, do not count */
static void guests_share_a_limit(struct kunit *test)
{
	struct ip_ct_net *first = rig(test), *host = ip_ct_net(&init_net);
	unsigned int max = ip_ct_setting(&host->settings, IP_CT_SET_MAX);

	ip_ct_setting_change(&host->settings, IP_CT_SET_MAX, 10);
	first->guest = true;
	rcu_read_lock();
	for (u16 port = 1; port <= 7; port++)
		pass_udp_number(test, port);
	rcu_read_unlock();

	KUNIT_EXPECT_EQ(test, rig_init(test), 0);
	rig(test)->guest = true;
	rcu_read_lock();
	for (u16 port = 1; port <= 30; port++)
		KUNIT_EXPECT_EQ(test, pass_udp_number(test, port).verdict,
				IP_CT_V_TRACKED);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 3);
	KUNIT_EXPECT_EQ(test, counted(test, IP_CT_R_EARLY_DROP), 27);
	rig_exit(test);

	test->priv = first;
	KUNIT_EXPECT_EQ(test, rig_count(test), 7);
	rcu_read_lock();
	for (u16 port = 8; port <= 30; port++)
		pass_udp_number(test, port);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, rig_count(test), 10);
	ip_ct_setting_change(&host->settings, IP_CT_SET_MAX, max);
}

static struct kunit_case core_cases[] = {
	IP_CT_CASE(udp_exchange, "a UDP answer makes 180 seconds and ASSURED"),
	IP_CT_CASE(dropped_on_the_way,
		   "what is dropped before it is confirmed leaves no entry"),
	IP_CT_CASE(race, "two first packets at once make one flow"),
	IP_CT_CASE(race_from_both_ends,
		   "first packets of both ends at once are asked and answered"),
	IP_CT_CASE(tcp_race, "a SYN that races its own repeat is one SYN"),
	IP_CT_CASE(one_sided_udp, "a sender whom nobody answers is capped"),
	IP_CT_CASE(answered_udp, "a sender who was answered is not capped"),
	IP_CT_CASE(new_timeout,
		   "a changed time-out governs from the next packet on"),
	IP_CT_CASE(over_but_there, "a packet does not revive what is over"),
	IP_CT_CASE(ping, "a ping and its answer are one flow"),
	IP_CT_CASE(unasked_icmp, "ICMP that nobody asked for makes no flow"),
	IP_CT_CASE(icmp_error_related,
		   "an ICMP error is related to the flow that it quotes"),
	IP_CT_CASE(icmp_error_forged,
		   "an ICMP error about what was never sent is INVALID"),
	IP_CT_CASE(icmp_error_malformed,
		   "an ICMP error must quote enough, and to the sender"),
	IP_CT_CASE(reopened, "ports used again are a new flow"),
	IP_CT_CASE(nothing_from_refused, "what is refused makes no flow"),
	IP_CT_CASE(ignored_keeps_time, "what is ignored moves no deadline"),
	IP_CT_CASE(full_of_unreplied, "in a full table the unreplied give way"),
	IP_CT_CASE(full_of_assured, "in a full table the assured stay"),
	IP_CT_CASE(full_for_a_tick,
		   "searches for who gives way are few in a tick"),
	IP_CT_CASE(handshakes_at_the_limit,
		   "handshakes under way at the limit do not end each other"),
	IP_CT_CASE(handshake_in_a_flood,
		   "in a flood of SYNs the oldest gives way, not the last"),
	IP_CT_CASE(few_are_spared,
		   "a flood of SYNs takes a small share from the assured"),
	IP_CT_CASE(old_are_not_spared,
		   "who waits for an answer for long gives way first"),
	IP_CT_CASE(answered_are_idle,
		   "a table full of idle answered flows has room at once"),
	IP_CT_CASE(no_limit, "a limit of 0 is none"),
	IP_CT_CASE(times_shrink, "time-outs shrink from three quarters full on"),
	IP_CT_CASE(sources_share, "a source has ip_conntrack_source_max flows"),
	IP_CT_CASE(guests_share_a_limit,
		   "namespaces of ordinary users share the host's limit"),
	{}
};

static struct kunit_suite core_suite = {
	.name = "core",
	.init = rig_init,
	.exit = rig_exit,
	.test_cases = core_cases,
};

kunit_test_suite(core_suite);
