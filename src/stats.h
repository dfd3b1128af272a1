/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stats.h - counters, per CPU and per network namespace.
 */
#ifndef _IP_CT_STATS_H
#define _IP_CT_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "ip_conntrack.h"
#include "reason.h"

/**
 * struct ip_ct_stats - counters of one CPU
 * @reason:  packets by enum ip_ct_reason; [IP_CT_R_OK] stays 0
 * @inserts: flows that entered the table
 * @deletes: flows that left it
 *
 * Only its own CPU writes, with softirqs off or by this_cpu operations.
 */
struct ip_ct_stats {
	unsigned long reason[IP_CT_R_COUNT];
	unsigned long inserts;
	unsigned long deletes;
};

/**
 * struct ip_ct_reason_desc - a reason for people
 * @name:  as in /proc/net/ip_conntrack_reasons
 * @text:  a sentence for the log and the documentation
 * @class: what became of the packet
 */
struct ip_ct_reason_desc {
	const char *name;
	const char *text;
	enum ip_ct_reason_class class;
};

extern const struct ip_ct_reason_desc ip_ct_reason_desc[IP_CT_R_COUNT];

static inline enum ip_ct_reason_class ip_ct_reason_class(enum ip_ct_reason r)
{
	return ip_ct_reason_desc[r].class;
}

unsigned long ip_ct_stats_reason(struct ip_ct_stats __percpu *stats,
				 enum ip_ct_reason reason);
void ip_ct_stats_classic(const struct ip_ct_stats *st,
			 struct ip_ct_cpu_stats *classic);
unsigned long ip_ct_stats_class(const struct ip_ct_stats *cpu_stats,
				enum ip_ct_reason_class class);

#endif /* _IP_CT_STATS_H */
