/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hostile.h - packets that no honest end sends.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stddef.h>
#include <stdint.h>

#define HOSTILE_MAX	1500	/* bytes of a packet, IPv4 header included */

/* Between whom: addresses in host order */
struct hostile_ends {
	uint32_t client;
	uint32_t server;
};

struct hostile_kind {
	const char *name;
	size_t (*make)(uint8_t *p, const struct hostile_ends *ends);
};

extern const struct hostile_kind hostile_kinds[];
extern const unsigned int hostile_count;

void hostile_seed(uint64_t seed);
uint32_t hostile_random(void);
unsigned int hostile_capture(const char *path);
void hostile_mutate(uint8_t *p, size_t *len);

#endif /* HOSTILE_H */
