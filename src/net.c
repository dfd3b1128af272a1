// SPDX-License-Identifier: GPL-2.0
/*
 * net.c - a namespace's tracker comes and goes.
 */
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "expire.h"
#include "flow.h"
#include "limit.h"
#include "net.h"

unsigned int ip_ct_net_id __read_mostly;

/**
 * ip_ct_net_init() - an empty tracker
 * @cn:  zeroed
 * @net: its namespace
 *
 * Return: 0 or -ENOMEM; nothing is left behind then.
 */
int ip_ct_net_init(struct ip_ct_net *cn, struct net *net)
{
	int err;

	cn->net = net;
	cn->guest = net->user_ns != &init_user_ns;
	ip_ct_settings_init(&cn->settings);

	cn->stats = alloc_percpu(struct ip_ct_stats);
	if (!cn->stats)
		return -ENOMEM;
	err = ip_ct_table_init(&cn->table, ip_ct_settings_buckets());
	if (err)
		goto err_stats;
	err = ip_ct_wheels_init(cn);
	if (err)
		goto err_table;
	err = ip_ct_limit_init(cn);
	if (err)
		goto err_wheels;
	return 0;

err_wheels:
	ip_ct_wheels_exit(cn);
err_table:
	ip_ct_table_exit(&cn->table);
err_stats:
	free_percpu(cn->stats);
	return err;
}

/**
 * ip_ct_net_flush() - end all flows
 * @cn:     tracker; flows that come while this runs may stay
 * @portid: netlink port of who asked for it, or 0
 * @report: that one wants a report
 */
void ip_ct_net_flush(struct ip_ct_net *cn, u32 portid, bool report)
{
	struct ip_conntrack *flows[64];
	struct ip_ct_cursor cursor = {};
	unsigned int n, i;

	do {
		struct ip_ct_dead dead = {};

		ip_ct_listing_begin(&cn->table, &cursor);
		n = ip_ct_table_read(&cn->table, &cursor, flows,
				     ARRAY_SIZE(flows));
		if (n)
			ip_ct_cursor_set(&cursor, flows[n - 1]);
		for (i = 0; i < n; i++)
			ip_ct_flow_kill_batch_for(cn, flows[i], &dead, portid,
						  report);
		ip_ct_flow_free_batch(&dead);
		ip_ct_listing_end(&cn->table);
		cond_resched();
	} while (n);
}

/**
 * ip_ct_net_exit() - end of a tracker that no packet reaches any more
 * @cn: tracker
 */
void ip_ct_net_exit(struct ip_ct_net *cn)
{
	ip_ct_table_close(&cn->table);
	ip_ct_wheels_stop(cn);
	ip_ct_net_flush(cn, 0, false);
	ip_ct_limit_exit(cn);
	ip_ct_wheels_exit(cn);
	ip_ct_table_exit(&cn->table);
	free_percpu(cn->stats);
}
