// SPDX-License-Identifier: GPL-2.0
/*
 * coverage.c - what this process makes the module execute (KCOV).
 *
 * Only our modules are built with KCOV_INSTRUMENT, so that all coverage is
 * theirs. An edge is the way from one place to the next.
 */
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "coverage.h"

#define COVER	(64 << 10)
#define EDGES	(1 << 16)

static uint8_t seen[EDGES];
static unsigned int edges;
static unsigned long *cover;

/* For this thread, until it ends. False where there is no KCOV (or no right) */
bool coverage_open(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	void *map;

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, COVER))
		return false;
	map = mmap(NULL, COVER * sizeof(*cover), PROT_READ | PROT_WRITE,
		   MAP_SHARED, fd, 0);
	if (map == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return false;
	cover = map;
	return true;
}

void coverage_begin(void)
{
	if (cover)
		__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
}

/* Edges since coverage_begin() that were not taken before */
unsigned int coverage_end(void)
{
	unsigned long n, i, last = 0;
	unsigned int fresh = 0;

	n = cover ? __atomic_load_n(&cover[0], __ATOMIC_RELAXED) : 0;
	for (i = 0; i < n && i < COVER - 1; i++) {
		unsigned long pc = cover[i + 1];
		uint32_t edge = (uint32_t)(pc * 31 + (last >> 1)) * 2654435761U;

		last = pc;
		edge >>= 16;
		fresh += !seen[edge];
		seen[edge] = 1;
	}
	edges += fresh;
	return fresh;
}

/* All that were ever taken */
unsigned int coverage_edges(void)
{
	return edges;
}

void coverage_forget(void)
{
	memset(seen, 0, sizeof(seen));
	edges = 0;
}
