// SPDX-License-Identifier: GPL-2.0
/*
 * path.c - two devices that need not be there, and nf_conntrack on demand.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>

#include "path.h"

static struct net_device *device(struct net *net)
{
	struct net_device *dev;

	dev = alloc_netdev(0, "bench%d", NET_NAME_ENUM, ether_setup);
	if (dev)
		dev_net_set(dev, net);
	return dev;
}

/**
 * bench_path_init() - a way through a namespace
 * @path: filled
 * @net:  namespace, held by the caller
 *
 * The devices are never registered: hooks only look at them.
 * Return: 0 or -ENOMEM.
 */
int bench_path_init(struct bench_path *path, struct net *net)
{
	path->net = net;
	path->in = device(net);
	path->out = device(net);
	if (path->in && path->out)
		return 0;
	bench_path_exit(path);
	return -ENOMEM;
}

/**
 * bench_path_exit() - the mirror image
 * @path: from bench_path_init()
 */
void bench_path_exit(struct bench_path *path)
{
	if (path->in)
		free_netdev(path->in);
	if (path->out)
		free_netdev(path->out);
}

/**
 * bench_path_okfn() - what nf_hook() wants, and never calls
 * @net: namespace
 * @sk:  none
 * @skb: packet
 */
int bench_path_okfn(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

/**
 * bench_nf_conntrack() - have nf_conntrack track a namespace, or no longer
 * @net: namespace
 * @on:  on or off
 *
 * Without a rule that would cost by itself. Loads the module if need be.
 * Return: 0 or a negative errno.
 */
int bench_nf_conntrack(struct net *net, bool on)
{
	typeof(nf_ct_netns_get) *get;
	typeof(nf_ct_netns_put) *put;
	int err = 0;

	if (on) {
		get = symbol_request(nf_ct_netns_get);
		if (!get)
			return -ENOENT;
		err = get(net, NFPROTO_IPV4);
		symbol_put(nf_ct_netns_get);
	} else {
		put = symbol_get(nf_ct_netns_put);
		if (!put)
			return -ENOENT;
		put(net, NFPROTO_IPV4);
		symbol_put(nf_ct_netns_put);
	}
	return err;
}
