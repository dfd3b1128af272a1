// SPDX-License-Identifier: GPL-2.0
/*
 * nft_key.c - "ct KEY": what a rule can read of a packet's connection.
 *
 * Every packet has a state. The other keys exist only for a packet that
 * belongs to a connection; for any other (INVALID, UNTRACKED, IPv6) the rule
 * that asks does not match.
 */
#include <linux/math64.h>
#include <linux/netlink.h>

#include "compat.h"
#include "ip_conntrack.h"
#include "nft_types.h"

/**
 * struct nft_key - a key in a rule
 * @key:      enum nft_ct_keys
 * @dir:      IP_CT_DIR_*; IP_CT_DIR_MAX: the rule names none
 * @len:      octets of the value
 * @reg:      register that takes it
 */
struct nft_key {
	u8 key;
	u8 dir;
	u8 len;
	u8 reg;
};

/* May, must or must not a rule say "original" or "reply" before the key? */
enum direction {
	DIR_NEVER,
	DIR_MAYBE,
	DIR_ALWAYS,
};

static const struct {
	u8 len;
	enum direction direction;
} keys[] = {
	[NFT_CT_STATE]		= { sizeof(u32), DIR_NEVER },
	[NFT_CT_DIRECTION]	= { sizeof(u8), DIR_NEVER },
	[NFT_CT_STATUS]		= { sizeof(u32), DIR_NEVER },
	[NFT_CT_MARK]		= { sizeof(u32), DIR_NEVER },
	[NFT_CT_EXPIRATION]	= { sizeof(u32), DIR_NEVER },
	[NFT_CT_L3PROTOCOL]	= { sizeof(u8), DIR_MAYBE },
	[NFT_CT_PROTOCOL]	= { sizeof(u8), DIR_MAYBE },
	/* the length of these two follows from the family of the table */
	[NFT_CT_SRC]		= { sizeof(struct in6_addr), DIR_ALWAYS },
	[NFT_CT_DST]		= { sizeof(struct in6_addr), DIR_ALWAYS },
	[NFT_CT_SRC_IP]		= { sizeof(struct in_addr), DIR_ALWAYS },
	[NFT_CT_DST_IP]		= { sizeof(struct in_addr), DIR_ALWAYS },
	/* so that rules for both families load; no IPv6 packet ever matches */
	[NFT_CT_SRC_IP6]	= { sizeof(struct in6_addr), DIR_ALWAYS },
	[NFT_CT_DST_IP6]	= { sizeof(struct in6_addr), DIR_ALWAYS },
	[NFT_CT_PROTO_SRC]	= { sizeof(u16), DIR_ALWAYS },
	[NFT_CT_PROTO_DST]	= { sizeof(u16), DIR_ALWAYS },
	[NFT_CT_BYTES]		= { sizeof(u64), DIR_MAYBE },
	[NFT_CT_PKTS]		= { sizeof(u64), DIR_MAYBE },
	[NFT_CT_AVGPKT]		= { sizeof(u64), DIR_MAYBE },
	[NFT_CT_ZONE]		= { sizeof(u16), DIR_MAYBE },
	[NFT_CT_ID]		= { sizeof(u32), DIR_NEVER },
};

static u32 state_bit(const struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	if (ct)
		return NF_CT_STATE_BIT(ctinfo);
	return ctinfo == IP_CT_UNTRACKED ? NF_CT_STATE_UNTRACKED_BIT :
					   NF_CT_STATE_INVALID_BIT;
}

/* One direction, or the sum of both */
static u64 of_direction(const u64 count[IP_CT_DIR_MAX], u8 dir)
{
	if (dir < IP_CT_DIR_MAX)
		return count[dir];
	return count[IP_CT_DIR_ORIGINAL] + count[IP_CT_DIR_REPLY];
}

static bool is_counter(u8 key)
{
	return key == NFT_CT_BYTES || key == NFT_CT_PKTS ||
	       key == NFT_CT_AVGPKT;
}

static void read_counters(const struct nft_key *priv, const struct sk_buff *skb,
			  u32 *dest)
{
	struct ip_ct_counters count;
	u64 packets = 0, bytes = 0;

	/* a connection from before accounting was switched on has zeroes */
	if (ip_ct_skb_counters(skb, &count)) {
		packets = of_direction(count.packets, priv->dir);
		bytes = of_direction(count.bytes, priv->dir);
	}
	switch (priv->key) {
	case NFT_CT_BYTES:
		put_unaligned(bytes, (u64 *)dest);
		break;
	case NFT_CT_PKTS:
		put_unaligned(packets, (u64 *)dest);
		break;
	default:
		put_unaligned(packets ? div64_u64(bytes, packets) : 0,
			      (u64 *)dest);
	}
}

static bool read_tuple(const struct nft_key *priv, const struct nf_conn *ct,
		       u32 *dest)
{
	const struct nf_conntrack_tuple *tuple =
		&ct->tuplehash[priv->dir].tuple;

	switch (priv->key) {
	case NFT_CT_SRC:
	case NFT_CT_SRC_IP:
		memcpy(dest, &tuple->src.u3, priv->len);
		return true;
	case NFT_CT_DST:
	case NFT_CT_DST_IP:
		memcpy(dest, &tuple->dst.u3, priv->len);
		return true;
	case NFT_CT_PROTO_SRC:
		nft_reg_store_be16(dest, tuple->src.u.all);
		return true;
	case NFT_CT_PROTO_DST:
		nft_reg_store_be16(dest, tuple->dst.u.all);
		return true;
	default:
		return false;
	}
}

/* False: the packet has no such thing */
static bool read_key(const struct nft_key *priv, const struct nf_conn *ct,
		     enum ip_conntrack_info ctinfo, const struct sk_buff *skb,
		     u32 *dest)
{
	switch (priv->key) {
	case NFT_CT_DIRECTION:
		nft_reg_store8(dest, CTINFO2DIR(ctinfo));
		return true;
	case NFT_CT_STATUS:
		*dest = READ_ONCE(ct->status);
		return true;
	case NFT_CT_MARK:
		*dest = ip_ct_skb_mark(skb);
		return true;
	case NFT_CT_EXPIRATION:
		*dest = jiffies_to_msecs(nf_ct_expires(ct));
		return true;
	case NFT_CT_L3PROTOCOL:
		nft_reg_store8(dest, nf_ct_l3num(ct));
		return true;
	case NFT_CT_PROTOCOL:
		nft_reg_store8(dest, nf_ct_protonum(ct));
		return true;
	case NFT_CT_BYTES:
	case NFT_CT_PKTS:
	case NFT_CT_AVGPKT:
		read_counters(priv, skb, dest);
		return true;
	case NFT_CT_ZONE:
		/* none can be set: everything is in the first one */
		nft_reg_store16(dest, 0);
		return true;
	case NFT_CT_ID:
		if (!ip_ct_skb_id(skb, dest))
			return false;
		/* nft reads it as conntrack(8) does: in network order */
		*dest = (__force u32)htonl(*dest);
		return true;
	default:
		return read_tuple(priv, ct, dest);
	}
}

static void nft_key_eval(const struct nft_expr *expr, struct nft_regs *regs,
			 const struct nft_pktinfo *pkt)
{
	const struct nft_key *priv = nft_expr_priv(expr);
	u32 *dest = &regs->data[priv->reg];
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nft_conn(pkt, &ctinfo);

	if (priv->key == NFT_CT_STATE)
		*dest = state_bit(ct, ctinfo);
	else if (!ct || !read_key(priv, ct, ctinfo, pkt->skb, dest))
		regs->verdict.code = NFT_BREAK;
}

static int parse_direction(struct nft_key *priv, const struct nlattr *attr)
{
	enum direction allowed = keys[priv->key].direction;

	priv->dir = IP_CT_DIR_MAX;
	if (!attr)
		return allowed == DIR_ALWAYS ? -EINVAL : 0;
	if (allowed == DIR_NEVER)
		return -EINVAL;
	priv->dir = nla_get_u8(attr);
	return priv->dir < IP_CT_DIR_MAX ? 0 : -EINVAL;
}

static int parse_key(struct nft_key *priv, const struct nft_ctx *ctx, u32 key)
{
	if (key >= ARRAY_SIZE(keys) || !keys[key].len)
		return nft_refuse("a ct key that it does not know");
	priv->key = key;
	priv->len = keys[key].len;
	if ((key == NFT_CT_SRC || key == NFT_CT_DST) &&
	    ctx->family == NFPROTO_IPV4)
		priv->len = sizeof(struct in_addr);
	return 0;
}

static int nft_key_init(const struct nft_ctx *ctx, const struct nft_expr *expr,
			const struct nlattr * const tb[])
{
	struct nft_key *priv = nft_expr_priv(expr);
	int err;

	err = parse_key(priv, ctx, ntohl(nla_get_be32(tb[NFTA_CT_KEY])));
	if (err)
		return err;
	err = parse_direction(priv, tb[NFTA_CT_DIRECTION]);
	if (err)
		return err;
	err = nft_parse_register_store(ctx, tb[NFTA_CT_DREG], &priv->reg, NULL,
				       NFT_DATA_VALUE, priv->len);
	if (err < 0)
		return err;
	err = ip_ct_rules_get(ctx->net);
	if (!err && is_counter(priv->key))
		ip_ct_rules_count(ctx->net);
	return err;
}

static void nft_key_destroy(const struct nft_ctx *ctx,
			    const struct nft_expr *expr)
{
	ip_ct_rules_put(ctx->net);
}

static int nft_key_dump(struct sk_buff *skb, const struct nft_expr *expr,
			bool reset)
{
	const struct nft_key *priv = nft_expr_priv(expr);

	if (nft_dump_register(skb, NFTA_CT_DREG, priv->reg) ||
	    nla_put_be32(skb, NFTA_CT_KEY, htonl(priv->key)))
		return -EMSGSIZE;
	if (priv->dir < IP_CT_DIR_MAX &&
	    nla_put_u8(skb, NFTA_CT_DIRECTION, priv->dir))
		return -EMSGSIZE;
	return 0;
}

const struct nft_expr_ops nft_key_ops = {
	.type		= &nft_ct_type,
	.size		= NFT_EXPR_SIZE(sizeof(struct nft_key)),
	.eval		= nft_key_eval,
	.init		= nft_key_init,
	.destroy	= nft_key_destroy,
	.dump		= nft_key_dump,
};
