/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report.h - why a packet was not simply tracked: counted, traced, logged.
 */
#ifndef _IP_CT_REPORT_H
#define _IP_CT_REPORT_H

#include "net.h"
#include "packet.h"
#include "proto.h"

bool ip_ct_report_count(struct ip_ct_net *cn, enum ip_ct_reason reason);
void ip_ct_report(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
		  const struct ip_ct_seen *seen, enum ip_ct_reason reason);

#endif /* _IP_CT_REPORT_H */
