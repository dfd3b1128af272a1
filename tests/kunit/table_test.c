// SPDX-License-Identifier: GPL-2.0
/*
 * table_test.c - what is in is found, what is out is not, and a walk shows
 * every flow that lives throughout exactly once, whatever the table does.
 */
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "expire.h"
#include "rig.h"
#include "sentence.h"
#include "table.h"

static struct ip_ct_table *table(struct kunit *test)
{
	return &rig(test)->table;
}

/* Let a resize come to its end */
static void settle(struct kunit *test)
{
	flush_work(&table(test)->work);
}

/* Enter a flow without a wheel: the table alone is under test */
static struct ip_conntrack *enter(struct kunit *test,
				  struct ip_conntrack *flow)
{
	struct ip_conntrack *there;

	rcu_read_lock();
	local_bh_disable();
	KUNIT_EXPECT_NOT_NULL(test, ip_ct_wheel_choose(rig(test), flow));
	there = ip_ct_table_insert(table(test), flow);
	local_bh_enable();
	rcu_read_unlock();
	return there;
}

static struct ip_conntrack *enter_number(struct kunit *test, u32 number)
{
	struct ip_conntrack *flow = rig_flow(test, number);

	KUNIT_EXPECT_NULL(test, enter(test, flow));
	return flow;
}

static void kill_number(struct kunit *test, u32 number)
{
	struct ip_conntrack *flow;

	rcu_read_lock();
	flow = rig_find(test, number);
	KUNIT_EXPECT_TRUE(test, flow && ip_ct_flow_kill(rig(test), flow));
	rcu_read_unlock();
}

static void found_by_key(struct kunit *test)
{
	struct ip_conntrack *flows[100];

	for (u32 i = 0; i < ARRAY_SIZE(flows); i++)
		flows[i] = enter_number(test, i);
	for (u32 i = 0; i < ARRAY_SIZE(flows); i++)
		KUNIT_EXPECT_PTR_EQ(test, rig_find(test, i), flows[i]);
	for (u32 i = ARRAY_SIZE(flows); i < 1000; i++)
		KUNIT_EXPECT_NULL(test, rig_find(test, i));
	KUNIT_EXPECT_EQ(test, rig_count(test), ARRAY_SIZE(flows));
}

static void first_one_stays(struct kunit *test)
{
	struct ip_conntrack *first = enter_number(test, 7);
	struct ip_conntrack *second = rig_flow(test, 7);

	KUNIT_EXPECT_PTR_EQ(test, enter(test, second), first);
	KUNIT_EXPECT_PTR_EQ(test, rig_find(test, 7), first);
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
	/* the loser is its maker's, and nobody else's */
	KUNIT_EXPECT_EQ(test, refcount_read(&second->ref), 1);
	KUNIT_EXPECT_FALSE(test, ip_ct_has(second, IPS_CONFIRMED));
	ip_ct_flow_put(second);
}

static void dying_is_no_hindrance(struct kunit *test)
{
	struct ip_conntrack *old = enter_number(test, 7);
	struct ip_conntrack *new = rig_flow(test, 7);

	/* somebody has begun to end it and has not come to the table yet */
	atomic_or(IPS_DYING, &old->status);
	KUNIT_EXPECT_NULL(test, enter(test, new));
	KUNIT_EXPECT_PTR_EQ(test, rig_find(test, 7), new);
	ip_ct_table_remove(table(test), old);
	ip_ct_flow_put(old);
	KUNIT_EXPECT_PTR_EQ(test, rig_find(test, 7), new);
	KUNIT_EXPECT_EQ(test, rig_count(test), 1);
}

static void ended_once(struct kunit *test)
{
	struct ip_conntrack *flow = enter_number(test, 1);

	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, ip_ct_flow_get(flow));
	KUNIT_EXPECT_TRUE(test, ip_ct_flow_kill(rig(test), flow));
	KUNIT_EXPECT_FALSE(test, ip_ct_flow_kill(rig(test), flow));
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, rig_find(test, 1));
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&flow->ref), 1);
	ip_ct_flow_put(flow);
}

#define STALE	256

/* The slab gives a flow to whoever comes next as it was */
static void nothing_is_inherited(struct kunit *test)
{
	struct ip_conntrack **flow;
	u32 again = 0;

	flow = kunit_kcalloc(test, STALE, sizeof(*flow), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flow);
	for (u32 i = 0; i < STALE; i++)
		flow[i] = rig_flow(test, i);
	for (u32 i = 0; i < STALE; i++) {
		spinlock_t lock = flow[i]->lock;

		memset(flow[i], 0xff, sizeof(*flow[i]));
		flow[i]->lock = lock;
		flow[i]->large = false;
		ip_ct_flow_discard(flow[i]);
	}
	for (u32 i = 0; i < STALE; i++) {
		struct ip_conntrack *f = rig_flow(test, i);

		for (u32 j = 0; j < STALE; j++)
			again += flow[j] == f;
		KUNIT_EXPECT_EQ(test, atomic_read(&f->status), 0);
		KUNIT_EXPECT_EQ(test, refcount_read(&f->ref), 1);
		KUNIT_EXPECT_EQ(test, f->deadline, 0);
		KUNIT_EXPECT_EQ(test, f->state, 0);
		KUNIT_EXPECT_EQ(test, f->cpu, 0);
		KUNIT_EXPECT_FALSE(test, f->orig | f->shared | f->large |
					 f->counted | f->timed |
					 f->translated | f->free);
		KUNIT_EXPECT_TRUE(test, list_empty(&f->wheel));
		KUNIT_EXPECT_EQ(test, f->hash, rig_hash(rig(test), i));
		KUNIT_EXPECT_EQ(test, ip_ct_mark(f), 0);
		/* it goes to where it came from, even if it says otherwise */
		f->large = false;
		ip_ct_flow_discard(f);
	}
	/* KASAN keeps what was freed for a while */
	if (!IS_ENABLED(CONFIG_KASAN))
		KUNIT_EXPECT_GT(test, again, 0);
}

static void reader_goes_on(struct kunit *test)
{
	struct ip_conntrack *flow = enter_number(test, 1);

	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, ip_ct_flow_kill(rig(test), flow));
	/* KASAN would say if it were gone */
	KUNIT_EXPECT_TRUE(test, ip_ct_has(flow, IPS_DYING));
	KUNIT_EXPECT_FALSE(test, ip_ct_flow_get(flow));
	rcu_read_unlock();
}

static void sizes(struct kunit *test)
{
	static const struct {
		unsigned int asked;
		unsigned int got;
	} sizes[] = {
		{ 0, IP_CT_BUCKETS_MIN }, { 1, IP_CT_BUCKETS_MIN },
		{ 256, 256 }, { 257, 512 }, { 1000, 1024 }, { 65536, 65536 },
	};

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ip_ct_table *t = kunit_kzalloc(test, sizeof(*t),
						      GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, t);
		KUNIT_ASSERT_EQ(test, ip_ct_table_init(t, sizes[i].asked), 0);
		KUNIT_EXPECT_EQ(test, ip_ct_table_size(t), sizes[i].got);
		ip_ct_table_close(t);
		ip_ct_table_exit(t);
	}
}

/*
 * A million flows come and go, in waves: the table grows with each of them
 * and shrinks after it. The flows are the same in each wave, since making one
 * costs more here, with all checkers on, than all that a table does with it.
 */
#define WAVE	125000
#define WAVES	8

static void a_million(struct kunit *test)
{
	unsigned int least = ip_ct_table_size(table(test));
	struct ip_conntrack **flows;
	unsigned int inserted = 0, found = 0, removed = 0;

	flows = kvcalloc(WAVE, sizeof(*flows), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flows);
	for (u32 i = 0; i < WAVE; i++)
		flows[i] = rig_flow(test, i);

	for (u32 wave = 0; wave < WAVES; wave++) {
		/* the locks are the same ones a million times */
		lockdep_off();
		for (u32 i = 0; i < WAVE; i++) {
			inserted += !enter(test, flows[i]);
			if (i % 1024 == 0)
				cond_resched();
		}
		settle(test);
		KUNIT_EXPECT_EQ(test, rig_count(test), WAVE);
		KUNIT_EXPECT_GE(test, ip_ct_table_size(table(test)), WAVE);
		KUNIT_EXPECT_LE(test, ip_ct_table_size(table(test)), 2 * WAVE);
		for (u32 i = 0; i < WAVE; i++) {
			u32 number = (i + wave * 31) % WAVE;

			found += rig_find(test, number) == flows[number];
			ip_ct_table_remove(table(test), flows[number]);
			removed += !rig_find(test, number);
			if (i % 1024 == 0)
				cond_resched();
		}
		settle(test);
		lockdep_on();
		KUNIT_EXPECT_EQ(test, rig_count(test), 0);
		KUNIT_EXPECT_EQ(test, ip_ct_table_size(table(test)), least);
		/* readers are done with them: they may enter again */
		synchronize_rcu();
	}
	KUNIT_EXPECT_EQ(test, inserted, 1000000);
	KUNIT_EXPECT_EQ(test, found, 1000000);
	KUNIT_EXPECT_EQ(test, removed, 1000000);

	for (u32 i = 0; i < WAVE; i++)
		ip_ct_flow_put(flows[i]);
	kvfree(flows);
}

/* Between growing and shrinking there is room, or it would never rest */
static void rests(struct kunit *test)
{
	unsigned int size;

	for (u32 i = 0; i < 5000; i++)
		enter_number(test, i);
	settle(test);
	size = ip_ct_table_size(table(test));
	for (u32 i = 5000; i > 3000; i--) {
		kill_number(test, i - 1);
		enter_number(test, i - 1);
		kill_number(test, i - 1);
	}
	settle(test);
	KUNIT_EXPECT_EQ(test, ip_ct_table_size(table(test)), size);
}

/*
 * A mix of flows that stay and of others that come and go in such numbers
 * that the table is resized again and again.
 */
#define STAYING	4000
#define CROWD	12000

struct churn {
	struct rnd_state rnd;
	u32 present;		/* of the crowd: numbers STAYING .. + present */
	bool growing;
	unsigned int turns;
	unsigned int sizes;	/* bits: sizes of the table that were seen */
};

static void churn_step(struct kunit *test, struct churn *c)
{
	u32 n = 1 + prandom_u32_state(&c->rnd) % 1500;

	while (n--) {
		if (c->growing && c->present < CROWD) {
			enter_number(test, STAYING + c->present++);
		} else if (!c->growing && c->present) {
			kill_number(test, STAYING + --c->present);
		} else {
			c->growing = !c->growing;
			c->turns++;
		}
	}
	c->sizes |= ip_ct_table_size(table(test));
	/* sometimes the resize gets on, sometimes all the way */
	if (prandom_u32_state(&c->rnd) % 4 == 0)
		rig_wait();
	else
		cond_resched();
}

static void stay(struct kunit *test)
{
	for (u32 i = 0; i < STAYING; i++)
		enter_number(test, i);
	settle(test);
}

static bool follows(const struct ip_ct_cursor *cursor,
		    const struct ip_conntrack *flow)
{
	if (!cursor->started || flow->hash > cursor->at.hash)
		return true;
	return flow->hash == cursor->at.hash &&
	       ip_ct_key_cmp(&flow->key, &cursor->at.key) > 0;
}

static void dump_while_resizing(struct kunit *test)
{
	u8 *seen = kunit_kzalloc(test, STAYING, GFP_KERNEL);
	struct churn c = { .growing = true };

	KUNIT_ASSERT_NOT_NULL(test, seen);
	prandom_seed_state(&c.rnd, 11);
	stay(test);
	for (int walk = 0; walk < 12; walk++) {
		unsigned int batch = 1 + prandom_u32_state(&c.rnd) % 64;
		struct ip_ct_cursor cursor = {};
		unsigned int n, missed = 0;

		memset(seen, 0, STAYING);
		do {
			struct ip_conntrack *flows[64];

			ip_ct_listing_begin(table(test), &cursor);
			n = ip_ct_table_read(table(test), &cursor, flows,
					     batch);
			for (unsigned int i = 0; i < n; i++) {
				KUNIT_EXPECT_TRUE(test, follows(&cursor,
								flows[i]));
				if (flows[i]->mark < STAYING)
					seen[flows[i]->mark]++;
				ip_ct_cursor_set(&cursor, flows[i]);
			}
			ip_ct_listing_end(table(test));
			if (prandom_u32_state(&c.rnd) % 40 == 0)
				churn_step(test, &c);
		} while (n);
		for (u32 i = 0; i < STAYING; i++)
			missed += seen[i] != 1;
		KUNIT_EXPECT_EQ_MSG(test, missed, 0, "walk %d", walk);
	}
	/* it would be no test if the table had kept still */
	KUNIT_EXPECT_GT(test, c.turns, 2);
	KUNIT_EXPECT_GE(test, hweight32(c.sizes), 2);
}

static void find_while_resizing(struct kunit *test)
{
	struct churn c = { .growing = true };

	prandom_seed_state(&c.rnd, 12);
	stay(test);
	while (c.turns < 3) {
		for (int i = 0; i < 150; i++) {
			u32 number = prandom_u32_state(&c.rnd) % STAYING;
			struct ip_conntrack *flow = rig_find(test, number);

			KUNIT_ASSERT_NOT_NULL(test, flow);
			KUNIT_ASSERT_EQ(test, flow->mark, number);
		}
		if (c.present < CROWD)
			KUNIT_ASSERT_NULL(test,
					  rig_find(test, STAYING + c.present));
		churn_step(test, &c);
	}
	KUNIT_EXPECT_GE(test, hweight32(c.sizes), 2);
}

/*
 * Stop a resize in its midst, where only a tick would stop it: it must take
 * longer than that.
 */
#define MANY	(8 * CROWD)

static void half_way(struct kunit *test)
{
	unsigned int before, met = 0;

	stay(test);
	before = ip_ct_table_size(table(test));
	for (u32 i = 0; i < MANY; i++) {
		struct ip_conntrack *flow;
		u32 old = i % STAYING;

		enter_number(test, STAYING + i);
		flow = rig_find(test, old);
		KUNIT_ASSERT_NOT_NULL(test, flow);
		/* out and in again: each half must know where it belongs */
		kill_number(test, old);
		KUNIT_ASSERT_NULL(test, rig_find(test, old));
		enter_number(test, old);
		if (i % 64 == 0)
			cond_resched();
		if (work_busy(&table(test)->work) & WORK_BUSY_RUNNING)
			met++;
	}
	settle(test);
	KUNIT_EXPECT_GT(test, ip_ct_table_size(table(test)), before);
	KUNIT_EXPECT_GT_MSG(test, met, 0, "no resize was met at work");
	KUNIT_EXPECT_EQ(test, rig_count(test), STAYING + MANY);
}

/* An attacker who knows the seed, or chance */
static void one_hash(struct kunit *test)
{
	static const u32 hashes[] = { 0, 0x80000000,
				      U32_MAX & ~IP_CT_HASH_MARKS };
	const u32 each = 200;
	struct ip_ct_cursor cursor = {};
	unsigned int n, total = 0;

	/* nobody comes to help */
	table(test)->closing = true;
	for (int h = 0; h < ARRAY_SIZE(hashes); h++) {
		for (u32 i = 0; i < each; i++) {
			struct ip_conntrack *flow = rig_flow(test, i);

			flow->hash = hashes[h];
			KUNIT_ASSERT_NULL(test, enter(test, flow));
		}
	}
	settle(test);
	do {
		struct ip_conntrack *flows[7];

		ip_ct_listing_begin(table(test), &cursor);
		n = ip_ct_table_read(table(test), &cursor, flows,
				     ARRAY_SIZE(flows));
		for (unsigned int i = 0; i < n; i++) {
			KUNIT_EXPECT_TRUE(test, follows(&cursor, flows[i]));
			ip_ct_cursor_set(&cursor, flows[i]);
		}
		ip_ct_listing_end(table(test));
		total += n;
	} while (n);
	KUNIT_EXPECT_EQ(test, total, ARRAY_SIZE(hashes) * each);

	/* the end takes each from where it is */
	ip_ct_net_flush(rig(test), 0, false);
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
	table(test)->closing = false;
}

/* Numbers of flows whose hashes begin with the same bits, with today's seed */
static u32 next_colliding(struct kunit *test, u32 number, unsigned int bits)
{
	while (rig_hash(rig(test), number) >> (32 - bits))
		number++;
	return number;
}

static unsigned int longest_chain(struct kunit *test)
{
	const struct ip_ct_buckets *b;
	unsigned int longest = 0;

	rcu_read_lock();
	b = rcu_dereference(table(test)->buckets);
	for (u32 i = 0; i < b->size; i++) {
		struct ip_conntrack *f = rcu_dereference(b->chain[i]);
		unsigned int n = 0;

		for (; f; f = rcu_dereference(f->next))
			n++;
		longest = max(longest, n);
	}
	rcu_read_unlock();
	return longest;
}

#define COLLIDING	600
#define ATTACK_BITS	11

/* Who knows the seed makes one chain of all; the table takes another seed */
static void hash_attack(struct kunit *test)
{
	u32 *numbers = kunit_kcalloc(test, COLLIDING, sizeof(u32), GFP_KERNEL);
	u32 number = 0, i;

	KUNIT_ASSERT_NOT_NULL(test, numbers);
	for (i = 0; i < COLLIDING; i++, number++) {
		number = next_colliding(test, number, ATTACK_BITS);
		numbers[i] = number;
	}
	table(test)->closing = true;
	for (i = 0; i < COLLIDING - 1; i++)
		enter_number(test, numbers[i]);
	KUNIT_EXPECT_EQ(test, longest_chain(test), COLLIDING - 1);
	table(test)->closing = false;
	enter_number(test, numbers[i]);
	settle(test);
	KUNIT_EXPECT_LE(test, longest_chain(test), 12);
	KUNIT_EXPECT_EQ(test, rig_count(test), COLLIDING);
	for (i = 0; i < COLLIDING; i++) {
		struct ip_conntrack *flow = rig_find(test, numbers[i]);

		KUNIT_ASSERT_NOT_NULL(test, flow);
		KUNIT_EXPECT_EQ(test, flow->mark, numbers[i]);
	}
	for (i = 0; i < COLLIDING; i++)
		kill_number(test, numbers[i]);
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
}

/* As chain_is_long() does it; the table gets another seed some time later */
static void ask_for_seed(struct kunit *test)
{
	table(test)->reseed = true;
	queue_work(system_long_wq, &table(test)->work);
}

/* What a listing has shown is not shown again in the order of another seed */
static void dump_while_reseeding(struct kunit *test)
{
	u8 *seen = kunit_kzalloc(test, STAYING, GFP_KERNEL);
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	prandom_seed_state(&rnd, 31);
	stay(test);
	for (int walk = 0; walk < 20; walk++) {
		struct ip_ct_cursor cursor = {};
		unsigned int n, calls = 0, missed = 0;

		memset(seen, 0, STAYING);
		do {
			struct ip_conntrack *flows[64];

			ip_ct_listing_begin(table(test), &cursor);
			n = ip_ct_table_read(table(test), &cursor, flows,
					     ARRAY_SIZE(flows));
			for (unsigned int i = 0; i < n; i++) {
				seen[flows[i]->mark]++;
				ip_ct_cursor_set(&cursor, flows[i]);
			}
			ip_ct_listing_end(table(test));
			/* at most three while it lasts, anywhere */
			if (calls++ < IP_CT_PAST_ORDERS * 20U &&
			    calls % 20 == walk) {
				ask_for_seed(test);
				if (prandom_u32_state(&rnd) % 2)
					settle(test);
				else
					cond_resched();
			}
		} while (n);
		for (u32 i = 0; i < STAYING; i++)
			missed += seen[i] != 1;
		KUNIT_EXPECT_EQ_MSG(test, missed, 0, "walk %d", walk);
	}
}

/* All goes on while flows are on their way, which takes more than a tick */
static void half_reseeded(struct kunit *test)
{
	unsigned int met = 0;

	for (u32 i = 0; i < MANY; i++) {
		enter_number(test, i);
		if (i % 64 == 0)
			cond_resched();
	}
	settle(test);
	for (int turn = 0; turn < 4; turn++) {
		ask_for_seed(test);
		for (u32 i = turn; i < MANY; i += 5) {
			struct ip_conntrack *flow = rig_find(test, i);

			KUNIT_ASSERT_NOT_NULL(test, flow);
			KUNIT_ASSERT_EQ(test, flow->mark, i);
			kill_number(test, i);
			KUNIT_ASSERT_NULL(test, rig_find(test, i));
			enter_number(test, i);
			if (i % 64 == 0)
				cond_resched();
			if (work_busy(&table(test)->work) & WORK_BUSY_RUNNING)
				met++;
		}
		settle(test);
		KUNIT_EXPECT_EQ(test, rig_count(test), MANY);
	}
	for (u32 i = 0; i < MANY; i++)
		KUNIT_ASSERT_NOT_NULL(test, rig_find(test, i));
	KUNIT_EXPECT_GT_MSG(test, met, 0, "no reseed was met at work");
}

static void cursor_outlives_its_flow(struct kunit *test)
{
	struct ip_ct_cursor cursor = {};
	unsigned int n, total = 0;

	for (u32 i = 0; i < 1000; i++)
		enter_number(test, i);
	do {
		struct ip_conntrack *flows[3];

		ip_ct_listing_begin(table(test), &cursor);
		n = ip_ct_table_read(table(test), &cursor, flows,
				     ARRAY_SIZE(flows));
		total += n;
		for (unsigned int i = 0; i < n; i++) {
			ip_ct_cursor_set(&cursor, flows[i]);
			/* what was just read is gone with the next call */
			ip_ct_flow_kill(rig(test), flows[i]);
		}
		ip_ct_listing_end(table(test));
	} while (n);
	KUNIT_EXPECT_EQ(test, total, 1000);
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
}

static void empty_table(struct kunit *test)
{
	struct ip_ct_cursor cursor = {};
	struct ip_conntrack *flow;

	ip_ct_listing_begin(table(test), &cursor);
	KUNIT_EXPECT_EQ(test, ip_ct_table_read(table(test), &cursor, &flow, 1),
			0);
	cursor.started = true;
	cursor.at.hash = U32_MAX;
	KUNIT_EXPECT_EQ(test, ip_ct_table_read(table(test), &cursor, &flow, 1),
			0);
	ip_ct_listing_end(table(test));
}

static void flush_takes_all(struct kunit *test)
{
	stay(test);
	ip_ct_net_flush(rig(test), 0, false);
	KUNIT_EXPECT_EQ(test, rig_count(test), 0);
	settle(test);
}

static struct kunit_case table_cases[] = {
	IP_CT_CASE(found_by_key, "a flow is found by its key and by no other"),
	IP_CT_CASE(first_one_stays,
		   "who comes second is told who was first, and merges"),
	IP_CT_CASE(dying_is_no_hindrance,
		   "a dying flow does not hinder its successor"),
	IP_CT_CASE(ended_once, "of many who end a flow one does it"),
	IP_CT_CASE(nothing_is_inherited,
		   "a flow has nothing of the one that had its memory"),
	IP_CT_CASE(reader_goes_on, "a reader outlives the end of its flow"),
	IP_CT_CASE(sizes, "a table has the next power of two of buckets"),
	IP_CT_CASE(a_million,
		   "a million flows come and go, the table grows and shrinks"),
	IP_CT_CASE(rests, "a table that is steady is not resized"),
	IP_CT_CASE(hash_attack,
		   "a chain made on purpose lasts until the table's next seed"),
	IP_CT_CASE(dump_while_reseeding,
		   "a listing shows all once though the order changes"),
	IP_CT_CASE(half_reseeded,
		   "flows are found, made and ended on their way to another seed"),
	IP_CT_CASE(find_while_resizing, "a flow is found during a resize"),
	IP_CT_CASE(dump_while_resizing,
		   "a walk during resizes shows each that stays exactly once"),
	IP_CT_CASE(half_way, "flows come and go in the midst of a resize"),
	IP_CT_CASE(one_hash, "many flows with one hash are kept apart"),
	IP_CT_CASE(cursor_outlives_its_flow, "a cursor outlives its flow"),
	IP_CT_CASE(empty_table, "an empty table has nothing to show"),
	IP_CT_CASE(flush_takes_all, "a flush takes all flows"),
	{}
};

static struct kunit_suite table_suite = {
	.name = "table",
	.init = rig_init,
	.exit = rig_exit,
	.test_cases = table_cases,
};

kunit_test_suite(table_suite);
