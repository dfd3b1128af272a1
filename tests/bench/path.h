/* SPDX-License-Identifier: GPL-2.0 */
/*
 * path.h - the way of a forwarded packet through the hooks of a namespace.
 */
#ifndef _BENCH_PATH_H
#define _BENCH_PATH_H

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/skbuff.h>

/**
 * struct bench_path - where packets are pushed through
 * @net: namespace
 * @in:  device that they came in by
 * @out: device that they leave by
 */
struct bench_path {
	struct net *net;
	struct net_device *in;
	struct net_device *out;
};

/* As in net/netfilter/nf_conntrack.h, which wants nf_conntrack configured */
int nf_ct_netns_get(struct net *net, u8 nfproto);
void nf_ct_netns_put(struct net *net, u8 nfproto);

int bench_path_init(struct bench_path *path, struct net *net);
void bench_path_exit(struct bench_path *path);
int bench_path_okfn(struct net *net, struct sock *sk, struct sk_buff *skb);
int bench_nf_conntrack(struct net *net, bool on);

/*
 * From PRE_ROUTING to POST_ROUTING, and off the host with what was attached.
 * The caller keeps a reference of its own: a hook may drop the packet.
 */
static __always_inline void bench_path_push(const struct bench_path *path,
					    struct sk_buff *skb)
{
	if (nf_hook(NFPROTO_IPV4, NF_INET_PRE_ROUTING, path->net, NULL, skb,
		    path->in, NULL, bench_path_okfn) == 1)
		nf_hook(NFPROTO_IPV4, NF_INET_POST_ROUTING, path->net, NULL,
			skb, path->in, path->out, bench_path_okfn);
	nf_reset_ct(skb);
}

#endif /* _BENCH_PATH_H */
