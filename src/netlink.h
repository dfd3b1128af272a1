/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink.h - what the files of ip_conntrack_netlink.ko have in common.
 *
 *   netlink.c          the module: it comes and goes
 *   netlink_request.c  questions about one connection, changes, deletions
 *   netlink_list.c     listings
 *   netlink_stats.c    counts
 *   netlink_expect.c   expectations, of which there are none
 *   netlink_event.c    news for those who listen
 *   netlink_queue.c    the connection of a packet in NFQUEUE or NFLOG
 *   netlink_filter.c   which connections somebody wants
 *   netlink_parse.c    attributes in
 *   netlink_message.c  attributes out
 */
#ifndef _IP_CT_NETLINK_H
#define _IP_CT_NETLINK_H

#include <linux/netfilter/nf_conntrack_common.h>	/* IPS_*, IPCT_* */
#include <linux/netfilter/nf_conntrack_tuple_common.h>	/* IP_CT_DIR_* */
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <net/netlink.h>

#include "ip_conntrack.h"

/*
 * Everything is checked but the flag NLA_F_NESTED, which the older of the
 * libraries that speak this protocol do not set.
 */
#define IP_CT_NL_STRICT	(NL_VALIDATE_TRAILING | NL_VALIDATE_MAXTYPE | \
			 NL_VALIDATE_UNSPEC | NL_VALIDATE_STRICT_ATTRS)

/* Bits of a connection's status that user space may add */
#define IP_CT_NL_STATUS_ADD	(IPS_SEEN_REPLY | IPS_ASSURED)

/*
 * Parts of a tuple, as in CTA_FILTER_ORIG_FLAGS and CTA_FILTER_REPLY_FLAGS;
 * user space knows these numbers.
 */
enum ip_ct_nl_part {
	IP_CT_NL_SRC		= 1 << 0,
	IP_CT_NL_DST		= 1 << 1,
	IP_CT_NL_ZONE		= 1 << 2,
	IP_CT_NL_PROTO		= 1 << 3,
	IP_CT_NL_SPORT		= 1 << 4,
	IP_CT_NL_DPORT		= 1 << 5,
	IP_CT_NL_ICMP_TYPE	= 1 << 6,
	IP_CT_NL_ICMP_CODE	= 1 << 7,
	IP_CT_NL_ICMP_ID	= 1 << 8,

	IP_CT_NL_PORTS		= IP_CT_NL_SPORT | IP_CT_NL_DPORT,
	IP_CT_NL_ICMP		= IP_CT_NL_ICMP_TYPE | IP_CT_NL_ICMP_CODE |
				  IP_CT_NL_ICMP_ID,
};

/**
 * struct ip_ct_nl_tuple - a tuple, or as much of it as somebody has sent
 * @is:    what is not in @parts is 0
 * @zone:  conntrack zone
 * @code:  ICMP code
 * @parts: set of enum ip_ct_nl_part
 */
struct ip_ct_nl_tuple {
	struct ip_ct_tuple is;
	u16 zone;
	u8 code;
	u32 parts;
};

/**
 * struct ip_ct_nl_filter - which connections somebody wants
 * @none:        none at all: those of another address family
 * @narrow:      not all of them
 * @mark:        these marks, as far as @mark_mask goes
 * @mark_mask:   bits of the mark that matter
 * @status:      this status, as far as @status_mask goes
 * @status_mask: bits of the status that matter
 * @zone:        this zone, as far as @zone_mask goes
 * @zone_mask:   0 or ~0
 * @tuple:       by direction; only parts that matter are set
 */
struct ip_ct_nl_filter {
	bool none;
	bool narrow;
	u32 mark;
	u32 mark_mask;
	u32 status;
	u32 status_mask;
	u16 zone;
	u16 zone_mask;
	struct ip_ct_nl_tuple tuple[2];
};

/* netlink_parse.c */
extern const struct nla_policy ip_ct_nl_policy[CTA_MAX + 1];

int ip_ct_nl_check(const struct nfnl_info *info);
int ip_ct_nl_parse_tuple(const struct nlattr *attr,
			 struct ip_ct_nl_tuple *tuple,
			 struct netlink_ext_ack *extack);
int ip_ct_nl_parse_whole(const struct nlattr *attr,
			 struct ip_ct_nl_tuple *tuple,
			 struct netlink_ext_ack *extack);
int ip_ct_nl_parse_change(const struct nlattr * const cda[],
			  struct ip_ct_change *change,
			  struct netlink_ext_ack *extack);

/* netlink_filter.c */
int ip_ct_nl_filter_parse(const struct nlattr * const cda[], u8 family,
			  struct ip_ct_nl_filter *filter,
			  struct netlink_ext_ack *extack);
bool ip_ct_nl_filter_match(const struct ip_ct_nl_filter *filter,
			   const struct ip_ct_info *info);

/* netlink_message.c */
size_t ip_ct_nl_room(const struct ip_ct_info *info);
int ip_ct_nl_put(struct sk_buff *skb, const struct ip_ct_info *info,
		 bool alive);
int ip_ct_nl_put_message(struct sk_buff *skb, u32 portid, u32 seq,
			 unsigned int type, unsigned int flags,
			 const struct ip_ct_info *info);

/* netlink_list.c */
int ip_ct_nl_list(struct sk_buff *skb, const struct nfnl_info *info,
		  const struct nlattr * const cda[], bool zero);
int ip_ct_nl_list_nothing(struct sk_buff *skb, const struct nfnl_info *info);
int ip_ct_nl_list_cpus(struct sk_buff *skb, const struct nfnl_info *info,
		       int (*put)(struct sk_buff *skb,
				  struct netlink_callback *cb, int cpu));

/* netlink_stats.c */
int ip_ct_nl_stats(struct sk_buff *skb, const struct nfnl_info *info,
		   const struct nlattr * const cda[]);
int ip_ct_nl_stats_cpu(struct sk_buff *skb, const struct nfnl_info *info,
		       const struct nlattr * const cda[]);

/* netlink_request.c, netlink_expect.c */
extern const struct nfnetlink_subsystem ip_ct_nl_connections;
extern const struct nfnetlink_subsystem ip_ct_nl_expectations;

/* netlink_event.c */
int ip_ct_nl_events_begin(void);
void ip_ct_nl_events_end(void);

/* netlink_queue.c */
void ip_ct_nl_queue_begin(void);
void ip_ct_nl_queue_end(void);

#endif /* _IP_CT_NETLINK_H */
