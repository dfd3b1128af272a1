// SPDX-License-Identifier: GPL-2.0
/*
 * expire_test.c - a flow ends at its deadline: not before, and within a
 * second after.
 *
 * Most cases turn the wheel by hand, in simulated jiffies, so that months pass
 * in a moment. Those that run for half of the counter's range begin shortly
 * before it wraps, as a signed and as an unsigned number.
 */
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "expire.h"
#include "rig.h"
#include "sentence.h"

#define TICK	(1U << IP_CT_WHEEL_SHIFT)
#define SLACK	(2 * TICK)
#define AHEAD	(1U << 20)	/* of the kernel's own clock */
#define LONGEST	((1U << 31) - 2 * AHEAD)

/* The wheel of the only CPU, its timer stopped: time is what we say */
static struct ip_ct_wheel *wheel_by_hand(struct kunit *test, u32 *now)
{
	struct ip_conntrack *flow = rig_flow(test, U32_MAX);
	struct ip_ct_wheel *wheel;

	local_bh_disable();
	wheel = ip_ct_wheel_choose(rig(test), flow);
	KUNIT_ASSERT_NOT_NULL(test, wheel);
	local_bh_enable();
	ip_ct_flow_put(flow);

	*now = ALIGN(ip_ct_now() + AHEAD, TICK);
	spin_lock_bh(&wheel->lock);
	wheel->stopped = true;
	wheel->clock = *now;
	spin_unlock_bh(&wheel->lock);
	return wheel;
}

static const u32 starts[] = { U32_MAX - 100 * HZ, S32_MAX - 100 * HZ, 0 };

/*
 * The same at any time: a flow that outlives all others keeps the wheel from
 * looking at the kernel's clock, which it does when it has been empty.
 */
static struct ip_ct_wheel *wheel_at(struct kunit *test, u32 start, u32 *now)
{
	struct ip_ct_wheel *wheel = wheel_by_hand(test, now);
	struct ip_conntrack *last = rig_enter(test, U32_MAX, *now + HZ);

	*now = ALIGN(start, TICK);
	spin_lock_bh(&wheel->lock);
	wheel->clock = *now;
	spin_unlock_bh(&wheel->lock);
	last->deadline = *now + S32_MAX;
	ip_ct_rearm(rig(test), last);
	return wheel;
}

static bool alive(const struct ip_conntrack *flow)
{
	return !ip_ct_has(flow, IPS_DYING);
}

/* Flows are held, so that they can be looked at after their end */
static struct ip_conntrack *enter_held(struct kunit *test, u32 number,
				       u32 deadline)
{
	struct ip_conntrack *flow = rig_enter(test, number, deadline);

	KUNIT_ASSERT_TRUE(test, ip_ct_flow_get(flow));
	return flow;
}

/* Let time come to @now, as one late timer would */
static unsigned int turn(struct ip_ct_wheel *wheel, u32 now)
{
	unsigned int runs = 1;

	while (!ip_ct_wheel_run(wheel, now))
		runs++;
	return runs;
}

/* Let time come to @now, stopping wherever the timer would have fired */
static void turn_on_time(struct ip_ct_wheel *wheel, u32 now)
{
	u32 when;

	for (;;) {
		bool more;

		spin_lock_bh(&wheel->lock);
		more = ip_ct_wheel_next(wheel, &when);
		spin_unlock_bh(&wheel->lock);
		if (!more || (s32)(when - now) > 0)
			break;
		turn(wheel, when);
	}
	turn(wheel, now);
}

/* From moments to months, as many short ones as long ones */
static u32 random_timeout(struct rnd_state *rnd)
{
	u32 bits = 1 + prandom_u32_state(rnd) % 31;

	return min_t(u32, prandom_u32_state(rnd) >> (32 - bits), LONGEST);
}

#define FLOWS 800

struct crowd {
	struct ip_conntrack *flow[FLOWS];
	unsigned int alive;
};

static struct crowd *new_crowd(struct kunit *test, struct rnd_state *rnd,
			       u32 now)
{
	struct crowd *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	for (c->alive = 0; c->alive < FLOWS; c->alive++)
		c->flow[c->alive] = enter_held(test, c->alive,
					       now + random_timeout(rnd));
	return c;
}

/* At @now nobody has died early, and nobody is overdue */
static void check_crowd(struct kunit *test, struct crowd *c, u32 now,
			u32 slack)
{
	for (unsigned int i = 0; i < c->alive; ) {
		struct ip_conntrack *flow = c->flow[i];
		s32 left = flow->deadline - now;

		if (alive(flow)) {
			KUNIT_ASSERT_GT(test, left, -(s32)slack);
			i++;
			continue;
		}
		KUNIT_ASSERT_LE(test, left, 0);
		KUNIT_ASSERT_TRUE(test, list_empty(&flow->wheel));
		ip_ct_flow_put(flow);
		c->flow[i] = c->flow[--c->alive];
	}
}

static void end_crowd(struct kunit *test, struct crowd *crowd)
{
	while (crowd->alive)
		ip_ct_flow_put(crowd->flow[--crowd->alive]);
	ip_ct_net_flush(rig(test), 0, false);
	kunit_kfree(test, crowd);
}

static void on_time_from(struct kunit *test, u32 start, struct rnd_state *rnd)
{
	struct crowd *crowd;
	struct ip_ct_wheel *wheel;
	unsigned int visits = 0;
	u32 now, begin;

	wheel = wheel_at(test, start, &begin);
	crowd = new_crowd(test, rnd, begin);
	while (crowd->alive) {
		bool more;

		spin_lock_bh(&wheel->lock);
		more = ip_ct_wheel_next(wheel, &now);
		spin_unlock_bh(&wheel->lock);
		KUNIT_ASSERT_TRUE(test, more);
		turn(wheel, now);
		check_crowd(test, crowd, now, SLACK);
		visits++;
	}
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
	/* months went by, and the wheel was touched some times a flow */
	KUNIT_EXPECT_GT(test, now - begin, LONGEST / 4);
	KUNIT_EXPECT_LT(test, visits, FLOWS * IP_CT_WHEEL_LEVELS * 4);
	end_crowd(test, crowd);
}

static void on_time(struct kunit *test)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 21);
	for (int i = 0; i < ARRAY_SIZE(starts); i++)
		on_time_from(test, starts[i], &rnd);
}

static void late_timer(struct kunit *test)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 22);
	for (int i = 0; i < ARRAY_SIZE(starts); i++) {
		u32 now;
		struct ip_ct_wheel *wheel = wheel_at(test, starts[i], &now);
		struct crowd *crowd = new_crowd(test, &rnd, now);

		for (u32 step = 2; step < 1U << 26; step *= 2) {
			for (int j = 0; j < 15; j++) {
				now += prandom_u32_state(&rnd) % step;
				turn(wheel, now);
				check_crowd(test, crowd, now, SLACK);
			}
		}
		KUNIT_EXPECT_LT(test, crowd->alive, FLOWS / 4);
		end_crowd(test, crowd);
	}
}

/* The traffic of a life: mostly longer, sometimes shorter, from now on */
static void refreshed(struct kunit *test)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 23);
	for (int i = 0; i < ARRAY_SIZE(starts); i++) {
		u32 now;
		struct ip_ct_wheel *wheel = wheel_at(test, starts[i], &now);
		struct crowd *crowd = new_crowd(test, &rnd, now);

		for (unsigned int j = 0; j < 3000 && crowd->alive; j++) {
			now += prandom_u32_state(&rnd) % (1U << (j % 20));
			turn_on_time(wheel, now);
			check_crowd(test, crowd, now, SLACK);
			for (int k = 0; k < 5 && crowd->alive; k++) {
				u32 n = prandom_u32_state(&rnd) % crowd->alive;

				ip_ct_refresh(rig(test), crowd->flow[n], now,
					      random_timeout(&rnd) / 1024);
			}
		}
		KUNIT_EXPECT_LT(test, crowd->alive, FLOWS / 2);
		end_crowd(test, crowd);
	}
}

static void longer_is_free(struct kunit *test)
{
	struct ip_conntrack *flow;
	struct ip_ct_wheel *wheel;
	struct list_head *before;
	u32 now, end;

	wheel = wheel_by_hand(test, &now);
	flow = enter_held(test, 1, now + 30 * HZ);
	before = flow->wheel.prev;
	/* a lock that is held says that nobody needs it */
	spin_lock_bh(&wheel->lock);
	for (int i = 1; i < 100; i++)
		ip_ct_refresh(rig(test), flow, now + i * HZ, 30 * HZ);
	spin_unlock_bh(&wheel->lock);
	end = now + 99 * HZ + 30 * HZ;
	KUNIT_EXPECT_PTR_EQ(test, flow->wheel.prev, before);
	KUNIT_EXPECT_EQ(test, flow->deadline, end);

	turn_on_time(wheel, end - 1);
	KUNIT_EXPECT_TRUE(test, alive(flow));
	turn_on_time(wheel, end + SLACK);
	KUNIT_EXPECT_FALSE(test, alive(flow));
	ip_ct_flow_put(flow);
}

static void shorter_counts_at_once(struct kunit *test)
{
	struct ip_conntrack *flow;
	struct ip_ct_wheel *wheel;
	u32 now;

	wheel = wheel_by_hand(test, &now);
	flow = enter_held(test, 1, now + 432000 * HZ);
	turn_on_time(wheel, now + 100 * HZ);
	now += 100 * HZ;
	ip_ct_refresh(rig(test), flow, now, 10 * HZ);
	turn_on_time(wheel, now + 10 * HZ - 1);
	KUNIT_EXPECT_TRUE(test, alive(flow));
	turn_on_time(wheel, now + 10 * HZ + SLACK);
	KUNIT_EXPECT_FALSE(test, alive(flow));
	ip_ct_flow_put(flow);
}

static void no_time_at_all(struct kunit *test)
{
	struct ip_conntrack *flow;
	struct ip_ct_wheel *wheel;
	u32 now;

	wheel = wheel_by_hand(test, &now);
	flow = enter_held(test, 1, now + 100 * HZ);
	ip_ct_refresh(rig(test), flow, now, 0);
	turn_on_time(wheel, now + SLACK);
	KUNIT_EXPECT_FALSE(test, alive(flow));
	ip_ct_flow_put(flow);
}

static void over_when_it_comes(struct kunit *test)
{
	struct ip_conntrack *flow;
	struct ip_ct_wheel *wheel;
	u32 now;

	wheel = wheel_by_hand(test, &now);
	turn(wheel, now + 100 * HZ);
	now += 100 * HZ;
	flow = enter_held(test, 1, now - 50 * HZ);
	turn_on_time(wheel, now + SLACK);
	KUNIT_EXPECT_FALSE(test, alive(flow));
	ip_ct_flow_put(flow);
}

/* The wheel reaches some days ahead; five days and 200 are beyond, or near */
static void far_ahead(struct kunit *test)
{
	static const u32 days[] = { 5, 12, 16, 60, 200 };

	for (int i = 0; i < ARRAY_SIZE(days); i++) {
		struct ip_conntrack *flow;
		struct ip_ct_wheel *wheel;
		unsigned int visits = 0;
		u32 now, when, end;

		wheel = wheel_by_hand(test, &now);
		end = now + days[i] * 86400 * HZ;
		flow = enter_held(test, i, end);
		while (alive(flow) && visits++ < 1000) {
			bool more;

			spin_lock_bh(&wheel->lock);
			more = ip_ct_wheel_next(wheel, &when);
			spin_unlock_bh(&wheel->lock);
			KUNIT_ASSERT_TRUE(test, more);
			KUNIT_ASSERT_LE(test, (s32)(when - end), (s32)SLACK);
			turn(wheel, when);
			if ((s32)(when - end) < 0)
				KUNIT_ASSERT_TRUE(test, alive(flow));
		}
		KUNIT_EXPECT_FALSE(test, alive(flow));
		KUNIT_EXPECT_LT_MSG(test, visits, 32, "%u days", days[i]);
		ip_ct_flow_put(flow);
	}
}

static void many_at_once(struct kunit *test)
{
	const unsigned int many = 1000;
	struct ip_ct_wheel *wheel;
	unsigned int runs;
	u32 now;

	wheel = wheel_by_hand(test, &now);
	for (u32 i = 0; i < many; i++)
		rig_enter(test, i, now + 10 * HZ);
	turn(wheel, now + 10 * HZ - 1);
	KUNIT_EXPECT_EQ(test, rig_count(test), many);
	runs = turn(wheel, now + 10 * HZ + SLACK);
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
	/* no run does more than its share */
	KUNIT_EXPECT_GE(test, runs, many / IP_CT_WHEEL_BATCH);
}

static void idle_wheel(struct kunit *test)
{
	struct ip_conntrack *flow;
	struct ip_ct_wheel *wheel;
	u32 now, when;

	wheel = wheel_by_hand(test, &now);
	spin_lock_bh(&wheel->lock);
	KUNIT_EXPECT_FALSE(test, ip_ct_wheel_next(wheel, &when));
	spin_unlock_bh(&wheel->lock);

	flow = enter_held(test, 1, now + 3600 * HZ);
	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, ip_ct_flow_kill(rig(test), flow));
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, list_empty(&flow->wheel));
	ip_ct_flow_put(flow);
	/* what it left behind is tidied up once, then there is rest */
	turn_on_time(wheel, now + 3700 * HZ);
	spin_lock_bh(&wheel->lock);
	KUNIT_EXPECT_FALSE(test, ip_ct_wheel_next(wheel, &when));
	spin_unlock_bh(&wheel->lock);
}

static void dead_before_armed(struct kunit *test)
{
	struct ip_conntrack *flow;
	struct ip_ct_wheel *wheel;
	u32 now;

	wheel_by_hand(test, &now);
	flow = rig_flow(test, 1);
	flow->deadline = now + HZ;
	rcu_read_lock();
	local_bh_disable();
	wheel = ip_ct_wheel_choose(rig(test), flow);
	KUNIT_ASSERT_NOT_NULL(test, wheel);
	KUNIT_ASSERT_NULL(test, ip_ct_table_insert(&rig(test)->table, flow));
	KUNIT_ASSERT_TRUE(test, ip_ct_flow_get(flow));
	/* another CPU finds it in the table, and ends it */
	KUNIT_EXPECT_TRUE(test, ip_ct_flow_kill(rig(test), flow));
	ip_ct_arm(flow, wheel);
	local_bh_enable();
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, list_empty(&flow->wheel));
	ip_ct_flow_put(flow);
}

/* The kernel's own timers, and simulated minutes that cost nothing */
static void real_timers(struct kunit *test)
{
	struct rnd_state rnd;
	struct crowd *crowd = kunit_kzalloc(test, sizeof(*crowd), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, crowd);
	prandom_seed_state(&rnd, 24);
	for (; crowd->alive < 200; crowd->alive++)
		crowd->flow[crowd->alive] =
			enter_held(test, crowd->alive, ip_ct_now() +
				   prandom_u32_state(&rnd) % (200 * HZ));
	/* KUnit allows a case 300 seconds of the kernel's time */
	for (int i = 0; i < 240 * 4; i++) {
		msleep(250);
		check_crowd(test, crowd, ip_ct_now(), HZ);
		/* someone speaks */
		if (crowd->alive && i < 440)
			ip_ct_refresh(rig(test),
				      crowd->flow[i % crowd->alive],
				      ip_ct_now(),
				      prandom_u32_state(&rnd) % (120 * HZ));
	}
	KUNIT_EXPECT_EQ(test, crowd->alive, 0);
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
}

static void seconds_left(struct kunit *test)
{
	static const u32 nows[] = { 0, 1, 1000000, S32_MAX, U32_MAX - 5 };
	struct ip_conntrack *flow = rig_flow(test, 1);

	for (int i = 0; i < ARRAY_SIZE(nows); i++) {
		u32 now = nows[i];

		for (u32 s = 0; s < 432000; s = 3 * s + 1) {
			flow->deadline = now + s * HZ;
			KUNIT_EXPECT_EQ(test, ip_ct_seconds_left(flow, now), s);
			KUNIT_EXPECT_EQ(test,
					ip_ct_seconds_left(flow, now - 1), s);
			KUNIT_EXPECT_EQ(test,
					ip_ct_seconds_left(flow, now + 1),
					s ? s - 1 : 0);
		}
		flow->deadline = now - 1;
		KUNIT_EXPECT_EQ(test, ip_ct_seconds_left(flow, now), 0);
		flow->deadline = now - 1000 * HZ;
		KUNIT_EXPECT_EQ(test, ip_ct_seconds_left(flow, now), 0);
	}
	ip_ct_flow_put(flow);
}

/* Who gives way when there is no room: by class, then who came first */
static void who_gives_way(struct kunit *test)
{
	struct ip_conntrack *flow[6];
	u32 now;

	wheel_by_hand(test, &now);
	for (u32 i = 0; i < ARRAY_SIZE(flow); i++) {
		/* of each class an elder one with much time, then the other */
		flow[i] = enter_held(test, i, now + (i % 2 ? 20 : 500) * HZ);
		if (i / 2 >= 1)
			ip_ct_set(flow[i], IPS_SEEN_REPLY);
		if (i / 2 >= 2)
			ip_ct_set(flow[i], IPS_ASSURED);
		ip_ct_rearm(rig(test), flow[i]);
		msleep(200);
	}
	rcu_read_lock();
	for (u32 i = 0; i < 4; i++) {
		KUNIT_EXPECT_TRUE(test, alive(flow[i]));
		KUNIT_EXPECT_TRUE(test, ip_ct_evict(rig(test),
						    IP_CT_UNASSURED));
		KUNIT_EXPECT_FALSE_MSG(test, alive(flow[i]), "flow %u", i);
	}
	/* who is assured never gives way to a flood */
	KUNIT_EXPECT_FALSE(test, ip_ct_evict(rig(test), IP_CT_UNASSURED));
	KUNIT_EXPECT_TRUE(test, alive(flow[4]) && alive(flow[5]));
	rcu_read_unlock();
	for (u32 i = 0; i < ARRAY_SIZE(flow); i++)
		ip_ct_flow_put(flow[i]);
}

/* A flow whose class has risen since it was put on the wheel */
static void risen_since(struct kunit *test)
{
	struct ip_conntrack *flow[3];
	u32 now;

	wheel_by_hand(test, &now);
	for (u32 i = 0; i < ARRAY_SIZE(flow); i++)
		flow[i] = enter_held(test, i, now + 30 * HZ);
	ip_ct_set(flow[0], IPS_SEEN_REPLY | IPS_ASSURED);
	ip_ct_set(flow[1], IPS_SEEN_REPLY | IPS_ASSURED);
	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, ip_ct_evict(rig(test), IP_CT_UNASSURED));
	KUNIT_EXPECT_FALSE(test, ip_ct_evict(rig(test), IP_CT_UNASSURED));
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, alive(flow[0]));
	KUNIT_EXPECT_TRUE(test, alive(flow[1]));
	KUNIT_EXPECT_FALSE(test, alive(flow[2]));
	for (u32 i = 0; i < ARRAY_SIZE(flow); i++)
		ip_ct_flow_put(flow[i]);
}

static struct kunit_case expire_cases[] = {
	IP_CT_CASE(on_time, "flows of moments and of months end on time"),
	IP_CT_CASE(late_timer, "a late timer ends all that are over"),
	IP_CT_CASE(refreshed, "flows that are refreshed end by their last word"),
	IP_CT_CASE(longer_is_free, "a later deadline needs no lock"),
	IP_CT_CASE(shorter_counts_at_once, "a nearer deadline counts at once"),
	IP_CT_CASE(no_time_at_all, "a flow may be given no time at all"),
	IP_CT_CASE(over_when_it_comes, "a deadline that has passed is not lost"),
	IP_CT_CASE(far_ahead, "deadlines beyond the wheel's reach are kept"),
	IP_CT_CASE(many_at_once, "a thousand that end at once end in shares"),
	IP_CT_CASE(idle_wheel, "an empty wheel asks for no timer"),
	IP_CT_CASE(dead_before_armed, "who dies before the wheel stays off it"),
	IP_CT_CASE(real_timers, "the kernel's timers end each within a second"),
	IP_CT_CASE(seconds_left, "seconds left are exact and never negative"),
	IP_CT_CASE(who_gives_way, "the least needed gives way, assured ones never"),
	IP_CT_CASE(risen_since, "who has been answered since does not give way"),
	{}
};

static struct kunit_suite expire_suite = {
	.name = "expire",
	.init = rig_init,
	.exit = rig_exit,
	.test_cases = expire_cases,
};

kunit_test_suite(expire_suite);
