/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nft_conns.h - a set of connections that are counted.
 */
#ifndef _IP_CT_NFT_CONNS_H
#define _IP_CT_NFT_CONNS_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct ip_ct_tuple;
struct net;

/**
 * struct nft_conns - connections that a rule, or an element of a set, counts
 * @lock:  guards the rest
 * @list:  struct conn, the latest first
 * @count: how many
 * @swept: when all were last looked at, in jiffies
 */
struct nft_conns {
	spinlock_t lock;
	struct list_head list;
	unsigned int count;
	unsigned long swept;
};

void nft_conns_init(struct nft_conns *conns);
void nft_conns_empty(struct nft_conns *conns);
int nft_conns_add(struct nft_conns *conns, struct net *net,
		  const struct ip_ct_tuple *tuple, unsigned int limit,
		  unsigned int *count);
bool nft_conns_sweep(struct nft_conns *conns, struct net *net);

#endif /* _IP_CT_NFT_CONNS_H */
