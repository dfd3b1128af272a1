// SPDX-License-Identifier: GPL-2.0
/*
 * nft_refused.c - what rules can ask of a connection tracker and not of this
 * one: refused when the rule is added, and named in the log.
 *
 * nf_tables says to user space which expression it was that failed, but gives
 * an expression no way to add words of its own.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>
#include <net/netfilter/nf_flow_table.h>

#include "nft_types.h"

/**
 * nft_refuse() - say what is refused
 * @what: as an operator knows it
 *
 * Return: -EOPNOTSUPP.
 */
int nft_refuse(const char *what)
{
	pr_err_ratelimited("rule refused: ip_conntrack does not provide %s\n",
			   what);
	return -EOPNOTSUPP;
}

/**
 * struct refused - an expression that is refused
 * @type: as registered
 * @ops:  so that its init knows which it is
 * @what: its name for operators
 */
struct refused {
	struct nft_expr_type type;
	struct nft_expr_ops ops;
	const char *what;
};

static int refuse_expr(const struct nft_ctx *ctx, const struct nft_expr *expr,
		       const struct nlattr * const tb[])
{
	return nft_refuse(container_of(expr->ops, struct refused, ops)->what);
}

#define REFUSED(expression, of_family, words) {				\
	.type = {							\
		.name	= expression,					\
		.family	= of_family,					\
		.owner	= THIS_MODULE,					\
	},								\
	.ops = {							\
		.size	= NFT_EXPR_SIZE(0),				\
		.init	= refuse_expr,					\
	},								\
	.what = words,							\
}

#define REFUSED_IP(expression, words)					\
	REFUSED(expression, NFPROTO_IPV4, words),			\
	REFUSED(expression, NFPROTO_IPV6, words),			\
	REFUSED(expression, NFPROTO_INET, words)

#define REFUSED_LINK(expression, words)					\
	REFUSED(expression, NFPROTO_BRIDGE, words " in a bridge table"), \
	REFUSED(expression, NFPROTO_NETDEV, words " in a netdev table")

static struct refused refused_exprs[] = {
	REFUSED_IP("nat", "NAT (snat, dnat)"),
	REFUSED_IP("masq", "NAT (masquerade)"),
	REFUSED_IP("redir", "NAT (redirect)"),
	REFUSED_IP("flow_offload", "flow offload (flow add)"),
	REFUSED_IP("synproxy", "synproxy"),
	/* bridged IPv4 comes to tables of family ip through br_netfilter */
	REFUSED_LINK("ct", "ct"),
	REFUSED_LINK("notrack", "notrack"),
	REFUSED_LINK("connlimit", "ct count"),
};

static int refuse_helper(const struct nft_ctx *ctx,
			 const struct nlattr * const tb[],
			 struct nft_object *obj)
{
	return nft_refuse("ct helper objects");
}

static int refuse_timeout(const struct nft_ctx *ctx,
			  const struct nlattr * const tb[],
			  struct nft_object *obj)
{
	return nft_refuse("ct timeout objects");
}

static int refuse_expectation(const struct nft_ctx *ctx,
			      const struct nlattr * const tb[],
			      struct nft_object *obj)
{
	return nft_refuse("ct expectation objects");
}

static int refuse_count(const struct nft_ctx *ctx,
			const struct nlattr * const tb[],
			struct nft_object *obj)
{
	return nft_refuse("ct count as an object");
}

static int refuse_synproxy(const struct nft_ctx *ctx,
			   const struct nlattr * const tb[],
			   struct nft_object *obj)
{
	return nft_refuse("synproxy objects");
}

#define REFUSED_OBJECT(number, how) {					\
	.type	= number,						\
	.ops	= &(const struct nft_object_ops) { .init = how },	\
	.owner	= THIS_MODULE,						\
}

static struct nft_object_type refused_objects[] = {
	REFUSED_OBJECT(NFT_OBJECT_CT_HELPER, refuse_helper),
	REFUSED_OBJECT(NFT_OBJECT_CT_TIMEOUT, refuse_timeout),
	REFUSED_OBJECT(NFT_OBJECT_CT_EXPECT, refuse_expectation),
	REFUSED_OBJECT(NFT_OBJECT_CONNLIMIT, refuse_count),
	REFUSED_OBJECT(NFT_OBJECT_SYNPROXY, refuse_synproxy),
};

static int refuse_flowtable(struct nf_flowtable *flowtable)
{
	return nft_refuse("flow offload (flowtable)");
}

#define REFUSED_FLOWTABLE(of_family) {					\
	.family	= of_family,						\
	.init	= refuse_flowtable,					\
	.owner	= THIS_MODULE,						\
}

static struct nf_flowtable_type refused_flowtables[] = {
	REFUSED_FLOWTABLE(NFPROTO_IPV4),
	REFUSED_FLOWTABLE(NFPROTO_IPV6),
	REFUSED_FLOWTABLE(NFPROTO_INET),
};

/* A chain has no hook of its own until it is told so here: never */
static int refuse_chain(struct net *net, const struct nf_hook_ops *ops)
{
	return nft_refuse("NAT (chains of type nat)");
}

#define REFUSED_CHAIN(of_family) {					\
	.name		= "nat",					\
	.type		= NFT_CHAIN_T_NAT,				\
	.family		= of_family,					\
	.hook_mask	= BIT(NF_INET_PRE_ROUTING) |			\
			  BIT(NF_INET_POST_ROUTING) |			\
			  BIT(NF_INET_LOCAL_OUT) |			\
			  BIT(NF_INET_LOCAL_IN),			\
	.ops_register	= refuse_chain,					\
	.owner		= THIS_MODULE,					\
}

static const struct nft_chain_type refused_chains[] = {
	REFUSED_CHAIN(NFPROTO_IPV4),
	REFUSED_CHAIN(NFPROTO_IPV6),
	REFUSED_CHAIN(NFPROTO_INET),
};

static int register_exprs(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(refused_exprs); i++) {
		struct refused *refused = &refused_exprs[i];

		refused->type.ops = &refused->ops;
		refused->ops.type = &refused->type;
		err = nft_register_expr(&refused->type);
		if (err)
			goto undo;
	}
	return 0;

undo:
	while (i--)
		nft_unregister_expr(&refused_exprs[i].type);
	return err;
}

static void unregister_exprs(void)
{
	unsigned int i = ARRAY_SIZE(refused_exprs);

	while (i--)
		nft_unregister_expr(&refused_exprs[i].type);
}

static int register_objects(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(refused_objects); i++) {
		err = nft_register_obj(&refused_objects[i]);
		if (err)
			goto undo;
	}
	return 0;

undo:
	while (i--)
		nft_unregister_obj(&refused_objects[i]);
	return err;
}

static void unregister_objects(void)
{
	unsigned int i = ARRAY_SIZE(refused_objects);

	while (i--)
		nft_unregister_obj(&refused_objects[i]);
}

/**
 * nft_refused_register() - what is not provided has a name from now on
 *
 * Return: 0 or a negative errno.
 */
int nft_refused_register(void)
{
	unsigned int i;
	int err;

	err = register_exprs();
	if (err)
		return err;
	err = register_objects();
	if (err) {
		unregister_exprs();
		return err;
	}
	for (i = 0; i < ARRAY_SIZE(refused_flowtables); i++)
		nft_register_flowtable_type(&refused_flowtables[i]);
	for (i = 0; i < ARRAY_SIZE(refused_chains); i++)
		nft_register_chain_type(&refused_chains[i]);
	return 0;
}

/**
 * nft_refused_unregister() - the mirror image of nft_refused_register()
 */
void nft_refused_unregister(void)
{
	unsigned int i = ARRAY_SIZE(refused_chains);

	while (i--)
		nft_unregister_chain_type(&refused_chains[i]);
	i = ARRAY_SIZE(refused_flowtables);
	while (i--)
		nft_unregister_flowtable_type(&refused_flowtables[i]);
	unregister_objects();
	unregister_exprs();
}
