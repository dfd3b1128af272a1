// SPDX-License-Identifier: GPL-2.0
/*
 * xt_connbytes.c - match "connbytes", revision 0: how much a connection has
 * carried. Such a rule switches ip_conntrack_acct on; connections that began
 * before have not been counted, and match no rule.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/math64.h>
#include <linux/netfilter/xt_connbytes.h>

#include "ip_conntrack.h"
#include "xt_ip_conntrack.h"

static u64 in_direction(const u64 *count, u8 direction)
{
	if (direction == XT_CONNBYTES_DIR_BOTH)
		return count[IP_CT_DIR_ORIGINAL] + count[IP_CT_DIR_REPLY];
	return count[direction == XT_CONNBYTES_DIR_REPLY];
}

static u64 measured(const struct xt_connbytes_info *rule,
		    const struct ip_ct_counters *count)
{
	u64 packets = in_direction(count->packets, rule->direction);
	u64 bytes = in_direction(count->bytes, rule->direction);

	switch (rule->what) {
	case XT_CONNBYTES_PKTS:
		return packets;
	case XT_CONNBYTES_BYTES:
		return bytes;
	default:
		return packets ? div64_u64(bytes, packets) : 0;
	}
}

static bool connbytes_match(const struct sk_buff *skb,
			    struct xt_action_param *par)
{
	const struct xt_connbytes_info *rule = par->matchinfo;
	struct ip_ct_counters count;
	enum ip_conntrack_info info;
	u64 value;

	if (!ip_ct_xt_conn(skb, xt_family(par), &info) ||
	    !ip_ct_skb_counters(skb, &count))
		return false;
	value = measured(rule, &count);
	/* bounds in the wrong order: what "!" is turned into */
	if (rule->count.to < rule->count.from)
		return value < rule->count.to || value > rule->count.from;
	return value >= rule->count.from && value <= rule->count.to;
}

static int connbytes_check(const struct xt_mtchk_param *par)
{
	const struct xt_connbytes_info *rule = par->matchinfo;
	int err;

	if (rule->what > XT_CONNBYTES_AVGPKT ||
	    rule->direction > XT_CONNBYTES_DIR_BOTH) {
		pr_info_ratelimited("connbytes: packets, bytes or avgpkt, of original, reply or both\n");
		return -EINVAL;
	}
	err = ip_ct_xt_match_check(par);
	if (!err)
		ip_ct_rules_count(par->net);
	return err;
}

#define CONNBYTES_MATCH(pf)						\
	{								\
		.name		= "connbytes",				\
		.family		= (pf),					\
		.match		= connbytes_match,			\
		.checkentry	= connbytes_check,			\
		.destroy	= ip_ct_xt_match_destroy,		\
		.matchsize	= sizeof(struct xt_connbytes_info),	\
		.me		= THIS_MODULE,				\
	}

static struct xt_match connbytes_matches[] __read_mostly = {
	CONNBYTES_MATCH(NFPROTO_IPV4),
	CONNBYTES_MATCH(NFPROTO_IPV6),
};

int ip_ct_xt_connbytes_init(void)
{
	return xt_register_matches(connbytes_matches,
				   ARRAY_SIZE(connbytes_matches));
}

void ip_ct_xt_connbytes_exit(void)
{
	xt_unregister_matches(connbytes_matches, ARRAY_SIZE(connbytes_matches));
}

MODULE_ALIAS("ipt_connbytes");
MODULE_ALIAS("ip6t_connbytes");
