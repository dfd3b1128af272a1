// SPDX-License-Identifier: GPL-2.0
/*
 * netlink_message.c - a connection as attributes of nfnetlink_conntrack.
 */
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "netlink.h"

#define ROOM_U8		nla_total_size(sizeof(u8))
#define ROOM_U16	nla_total_size(sizeof(u16))
#define ROOM_U32	nla_total_size(sizeof(u32))
#define ROOM_U64	nla_total_size_64bit(sizeof(u64))
#define ROOM_NEST	nla_total_size(0)
#define ROOM_FLAGS	nla_total_size(sizeof(struct nf_ct_tcp_flags))

/* of ports and the three numbers of ICMP the latter need more */
#define ROOM_TUPLE	(ROOM_NEST + ROOM_NEST + 2 * ROOM_U32 + \
			 ROOM_NEST + 3 * ROOM_U8 + ROOM_U16)
#define ROOM_TCP	(2 * ROOM_NEST + 3 * ROOM_U8 + 2 * ROOM_FLAGS)
#define ROOM_COUNTERS	(ROOM_NEST + 2 * ROOM_U64)
#define ROOM_TIMES	(ROOM_NEST + 2 * ROOM_U64)
/* zone; status, timeout, mark, id, use */
#define ROOM_NUMBERS	(ROOM_U16 + 5 * ROOM_U32)

/**
 * ip_ct_nl_room() - payload of a message about a connection, at the most
 * @info: the connection; NULL: whichever needs most
 *
 * An event's buffer is not larger than it must be: that is what decides how
 * many of them wait in a socket before it overflows.
 */
size_t ip_ct_nl_room(const struct ip_ct_info *info)
{
	size_t room = NLMSG_ALIGN(sizeof(struct nfgenmsg)) +
		      2 * ROOM_TUPLE + ROOM_NUMBERS;

	if (!info || info->tuple[IP_CT_DIR_ORIGINAL].proto == IPPROTO_TCP)
		room += ROOM_TCP;
	if (!info || info->has_counters)
		room += 2 * ROOM_COUNTERS;
	if (!info || info->has_times)
		room += ROOM_TIMES;
	return room;
}

static int put_addresses(struct sk_buff *skb, const struct ip_ct_tuple *tuple)
{
	struct nlattr *nest = nla_nest_start(skb, CTA_TUPLE_IP);

	if (!nest ||
	    nla_put_in_addr(skb, CTA_IP_V4_SRC, tuple->src) ||
	    nla_put_in_addr(skb, CTA_IP_V4_DST, tuple->dst))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Queries have code 0, and their id is in both ports */
static int put_icmp(struct sk_buff *skb, const struct ip_ct_tuple *tuple)
{
	if (nla_put_be16(skb, CTA_PROTO_ICMP_ID, tuple->sport) ||
	    nla_put_u8(skb, CTA_PROTO_ICMP_TYPE, tuple->type) ||
	    nla_put_u8(skb, CTA_PROTO_ICMP_CODE, 0))
		return -EMSGSIZE;
	return 0;
}

static int put_ports(struct sk_buff *skb, const struct ip_ct_tuple *tuple)
{
	if (nla_put_be16(skb, CTA_PROTO_SRC_PORT, tuple->sport) ||
	    nla_put_be16(skb, CTA_PROTO_DST_PORT, tuple->dport))
		return -EMSGSIZE;
	return 0;
}

static int put_protocol(struct sk_buff *skb, const struct ip_ct_tuple *tuple)
{
	struct nlattr *nest = nla_nest_start(skb, CTA_TUPLE_PROTO);
	int err = 0;

	if (!nest || nla_put_u8(skb, CTA_PROTO_NUM, tuple->proto))
		return -EMSGSIZE;
	switch (tuple->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		err = put_ports(skb, tuple);
		break;
	case IPPROTO_ICMP:
		err = put_icmp(skb, tuple);
		break;
	}
	if (err)
		return err;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_tuple(struct sk_buff *skb, int type,
		     const struct ip_ct_tuple *tuple)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || put_addresses(skb, tuple) || put_protocol(skb, tuple))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_numbers(struct sk_buff *skb, const struct ip_ct_info *info,
		       bool alive)
{
	if (info->zone && nla_put_be16(skb, CTA_ZONE, htons(info->zone)))
		return -EMSGSIZE;
	if ((alive || info->timeout) &&
	    nla_put_be32(skb, CTA_TIMEOUT, htonl(info->timeout)))
		return -EMSGSIZE;
	if (nla_put_be32(skb, CTA_STATUS, htonl(info->status)) ||
	    nla_put_be32(skb, CTA_MARK, htonl(info->mark)) ||
	    nla_put_be32(skb, CTA_ID, htonl(info->id)) ||
	    nla_put_be32(skb, CTA_USE, htonl(info->use)))
		return -EMSGSIZE;
	return 0;
}

static int put_tcp_flags(struct sk_buff *skb, int type, u8 flags)
{
	struct nf_ct_tcp_flags value = { .flags = flags };

	return nla_put(skb, type, sizeof(value), &value);
}

static int put_tcp(struct sk_buff *skb, const struct ip_ct_info *info)
{
	struct nlattr *outer = nla_nest_start(skb, CTA_PROTOINFO);
	struct nlattr *nest = nla_nest_start(skb, CTA_PROTOINFO_TCP);

	if (!outer || !nest ||
	    nla_put_u8(skb, CTA_PROTOINFO_TCP_STATE, info->tcp_state) ||
	    nla_put_u8(skb, CTA_PROTOINFO_TCP_WSCALE_ORIGINAL,
		       info->tcp_wscale[IP_CT_DIR_ORIGINAL]) ||
	    nla_put_u8(skb, CTA_PROTOINFO_TCP_WSCALE_REPLY,
		       info->tcp_wscale[IP_CT_DIR_REPLY]) ||
	    put_tcp_flags(skb, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL,
			  info->tcp_flags[IP_CT_DIR_ORIGINAL]) ||
	    put_tcp_flags(skb, CTA_PROTOINFO_TCP_FLAGS_REPLY,
			  info->tcp_flags[IP_CT_DIR_REPLY]))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	nla_nest_end(skb, outer);
	return 0;
}

static int put_counters(struct sk_buff *skb, int type,
			const struct ip_ct_counters *count, unsigned int dir)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nla_put_be64(skb, CTA_COUNTERS_PACKETS,
			 cpu_to_be64(count->packets[dir]), CTA_COUNTERS_PAD) ||
	    nla_put_be64(skb, CTA_COUNTERS_BYTES,
			 cpu_to_be64(count->bytes[dir]), CTA_COUNTERS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_times(struct sk_buff *skb, const struct ip_ct_info *info)
{
	struct nlattr *nest = nla_nest_start(skb, CTA_TIMESTAMP);

	if (!nest ||
	    nla_put_be64(skb, CTA_TIMESTAMP_START, cpu_to_be64(info->start),
			 CTA_TIMESTAMP_PAD))
		return -EMSGSIZE;
	if (info->stop &&
	    nla_put_be64(skb, CTA_TIMESTAMP_STOP, cpu_to_be64(info->stop),
			 CTA_TIMESTAMP_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * ip_ct_nl_put() - all that is known of a connection
 * @skb:   takes the attributes
 * @info:  the connection
 * @alive: its time is told though it be zero
 *
 * Return: 0 or -EMSGSIZE; part of it may be in @skb then.
 */
int ip_ct_nl_put(struct sk_buff *skb, const struct ip_ct_info *info, bool alive)
{
	if (put_tuple(skb, CTA_TUPLE_ORIG, &info->tuple[IP_CT_DIR_ORIGINAL]) ||
	    put_tuple(skb, CTA_TUPLE_REPLY, &info->tuple[IP_CT_DIR_REPLY]) ||
	    put_numbers(skb, info, alive))
		return -EMSGSIZE;
	if (info->tuple[IP_CT_DIR_ORIGINAL].proto == IPPROTO_TCP &&
	    put_tcp(skb, info))
		return -EMSGSIZE;
	if (info->has_counters &&
	    (put_counters(skb, CTA_COUNTERS_ORIG, &info->count,
			  IP_CT_DIR_ORIGINAL) ||
	     put_counters(skb, CTA_COUNTERS_REPLY, &info->count,
			  IP_CT_DIR_REPLY)))
		return -EMSGSIZE;
	if (info->has_times && put_times(skb, info))
		return -EMSGSIZE;
	return 0;
}

/**
 * ip_ct_nl_put_message() - a message about a connection
 * @skb:    takes it
 * @portid: whom it answers, 0 for nobody
 * @seq:    what it answers
 * @type:   IPCTNL_MSG_CT_*
 * @flags:  NLM_F_*
 * @info:   the connection
 *
 * Return: 0, or -EMSGSIZE with @skb as it was.
 */
int ip_ct_nl_put_message(struct sk_buff *skb, u32 portid, u32 seq,
			 unsigned int type, unsigned int flags,
			 const struct ip_ct_info *info)
{
	struct nlmsghdr *nlh;

	nlh = nfnl_msg_put(skb, portid, seq,
			   nfnl_msg_type(NFNL_SUBSYS_CTNETLINK, type), flags,
			   AF_INET, NFNETLINK_V0, 0);
	if (!nlh)
		return -EMSGSIZE;
	if (ip_ct_nl_put(skb, info, type != IPCTNL_MSG_CT_DELETE)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}
