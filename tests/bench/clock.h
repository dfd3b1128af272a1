/* SPDX-License-Identifier: GPL-2.0 */
/*
 * clock.h - the processor's own clock, read the same way everywhere.
 *
 * Under QEMU's -icount shift=0 the emulated one counts guest instructions; in
 * User Mode Linux it is the host's, and counts time.
 */
#ifndef _BENCH_CLOCK_H
#define _BENCH_CLOCK_H

#include <linux/types.h>

static __always_inline u64 bench_clock(void)
{
	u32 low, high;

	/* x86-64 only; UML has no get_cycles() */
	asm volatile("lfence\n\trdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (u64)high << 32 | low;
}

#endif /* _BENCH_CLOCK_H */
