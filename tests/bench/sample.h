/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sample.h - many measurements of one thing, and what they say together.
 */
#ifndef _BENCH_SAMPLE_H
#define _BENCH_SAMPLE_H

#include <linux/types.h>

struct bench_out;

/**
 * struct bench_samples - measurements of one thing
 * @value: in clock ticks
 * @n:     how many there are
 * @room:  for how many there is room; what comes later is not noted
 */
struct bench_samples {
	u32 *value;
	unsigned int n;
	unsigned int room;
};

int bench_samples_init(struct bench_samples *s, unsigned int room);
void bench_samples_exit(struct bench_samples *s);
void bench_samples_say(struct bench_samples *s, const char *name,
		       unsigned int packets, struct bench_out *out);

static inline void bench_sample(struct bench_samples *s, u64 value)
{
	if (s->n < s->room)
		s->value[s->n++] = value > U32_MAX ? U32_MAX : value;
}

/**
 * struct bench_out - where results go
 * @text: lines
 * @len:  how many bytes
 * @size: room
 */
struct bench_out {
	char *text;
	unsigned int len;
	unsigned int size;
};

__printf(2, 3) void bench_say(struct bench_out *out, const char *fmt, ...);

#endif /* _BENCH_SAMPLE_H */
