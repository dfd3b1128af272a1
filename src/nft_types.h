/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nft_types.h - what the files of nft_ip_conntrack.ko know of each other.
 *
 * Each expression is a file with one struct nft_expr_type in it, a pattern
 * that nft_main.c registers for every family in which it has a meaning. What
 * is not provided is refused by name in nft_refused.c.
 */
#ifndef _IP_CT_NFT_TYPES_H
#define _IP_CT_NFT_TYPES_H

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_tables.h>

/* nft_ct.c, nft_notrack.c, nft_count.c */
extern const struct nft_expr_type nft_ct_type;
extern const struct nft_expr_type nft_notrack_type;
extern const struct nft_expr_type nft_count_type;

/* nft_key.c: "ct KEY" is read; nft_mark.c: "ct mark set" */
extern const struct nft_expr_ops nft_key_ops;
extern const struct nft_expr_ops nft_mark_ops;

/* nft_refused.c */
int nft_refuse(const char *what);
int nft_refused_register(void);
void nft_refused_unregister(void);

/**
 * nft_conn() - the connection of a packet as it came
 * @pkt:    packet in a rule
 * @ctinfo: its state for rules
 *
 * IPv6 is not tracked here, and a packet in a tunnel does not have its outer
 * packet's connection.
 *
 * Return: what skb->_nfct has, NULL and IP_CT_UNTRACKED for IPv6.
 */
static inline const struct nf_conn *nft_conn(const struct nft_pktinfo *pkt,
					     enum ip_conntrack_info *ctinfo)
{
	if (likely(nft_pf(pkt) == NFPROTO_IPV4))
		return nf_ct_get(pkt->skb, ctinfo);
	*ctinfo = IP_CT_UNTRACKED;
	return NULL;
}

#endif /* _IP_CT_NFT_TYPES_H */
