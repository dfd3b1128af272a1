/* SPDX-License-Identifier: GPL-2.0 */
/*
 * info.h - changes of a flow that was found already.
 */
#ifndef _IP_CT_INFO_H
#define _IP_CT_INFO_H

#include "flow.h"
#include "ip_conntrack.h"

int ip_ct_flow_change(struct ip_ct_net *cn, struct ip_conntrack *flow,
		      const struct ip_ct_change *change, u32 portid,
		      bool report);

#endif /* _IP_CT_INFO_H */
