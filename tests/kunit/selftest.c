// SPDX-License-Identifier: GPL-2.0
/*
 * Faults made on purpose, one a suite: scripts/kunit.sh --self-test runs each
 * of them alone and wants the run to fail, and to say why. In no other build.
 */
#include <kunit/test.h>
#include <linux/bug.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

static void this_passes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

static void this_is_skipped(struct kunit *test)
{
	kunit_skip(test, "on purpose");
}

static void an_expectation_fails(struct kunit *test)
{
	int got = 2;

	KUNIT_EXPECT_EQ(test, got, 1);
}

static void an_assertion_fails(struct kunit *test)
{
	void *got = NULL;

	KUNIT_ASSERT_NOT_NULL(test, got);
}

static void memory_is_read_after_it_was_freed(struct kunit *test)
{
	volatile int *freed = kmalloc(sizeof(*freed), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, (void *)freed);
	kfree((void *)freed);
	(void)*freed;
}

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);

static void locks_are_taken_both_ways_round(struct kunit *test)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);
	spin_lock(&lock_b);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock(&lock_b);
}

static int number;
static int __rcu *shared = (int __rcu *)&number;

static void rcu_is_read_without_the_lock(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, *rcu_dereference(shared), 0);
}

static void an_index_is_out_of_bounds(struct kunit *test)
{
	static int four[4];
	volatile int index = 4;

	/* the address alone: KASAN has no say in it */
	KUNIT_EXPECT_NOT_NULL(test, (void *)&four[index]);
	four[index - 4] = 1 << (index + 28);
}

static void memory_is_leaked(struct kunit *test)
{
	/* enough of them that no stale pointer on a stack hides them all */
	for (int i = 0; i < 32; i++)
		KUNIT_EXPECT_NOT_NULL(test, kmalloc(100, GFP_KERNEL));
}

static void the_kernel_warns(struct kunit *test)
{
	WARN_ON_ONCE(test);
}

static void the_kernel_dies(struct kunit *test)
{
	panic("on purpose");
}

#define SUITE(_name, ...)						\
static struct kunit_case _name##_cases[] = { __VA_ARGS__, {} };	\
static struct kunit_suite _name##_suite = {				\
	.name = "selftest_" #_name,					\
	.test_cases = _name##_cases,					\
}

SUITE(pass, KUNIT_CASE(this_passes), KUNIT_CASE(this_is_skipped));
SUITE(expect, KUNIT_CASE(an_expectation_fails), KUNIT_CASE(this_passes));
SUITE(assert, KUNIT_CASE(an_assertion_fails));
SUITE(kasan, KUNIT_CASE(memory_is_read_after_it_was_freed));
SUITE(lockdep, KUNIT_CASE(locks_are_taken_both_ways_round));
SUITE(rcu, KUNIT_CASE(rcu_is_read_without_the_lock));
SUITE(ubsan, KUNIT_CASE(an_index_is_out_of_bounds));
SUITE(leak, KUNIT_CASE(memory_is_leaked));
SUITE(warn, KUNIT_CASE(the_kernel_warns));
SUITE(panic, KUNIT_CASE(the_kernel_dies));
SUITE(skip, KUNIT_CASE(this_is_skipped));

kunit_test_suites(&pass_suite, &expect_suite, &assert_suite, &kasan_suite,
		  &lockdep_suite, &rcu_suite, &ubsan_suite, &leak_suite,
		  &warn_suite, &panic_suite, &skip_suite);
