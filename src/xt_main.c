// SPDX-License-Identifier: GPL-2.0
/*
 * xt_main.c - xt_ip_conntrack.ko: iptables on ip_conntrack.
 *
 * Its matches and targets have the names and layouts that iptables knows from
 * nf_conntrack's modules, so the tools need not be told.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <net/net_namespace.h>

#include "ip_conntrack.h"
#include "xt_ip_conntrack.h"

static int rule_get(struct net *net, const char *name)
{
	int err = ip_ct_rules_get(net);

	if (err)
		pr_info_ratelimited("%s is refused: ip_conntrack is not the kernel's tracker here (role=provider)\n",
				    name);
	return err;
}

/**
 * ip_ct_xt_match_check() - a rule with one of our matches wants to be
 * @par: the rule
 *
 * Return: 0, or why ip_conntrack cannot serve it.
 */
int ip_ct_xt_match_check(const struct xt_mtchk_param *par)
{
	return rule_get(par->net, par->match->name);
}

/**
 * ip_ct_xt_match_destroy() - the mirror image of ip_ct_xt_match_check()
 * @par: the rule
 */
void ip_ct_xt_match_destroy(const struct xt_mtdtor_param *par)
{
	ip_ct_rules_put(par->net);
}

/**
 * ip_ct_xt_target_check() - a rule with one of our targets wants to be
 * @par: the rule
 *
 * Return: 0, or why ip_conntrack cannot serve it.
 */
int ip_ct_xt_target_check(const struct xt_tgchk_param *par)
{
	return rule_get(par->net, par->target->name);
}

/**
 * ip_ct_xt_target_destroy() - the mirror image of ip_ct_xt_target_check()
 * @par: the rule
 */
void ip_ct_xt_target_destroy(const struct xt_tgdtor_param *par)
{
	ip_ct_rules_put(par->net);
}

static const struct {
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ ip_ct_xt_state_init, ip_ct_xt_state_exit },
	{ ip_ct_xt_conntrack_init, ip_ct_xt_conntrack_exit },
	{ ip_ct_xt_connmark_init, ip_ct_xt_connmark_exit },
	{ ip_ct_xt_connbytes_init, ip_ct_xt_connbytes_exit },
	{ ip_ct_xt_ct_init, ip_ct_xt_ct_exit },
};

static void exit_parts(unsigned int count)
{
	while (count--)
		parts[count].exit();
}

static int __init xt_ip_conntrack_init(void)
{
	unsigned int i;
	int err;

	/*
	 * Whoever comes last is found first: beside a tracker that only
	 * observes, we would stand before the modules that work.
	 */
	err = rule_get(&init_net, "iptables");
	if (err)
		return err;
	ip_ct_rules_put(&init_net);

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		err = parts[i].init();
		if (err) {
			exit_parts(i);
			return err;
		}
	}
	return 0;
}

static void __exit xt_ip_conntrack_exit(void)
{
	exit_parts(ARRAY_SIZE(parts));
}

module_init(xt_ip_conntrack_init);
module_exit(xt_ip_conntrack_exit);

MODULE_DESCRIPTION("iptables matches and targets on ip_conntrack");
MODULE_LICENSE("GPL");
