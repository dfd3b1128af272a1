// SPDX-License-Identifier: GPL-2.0
/*
 * nft_ct.c - the expression "ct": which key, to be read or to be set.
 */
#include <linux/netlink.h>

#include "nft_types.h"

static const char *const not_read[] = {
	[NFT_CT_SECMARK]	= "ct secmark",
	[NFT_CT_HELPER]		= "ct helper",
	[NFT_CT_LABELS]		= "ct label",
	[NFT_CT_EVENTMASK]	= "ct event",
};

static const char *const not_set[] = {
	[NFT_CT_SECMARK]	= "ct secmark set",
	[NFT_CT_LABELS]		= "ct label set",
	[NFT_CT_ZONE]		= "ct zone set",
	[NFT_CT_EVENTMASK]	= "ct event set",
};

static const char *missing(const char *const *names, unsigned int size, u32 key)
{
	return key < size ? names[key] : NULL;
}

static const struct nft_expr_ops *select_read(u32 key)
{
	const char *name = missing(not_read, ARRAY_SIZE(not_read), key);

	return name ? ERR_PTR(nft_refuse(name)) : &nft_key_ops;
}

static const struct nft_expr_ops *select_set(u32 key)
{
	const char *name = missing(not_set, ARRAY_SIZE(not_set), key);

	if (key == NFT_CT_MARK)
		return &nft_mark_ops;
	return ERR_PTR(nft_refuse(name ?: "ct set of this key"));
}

static const struct nft_expr_ops *
nft_ct_select_ops(const struct nft_ctx *ctx, const struct nlattr * const tb[])
{
	u32 key;

	if (!tb[NFTA_CT_KEY] || !tb[NFTA_CT_DREG] == !tb[NFTA_CT_SREG])
		return ERR_PTR(-EINVAL);
	key = ntohl(nla_get_be32(tb[NFTA_CT_KEY]));
	return tb[NFTA_CT_DREG] ? select_read(key) : select_set(key);
}

static const struct nla_policy nft_ct_policy[NFTA_CT_MAX + 1] = {
	[NFTA_CT_DREG]		= { .type = NLA_U32 },
	[NFTA_CT_KEY]		= { .type = NLA_U32 },
	[NFTA_CT_DIRECTION]	= { .type = NLA_U8 },
	[NFTA_CT_SREG]		= { .type = NLA_U32 },
};

const struct nft_expr_type nft_ct_type = {
	.name		= "ct",
	.select_ops	= nft_ct_select_ops,
	.policy		= nft_ct_policy,
	.maxattr	= NFTA_CT_MAX,
	.owner		= THIS_MODULE,
};
