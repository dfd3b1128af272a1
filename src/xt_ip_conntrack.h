/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xt_ip_conntrack.h - the parts of xt_ip_conntrack.ko, and what they share.
 *
 * Every match and target is there for IPv4 and for IPv6. The tracker knows
 * IPv4 only: to rules all IPv6 packets are UNTRACKED.
 */
#ifndef _XT_IP_CONNTRACK_H
#define _XT_IP_CONNTRACK_H

#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <net/netfilter/nf_conntrack.h>

/**
 * ip_ct_xt_conn() - the connection of a packet, as it was when the packet came
 * @skb:    packet
 * @family: NFPROTO_* of the rule
 * @info:   filled with IP_CT_*; without a connection IP_CT_UNTRACKED or, for
 *          INVALID packets, something else
 *
 * Return: connection, or NULL.
 */
static inline const struct nf_conn *
ip_ct_xt_conn(const struct sk_buff *skb, u8 family,
	      enum ip_conntrack_info *info)
{
	if (family != NFPROTO_IPV4) {
		*info = IP_CT_UNTRACKED;
		return NULL;
	}
	return nf_ct_get(skb, info);
}

int ip_ct_xt_match_check(const struct xt_mtchk_param *par);
void ip_ct_xt_match_destroy(const struct xt_mtdtor_param *par);
int ip_ct_xt_target_check(const struct xt_tgchk_param *par);
void ip_ct_xt_target_destroy(const struct xt_tgdtor_param *par);

int ip_ct_xt_state_init(void);
void ip_ct_xt_state_exit(void);
int ip_ct_xt_conntrack_init(void);
void ip_ct_xt_conntrack_exit(void);
int ip_ct_xt_connmark_init(void);
void ip_ct_xt_connmark_exit(void);
int ip_ct_xt_connbytes_init(void);
void ip_ct_xt_connbytes_exit(void);
int ip_ct_xt_ct_init(void);
void ip_ct_xt_ct_exit(void);

#endif /* _XT_IP_CONNTRACK_H */
