// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - ip_conntrack_netlink.ko comes and goes.
 *
 * It speaks the protocol of nfnetlink's subsystems "conntrack" and
 * "expectation", so that conntrack(8) and all that is built on
 * libnetfilter_conntrack finds ip_conntrack where it expects nf_conntrack.
 * Only one module can answer there: beside nf_conntrack_netlink this one
 * is refused.
 *
 * nfnetlink lets nobody in without CAP_NET_ADMIN in the user namespace that
 * owns the network namespace of the socket, and a request concerns that
 * network namespace only.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "netlink.h"

static int __init subsystem_register(const struct nfnetlink_subsystem *subsystem)
{
	int err = nfnetlink_subsys_register(subsystem);

	if (err == -EBUSY)
		pr_err("another module, most likely nf_conntrack_netlink, answers conntrack(8) already: unload it first\n");
	return err;
}

static int __init ip_conntrack_netlink_init(void)
{
	int err;

	err = subsystem_register(&ip_ct_nl_connections);
	if (err)
		return err;
	err = subsystem_register(&ip_ct_nl_expectations);
	if (err)
		goto err_connections;
	err = ip_ct_nl_events_begin();
	if (err)
		goto err_expectations;
	ip_ct_nl_queue_begin();
	return 0;

err_expectations:
	nfnetlink_subsys_unregister(&ip_ct_nl_expectations);
err_connections:
	nfnetlink_subsys_unregister(&ip_ct_nl_connections);
	return err;
}

static void __exit ip_conntrack_netlink_exit(void)
{
	ip_ct_nl_queue_end();
	ip_ct_nl_events_end();
	nfnetlink_subsys_unregister(&ip_ct_nl_expectations);
	nfnetlink_subsys_unregister(&ip_ct_nl_connections);
}

module_init(ip_conntrack_netlink_init);
module_exit(ip_conntrack_netlink_exit);

MODULE_DESCRIPTION("IPv4 connection tracker: conntrack(8) and its library");
MODULE_AUTHOR("The ip_conntrack developers");
MODULE_LICENSE("GPL");
MODULE_ALIAS_NFNL_SUBSYS(NFNL_SUBSYS_CTNETLINK);
MODULE_ALIAS_NFNL_SUBSYS(NFNL_SUBSYS_CTNETLINK_EXP);
