// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_filter.c - which connections a listing or a flush is about.
 */
#include "netlink.h"

#define PARTS_ALL	(IP_CT_NL_SRC | IP_CT_NL_DST | IP_CT_NL_ZONE | \
			 IP_CT_NL_PROTO | IP_CT_NL_PORTS | IP_CT_NL_ICMP)

static const struct nla_policy filter_policy[CTA_FILTER_MAX + 1] = {
	[CTA_FILTER_ORIG_FLAGS]		= { .type = NLA_U32 },
	[CTA_FILTER_REPLY_FLAGS]	= { .type = NLA_U32 },
};

/* Only the parts that the flags name matter, and these must be there */
static int parse_direction(const struct nlattr *attr,
			   const struct nlattr *flags,
			   struct ip_ct_nl_tuple *tuple,
			   struct netlink_ext_ack *extack)
{
	u32 wanted = flags ? nla_get_u32(flags) : 0;
	int err;

	if (!wanted)
		return 0;
	if (wanted & ~PARTS_ALL) {
		NL_SET_ERR_MSG_ATTR(extack, flags,
				    "a part of a tuple that is not known");
		return -EOPNOTSUPP;
	}
	if (!attr) {
		NL_SET_ERR_MSG_ATTR(extack, flags, "the tuple is missing");
		return -EINVAL;
	}
	err = ip_ct_nl_parse_tuple(attr, tuple, extack);
	if (err)
		return err;
	if (wanted & ~tuple->parts) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the tuple is not complete");
		return -EINVAL;
	}
	tuple->parts = wanted;
	return 0;
}

static int parse_tuples(const struct nlattr * const cda[],
			struct ip_ct_nl_filter *filter,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CTA_FILTER_MAX + 1];
	int err;

	err = __nla_parse(tb, CTA_FILTER_MAX, nla_data(cda[CTA_FILTER]),
			  nla_len(cda[CTA_FILTER]), filter_policy,
			  IP_CT_NL_STRICT, extack);
	if (err)
		return err;
	if (!tb[CTA_FILTER_ORIG_FLAGS] && !tb[CTA_FILTER_REPLY_FLAGS]) {
		NL_SET_ERR_MSG_ATTR(extack, cda[CTA_FILTER], "an empty filter");
		return -EINVAL;
	}
	err = parse_direction(cda[CTA_TUPLE_ORIG], tb[CTA_FILTER_ORIG_FLAGS],
			      &filter->tuple[IP_CT_DIR_ORIGINAL], extack);
	if (err)
		return err;
	return parse_direction(cda[CTA_TUPLE_REPLY], tb[CTA_FILTER_REPLY_FLAGS],
			       &filter->tuple[IP_CT_DIR_REPLY], extack);
}

/* What cannot narrow a listing or a flush must not seem to have done so */
static int check_filter(const struct nlattr * const cda[],
			struct netlink_ext_ack *extack)
{
	int type;

	for (type = 1; type <= CTA_MAX; type++) {
		bool known = type == CTA_MARK || type == CTA_STATUS ||
			     type == CTA_ZONE || type == CTA_FILTER;

		if (type == CTA_TUPLE_ORIG || type == CTA_TUPLE_REPLY)
			known = cda[CTA_FILTER];
		else if (type == CTA_MARK_MASK)
			known = cda[CTA_MARK];
		else if (type == CTA_STATUS_MASK)
			known = cda[CTA_STATUS];
		if (cda[type] && !known) {
			NL_SET_ERR_MSG_ATTR(extack, cda[type],
					    "this does not serve as a filter");
			return -EINVAL;
		}
	}
	return 0;
}

/* A mask of no bits is true of all connections, or of none */
static int parse_status(const struct nlattr * const cda[],
			struct ip_ct_nl_filter *filter,
			struct netlink_ext_ack *extack)
{
	filter->status = ntohl(nla_get_be32(cda[CTA_STATUS]));
	filter->status_mask = cda[CTA_STATUS_MASK] ?
		ntohl(nla_get_be32(cda[CTA_STATUS_MASK])) : filter->status;
	if (filter->status_mask)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, cda[CTA_STATUS],
			    "no bit of the status is asked for");
	return -EINVAL;
}

static void parse_mark(const struct nlattr * const cda[],
		       struct ip_ct_nl_filter *filter)
{
	filter->mark = ntohl(nla_get_be32(cda[CTA_MARK]));
	filter->mark_mask = cda[CTA_MARK_MASK] ?
		ntohl(nla_get_be32(cda[CTA_MARK_MASK])) : ~0;
}

/**
 * ip_ct_nl_filter_parse() - which connections a request is about
 * @cda:    its attributes
 * @family: its address family
 * @filter: filled
 * @extack: what is wrong
 *
 * Return: 0 or -errno.
 */
int ip_ct_nl_filter_parse(const struct nlattr * const cda[], u8 family,
			  struct ip_ct_nl_filter *filter,
			  struct netlink_ext_ack *extack)
{
	int err;

	err = check_filter(cda, extack);
	if (err)
		return err;
	memset(filter, 0, sizeof(*filter));
	filter->none = family != AF_INET && family != AF_UNSPEC;
	if (cda[CTA_MARK])
		parse_mark(cda, filter);
	if (cda[CTA_STATUS]) {
		err = parse_status(cda, filter, extack);
		if (err)
			return err;
	}
	if (cda[CTA_ZONE]) {
		filter->zone = ntohs(nla_get_be16(cda[CTA_ZONE]));
		filter->zone_mask = ~0;
	}
	filter->narrow = filter->none || cda[CTA_MARK] || cda[CTA_STATUS] ||
			 cda[CTA_ZONE] || cda[CTA_FILTER];
	/* another family's tuples would not be understood */
	if (cda[CTA_FILTER] && !filter->none)
		return parse_tuples(cda, filter, extack);
	return 0;
}

static bool tuple_match(const struct ip_ct_nl_tuple *want,
			const struct ip_ct_tuple *is, u16 zone)
{
	const u32 parts = want->parts;

	return !((parts & IP_CT_NL_SRC && want->is.src != is->src) ||
		 (parts & IP_CT_NL_DST && want->is.dst != is->dst) ||
		 (parts & IP_CT_NL_ZONE && want->zone != zone) ||
		 (parts & IP_CT_NL_PROTO && want->is.proto != is->proto) ||
		 (parts & IP_CT_NL_SPORT && want->is.sport != is->sport) ||
		 (parts & IP_CT_NL_DPORT && want->is.dport != is->dport) ||
		 (parts & IP_CT_NL_ICMP_TYPE && want->is.type != is->type) ||
		 (parts & IP_CT_NL_ICMP_CODE && want->code) ||
		 (parts & IP_CT_NL_ICMP_ID && want->is.sport != is->sport));
}

/**
 * ip_ct_nl_filter_match() - is this connection meant?
 * @filter: from ip_ct_nl_filter_parse()
 * @info:   the connection
 */
bool ip_ct_nl_filter_match(const struct ip_ct_nl_filter *filter,
			   const struct ip_ct_info *info)
{
	return !filter->none &&
	       (info->mark & filter->mark_mask) == filter->mark &&
	       (info->status & filter->status_mask) == filter->status &&
	       (info->zone & filter->zone_mask) == filter->zone &&
	       tuple_match(&filter->tuple[IP_CT_DIR_ORIGINAL],
			   &info->tuple[IP_CT_DIR_ORIGINAL], info->zone) &&
	       tuple_match(&filter->tuple[IP_CT_DIR_REPLY],
			   &info->tuple[IP_CT_DIR_REPLY], info->zone);
}
