// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - init and exit, mirror images, and nothing else.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <net/net_namespace.h>

#include "attach.h"
#include "flow.h"
#include "handover.h"
#include "hooks.h"
#include "net.h"
#include "procfs.h"
#include "role.h"
#include "settings.h"
#include "sysctl.h"

static int __net_init namespace_init(struct net *net)
{
	struct ip_ct_net *cn = ip_ct_net(net);
	int err;

	err = ip_ct_net_init(cn, net);
	if (err)
		return err;
	err = ip_ct_sysctl_register(cn);
	if (err)
		goto err_net;
	err = ip_ct_procfs_register(cn);
	if (err)
		goto err_sysctl;
	err = ip_ct_handover_register(cn);
	if (err)
		goto err_procfs;
	err = ip_ct_hooks_register(cn);
	if (err)
		goto err_handover;
	return 0;

err_handover:
	synchronize_rcu();	/* a hook may have been there for a moment */
	ip_ct_handover_unregister(cn);
err_procfs:
	ip_ct_procfs_unregister(cn);
err_sysctl:
	ip_ct_sysctl_unregister(cn);
err_net:
	ip_ct_net_exit(cn);
	return err;
}

/* A grace period passes between this and namespace_exit() */
static void __net_exit namespace_pre_exit(struct net *net)
{
	struct ip_ct_net *cn = ip_ct_net(net);

	ip_ct_hooks_unregister(cn);
	ip_ct_handover_unregister(cn);
	ip_ct_procfs_unregister(cn);
	ip_ct_sysctl_unregister(cn);
}

static void __net_exit namespace_exit(struct net *net)
{
	ip_ct_net_exit(ip_ct_net(net));
}

static struct pernet_operations namespace_ops = {
	.init = namespace_init,
	.pre_exit = namespace_pre_exit,
	.exit = namespace_exit,
	.id = &ip_ct_net_id,
	.size = sizeof(struct ip_ct_net),
};

static int __init ip_conntrack_init(void)
{
	int err;

	err = ip_ct_flow_cache_init();
	if (err)
		return err;
	err = ip_ct_tags_init();
	if (err)
		goto err_flows;
	ip_ct_settings_load();
	ip_ct_defrag_get();
	err = ip_ct_role_claim();
	if (err)
		goto err_defrag;
	err = register_pernet_subsys(&namespace_ops);
	if (err)
		goto err_role;
	return 0;

err_role:
	ip_ct_tags_close();
	ip_ct_role_release();
err_defrag:
	ip_ct_defrag_put();
	ip_ct_tags_exit();
err_flows:
	ip_ct_flow_cache_exit();
	return err;
}

static void __exit ip_conntrack_exit(void)
{
	ip_ct_tags_close();
	unregister_pernet_subsys(&namespace_ops);
	ip_ct_role_release();
	ip_ct_defrag_put();
	ip_ct_tags_exit();
	ip_ct_flow_cache_exit();
}

module_init(ip_conntrack_init);
module_exit(ip_conntrack_exit);

MODULE_DESCRIPTION("IPv4 connection tracker");
MODULE_AUTHOR("The ip_conntrack developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.6");
