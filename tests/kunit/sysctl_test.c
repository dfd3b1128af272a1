// SPDX-License-Identifier: GPL-2.0
/*
 * sysctl_test.c - each entry of the directory, read and written through its
 * own handler, as the kernel does it, in a namespace made for the test.
 */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "net.h"
#include "sentence.h"

static int namespace_init(struct kunit *test)
{
	struct net *net = copy_net_ns(CLONE_NEWNET, &init_user_ns, &init_net);

	if (IS_ERR(net))
		return PTR_ERR(net);
	test->priv = net;
	return 0;
}

static void namespace_exit(struct kunit *test)
{
	if (test->priv)
		put_net(test->priv);
}

static struct ip_ct_net *tracker(struct kunit *test)
{
	return ip_ct_net(test->priv);
}

static struct ctl_table *named(struct kunit *test, const char *name)
{
	struct ctl_table *ctl;

	for (ctl = tracker(test)->ctl; ctl->procname; ctl++)
		if (!strcmp(ctl->procname, name))
			return ctl;
	KUNIT_FAIL(test, "there is no entry %s", name);
	return NULL;
}

static int write(struct ctl_table *ctl, const char *text)
{
	size_t len = strlen(text);
	loff_t pos = 0;
	char buf[64];

	strscpy(buf, text, sizeof(buf));
	return ctl->proc_handler(ctl, 1, buf, &len, &pos);
}

static void expect_read(struct kunit *test, struct ctl_table *ctl,
			unsigned int value)
{
	char buf[64] = {}, want[16];
	size_t len = sizeof(buf) - 1;
	loff_t pos = 0;

	snprintf(want, sizeof(want), "%u\n", value);
	KUNIT_EXPECT_EQ(test, ctl->proc_handler(ctl, 0, buf, &len, &pos), 0);
	KUNIT_EXPECT_EQ(test, len, strlen(want));
	KUNIT_EXPECT_STREQ_MSG(test, buf, want, "%s", ctl->procname);
}

static void all_there(struct kunit *test)
{
	const struct ctl_table *ctl;
	unsigned int want = 2, found = 0;

	for (int i = 0; i < IP_CT_SET_COUNT; i++) {
		const struct ip_ct_setting_desc *desc = &ip_ct_setting_desc[i];

		named(test, desc->name);
		if (desc->alias)
			named(test, desc->alias);
		want += desc->alias ? 2 : 1;
	}
	named(test, "ip_conntrack_count");
	named(test, "ip_conntrack_buckets");
	for (ctl = tracker(test)->ctl; ctl->procname; ctl++)
		found++;
	KUNIT_EXPECT_EQ(test, found, want);
}

static void bounds(struct kunit *test)
{
	for (int i = 0; i < IP_CT_SET_COUNT; i++) {
		const struct ip_ct_setting_desc *desc = &ip_ct_setting_desc[i];
		struct ctl_table *ctl = named(test, desc->name);
		char beyond[16], last[16];

		KUNIT_ASSERT_NOT_NULL(test, ctl);
		KUNIT_EXPECT_EQ(test, ctl->mode, 0644);
		KUNIT_EXPECT_EQ(test, write(ctl, "0\n"), 0);
		expect_read(test, ctl, 0);
		snprintf(last, sizeof(last), "%u\n", desc->max);
		KUNIT_EXPECT_EQ(test, write(ctl, last), 0);
		expect_read(test, ctl, desc->max);
		snprintf(beyond, sizeof(beyond), "%u\n", desc->max + 1);
		KUNIT_EXPECT_EQ_MSG(test, write(ctl, beyond), -EINVAL, "%s",
				    desc->name);
		expect_read(test, ctl, desc->max);
		KUNIT_EXPECT_EQ(test, tracker(test)->settings.val[i],
				desc->max);
	}
}

static void no_values(struct kunit *test)
{
	static const char * const bad[] = {
		"-1\n", "-0x1\n", "4294967296\n", "4294967297\n",
		"18446744073709551616\n", "99999999999999999999999\n",
		"12 13\n", "0x10\n", "ten\n", "12s\n", "1e3\n", "1.5\n", "\n", " ", "--5\n",
	};

	for (int i = 0; i < IP_CT_SET_COUNT; i++) {
		struct ctl_table *ctl = named(test,
					      ip_ct_setting_desc[i].name);

		KUNIT_ASSERT_NOT_NULL(test, ctl);
		KUNIT_ASSERT_EQ(test, write(ctl, "1\n"), 0);
		for (int j = 0; j < ARRAY_SIZE(bad); j++) {
			KUNIT_EXPECT_EQ_MSG(test, write(ctl, bad[j]), -EINVAL,
					    "%s = '%s'", ctl->procname,
					    bad[j]);
			expect_read(test, ctl, 1);
		}
	}
}

static void two_names(struct kunit *test)
{
	for (int i = 0; i < IP_CT_SET_COUNT; i++) {
		const struct ip_ct_setting_desc *desc = &ip_ct_setting_desc[i];
		struct ctl_table *first, *second;

		if (!desc->alias)
			continue;
		first = named(test, desc->name);
		second = named(test, desc->alias);
		KUNIT_ASSERT_NOT_NULL(test, first);
		KUNIT_ASSERT_NOT_NULL(test, second);
		KUNIT_EXPECT_EQ(test, write(first, "17\n"), 0);
		expect_read(test, second, 17);
		KUNIT_EXPECT_EQ(test, write(second, "18\n"), 0);
		expect_read(test, first, 18);
	}
}

static void read_only(struct kunit *test)
{
	struct ctl_table *count = named(test, "ip_conntrack_count");
	struct ctl_table *buckets = named(test, "ip_conntrack_buckets");

	KUNIT_ASSERT_NOT_NULL(test, count);
	KUNIT_ASSERT_NOT_NULL(test, buckets);
	KUNIT_EXPECT_EQ(test, count->mode, 0444);
	KUNIT_EXPECT_EQ(test, buckets->mode, 0444);
	expect_read(test, count, 0);
	expect_read(test, buckets, ip_ct_table_size(&tracker(test)->table));
	KUNIT_EXPECT_NE(test, write(count, "5\n"), 0);
	KUNIT_EXPECT_NE(test, write(buckets, "5\n"), 0);
	expect_read(test, count, 0);
}

static void namespaces_apart(struct kunit *test)
{
	struct ctl_table *ctl = named(test, "ip_ct_udp_timeout");
	struct ip_ct_settings *first = &ip_ct_net(&init_net)->settings;
	unsigned int before = ip_ct_setting(first, IP_CT_SET_UDP);

	KUNIT_ASSERT_NOT_NULL(test, ctl);
	KUNIT_ASSERT_EQ(test, write(ctl, "4711\n"), 0);
	KUNIT_EXPECT_EQ(test, ip_ct_setting(first, IP_CT_SET_UDP), before);
}

static struct kunit_case sysctl_cases[] = {
	IP_CT_CASE(all_there, "every setting has its entries, and two numbers"),
	IP_CT_CASE(bounds, "a value is taken up to its bound, not beyond"),
	IP_CT_CASE(no_values, "what is no value is EINVAL and changes nothing"),
	IP_CT_CASE(two_names, "both names stand for one value"),
	IP_CT_CASE(read_only, "count and buckets are read only"),
	IP_CT_CASE(namespaces_apart, "a namespace changes its own values alone"),
	{}
};

static struct kunit_suite sysctl_suite = {
	.name = "sysctl",
	.init = namespace_init,
	.exit = namespace_exit,
	.test_cases = sysctl_cases,
};

kunit_test_suite(sysctl_suite);
