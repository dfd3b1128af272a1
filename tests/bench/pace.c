// SPDX-License-Identifier: GPL-2.0
/*
 * pace.c - a packet every so often, whatever else the machine does.
 *
 * A timer of high resolution pushes packets, in a softirq like those of a
 * card. Timed are the packet alone, and how long after its time it was pushed:
 * that is what others have kept it waiting for.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <net/net_namespace.h>

#include "clock.h"
#include "pace.h"
#include "path.h"

/**
 * struct pace - what is being pushed, one at a time
 * @running: it is
 * @job:     kind (its first step) and flows
 * @every:   nanoseconds
 * @n:       packets so far
 * @path:    through where
 * @skb:     the packet
 * @cost:    ticks a packet
 * @late:    nanoseconds after its time
 * @timer:   for the next one
 */
struct pace {
	bool running;
	struct bench_job job;
	u32 every;
	u32 n;
	struct bench_path path;
	struct sk_buff *skb;
	struct bench_samples cost;
	struct bench_samples late;
	struct hrtimer timer;
};

/* The caller of everything here has one command at a time done */
static struct pace pace;

static void push_one(void)
{
	/* through all flows, in an order that looks random */
	u32 flow = pace.job.from + pace.n++ * 2654435761U % pace.job.flows;
	unsigned long irq;
	u64 start;

	bench_packet_next(pace.skb, &pace.job.kind->step[0], flow, 0);
	local_irq_save(irq);
	start = bench_clock();
	bench_path_push(&pace.path, pace.skb);
	bench_sample(&pace.cost, bench_clock() - start);
	local_irq_restore(irq);
}

static enum hrtimer_restart its_time(struct hrtimer *timer)
{
	s64 late = ktime_to_ns(ktime_sub(ktime_get(),
					 hrtimer_get_expires(timer)));

	bench_sample(&pace.late, max(late, 0LL));
	push_one();
	hrtimer_forward_now(timer, ns_to_ktime(pace.every));
	return HRTIMER_RESTART;
}

static void pace_free(void)
{
	bench_samples_exit(&pace.cost);
	bench_samples_exit(&pace.late);
	bench_packet_free(pace.skb);
	pace.skb = NULL;
	bench_path_exit(&pace.path);
}

/**
 * bench_pace_start() - push packets from now on
 * @net:   namespace, which stays until bench_pace_stop()
 * @job:   kind and flows
 * @every: nanoseconds from one to the next
 * @room:  for so many measurements
 *
 * Return: 0 or a negative errno.
 */
int bench_pace_start(struct net *net, const struct bench_job *job, u32 every,
		     u32 room)
{
	int err = -ENOMEM;

	if (pace.running)
		return -EBUSY;
	if (!bench_job_fits(job) || every < 1000 || !room || room > 1 << 24)
		return -EINVAL;
	pace = (struct pace) { .job = *job, .every = every };
	if (bench_path_init(&pace.path, net))
		return err;
	pace.skb = bench_packet_alloc(pace.path.in);
	if (!pace.skb || bench_samples_init(&pace.cost, room) ||
	    bench_samples_init(&pace.late, room)) {
		pace_free();
		return err;
	}
	pace.running = true;
#ifdef BENCH_HAS_HRTIMER_SETUP
	hrtimer_setup(&pace.timer, its_time, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
#else
	hrtimer_init(&pace.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	pace.timer.function = its_time;
#endif
	hrtimer_start(&pace.timer, ns_to_ktime(every), HRTIMER_MODE_REL_SOFT);
	return 0;
}

/**
 * bench_pace_stop() - no more packets
 * @out: takes two lines: "paced", ticks, and "late", nanoseconds; or NULL
 *
 * Return: 0, or -ENOENT where nothing was pushed.
 */
int bench_pace_stop(struct bench_out *out)
{
	if (!pace.running)
		return -ENOENT;
	hrtimer_cancel(&pace.timer);
	pace.running = false;
	if (out) {
		bench_samples_say(&pace.cost, "paced", 1, out);
		bench_samples_say(&pace.late, "late", 1, out);
	}
	pace_free();
	return 0;
}
