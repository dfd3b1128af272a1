/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pace.h - a packet every so often, whatever else the machine does.
 */
#ifndef _BENCH_PACE_H
#define _BENCH_PACE_H

#include "measure.h"

int bench_pace_start(struct net *net, const struct bench_job *job, u32 every,
		     u32 room);
int bench_pace_stop(struct bench_out *out);

#endif /* _BENCH_PACE_H */
