// SPDX-License-Identifier: GPL-2.0
/*
 * bench.c - measures whatever tracker is there.
 *
 * Commands are written to /proc/ip_ct_bench, and hold for the writer's network
 * namespace; the file then reads as the last one's results.
 *
 *   push kind=K [from=F] [flows=N] [groups=G] [cpus=C] [random] [alone] [one]
 *       push packets through the hooks, see struct bench_job; without groups=
 *       each flow once. Results: bench_samples_say()
 *   pace kind=K [from=F] [flows=N] every=NS room=R
 *       push a packet every NS nanoseconds, until
 *   paced
 *       Results: what these cost, and how late they were (of R at most)
 *   forget
 *       the trackers have: every flow begins anew
 *   nf_conntrack on=1|0
 *       have nf_conntrack track this namespace
 *   clock
 *       Results: ticks a second
 *
 * Linked into a kernel (User Mode Linux), it does the commands of the parameter
 * ip_ct_bench.run, separated by ';', before there is a first process, and logs
 * the results.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>

#include "clock.h"
#include "measure.h"
#include "pace.h"
#include "path.h"

#define COMMAND_MAX	256
#define RESULT_MAX	8192

static char *run;
module_param(run, charp, 0400);
MODULE_PARM_DESC(run, "commands to be done at once, separated by ';'");

/* One command at a time */
static DEFINE_MUTEX(lock);
static char result[RESULT_MAX];
static struct bench_out out = { .text = result, .size = sizeof(result) };

/**
 * struct words - a command taken apart
 * @verb:   what to do
 * @on:     for nf_conntrack
 * @every:  for pace
 * @room:   for pace
 * @groups: were asked for
 * @job:    for push and pace
 */
struct words {
	const char *verb;
	u32 on;
	u32 every;
	u32 room;
	bool groups;
	struct bench_job job;
};

static int take_number(const char *text, u32 *number)
{
	return kstrtou32(text, 0, number);
}

static int take_word(struct words *w, char *word)
{
	char *value = strchr(word, '=');

	if (!value) {
		if (!strcmp(word, "random"))
			w->job.random = true;
		else if (!strcmp(word, "alone"))
			w->job.alone = true;
		else if (!strcmp(word, "one"))
			w->job.one = true;
		else if (!w->verb)
			w->verb = word;
		else
			return -EINVAL;
		return 0;
	}
	*value++ = '\0';
	if (!strcmp(word, "kind")) {
		w->job.kind = bench_kind(value);
		return w->job.kind ? 0 : -EINVAL;
	}
	if (!strcmp(word, "from"))
		return take_number(value, &w->job.from);
	if (!strcmp(word, "flows"))
		return take_number(value, &w->job.flows);
	if (!strcmp(word, "cpus"))
		return take_number(value, &w->job.cpus);
	if (!strcmp(word, "on"))
		return take_number(value, &w->on);
	if (!strcmp(word, "every"))
		return take_number(value, &w->every);
	if (!strcmp(word, "room"))
		return take_number(value, &w->room);
	if (!strcmp(word, "groups")) {
		w->groups = true;
		return take_number(value, &w->job.groups);
	}
	return -EINVAL;
}

static int take_words(struct words *w, char *text)
{
	char *word;
	int err;

	*w = (struct words) { .job = { .flows = 1, .cpus = 1 } };
	while ((word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		err = take_word(w, word);
		if (err)
			return err;
	}
	if (!w->groups)
		w->job.groups = DIV_ROUND_UP(w->job.flows, BENCH_GROUP);
	return w->verb ? 0 : -EINVAL;
}

static void clock_rate(void)
{
	u64 ticks = bench_clock(), start = ktime_get_ns(), ns;

	do {
		ns = ktime_get_ns() - start;
	} while (ns < 20 * NSEC_PER_MSEC);
	ticks = bench_clock() - ticks;
	bench_say(&out, "%llu\n", div64_u64(ticks * NSEC_PER_SEC, ns));
}

/* Caller holds the lock. */
static int command(struct net *net, char *text)
{
	struct words w;
	int err;

	out.len = 0;
	err = take_words(&w, text);
	if (err)
		return err;
	if (!strcmp(w.verb, "push") && w.job.kind)
		return bench_measure(net, &w.job, &out);
	if (!strcmp(w.verb, "pace") && w.job.kind)
		return bench_pace_start(net, &w.job, w.every, w.room);
	if (!strcmp(w.verb, "paced"))
		return bench_pace_stop(&out);
	if (!strcmp(w.verb, "nf_conntrack"))
		return bench_nf_conntrack(net, w.on);
	if (!strcmp(w.verb, "forget")) {
		bench_packets_forget();
		return 0;
	}
	if (!strcmp(w.verb, "clock")) {
		clock_rate();
		return 0;
	}
	return -EINVAL;
}

static ssize_t bench_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	char text[COMMAND_MAX];
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';
	mutex_lock(&lock);
	err = command(current->nsproxy->net_ns, text);
	mutex_unlock(&lock);
	return err ? err : count;
}

static ssize_t bench_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	ssize_t n;

	mutex_lock(&lock);
	n = simple_read_from_buffer(buf, count, ppos, out.text, out.len);
	mutex_unlock(&lock);
	return n;
}

static const struct proc_ops bench_ops = {
	.proc_read = bench_read,
	.proc_write = bench_write,
	.proc_lseek = default_llseek,
};

static void run_all(char *text)
{
	char *one, *line, *rest;

	while ((one = strsep(&text, ";"))) {
		int err;

		pr_info("> %s\n", one);
		mutex_lock(&lock);
		err = command(&init_net, one);
		rest = out.text;
		out.text[min(out.len, out.size - 1)] = '\0';
		while ((line = strsep(&rest, "\n")) && *line)
			pr_info("%s\n", line);
		mutex_unlock(&lock);
		if (err)
			pr_err("error %d\n", err);
	}
}

static int __init bench_init(void)
{
	int err = bench_packets_init();

	if (err)
		return err;
	if (!proc_create("ip_ct_bench", 0600, NULL, &bench_ops)) {
		bench_packets_exit();
		return -ENOMEM;
	}
	if (run && *run)
		run_all(run);
	return 0;
}

static void __exit bench_exit(void)
{
	remove_proc_entry("ip_ct_bench", NULL);
	bench_pace_stop(NULL);
	bench_packets_exit();
}

late_initcall(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("measures connection trackers");
MODULE_AUTHOR("The ip_conntrack developers");
MODULE_LICENSE("GPL");
