// SPDX-License-Identifier: GPL-2.0
/*
 * nft_mark.c - "ct mark set": a rule marks the packet's connection.
 *
 * A packet without a connection has nothing to mark, and goes on.
 */
#include <linux/netlink.h>

#include "ip_conntrack.h"
#include "nft_types.h"

/**
 * struct nft_mark - a mark to set
 * @reg: register that holds it
 */
struct nft_mark {
	u8 reg;
};

static void nft_mark_eval(const struct nft_expr *expr, struct nft_regs *regs,
			  const struct nft_pktinfo *pkt)
{
	const struct nft_mark *priv = nft_expr_priv(expr);
	enum ip_conntrack_info ctinfo;

	if (nft_conn(pkt, &ctinfo))
		ip_ct_skb_set_mark(pkt->skb, 0, regs->data[priv->reg]);
}

static int nft_mark_init(const struct nft_ctx *ctx, const struct nft_expr *expr,
			 const struct nlattr * const tb[])
{
	struct nft_mark *priv = nft_expr_priv(expr);
	int err;

	if (tb[NFTA_CT_DIRECTION])
		return -EINVAL;
	err = nft_parse_register_load(ctx, tb[NFTA_CT_SREG], &priv->reg,
				      sizeof(u32));
	if (err < 0)
		return err;
	return ip_ct_rules_get(ctx->net);
}

static void nft_mark_destroy(const struct nft_ctx *ctx,
			     const struct nft_expr *expr)
{
	ip_ct_rules_put(ctx->net);
}

static int nft_mark_dump(struct sk_buff *skb, const struct nft_expr *expr,
			 bool reset)
{
	const struct nft_mark *priv = nft_expr_priv(expr);

	if (nft_dump_register(skb, NFTA_CT_SREG, priv->reg) ||
	    nla_put_be32(skb, NFTA_CT_KEY, htonl(NFT_CT_MARK)))
		return -EMSGSIZE;
	return 0;
}

const struct nft_expr_ops nft_mark_ops = {
	.type		= &nft_ct_type,
	.size		= NFT_EXPR_SIZE(sizeof(struct nft_mark)),
	.eval		= nft_mark_eval,
	.init		= nft_mark_init,
	.destroy	= nft_mark_destroy,
	.dump		= nft_mark_dump,
};
