// SPDX-License-Identifier: GPL-2.0
/*
 * settings_test.c - the chapter's values, and what is no value.
 */
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "sentence.h"
#include "settings.h"

/* Table 7-2 of the chapter and the rest of the specification, in seconds */
static const struct {
	const char *name;
	const char *alias;
	unsigned int value;
} defaults[] = {
	{ "ip_ct_tcp_timeout_none", "ip_conntrack_tcp_timeout_none", 30 * 60 },
	{ "ip_ct_tcp_timeout_established",
	  "ip_conntrack_tcp_timeout_established", 5 * 24 * 3600 },
	{ "ip_ct_tcp_timeout_syn_sent", "ip_conntrack_tcp_timeout_syn_sent",
	  2 * 60 },
	{ "ip_ct_tcp_timeout_syn_recv", "ip_conntrack_tcp_timeout_syn_recv",
	  60 },
	{ "ip_ct_tcp_timeout_fin_wait", "ip_conntrack_tcp_timeout_fin_wait",
	  2 * 60 },
	{ "ip_ct_tcp_timeout_time_wait", "ip_conntrack_tcp_timeout_time_wait",
	  2 * 60 },
	{ "ip_ct_tcp_timeout_close", "ip_conntrack_tcp_timeout_close", 10 },
	{ "ip_ct_tcp_timeout_close_wait",
	  "ip_conntrack_tcp_timeout_close_wait", 12 * 3600 },
	{ "ip_ct_tcp_timeout_last_ack", "ip_conntrack_tcp_timeout_last_ack",
	  30 },
	{ "ip_ct_tcp_timeout_listen", "ip_conntrack_tcp_timeout_listen",
	  2 * 60 },
	{ "ip_ct_udp_timeout", "ip_conntrack_udp_timeout", 30 },
	{ "ip_ct_udp_timeout_stream", "ip_conntrack_udp_timeout_stream", 180 },
	{ "ip_ct_udp_timeout_unreplied_max", NULL, 600 },
	{ "ip_ct_icmp_timeout", "ip_conntrack_icmp_timeout", 30 },
	{ "ip_ct_generic_timeout", "ip_conntrack_generic_timeout", 600 },
	{ "ip_conntrack_tcp_loose", NULL, 1 },
	{ "ip_conntrack_checksum", NULL, 1 },
	{ "ip_conntrack_log_invalid", NULL, 0 },
};

static const struct ip_ct_setting_desc *desc_of(const char *name,
						unsigned int *which)
{
	for (*which = 0; *which < IP_CT_SET_COUNT; ++*which)
		if (!strcmp(ip_ct_setting_desc[*which].name, name))
			return &ip_ct_setting_desc[*which];
	return NULL;
}

static void values_of_the_chapter(struct kunit *test)
{
	struct ip_ct_settings settings;

	ip_ct_settings_init(&settings);
	for (int i = 0; i < ARRAY_SIZE(defaults); i++) {
		const struct ip_ct_setting_desc *desc;
		unsigned int which;

		desc = desc_of(defaults[i].name, &which);
		KUNIT_ASSERT_NOT_NULL_MSG(test, desc, "%s", defaults[i].name);
		KUNIT_EXPECT_EQ_MSG(test, ip_ct_setting(&settings, which),
				    defaults[i].value, "%s", defaults[i].name);
		KUNIT_EXPECT_EQ(test, !!desc->alias, !!defaults[i].alias);
		if (desc->alias && defaults[i].alias)
			KUNIT_EXPECT_STREQ(test, desc->alias,
					   defaults[i].alias);
	}
}

static void limit_from_memory(struct kunit *test)
{
	struct ip_ct_settings settings;

	ip_ct_settings_init(&settings);
	KUNIT_EXPECT_GE(test, settings.val[IP_CT_SET_MAX], 4096);
	KUNIT_EXPECT_LE(test, settings.val[IP_CT_SET_MAX], INT_MAX);
}

static void names_once(struct kunit *test)
{
	const struct ip_ct_setting_desc *a, *b;

	for (a = ip_ct_setting_desc;
	     a < ip_ct_setting_desc + IP_CT_SET_COUNT; a++) {
		KUNIT_ASSERT_NOT_NULL(test, a->name);
		if (a->alias)
			KUNIT_EXPECT_STRNEQ(test, a->name, a->alias);
		for (b = ip_ct_setting_desc; b < a; b++) {
			KUNIT_EXPECT_STRNEQ(test, a->name, b->name);
			if (a->alias && b->alias)
				KUNIT_EXPECT_STRNEQ(test, a->alias, b->alias);
		}
	}
}

static void timeouts_first(struct kunit *test)
{
	for (int i = 0; i < IP_CT_SET_COUNT; i++)
		KUNIT_EXPECT_EQ(test, i < IP_CT_SET_TIMEOUTS,
				!!strstr(ip_ct_setting_desc[i].name, "timeout"));
}

/* Deadlines are compared as signed differences of jiffies */
static void longest_timeout(struct kunit *test)
{
	struct ip_ct_settings settings;

	ip_ct_settings_init(&settings);
	for (int i = 0; i < IP_CT_SET_TIMEOUTS; i++) {
		u32 max = ip_ct_setting_desc[i].max;

		ip_ct_setting_change(&settings, i, max);
		KUNIT_EXPECT_LE(test, ip_ct_timeout(&settings, i),
				(u32)S32_MAX);
		KUNIT_EXPECT_EQ(test, ip_ct_timeout(&settings, i) / HZ, max);
	}
}

/* Whichever of the two comes last, what is set and what is left of it */
static void scaled_timeout(struct kunit *test)
{
	const enum ip_ct_setting which = IP_CT_SET_UDP;
	struct ip_ct_settings settings;

	ip_ct_settings_init(&settings);
	ip_ct_settings_rescale(&settings, IP_CT_SCALE_FULL / 2);
	KUNIT_EXPECT_EQ(test, ip_ct_timeout(&settings, which), 15 * HZ);
	ip_ct_setting_change(&settings, which, 100);
	KUNIT_EXPECT_EQ(test, ip_ct_timeout(&settings, which), 50 * HZ);
	KUNIT_EXPECT_EQ(test, ip_ct_setting(&settings, which), 100);
	ip_ct_settings_rescale(&settings, IP_CT_SCALE_FULL);
	KUNIT_EXPECT_EQ(test, ip_ct_timeout(&settings, which), 100 * HZ);
	KUNIT_EXPECT_EQ(test,
			ip_ct_timeout(&settings, IP_CT_SET_TCP_ESTABLISHED),
			432000 * HZ);
}

static void numbers(struct kunit *test)
{
	static const struct {
		const char *text;
		unsigned int value;
	} good[] = {
		{ "0", 0 }, { "1", 1 }, { "120\n", 120 }, { "007", 7 },
		{ "1000", 1000 },
	};

	for (int i = 0; i < ARRAY_SIZE(good); i++) {
		unsigned int value = 4711;

		KUNIT_EXPECT_EQ_MSG(test, ip_ct_setting_parse(good[i].text,
							      1000, &value),
				    0, "'%s'", good[i].text);
		KUNIT_EXPECT_EQ(test, value, good[i].value);
	}
}

static void no_numbers(struct kunit *test)
{
	static const char * const bad[] = {
		"", "\n", " ", "-1", "-0x1", "1001", "4294967295",
		"4294967296", "4294967297", "18446744073709551616",
		"99999999999999999999999999", "ten", "1e3", "12 13", "12s",
		"0x10", "1.5", "12\n\n", "--5",
	};

	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned int value = 4711;

		KUNIT_EXPECT_EQ_MSG(test, ip_ct_setting_parse(bad[i], 1000,
							      &value),
				    -EINVAL, "'%s'", bad[i]);
		KUNIT_EXPECT_EQ_MSG(test, value, 4711, "'%s'", bad[i]);
	}
}

static void largest_numbers(struct kunit *test)
{
	unsigned int value = 0;

	KUNIT_EXPECT_EQ(test, ip_ct_setting_parse("4294967295", UINT_MAX,
						  &value), 0);
	KUNIT_EXPECT_EQ(test, value, UINT_MAX);
	KUNIT_EXPECT_EQ(test, ip_ct_setting_parse("4294967296", UINT_MAX,
						  &value), -EINVAL);
	KUNIT_EXPECT_EQ(test, ip_ct_setting_parse("2147483648", INT_MAX,
						  &value), -EINVAL);
	KUNIT_EXPECT_EQ(test, value, UINT_MAX);
}

static struct kunit_case settings_cases[] = {
	IP_CT_CASE(values_of_the_chapter,
		   "a new namespace starts with the chapter's values"),
	IP_CT_CASE(limit_from_memory, "the limit of flows is made from memory"),
	IP_CT_CASE(names_once, "every setting has names of its own"),
	IP_CT_CASE(timeouts_first, "time-outs come before all other settings"),
	IP_CT_CASE(longest_timeout, "the longest time-out fits into a deadline"),
	IP_CT_CASE(scaled_timeout, "a time-out follows its value and the scale"),
	IP_CT_CASE(numbers, "a number is taken as it is"),
	IP_CT_CASE(no_numbers, "what is no number in its bounds changes nothing"),
	IP_CT_CASE(largest_numbers, "the largest numbers do not wrap"),
	{}
};

static struct kunit_suite settings_suite = {
	.name = "settings",
	.test_cases = settings_cases,
};

kunit_test_suite(settings_suite);
