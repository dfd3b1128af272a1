// SPDX-License-Identifier: GPL-2.0
/*
 * settings.c - values that operators set: as module parameters at load time,
 * which every new network namespace starts with; later by sysctl.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "settings.h"

const struct ip_ct_setting_desc ip_ct_setting_desc[IP_CT_SET_COUNT] = {
#define DESC_ALIAS(sym, sysctl, second, def, limit, text)			\
	[IP_CT_SET_##sym] = {						\
		.name = #sysctl, .alias = #second, .max = limit,	\
	},
#define DESC_PLAIN(sym, sysctl, def, limit, text)				\
	[IP_CT_SET_##sym] = { .name = #sysctl, .max = limit },
	IP_CT_SETTINGS(DESC_ALIAS, DESC_PLAIN)
};

/* What a new namespace starts with; written at load time only */
static unsigned int initial[IP_CT_SET_COUNT] = {
#define INITIAL_ALIAS(sym, sysctl, second, def, limit, text) \
	[IP_CT_SET_##sym] = def,
#define INITIAL_PLAIN(sym, sysctl, def, limit, text) \
	[IP_CT_SET_##sym] = def,
	IP_CT_SETTINGS(INITIAL_ALIAS, INITIAL_PLAIN)
};

static bool max_given;		/* ip_conntrack_max came as a parameter */
static unsigned int hashsize;	/* buckets to begin with, 0: the least */

#define HASHSIZE_MAX	(1U << 26)

/**
 * ip_ct_setting_parse() - read a value as strictly as the sysctls do
 * @text:  decimal number; a newline may follow
 * @max:   largest value
 * @value: set on success only
 *
 * Return: 0, -EINVAL for what is no number, negative, or above @max.
 */
int ip_ct_setting_parse(const char *text, unsigned int max,
			unsigned int *value)
{
	unsigned int v;

	if (kstrtouint(text, 10, &v) || v > max)
		return -EINVAL;
	*value = v;
	return 0;
}

static int param_parse(const char *text, const struct kernel_param *kp,
		       unsigned int max, unsigned int *value)
{
	if (text && !ip_ct_setting_parse(text, max, value))
		return 0;
	pr_err("%s='%s' is not a number from 0 to %u\n", kp->name,
	       text ?: "", max);
	return -EINVAL;
}

static int setting_set(const char *text, const struct kernel_param *kp)
{
	unsigned int *value = kp->arg;
	unsigned int which = value - initial;

	if (which == IP_CT_SET_MAX)
		max_given = true;
	return param_parse(text, kp, ip_ct_setting_desc[which].max, value);
}

static int hashsize_set(const char *text, const struct kernel_param *kp)
{
	return param_parse(text, kp, HASHSIZE_MAX, kp->arg);
}

static const struct kernel_param_ops setting_ops = {
	.set = setting_set,
	.get = param_get_uint,
};

static const struct kernel_param_ops hashsize_ops = {
	.set = hashsize_set,
	.get = param_get_uint,
};

#define PARAM_ALIAS(sym, sysctl, second, def, limit, text)			       \
	module_param_cb(sysctl, &setting_ops, &initial[IP_CT_SET_##sym], 0444); \
	MODULE_PARM_DESC(sysctl, text " (initial value)");  \
	module_param_cb(second, &setting_ops, &initial[IP_CT_SET_##sym], 0444); \
	MODULE_PARM_DESC(second, "second name of " #sysctl);
#define PARAM_PLAIN(sym, sysctl, def, limit, text)				       \
	module_param_cb(sysctl, &setting_ops, &initial[IP_CT_SET_##sym], 0444); \
	MODULE_PARM_DESC(sysctl, text " (initial value)");
IP_CT_SETTINGS(PARAM_ALIAS, PARAM_PLAIN)

module_param_cb(hashsize, &hashsize_ops, &hashsize, 0444);
MODULE_PARM_DESC(hashsize, "buckets to begin with; the table grows by itself");

/*
 * A flow takes some 144 bytes with its share of the table: a limit of one
 * flow per 16 KiB of memory lets a full table take less than 1% of it.
 */
static unsigned int __init max_from_memory(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;

	return clamp_t(u64, bytes >> 14, 4096, IP_CT_FLOWS_MAX);
}

/**
 * ip_ct_settings_load() - once, when the module parameters are known
 */
void __init ip_ct_settings_load(void)
{
	if (!max_given)
		initial[IP_CT_SET_MAX] = max_from_memory();
}

/* Caller holds the lock. */
static void use_timeout(struct ip_ct_settings *settings, unsigned int which)
{
	u64 timeout = (u64)settings->val[which] * HZ;

	WRITE_ONCE(settings->timeout[which],
		   timeout * settings->scale / IP_CT_SCALE_FULL);
}

static void use_timeouts(struct ip_ct_settings *settings)
{
	unsigned int which;

	for (which = 0; which < IP_CT_SET_TIMEOUTS; which++)
		use_timeout(settings, which);
}

/**
 * ip_ct_setting_change() - set one value
 * @settings: of a namespace
 * @which:    setting
 * @value:    within its bounds; time-outs in seconds
 */
void ip_ct_setting_change(struct ip_ct_settings *settings,
			  enum ip_ct_setting which, unsigned int value)
{
	spin_lock_bh(&settings->lock);
	WRITE_ONCE(settings->val[which], value);
	if (which < IP_CT_SET_TIMEOUTS)
		use_timeout(settings, which);
	spin_unlock_bh(&settings->lock);
}

/**
 * ip_ct_settings_rescale() - the table is filling, or no longer
 * @settings: of its namespace
 * @scale:    at most IP_CT_SCALE_FULL
 */
void ip_ct_settings_rescale(struct ip_ct_settings *settings, u32 scale)
{
	spin_lock_bh(&settings->lock);
	WRITE_ONCE(settings->scale, scale);
	use_timeouts(settings);
	spin_unlock_bh(&settings->lock);
}

/**
 * ip_ct_settings_init() - values of a new network namespace
 * @settings: filled with what the module parameters or defaults say
 */
void ip_ct_settings_init(struct ip_ct_settings *settings)
{
	spin_lock_init(&settings->lock);
	settings->scale = IP_CT_SCALE_FULL;
	memcpy(settings->val, initial, sizeof(initial));
	use_timeouts(settings);
}

/**
 * ip_ct_settings_buckets() - the size that a new table asks for
 *
 * Return: value of the module parameter hashsize.
 */
unsigned int ip_ct_settings_buckets(void)
{
	return hashsize;
}
