/* SPDX-License-Identifier: GPL-2.0 */
/*
 * measure.h - push packets of many flows through, and time them.
 */
#ifndef _BENCH_MEASURE_H
#define _BENCH_MEASURE_H

#include "packet.h"
#include "sample.h"

struct net;

/* Flows whose packets are prepared, then timed, together */
#define BENCH_GROUP	64

/**
 * struct bench_job - what to push
 * @kind:   which packets
 * @from:   first flow
 * @flows:  how many
 * @groups: groups of BENCH_GROUP flows, one after the other, from the first
 *          again after the last
 * @cpus:   processors that do this, each with flows of its own; several take
 *          turns, each alone and then all at once, and want a kind of one step
 * @random: flows in random order
 * @alone:  each packet is timed alone, else a group at a time
 * @one:    all packets are of the first flow
 */
struct bench_job {
	const struct bench_kind *kind;
	u32 from;
	u32 flows;
	u32 groups;
	u32 cpus;
	bool random;
	bool alone;
	bool one;
};

bool bench_job_fits(const struct bench_job *job);
int bench_measure(struct net *net, const struct bench_job *job,
		  struct bench_out *out);

#endif /* _BENCH_MEASURE_H */
