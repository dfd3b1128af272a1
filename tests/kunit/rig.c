// SPDX-License-Identifier: GPL-2.0
/*
 * rig.c - see rig.h. The namespace that the tracker belongs to is the
 * kernel's first one, whose packets go to the tracker of main.c and not here.
 */
#include <linux/in.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "expire.h"
#include "rig.h"

int rig_init(struct kunit *test)
{
	struct ip_ct_net *cn = kzalloc(sizeof(*cn), GFP_KERNEL);
	int err;

	if (!cn)
		return -ENOMEM;
	err = ip_ct_net_init(cn, &init_net);
	if (err)
		kfree(cn);
	else
		test->priv = cn;
	return err;
}

void rig_exit(struct kunit *test)
{
	struct ip_ct_net *cn = test->priv;

	if (!cn)
		return;
	ip_ct_net_exit(cn);
	/* what waits for a grace period is ours */
	rcu_barrier();
	kfree(cn);
}

/* UDP flows of many clients and ports with a few servers */
void rig_key(struct ip_ct_key *key, u32 number)
{
	ip_ct_key_set(key, IPPROTO_UDP, htonl(0x0a000000 + number / 50000),
		      htonl(0xc0a80101), htons(1024 + number % 50000),
		      htons(53));
}

u32 rig_hash(struct ip_ct_net *cn, u32 number)
{
	struct ip_ct_hash hash;
	struct ip_ct_key key;

	rig_key(&key, number);
	rcu_read_lock();
	hash = ip_ct_table_hash(&cn->table, &key);
	rcu_read_unlock();
	return hash.value;
}

/* A flow that is in no table; the caller's. It answers to its number. */
struct ip_conntrack *rig_flow(struct kunit *test, u32 number)
{
	struct ip_ct_net *cn = rig(test);
	struct ip_conntrack *flow;
	struct ip_ct_key key;

	rig_key(&key, number);
	rcu_read_lock();
	flow = ip_ct_flow_new(cn, &key, ip_ct_table_hash(&cn->table, &key), 0,
			      NULL);
	rcu_read_unlock();
	KUNIT_ASSERT_NOT_NULL(test, flow);
	flow->birth = ip_ct_now();
	flow->mark = number;
	return flow;
}

/* The flow of that number, without a reference: caller holds RCU, or knows */
struct ip_conntrack *rig_find(struct kunit *test, u32 number)
{
	struct ip_ct_net *cn = rig(test);
	struct ip_conntrack *flow;
	struct ip_ct_hash hash;
	struct ip_ct_key key;

	rig_key(&key, number);
	rcu_read_lock();
	flow = ip_ct_table_find(&cn->table, &key, &hash);
	rcu_read_unlock();
	return flow;
}

/* A flow in table and wheel, as ip_ct_confirm() does it */
struct ip_conntrack *rig_enter(struct kunit *test, u32 number, u32 deadline)
{
	struct ip_conntrack *flow = rig_flow(test, number), *there;
	struct ip_ct_wheel *wheel;

	flow->deadline = deadline;
	rcu_read_lock();
	local_bh_disable();
	wheel = ip_ct_wheel_choose(rig(test), flow);
	KUNIT_EXPECT_NOT_NULL(test, wheel);
	there = ip_ct_table_insert(&rig(test)->table, flow);
	if (!there)
		ip_ct_arm(flow, wheel);
	local_bh_enable();
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, there);
	return flow;
}

unsigned int rig_count(struct kunit *test)
{
	return atomic_read(&rig(test)->table.count);
}

/* Let others run: the work that resizes, and the grace periods */
void rig_wait(void)
{
	cond_resched();
	schedule_timeout_uninterruptible(1);
}
