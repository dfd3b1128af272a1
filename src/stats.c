// SPDX-License-Identifier: GPL-2.0
/*
 * stats.c - names of the reasons, and sums over them.
 */
#include <linux/cpumask.h>

#include "stats.h"

const struct ip_ct_reason_desc ip_ct_reason_desc[IP_CT_R_COUNT] = {
	[IP_CT_R_OK] = { "ok", "tracked", IP_CT_CLASS_OK },
#define REASON_DESC(sym, label, cls, sentence)				\
	[IP_CT_R_##sym] = { label, sentence, IP_CT_CLASS_##cls },
	IP_CT_REASONS(REASON_DESC)
};

/**
 * ip_ct_stats_reason() - packets counted under a reason, all CPUs
 * @stats:  a namespace's counters
 * @reason: which
 */
unsigned long ip_ct_stats_reason(struct ip_ct_stats __percpu *stats,
				 enum ip_ct_reason reason)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->reason[reason]);
	return sum;
}

/**
 * ip_ct_stats_class() - packets of one CPU counted under a class of reasons
 * @cpu_stats: one CPU's counters
 * @class:     which
 */
unsigned long ip_ct_stats_class(const struct ip_ct_stats *cpu_stats,
				enum ip_ct_reason_class class)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < IP_CT_R_COUNT; i++)
		if (ip_ct_reason_class(i) == class)
			sum += READ_ONCE(cpu_stats->reason[i]);
	return sum;
}

/**
 * ip_ct_stats_classic() - one CPU's counters under the names of old
 * @st:      one CPU's counters
 * @classic: filled
 */
void ip_ct_stats_classic(const struct ip_ct_stats *st,
			 struct ip_ct_cpu_stats *classic)
{
	classic->insert = READ_ONCE(st->inserts);
	classic->insert_failed = READ_ONCE(st->reason[IP_CT_R_INSERT_RACE]);
	classic->delete = READ_ONCE(st->deletes);
	classic->drop = ip_ct_stats_class(st, IP_CT_CLASS_REFUSED);
	classic->early_drop = READ_ONCE(st->reason[IP_CT_R_EARLY_DROP]);
	classic->invalid = ip_ct_stats_class(st, IP_CT_CLASS_INVALID);
	classic->ignore = ip_ct_stats_class(st, IP_CT_CLASS_IGNORED);
	classic->icmp_error = READ_ONCE(st->reason[IP_CT_R_BAD_ICMP_CHECKSUM]) +
			      READ_ONCE(st->reason[IP_CT_R_BAD_ICMP_TYPE]) +
			      READ_ONCE(st->reason[IP_CT_R_SHORT_ICMP]) +
			      READ_ONCE(st->reason[IP_CT_R_ICMP_INNER]) +
			      READ_ONCE(st->reason[IP_CT_R_ICMP_NOT_SENDER]) +
			      READ_ONCE(st->reason[IP_CT_R_ICMP_NO_FLOW]) +
			      READ_ONCE(st->reason[IP_CT_R_ICMP_FORGED]);
}
