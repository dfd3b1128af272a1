// SPDX-License-Identifier: GPL-2.0
/*
 * nft_notrack.c - "notrack": the tracker is to let this packet pass.
 *
 * It speaks to the tracker through the packet alone, so it needs none, and it
 * does something only before the tracker has seen the packet (priority raw).
 */
#include "nft_types.h"

static void nft_notrack_eval(const struct nft_expr *expr, struct nft_regs *regs,
			     const struct nft_pktinfo *pkt)
{
	enum ip_conntrack_info ctinfo;

	/* a packet that comes again, through loopback, has its connection */
	if (!nf_ct_get(pkt->skb, &ctinfo))
		nf_ct_set(pkt->skb, NULL, IP_CT_UNTRACKED);
}

static const struct nft_expr_ops nft_notrack_ops = {
	.type		= &nft_notrack_type,
	.size		= NFT_EXPR_SIZE(0),
	.eval		= nft_notrack_eval,
};

const struct nft_expr_type nft_notrack_type = {
	.name		= "notrack",
	.ops		= &nft_notrack_ops,
	.owner		= THIS_MODULE,
};
