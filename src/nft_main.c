// SPDX-License-Identifier: GPL-2.0
/*
 * nft_main.c - nft_ip_conntrack.ko: the rules of nft ask ip_conntrack.
 *
 * The expressions are registered for the families one by one: nf_tables takes
 * a type of the very family before one of any family, which the stock modules
 * register.
 *
 * The module does not claim the names by which nf_tables asks for expressions:
 * where it is installed beside a tracker of the kernel's own, the first rule
 * would load it, and the tracker with it. Operators say in modprobe.d which of
 * the two a rule is to load.
 */
#include <linux/module.h>
#include <net/net_namespace.h>

#include "ip_conntrack.h"
#include "nft_types.h"

static const u8 families[] = { NFPROTO_IPV4, NFPROTO_INET, NFPROTO_IPV6 };

static const struct nft_expr_type *const patterns[] = {
	&nft_ct_type,
	&nft_notrack_type,
	&nft_count_type,
};

static struct nft_expr_type types[ARRAY_SIZE(patterns) * ARRAY_SIZE(families)];

static int register_types(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		types[i] = *patterns[i / ARRAY_SIZE(families)];
		types[i].family = families[i % ARRAY_SIZE(families)];
		err = nft_register_expr(&types[i]);
		if (err)
			goto undo;
	}
	return 0;

undo:
	while (i--)
		nft_unregister_expr(&types[i]);
	return err;
}

static void unregister_types(void)
{
	unsigned int i = ARRAY_SIZE(types);

	while (i--)
		nft_unregister_expr(&types[i]);
}

/* Beside another tracker rules must go on asking that one */
static int check_role(void)
{
	int err = ip_ct_rules_get(&init_net);

	if (!err)
		ip_ct_rules_put(&init_net);
	return err;
}

static int __init nft_ip_conntrack_init(void)
{
	int err;

	err = check_role();
	if (err)
		return err;
	err = register_types();
	if (err)
		return err;
	err = nft_refused_register();
	if (err)
		unregister_types();
	return err;
}

static void __exit nft_ip_conntrack_exit(void)
{
	nft_refused_unregister();
	unregister_types();
}

module_init(nft_ip_conntrack_init);
module_exit(nft_ip_conntrack_exit);

MODULE_DESCRIPTION("nftables: ct, notrack and ct count on ip_conntrack");
MODULE_AUTHOR("The ip_conntrack developers");
MODULE_LICENSE("GPL");
