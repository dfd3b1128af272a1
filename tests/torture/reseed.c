// SPDX-License-Identifier: GPL-2.0
/*
 * reseed.c - the table takes another seed, as often as a race wants it to.
 *
 *   insmod reseed.ko		in the network namespace whose table it is
 *
 * An attacker who knows the seed gets there with colliding flows, once in ten
 * seconds (tests/scenarios/hash-attack.sh). This one does to the table what a
 * packet does that meets a chain which is too long, and is as a packet is: it
 * finds the tracker behind its hook, within RCU. Never stays: the load ends
 * with -EAGAIN if there was a table, else with -ENOENT.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/nsproxy.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "net.h"

static bool is_ours(const struct nf_hook_entry *entry)
{
	char name[KSYM_NAME_LEN];

	snprintf(name, sizeof(name), "%ps", entry->hook);
	return strstr(name, "[ip_conntrack]");
}

static int reseed(const struct nf_hook_entries *entries)
{
	struct ip_ct_table *table;
	unsigned int i;

	for (i = 0; entries && i < entries->num_hook_entries; i++) {
		if (!is_ours(&entries->hooks[i]))
			continue;
		table = &((struct ip_ct_net *)entries->hooks[i].priv)->table;
		WRITE_ONCE(table->reseed, true);
		queue_work(system_long_wq, &table->work);
		return -EAGAIN;
	}
	return -ENOENT;
}

static int __init reseed_init(void)
{
	struct net *net = current->nsproxy->net_ns;
	int err;

	rcu_read_lock();
	err = reseed(rcu_dereference(net->nf.hooks_ipv4[NF_INET_LOCAL_IN]));
	rcu_read_unlock();
	return err;
}
module_init(reseed_init);

MODULE_DESCRIPTION("the table takes another seed");
MODULE_LICENSE("GPL");
