// SPDX-License-Identifier: GPL-2.0
/*
 * nft_count.c - "ct count": how many connections at once.
 *
 * In a rule it counts those of all packets that come to it, in an element of a
 * set those of the packets with that element's key. nf_tables copies an
 * expression into the rules that packets see, so what is counted lies behind a
 * pointer.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include "ip_conntrack.h"
#include "nft_conns.h"
#include "nft_types.h"

/**
 * struct nft_count - a limit
 * @conns: what is counted
 * @limit: so many
 * @over:  matches above the limit ("ct count over"), not up to it
 */
struct nft_count {
	struct nft_conns *conns;
	u32 limit;
	bool over;
};

static void original_tuple(const struct nf_conn *ct, struct ip_ct_tuple *tuple)
{
	const struct nf_conntrack_tuple *orig =
		&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	memset(tuple, 0, sizeof(*tuple));
	tuple->src = orig->src.u3.ip;
	tuple->dst = orig->dst.u3.ip;
	tuple->proto = orig->dst.protonum;
	if (tuple->proto == IPPROTO_ICMP) {
		tuple->sport = orig->src.u.icmp.id;
		tuple->dport = orig->src.u.icmp.id;
		tuple->type = orig->dst.u.icmp.type;
	} else {
		tuple->sport = orig->src.u.all;
		tuple->dport = orig->dst.u.all;
	}
}

static void nft_count_eval(const struct nft_expr *expr, struct nft_regs *regs,
			   const struct nft_pktinfo *pkt)
{
	const struct nft_count *priv = nft_expr_priv(expr);
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nft_conn(pkt, &ctinfo);
	struct ip_ct_tuple tuple;
	unsigned int count;

	if (!ct) {
		regs->verdict.code = NFT_BREAK;
		return;
	}
	original_tuple(ct, &tuple);
	/* what cannot be counted must not exceed the limit unseen */
	if (nft_conns_add(priv->conns, nft_net(pkt), &tuple, priv->limit,
			  &count))
		regs->verdict.code = NF_DROP;
	else if ((count > priv->limit) != priv->over)
		regs->verdict.code = NFT_BREAK;
}

static struct nft_conns *new_conns(gfp_t gfp)
{
	struct nft_conns *conns = kmalloc(sizeof(*conns), gfp);

	if (conns)
		nft_conns_init(conns);
	return conns;
}

static int nft_count_init(const struct nft_ctx *ctx,
			  const struct nft_expr *expr,
			  const struct nlattr * const tb[])
{
	struct nft_count *priv = nft_expr_priv(expr);
	u32 flags = 0;
	int err;

	if (!tb[NFTA_CONNLIMIT_COUNT])
		return -EINVAL;
	if (tb[NFTA_CONNLIMIT_FLAGS])
		flags = ntohl(nla_get_be32(tb[NFTA_CONNLIMIT_FLAGS]));
	if (flags & ~NFT_CONNLIMIT_F_INV)
		return nft_refuse("a flag of ct count that it does not know");
	priv->limit = ntohl(nla_get_be32(tb[NFTA_CONNLIMIT_COUNT]));
	priv->over = flags & NFT_CONNLIMIT_F_INV;
	priv->conns = new_conns(GFP_KERNEL_ACCOUNT);
	if (!priv->conns)
		return -ENOMEM;
	err = ip_ct_rules_get(ctx->net);
	if (err)
		kfree(priv->conns);
	return err;
}

static int nft_count_clone(struct nft_expr *dst, const struct nft_expr *src,
			   gfp_t gfp)
{
	const struct nft_count *from = nft_expr_priv(src);
	struct nft_count *to = nft_expr_priv(dst);

	to->limit = from->limit;
	to->over = from->over;
	to->conns = new_conns(gfp);
	return to->conns ? 0 : -ENOMEM;
}

/* Of an element of a set, whose rule has asked for the tracker */
static void nft_count_destroy_clone(const struct nft_ctx *ctx,
				    const struct nft_expr *expr)
{
	struct nft_count *priv = nft_expr_priv(expr);

	nft_conns_empty(priv->conns);
	kfree(priv->conns);
}

static void nft_count_destroy(const struct nft_ctx *ctx,
			      const struct nft_expr *expr)
{
	nft_count_destroy_clone(ctx, expr);
	ip_ct_rules_put(ctx->net);
}

/* An element without connections can go */
static bool nft_count_gc(struct net *net, const struct nft_expr *expr)
{
	const struct nft_count *priv = nft_expr_priv(expr);

	return nft_conns_sweep(priv->conns, net);
}

static int nft_count_dump(struct sk_buff *skb, const struct nft_expr *expr,
			  bool reset)
{
	const struct nft_count *priv = nft_expr_priv(expr);

	if (nla_put_be32(skb, NFTA_CONNLIMIT_COUNT, htonl(priv->limit)))
		return -EMSGSIZE;
	if (priv->over &&
	    nla_put_be32(skb, NFTA_CONNLIMIT_FLAGS, htonl(NFT_CONNLIMIT_F_INV)))
		return -EMSGSIZE;
	return 0;
}

static const struct nft_expr_ops nft_count_ops = {
	.type		= &nft_count_type,
	.size		= NFT_EXPR_SIZE(sizeof(struct nft_count)),
	.eval		= nft_count_eval,
	.init		= nft_count_init,
	.clone		= nft_count_clone,
	.destroy	= nft_count_destroy,
	.destroy_clone	= nft_count_destroy_clone,
	.dump		= nft_count_dump,
	.gc		= nft_count_gc,
};

static const struct nla_policy nft_count_policy[NFTA_CONNLIMIT_MAX + 1] = {
	[NFTA_CONNLIMIT_COUNT]	= { .type = NLA_U32 },
	[NFTA_CONNLIMIT_FLAGS]	= { .type = NLA_U32 },
};

const struct nft_expr_type nft_count_type = {
	.name		= "connlimit",
	.ops		= &nft_count_ops,
	.policy		= nft_count_policy,
	.maxattr	= NFTA_CONNLIMIT_MAX,
	.flags		= NFT_EXPR_STATEFUL | NFT_EXPR_GC,
	.owner		= THIS_MODULE,
};
