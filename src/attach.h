/* SPDX-License-Identifier: GPL-2.0 */
/*
 * attach.h - what travels with a packet while ip_conntrack is the provider.
 *
 * The rest of the kernel reads a struct nf_conn behind skb->_nfct. A flow has
 * none: it is compact. So each packet gets a tag, recycled per CPU, that begins
 * with a struct nf_conn and says what the packet's flow looked like when the
 * packet came. A tag holds no reference on a flow that is in the table; whoever
 * wants more than a look goes by the key that it carries. The flow of a
 * connection's first packet is the tag's own until ip_ct_tag_confirm().
 */
#ifndef _IP_CT_ATTACH_H
#define _IP_CT_ATTACH_H

#include <linux/netfilter.h>

#include "core.h"

struct sk_buff;

int ip_ct_tags_init(void);
void ip_ct_tags_close(void);
void ip_ct_tags_drain(void);
void ip_ct_tags_exit(void);

void ip_ct_tag_resolve(struct ip_ct_net *cn, struct sk_buff *skb,
		       const struct ip_ct_pkt *pkt, struct ip_ct_seen *seen);
bool ip_ct_tag_is_fresh(const struct sk_buff *skb);
void ip_ct_tag_confirm(struct sk_buff *skb);

bool ip_ct_foreign(const struct sk_buff *skb, struct ip_ct_pkt *pkt,
		   struct ip_ct_tuple *reply);

extern const struct nf_ct_hook ip_ct_nf_ct_hook;

#endif /* _IP_CT_ATTACH_H */
