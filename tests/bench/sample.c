// SPDX-License-Identifier: GPL-2.0
/*
 * sample.c - many measurements of one thing, and what they say together.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/math64.h>
#include <linux/sort.h>

#include "sample.h"

/**
 * bench_samples_init() - room for measurements
 * @s:    filled
 * @room: for how many
 *
 * Return: 0 or -ENOMEM.
 */
int bench_samples_init(struct bench_samples *s, unsigned int room)
{
	s->n = 0;
	s->room = room;
	s->value = kvmalloc_array(room, sizeof(*s->value), GFP_KERNEL);
	return s->value ? 0 : -ENOMEM;
}

/**
 * bench_samples_exit() - the mirror image
 * @s: from bench_samples_init()
 */
void bench_samples_exit(struct bench_samples *s)
{
	kvfree(s->value);
	s->value = NULL;
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void say_ticks(struct bench_out *out, u64 ticks, unsigned int packets)
{
	u64 centi = div_u64(ticks * 100, packets);

	bench_say(out, " %llu.%02llu", div_u64(centi, 100), centi % 100);
}

/**
 * bench_samples_say() - a line of results: name, number of samples, then
 *                       ticks a packet: min, median, mean, p99, p99.9, max
 * @s:       samples; sorted afterwards
 * @name:    of what was measured
 * @packets: in each sample
 * @out:     takes the line
 */
void bench_samples_say(struct bench_samples *s, const char *name,
		       unsigned int packets, struct bench_out *out)
{
	u64 sum = 0;
	unsigned int i;

	if (!s->n)
		return;
	sort(s->value, s->n, sizeof(*s->value), compare, NULL);
	for (i = 0; i < s->n; i++)
		sum += s->value[i];

	bench_say(out, "%s %u", name, s->n);
	say_ticks(out, s->value[0], packets);
	say_ticks(out, s->value[s->n / 2], packets);
	say_ticks(out, div_u64(sum, s->n), packets);
	say_ticks(out, s->value[(u64)s->n * 99 / 100], packets);
	say_ticks(out, s->value[(u64)s->n * 999 / 1000], packets);
	say_ticks(out, s->value[s->n - 1], packets);
	bench_say(out, "\n");
}

/**
 * bench_say() - add to the results
 * @out: results
 * @fmt: as printf
 */
void bench_say(struct bench_out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	out->len += vscnprintf(out->text + out->len, out->size - out->len, fmt,
			       args);
	va_end(args);
}
