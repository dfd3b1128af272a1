// SPDX-License-Identifier: GPL-2.0
/*
 * measure.c - push packets of many flows through, and time them.
 *
 * Packets are made in groups, outside of what is timed, and pushed with
 * interrupts off, so that what is timed is the way through the hooks and
 * nothing else.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/gcd.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "clock.h"
#include "measure.h"
#include "path.h"

/**
 * struct runner - one processor's share
 * @job:     what to push
 * @path:    through where
 * @cpu:     its number
 * @from:    its first flow
 * @skb:     packets, made again for every group
 * @step:    samples by step of the kind; with several processors those that
 *           were taken while all pushed
 * @apart:   samples taken while the other processors waited
 * @whole:   samples of all steps together
 * @task:    what runs on it
 * @met:     how often any of them has been at a meeting
 * @meetings: how often this one has
 * @done:    told when it ends
 */
struct runner {
	const struct bench_job *job;
	struct bench_path path;
	unsigned int cpu;
	u32 from;
	struct sk_buff *skb[BENCH_GROUP];
	struct bench_samples step[BENCH_STEPS_MAX];
	struct bench_samples apart;
	struct bench_samples whole;
	struct task_struct *task;
	atomic_t *met;
	u32 meetings;
	struct completion done;
};

/* Steps through all flows in an order that looks random */
static u32 stride_of(const struct bench_job *job)
{
	u32 stride = 2654435761U % job->flows;

	if (!job->random)
		return 1;
	while (gcd(stride, job->flows) != 1)
		stride++;
	return stride;
}

static void prepare(struct runner *r, const struct bench_step *step,
		    u32 group, u32 stride)
{
	const struct bench_job *job = r->job;
	unsigned int i;

	for (i = 0; i < BENCH_GROUP; i++) {
		u64 n = (u64)group * BENCH_GROUP + i;
		u32 flow = r->from + (job->one ? 0 : n * stride % job->flows);

		bench_packet_next(r->skb[i], step, flow, r->cpu);
	}
}

static u64 push_alone(struct runner *r, struct bench_samples *samples)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < BENCH_GROUP; i++) {
		u64 start = bench_clock(), took;

		bench_path_push(&r->path, r->skb[i]);
		took = bench_clock() - start;
		bench_sample(samples, took);
		sum += took;
	}
	return sum;
}

static u64 push_group(struct runner *r, struct bench_samples *samples)
{
	u64 start = bench_clock(), took;
	unsigned int i;

	for (i = 0; i < BENCH_GROUP; i++)
		bench_path_push(&r->path, r->skb[i]);
	took = bench_clock() - start;
	bench_sample(samples, took);
	return took;
}

static u64 push(struct runner *r, struct bench_samples *samples)
{
	unsigned long irq;
	u64 sum;

	local_bh_disable();
	local_irq_save(irq);
	sum = r->job->alone ? push_alone(r, samples) : push_group(r, samples);
	local_irq_restore(irq);
	local_bh_enable();
	return sum;
}

static void one_group(struct runner *r, u32 group, u32 stride)
{
	const struct bench_kind *kind = r->job->kind;
	unsigned int s;
	u64 sum = 0;

	for (s = 0; s < kind->steps; s++) {
		prepare(r, &kind->step[s], group, stride);
		sum += push(r, &r->step[s]);
	}
	bench_sample(&r->whole, sum);
}

static void run(struct runner *r)
{
	u32 stride = stride_of(r->job), group;

	for (group = 0; group < r->job->groups; group++) {
		one_group(r, group, stride);
		cond_resched();
	}
}

/* Nobody goes on before all are here */
static void meet(struct runner *r)
{
	r->meetings++;
	atomic_inc(r->met);
	while ((int)(r->meetings * r->job->cpus - atomic_read(r->met)) > 0) {
		cpu_relax();
		cond_resched();
	}
}

/*
 * A turn for each processor alone, while the others wait, then one for all at
 * once, and so on: whatever else slows the machine down meets both alike.
 */
static void run_in_turns(struct runner *r)
{
	const struct bench_job *job = r->job;
	u32 stride = stride_of(job), group = 0, turn;

	for (turn = 0; turn < job->groups * (job->cpus + 1); turn++) {
		unsigned int whose = turn % (job->cpus + 1);
		bool all = whose == job->cpus, mine = all || whose == r->cpu;

		if (mine)
			prepare(r, job->kind->step, group++, stride);
		meet(r);
		if (!mine)
			continue;
		push(r, all ? &r->step[0] : &r->apart);
		bench_packets_pushed(job->kind->step, r->cpu);
	}
}

static int thread(void *data)
{
	struct runner *r = data;

	run_in_turns(r);
	/* in the kernel's text: the module may go as soon as it is told */
	kthread_complete_and_exit(&r->done, 0);
}

static void runner_free(struct runner *r)
{
	unsigned int i;

	for (i = 0; i < BENCH_GROUP; i++)
		bench_packet_free(r->skb[i]);
	for (i = 0; i < BENCH_STEPS_MAX; i++)
		bench_samples_exit(&r->step[i]);
	bench_samples_exit(&r->apart);
	bench_samples_exit(&r->whole);
	bench_path_exit(&r->path);
	kfree(r);
}

static struct runner *runner_new(struct net *net, const struct bench_job *job,
				 unsigned int cpu, atomic_t *met)
{
	unsigned int room = job->groups * (job->alone ? BENCH_GROUP : 1), i;
	struct runner *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return NULL;
	r->job = job;
	r->cpu = cpu;
	r->from = job->from + (job->one ? 0 : cpu * job->flows);
	r->met = met;
	init_completion(&r->done);
	if (bench_path_init(&r->path, net) ||
	    bench_samples_init(&r->whole, job->groups) ||
	    (job->cpus > 1 && bench_samples_init(&r->apart, room)))
		goto err;
	for (i = 0; i < job->kind->steps; i++)
		if (bench_samples_init(&r->step[i], room))
			goto err;
	for (i = 0; i < BENCH_GROUP; i++) {
		r->skb[i] = bench_packet_alloc(r->path.in);
		if (!r->skb[i])
			goto err;
	}
	return r;

err:
	runner_free(r);
	return NULL;
}

static int task_new(struct runner *r)
{
	r->task = kthread_create_on_cpu(thread, r, r->cpu, "ip_ct_bench/%u");
	return PTR_ERR_OR_ZERO(r->task);
}

/* As each of them waits for all, there are all of them before one begins */
static int run_all(struct runner **r, unsigned int cpus)
{
	unsigned int made = 0, i;
	int err = 0;

	for (; made < cpus && !err; made++)
		err = task_new(r[made]);
	if (err) {
		for (i = 0; i + 1 < made; i++)
			kthread_stop(r[i]->task);
		return err;
	}
	for (i = 0; i < cpus; i++)
		wake_up_process(r[i]->task);
	for (i = 0; i < cpus; i++)
		wait_for_completion(&r[i]->done);
	return 0;
}

static void say(struct runner *r, struct bench_out *out)
{
	const struct bench_kind *kind = r->job->kind;
	unsigned int packets = r->job->alone ? 1 : BENCH_GROUP, i;

	for (i = 0; i < kind->steps; i++)
		bench_samples_say(&r->step[i], kind->step[i].name, packets,
				  out);
	bench_samples_say(&r->apart, "apart", packets, out);
	if (kind->steps > 1)
		bench_samples_say(&r->whole, kind->name,
				  BENCH_GROUP * kind->steps, out);
}

/**
 * bench_job_fits() - can it be done at all?
 * @job: what to push
 */
bool bench_job_fits(const struct bench_job *job)
{
	const struct bench_kind *kind = job->kind;
	unsigned int least = 1, most = kind->steps == 1 ? 8 : 1;

	if (kind->step->dir == BENCH_ENDS)
		least = most = 2;
	return job->flows && job->groups && job->groups <= 1 << 20 &&
	       job->cpus >= least && job->cpus <= most &&
	       job->cpus <= num_online_cpus() && job->from <= BENCH_FLOWS_MAX &&
	       job->flows <= BENCH_FLOWS_MAX &&
	       (u64)job->flows * job->cpus + job->from <= BENCH_FLOWS_MAX;
}

/**
 * bench_measure() - push and time
 * @net: namespace
 * @job: what
 * @out: takes a line for each step of the kind (see bench_samples_say()), and
 *       one for all of them together. With several processors two lines for
 *       each: of its packets while all pushed, and apart
 *
 * Return: 0 or a negative errno.
 */
int bench_measure(struct net *net, const struct bench_job *job,
		  struct bench_out *out)
{
	struct runner *r[8] = {};
	atomic_t met = ATOMIC_INIT(0);
	unsigned int i;
	int err = -EINVAL;

	if (!bench_job_fits(job))
		return err;
	for (i = 0; i < job->cpus; i++) {
		r[i] = runner_new(net, job, i, &met);
		err = r[i] ? 0 : -ENOMEM;
		if (err)
			goto out;
	}
	if (job->cpus == 1)
		run(r[0]);
	else
		err = run_all(r, job->cpus);
	for (i = 0; i < job->cpus && !err; i++)
		say(r[i], out);
out:
	for (i = 0; i < job->cpus && r[i]; i++)
		runner_free(r[i]);
	return err;
}
