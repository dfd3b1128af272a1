// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_parse.c - attributes of nfnetlink_conntrack as somebody sent them.
 *
 * nfnetlink itself reads requests the old, lenient way: too long attributes
 * pass, unknown ones are overlooked. Here each request is looked at again
 * and refused if not all of it is understood. What is understood but not
 * provided (translation, helpers, labels, ...) is -EOPNOTSUPP with a message
 * that names it, never accepted and forgotten.
 */
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "netlink.h"

const struct nla_policy ip_ct_nl_policy[CTA_MAX + 1] = {
	[CTA_TUPLE_ORIG]	= { .type = NLA_NESTED },
	[CTA_TUPLE_REPLY]	= { .type = NLA_NESTED },
	[CTA_STATUS]		= { .type = NLA_U32 },
	[CTA_PROTOINFO]		= { .type = NLA_NESTED },
	[CTA_HELP]		= { .type = NLA_NESTED },
	[CTA_NAT_SRC]		= { .type = NLA_NESTED },
	[CTA_TIMEOUT]		= { .type = NLA_U32 },
	[CTA_MARK]		= { .type = NLA_U32 },
	[CTA_COUNTERS_ORIG]	= { .type = NLA_NESTED },
	[CTA_COUNTERS_REPLY]	= { .type = NLA_NESTED },
	[CTA_USE]		= { .type = NLA_U32 },
	[CTA_ID]		= { .type = NLA_U32 },
	[CTA_NAT_DST]		= { .type = NLA_NESTED },
	[CTA_TUPLE_MASTER]	= { .type = NLA_NESTED },
	[CTA_SEQ_ADJ_ORIG]	= { .type = NLA_NESTED },
	[CTA_SEQ_ADJ_REPLY]	= { .type = NLA_NESTED },
	[CTA_ZONE]		= { .type = NLA_U16 },
	[CTA_SECCTX]		= { .type = NLA_NESTED },
	[CTA_TIMESTAMP]		= { .type = NLA_NESTED },
	[CTA_MARK_MASK]		= { .type = NLA_U32 },
	[CTA_LABELS]		= { .type = NLA_BINARY, .len = 16 },
	[CTA_LABELS_MASK]	= { .type = NLA_BINARY, .len = 16 },
	[CTA_SYNPROXY]		= { .type = NLA_NESTED },
	[CTA_FILTER]		= { .type = NLA_NESTED },
	[CTA_STATUS_MASK]	= { .type = NLA_U32 },
};

static const struct nla_policy tuple_policy[CTA_TUPLE_MAX + 1] = {
	[CTA_TUPLE_IP]		= { .type = NLA_NESTED },
	[CTA_TUPLE_PROTO]	= { .type = NLA_NESTED },
	[CTA_TUPLE_ZONE]	= { .type = NLA_U16 },
};

/* IPv6 addresses are not known here */
static const struct nla_policy ip_policy[CTA_IP_MAX + 1] = {
	[CTA_IP_V4_SRC]		= { .type = NLA_U32 },
	[CTA_IP_V4_DST]		= { .type = NLA_U32 },
};

static const struct nla_policy proto_policy[CTA_PROTO_MAX + 1] = {
	[CTA_PROTO_NUM]		= { .type = NLA_U8 },
	[CTA_PROTO_SRC_PORT]	= { .type = NLA_U16 },
	[CTA_PROTO_DST_PORT]	= { .type = NLA_U16 },
	[CTA_PROTO_ICMP_ID]	= { .type = NLA_U16 },
	[CTA_PROTO_ICMP_TYPE]	= { .type = NLA_U8 },
	[CTA_PROTO_ICMP_CODE]	= { .type = NLA_U8 },
};

static const struct nla_policy protoinfo_policy[CTA_PROTOINFO_MAX + 1] = {
	[CTA_PROTOINFO_TCP]	= { .type = NLA_NESTED },
	[CTA_PROTOINFO_DCCP]	= { .type = NLA_NESTED },
	[CTA_PROTOINFO_SCTP]	= { .type = NLA_NESTED },
};

static const struct nla_policy tcp_policy[CTA_PROTOINFO_TCP_MAX + 1] = {
	[CTA_PROTOINFO_TCP_STATE]		=
		NLA_POLICY_RANGE(NLA_U8, TCP_CONNTRACK_SYN_SENT,
				 TCP_CONNTRACK_LISTEN),
	[CTA_PROTOINFO_TCP_WSCALE_ORIGINAL]	= NLA_POLICY_MAX(NLA_U8, 14),
	[CTA_PROTOINFO_TCP_WSCALE_REPLY]	= NLA_POLICY_MAX(NLA_U8, 14),
	[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL]	=
		NLA_POLICY_EXACT_LEN(sizeof(struct nf_ct_tcp_flags)),
	[CTA_PROTOINFO_TCP_FLAGS_REPLY]		=
		NLA_POLICY_EXACT_LEN(sizeof(struct nf_ct_tcp_flags)),
};

static int parse_nest(struct nlattr *tb[], int max, const struct nlattr *attr,
		      const struct nla_policy *policy,
		      struct netlink_ext_ack *extack)
{
	return __nla_parse(tb, max, nla_data(attr), nla_len(attr), policy,
			   IP_CT_NL_STRICT, extack);
}

/**
 * ip_ct_nl_check() - is all of a request understood?
 * @info: the request, about connections
 *
 * Return: 0 or what is wrong with it.
 */
int ip_ct_nl_check(const struct nfnl_info *info)
{
	return __nla_validate(nlmsg_attrdata(info->nlh, sizeof(struct nfgenmsg)),
			      nlmsg_attrlen(info->nlh, sizeof(struct nfgenmsg)),
			      CTA_MAX, ip_ct_nl_policy, IP_CT_NL_STRICT,
			      info->extack);
}

static int parse_addresses(const struct nlattr *attr,
			   struct ip_ct_nl_tuple *tuple,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CTA_IP_MAX + 1];
	int err;

	err = parse_nest(tb, CTA_IP_MAX, attr, ip_policy, extack);
	if (err)
		return err;
	if (tb[CTA_IP_V4_SRC]) {
		tuple->is.src = nla_get_in_addr(tb[CTA_IP_V4_SRC]);
		tuple->parts |= IP_CT_NL_SRC;
	}
	if (tb[CTA_IP_V4_DST]) {
		tuple->is.dst = nla_get_in_addr(tb[CTA_IP_V4_DST]);
		tuple->parts |= IP_CT_NL_DST;
	}
	return 0;
}

static void parse_ports(struct nlattr *tb[], struct ip_ct_nl_tuple *tuple)
{
	if (tb[CTA_PROTO_SRC_PORT]) {
		tuple->is.sport = nla_get_be16(tb[CTA_PROTO_SRC_PORT]);
		tuple->parts |= IP_CT_NL_SPORT;
	}
	if (tb[CTA_PROTO_DST_PORT]) {
		tuple->is.dport = nla_get_be16(tb[CTA_PROTO_DST_PORT]);
		tuple->parts |= IP_CT_NL_DPORT;
	}
}

static void parse_icmp(struct nlattr *tb[], struct ip_ct_nl_tuple *tuple)
{
	if (tb[CTA_PROTO_ICMP_ID]) {
		tuple->is.sport = nla_get_be16(tb[CTA_PROTO_ICMP_ID]);
		tuple->is.dport = tuple->is.sport;
		tuple->parts |= IP_CT_NL_ICMP_ID;
	}
	if (tb[CTA_PROTO_ICMP_TYPE]) {
		tuple->is.type = nla_get_u8(tb[CTA_PROTO_ICMP_TYPE]);
		tuple->parts |= IP_CT_NL_ICMP_TYPE;
	}
	if (tb[CTA_PROTO_ICMP_CODE]) {
		tuple->code = nla_get_u8(tb[CTA_PROTO_ICMP_CODE]);
		tuple->parts |= IP_CT_NL_ICMP_CODE;
	}
}

static int parse_protocol(const struct nlattr *attr,
			  struct ip_ct_nl_tuple *tuple,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CTA_PROTO_MAX + 1];
	int err;

	err = parse_nest(tb, CTA_PROTO_MAX, attr, proto_policy, extack);
	if (err)
		return err;
	if (!tb[CTA_PROTO_NUM]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "a protocol without its number");
		return -EINVAL;
	}
	tuple->is.proto = nla_get_u8(tb[CTA_PROTO_NUM]);
	tuple->parts |= IP_CT_NL_PROTO;
	if (tuple->is.proto == IPPROTO_ICMP)
		parse_icmp(tb, tuple);
	else
		parse_ports(tb, tuple);
	return 0;
}

/**
 * ip_ct_nl_parse_tuple() - a tuple, or as much of it as there is
 * @attr:   CTA_TUPLE_ORIG or CTA_TUPLE_REPLY
 * @tuple:  filled
 * @extack: what is wrong
 *
 * Return: 0 or -errno.
 */
int ip_ct_nl_parse_tuple(const struct nlattr *attr,
			 struct ip_ct_nl_tuple *tuple,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CTA_TUPLE_MAX + 1];
	int err;

	memset(tuple, 0, sizeof(*tuple));
	err = parse_nest(tb, CTA_TUPLE_MAX, attr, tuple_policy, extack);
	if (!err && tb[CTA_TUPLE_IP])
		err = parse_addresses(tb[CTA_TUPLE_IP], tuple, extack);
	if (!err && tb[CTA_TUPLE_PROTO])
		err = parse_protocol(tb[CTA_TUPLE_PROTO], tuple, extack);
	if (err)
		return err;
	if (tb[CTA_TUPLE_ZONE]) {
		tuple->zone = ntohs(nla_get_be16(tb[CTA_TUPLE_ZONE]));
		tuple->parts |= IP_CT_NL_ZONE;
	}
	return 0;
}

/* Without these a tuple is no key */
static u32 needed_parts(u8 proto)
{
	const u32 always = IP_CT_NL_SRC | IP_CT_NL_DST | IP_CT_NL_PROTO;

	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		return always | IP_CT_NL_PORTS;
	case IPPROTO_ICMP:
		return always | IP_CT_NL_ICMP;
	default:
		return always;
	}
}

/**
 * ip_ct_nl_parse_whole() - a tuple that names a connection
 * @attr:   CTA_TUPLE_ORIG or CTA_TUPLE_REPLY
 * @tuple:  filled
 * @extack: what is wrong
 *
 * Return: 0; -EINVAL if something is missing, -EOPNOTSUPP for ports of a
 * protocol that is tracked without them.
 */
int ip_ct_nl_parse_whole(const struct nlattr *attr,
			 struct ip_ct_nl_tuple *tuple,
			 struct netlink_ext_ack *extack)
{
	u32 needed;
	int err;

	err = ip_ct_nl_parse_tuple(attr, tuple, extack);
	if (err)
		return err;
	needed = needed_parts(tuple->is.proto);
	if (needed & ~tuple->parts) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the tuple is not complete");
		return -EINVAL;
	}
	if (tuple->parts & ~needed & IP_CT_NL_PORTS) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "this protocol is tracked without ports");
		return -EOPNOTSUPP;
	}
	return 0;
}

static const char *not_provided(int type)
{
	switch (type) {
	case CTA_HELP:
		return "helpers are not provided";
	case CTA_NAT_SRC:
	case CTA_NAT_DST:
		return "address translation is not provided";
	case CTA_SEQ_ADJ_ORIG:
	case CTA_SEQ_ADJ_REPLY:
		return "sequence number adjustment is not provided";
	case CTA_TUPLE_MASTER:
		return "expected connections are not provided";
	case CTA_SECCTX:
		return "security contexts are not provided";
	case CTA_LABELS:
	case CTA_LABELS_MASK:
		return "labels are not provided";
	case CTA_SYNPROXY:
		return "SYN proxies are not provided";
	case CTA_FILTER:
	case CTA_STATUS_MASK:
		return "a change applies to one connection, not to a filter";
	default:
		return NULL;
	}
}

static int check_provided(const struct nlattr * const cda[],
			  struct netlink_ext_ack *extack)
{
	int type;

	for (type = 1; type <= CTA_MAX; type++) {
		const char *message = cda[type] ? not_provided(type) : NULL;

		if (message) {
			NL_SET_BAD_ATTR(extack, cda[type]);
			if (extack)
				extack->_msg = message;
			return -EOPNOTSUPP;
		}
	}
	return 0;
}

static int parse_tcp(const struct nlattr *attr, struct ip_ct_change *change,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CTA_PROTOINFO_TCP_MAX + 1];
	int err;

	err = parse_nest(tb, CTA_PROTOINFO_TCP_MAX, attr, tcp_policy, extack);
	if (err)
		return err;
	if (tb[CTA_PROTOINFO_TCP_STATE]) {
		change->what |= IP_CT_CHANGE_TCP_STATE;
		change->tcp_state = nla_get_u8(tb[CTA_PROTOINFO_TCP_STATE]);
	}
	return 0;
}

static int parse_protoinfo(const struct nlattr *attr,
			   struct ip_ct_change *change,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CTA_PROTOINFO_MAX + 1];
	int err;

	err = parse_nest(tb, CTA_PROTOINFO_MAX, attr, protoinfo_policy, extack);
	if (err)
		return err;
	if (tb[CTA_PROTOINFO_DCCP] || tb[CTA_PROTOINFO_SCTP]) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "states of DCCP and SCTP are not tracked");
		return -EOPNOTSUPP;
	}
	if (!tb[CTA_PROTOINFO_TCP])
		return 0;
	return parse_tcp(tb[CTA_PROTOINFO_TCP], change, extack);
}

/**
 * ip_ct_nl_parse_change() - what a request wants to be different
 * @cda:    its attributes
 * @change: filled; the status bits are as sent, see enum ip_ct_change_what
 * @extack: what is wrong
 *
 * Return: 0 or -errno.
 */
int ip_ct_nl_parse_change(const struct nlattr * const cda[],
			  struct ip_ct_change *change,
			  struct netlink_ext_ack *extack)
{
	int err;

	memset(change, 0, sizeof(*change));
	err = check_provided(cda, extack);
	if (err)
		return err;
	if (cda[CTA_TIMEOUT]) {
		change->what |= IP_CT_CHANGE_TIMEOUT;
		change->timeout = ntohl(nla_get_be32(cda[CTA_TIMEOUT]));
	}
	if (cda[CTA_MARK]) {
		change->what |= IP_CT_CHANGE_MARK;
		change->mark = ntohl(nla_get_be32(cda[CTA_MARK]));
		change->mark_mask = cda[CTA_MARK_MASK] ?
			ntohl(nla_get_be32(cda[CTA_MARK_MASK])) : ~0;
	}
	if (cda[CTA_STATUS]) {
		change->what |= IP_CT_CHANGE_STATUS;
		change->status = ntohl(nla_get_be32(cda[CTA_STATUS]));
	}
	if (cda[CTA_PROTOINFO])
		return parse_protoinfo(cda[CTA_PROTOINFO], change, extack);
	return 0;
}
