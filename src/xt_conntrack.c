// SPDX-License-Identifier: GPL-2.0
/*
 * xt_conntrack.c - match "conntrack", revisions 1 to 3: what is known of a
 * packet's connection.
 *
 * Each option that a rule has must hold, or must not where it is inverted. Of
 * a packet without a connection only the state can be told; a rule that asks
 * for a state is content with that, and any other rule does not match.
 */
#include <linux/netfilter/xt_conntrack.h>

#include "xt_ip_conntrack.h"

/*
 * The revisions begin alike: code that looks at the common part takes all of
 * them for the latest. They differ in the width of the masks and in the ports,
 * which are in network order up to revision 2, and bounds of ranges in host
 * order since 3.
 */
static_assert(offsetof(struct xt_conntrack_mtinfo1, invert_flags) ==
	      offsetof(struct xt_conntrack_mtinfo3, invert_flags));
static_assert(offsetof(struct xt_conntrack_mtinfo2, invert_flags) ==
	      offsetof(struct xt_conntrack_mtinfo3, invert_flags));
static_assert(offsetof(struct xt_conntrack_mtinfo1, origsrc_port) ==
	      offsetof(struct xt_conntrack_mtinfo3, origsrc_port));
static_assert(offsetof(struct xt_conntrack_mtinfo1, repldst_port) ==
	      offsetof(struct xt_conntrack_mtinfo3, repldst_port));

/* Does the rule not ask, or does it get the answer that it wants? */
static bool holds(const struct xt_conntrack_mtinfo3 *rule, u16 option,
		  bool answer)
{
	return !(rule->match_flags & option) ||
	       answer == !(rule->invert_flags & option);
}

static unsigned int state_of(const struct nf_conn *conn,
			     enum ip_conntrack_info info)
{
	unsigned int bits;

	if (!conn)
		return info == IP_CT_UNTRACKED ? XT_CONNTRACK_STATE_UNTRACKED :
						 XT_CONNTRACK_STATE_INVALID;
	bits = XT_CONNTRACK_STATE_BIT(info);
	if (conn->status & IPS_SRC_NAT)
		bits |= XT_CONNTRACK_STATE_SNAT;
	if (conn->status & IPS_DST_NAT)
		bits |= XT_CONNTRACK_STATE_DNAT;
	return bits;
}

static bool within(const union nf_inet_addr *addr,
		   const union nf_inet_addr *net,
		   const union nf_inet_addr *mask)
{
	return !((addr->ip ^ net->ip) & mask->ip);
}

static bool addresses_hold(const struct xt_conntrack_mtinfo3 *rule,
			   const struct nf_conn *conn)
{
	const struct nf_conntrack_tuple *orig, *repl;

	orig = nf_ct_tuple(conn, IP_CT_DIR_ORIGINAL);
	repl = nf_ct_tuple(conn, IP_CT_DIR_REPLY);
	return holds(rule, XT_CONNTRACK_ORIGSRC,
		     within(&orig->src.u3, &rule->origsrc_addr,
			    &rule->origsrc_mask)) &&
	       holds(rule, XT_CONNTRACK_ORIGDST,
		     within(&orig->dst.u3, &rule->origdst_addr,
			    &rule->origdst_mask)) &&
	       holds(rule, XT_CONNTRACK_REPLSRC,
		     within(&repl->src.u3, &rule->replsrc_addr,
			    &rule->replsrc_mask)) &&
	       holds(rule, XT_CONNTRACK_REPLDST,
		     within(&repl->dst.u3, &rule->repldst_addr,
			    &rule->repldst_mask));
}

/* Ports, or whatever a protocol has in their place; network order */
static bool ports_hold(const struct xt_conntrack_mtinfo3 *rule,
		       const struct nf_conn *conn)
{
	const struct nf_conntrack_tuple *orig, *repl;

	orig = nf_ct_tuple(conn, IP_CT_DIR_ORIGINAL);
	repl = nf_ct_tuple(conn, IP_CT_DIR_REPLY);
	return holds(rule, XT_CONNTRACK_ORIGSRC_PORT,
		     (__force u16)orig->src.u.all == rule->origsrc_port) &&
	       holds(rule, XT_CONNTRACK_ORIGDST_PORT,
		     (__force u16)orig->dst.u.all == rule->origdst_port) &&
	       holds(rule, XT_CONNTRACK_REPLSRC_PORT,
		     (__force u16)repl->src.u.all == rule->replsrc_port) &&
	       holds(rule, XT_CONNTRACK_REPLDST_PORT,
		     (__force u16)repl->dst.u.all == rule->repldst_port);
}

static bool between(__be16 port, u16 low, u16 high)
{
	return ntohs(port) >= low && ntohs(port) <= high;
}

static bool ranges_hold(const struct xt_conntrack_mtinfo3 *rule,
			const struct nf_conn *conn)
{
	const struct nf_conntrack_tuple *orig, *repl;

	orig = nf_ct_tuple(conn, IP_CT_DIR_ORIGINAL);
	repl = nf_ct_tuple(conn, IP_CT_DIR_REPLY);
	return holds(rule, XT_CONNTRACK_ORIGSRC_PORT,
		     between(orig->src.u.all, rule->origsrc_port,
			     rule->origsrc_port_high)) &&
	       holds(rule, XT_CONNTRACK_ORIGDST_PORT,
		     between(orig->dst.u.all, rule->origdst_port,
			     rule->origdst_port_high)) &&
	       holds(rule, XT_CONNTRACK_REPLSRC_PORT,
		     between(repl->src.u.all, rule->replsrc_port,
			     rule->replsrc_port_high)) &&
	       holds(rule, XT_CONNTRACK_REPLDST_PORT,
		     between(repl->dst.u.all, rule->repldst_port,
			     rule->repldst_port_high));
}

static bool expires_within(const struct nf_conn *conn, u32 min, u32 max)
{
	unsigned long seconds = nf_ct_expires(conn) / HZ;

	return seconds >= min && seconds <= max;
}

/* @rule: its common part; the masks come separately, the ports are later's */
static bool connection_holds(const struct xt_conntrack_mtinfo3 *rule,
			     u16 status, const struct nf_conn *conn,
			     enum ip_conntrack_info info)
{
	return holds(rule, XT_CONNTRACK_DIRECTION,
		     CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL) &&
	       holds(rule, XT_CONNTRACK_PROTO,
		     nf_ct_protonum(conn) == rule->l4proto) &&
	       addresses_hold(rule, conn) &&
	       holds(rule, XT_CONNTRACK_STATUS, conn->status & status) &&
	       holds(rule, XT_CONNTRACK_EXPIRES,
		     expires_within(conn, rule->expires_min,
				    rule->expires_max));
}

static bool rule_holds(const struct sk_buff *skb,
		       const struct xt_action_param *par, u16 state, u16 status,
		       bool (*ports)(const struct xt_conntrack_mtinfo3 *rule,
				     const struct nf_conn *conn))
{
	const struct xt_conntrack_mtinfo3 *rule = par->matchinfo;
	enum ip_conntrack_info info;
	const struct nf_conn *conn;

	conn = ip_ct_xt_conn(skb, xt_family(par), &info);
	if (!holds(rule, XT_CONNTRACK_STATE, state & state_of(conn, info)))
		return false;
	if (!conn)
		return rule->match_flags & XT_CONNTRACK_STATE;
	return connection_holds(rule, status, conn, info) && ports(rule, conn);
}

static bool conntrack_match1(const struct sk_buff *skb,
			     struct xt_action_param *par)
{
	const struct xt_conntrack_mtinfo1 *rule = par->matchinfo;

	return rule_holds(skb, par, rule->state_mask, rule->status_mask,
			  ports_hold);
}

static bool conntrack_match2(const struct sk_buff *skb,
			     struct xt_action_param *par)
{
	const struct xt_conntrack_mtinfo2 *rule = par->matchinfo;

	return rule_holds(skb, par, rule->state_mask, rule->status_mask,
			  ports_hold);
}

static bool conntrack_match3(const struct sk_buff *skb,
			     struct xt_action_param *par)
{
	const struct xt_conntrack_mtinfo3 *rule = par->matchinfo;

	return rule_holds(skb, par, rule->state_mask, rule->status_mask,
			  ranges_hold);
}

#define CONNTRACK_MATCH(pf, rev)						\
	{									\
		.name		= "conntrack",					\
		.revision	= (rev),					\
		.family		= (pf),						\
		.match		= conntrack_match##rev,				\
		.checkentry	= ip_ct_xt_match_check,				\
		.destroy	= ip_ct_xt_match_destroy,			\
		.matchsize	= sizeof(struct xt_conntrack_mtinfo##rev),	\
		.me		= THIS_MODULE,					\
	}

static struct xt_match conntrack_matches[] __read_mostly = {
	CONNTRACK_MATCH(NFPROTO_IPV4, 1),
	CONNTRACK_MATCH(NFPROTO_IPV4, 2),
	CONNTRACK_MATCH(NFPROTO_IPV4, 3),
	CONNTRACK_MATCH(NFPROTO_IPV6, 1),
	CONNTRACK_MATCH(NFPROTO_IPV6, 2),
	CONNTRACK_MATCH(NFPROTO_IPV6, 3),
};

int ip_ct_xt_conntrack_init(void)
{
	return xt_register_matches(conntrack_matches,
				   ARRAY_SIZE(conntrack_matches));
}

void ip_ct_xt_conntrack_exit(void)
{
	xt_unregister_matches(conntrack_matches, ARRAY_SIZE(conntrack_matches));
}

MODULE_ALIAS("ipt_conntrack");
MODULE_ALIAS("ip6t_conntrack");
