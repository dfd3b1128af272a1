// SPDX-License-Identifier: GPL-2.0
/*
 * sysctl.c - /proc/sys/net/ipv4/netfilter/, made from the table of settings.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "limit.h"
#include "sysctl.h"

/* Every setting with both its names, and the two read-only numbers */
#define SYSCTLS_MAX	(2 * IP_CT_SET_COUNT + 2)

static int number_show(unsigned int number, void *buffer, size_t *lenp,
		       loff_t *ppos)
{
	struct ctl_table tmp = { .data = &number, .maxlen = sizeof(number) };

	return proc_douintvec(&tmp, 0, buffer, lenp, ppos);
}

/* Longer than any number with white space around it that makes sense */
#define TEXT_MAX	32

/*
 * What is written is one number, as strictly as a module parameter: the
 * kernel's own handlers would take the first of two, and 0x10 for 16.
 */
static int setting_read(unsigned int *number, unsigned int max,
			const char *buffer, size_t len, loff_t pos)
{
	char text[TEXT_MAX];

	if (pos || len >= sizeof(text))
		return -EINVAL;
	memcpy(text, buffer, len);
	text[len] = '\0';
	/* a number, and whatever follows a NUL, are two */
	if (strlen(text) != len)
		return -EINVAL;
	return ip_ct_setting_parse(strim(text), max, number) ? -EINVAL : 0;
}

static int setting_handler(IP_CT_CTL_CONST struct ctl_table *ctl, int write,
			   void *buffer, size_t *lenp, loff_t *ppos)
{
	const struct ip_ct_setting_desc *desc = ctl->extra2;
	enum ip_ct_setting which = desc - ip_ct_setting_desc;
	struct ip_ct_net *cn = ctl->data;
	unsigned int number;

	if (!write)
		return number_show(ip_ct_setting(&cn->settings, which), buffer,
				   lenp, ppos);
	if (setting_read(&number, desc->max, buffer, *lenp, *ppos))
		return -EINVAL;
	ip_ct_setting_change(&cn->settings, which, number);
	if (which == IP_CT_SET_MAX)
		ip_ct_limit_changed(cn);
	*ppos += *lenp;
	return 0;
}

static int count_handler(IP_CT_CTL_CONST struct ctl_table *ctl, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	const struct ip_ct_net *cn = ctl->data;

	if (write)
		return -EPERM;
	return number_show(atomic_read(&cn->table.count), buffer, lenp, ppos);
}

static int buckets_handler(IP_CT_CTL_CONST struct ctl_table *ctl, int write,
			   void *buffer, size_t *lenp, loff_t *ppos)
{
	const struct ip_ct_net *cn = ctl->data;

	if (write)
		return -EPERM;
	return number_show(ip_ct_table_size(&cn->table), buffer, lenp, ppos);
}

/*
 * Who made a namespace as an ordinary user may tune its time-outs, but how
 * much of the host's memory it may take is not for him to say, nor what the
 * host's log is filled with.
 */
static umode_t mode_of(const struct ip_ct_net *cn, unsigned int which)
{
	if (!cn->guest)
		return 0644;
	return which == IP_CT_SET_MAX || which == IP_CT_SET_LOG_INVALID ?
	       0444 : 0644;
}

static struct ctl_table *add_setting(struct ctl_table *ctl,
				     struct ip_ct_net *cn, unsigned int which,
				     const char *name)
{
	*ctl = (struct ctl_table) {
		.procname = name,
		.data = cn,
		.maxlen = sizeof(unsigned int),
		.mode = mode_of(cn, which),
		.proc_handler = setting_handler,
		.extra2 = (void *)&ip_ct_setting_desc[which],
	};
	return ctl + 1;
}

static struct ctl_table *add_number(struct ctl_table *ctl,
				    struct ip_ct_net *cn, const char *name,
				    proc_handler *handler)
{
	*ctl = (struct ctl_table) {
		.procname = name,
		.data = cn,
		.maxlen = sizeof(unsigned int),
		.mode = 0444,
		.proc_handler = handler,
	};
	return ctl + 1;
}

/**
 * ip_ct_sysctl_register() - make a namespace's directory
 * @cn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int ip_ct_sysctl_register(struct ip_ct_net *cn)
{
	struct ctl_table *ctl;
	unsigned int i;

	cn->ctl = kcalloc(SYSCTLS_MAX + IP_CT_CTL_SENTINEL, sizeof(*cn->ctl),
			  GFP_KERNEL);
	if (!cn->ctl)
		return -ENOMEM;

	ctl = cn->ctl;
	for (i = 0; i < IP_CT_SET_COUNT; i++) {
		const struct ip_ct_setting_desc *desc = &ip_ct_setting_desc[i];

		ctl = add_setting(ctl, cn, i, desc->name);
		if (desc->alias)
			ctl = add_setting(ctl, cn, i, desc->alias);
	}
	ctl = add_number(ctl, cn, "ip_conntrack_count", count_handler);
	ctl = add_number(ctl, cn, "ip_conntrack_buckets", buckets_handler);

	cn->sysctl = register_net_sysctl_sz(cn->net, "net/ipv4/netfilter",
					    cn->ctl, ctl - cn->ctl);
	if (!cn->sysctl) {
		kfree(cn->ctl);
		return -ENOMEM;
	}
	return 0;
}

/**
 * ip_ct_sysctl_unregister() - the mirror image
 * @cn: namespace
 */
void ip_ct_sysctl_unregister(struct ip_ct_net *cn)
{
	unregister_net_sysctl_table(cn->sysctl);
	kfree(cn->ctl);
}
