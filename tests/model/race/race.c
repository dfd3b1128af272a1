// SPDX-License-Identifier: GPL-2.0
/*
 * race.c - every way in which two processors can get into each other's way over
 * one flow.
 *
 * What src/tcp_lock.[ch] does is taken apart at each access to what processors
 * share. Two packets, or a packet and somebody else who takes the lock, are run
 * in every order of these steps, three in many. Whatever comes of it must be
 * what comes of one after the other, in one order or the other: the record, the
 * state, the deadline, and what each was told.
 *
 * Steps happen one after the other here. That they do so on a processor, too, is
 * the barriers' affair.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "shim.h"

#include "tcp_fsm.h"
#include "tcp_lock.c"

/* --- whose turn it is */

#define CPUS	3
#define STEPS	400

static struct {
	ucontext_t context;
	jmp_buf at;
	const struct op *op;
	int verdict;
	bool started;
	bool done;
	bool waits;
	char stack[65536];
} cpu[CPUS];

static jmp_buf scheduler;
static int running = -1;
static struct ip_conntrack flow;
static struct ip_ct_net cn;
static int held_by;		/* 0: nobody */
static bool overlaid;		/* the flow's memory is RCU's */
static const char *violation;

/* The other processors may do something now */
void step(void)
{
	if (running >= 0 && !_setjmp(cpu[running].at))
		_longjmp(scheduler, 1);
}

bool ip_ct_lock(spinlock_t *lock)
{
	step();
	while (held_by) {
		cpu[running].waits = true;
		step();
	}
	held_by = running + 2;
	return false;
}

void ip_ct_unlock(spinlock_t *lock, bool bh)
{
	step();
	held_by = 0;
	for (int i = 0; i < CPUS; i++)
		cpu[i].waits = false;
}

bool ip_ct_cmpxchg16(u64 *at, u64 old0, u64 old1, u64 new0, u64 new1)
{
	step();
	if (at[0] != old0 || at[1] != old1)
		return false;
	if (overlaid)
		violation = "a flow that has ended was written to";
	at[0] = new0;
	at[1] = new1;
	return true;
}

/* --- what processors do */

enum what { SEGMENT, LOOK, KILL, CLOSE, TIMEOUT };

/**
 * struct op - what a processor is to do
 * @name: for people
 * @what: a segment, or something that takes the lock
 * @dir:  direction of the segment
 * @seg:  the segment
 */
struct op {
	const char *name;
	enum what what;
	unsigned int dir;
	struct ip_ct_tcp_seg seg;
};

#define E0	2000U
#define E1	7000U

#define SEG(text, d, s, len, a, w, f, k) \
	{ text, SEGMENT, d, { .seq = (s), .end = (s) + (len), .ack = (a), \
			      .sack = (a), .win = (w), .flags = (f), \
			      .kind = IP_CT_SEG_##k, \
			      .wscale = IP_CT_WSCALE_NONE } }

static const struct op ops[] = {
	SEG("data", 0, E0, 100, E1, 4000, 0x10, ACK),
	SEG("data behind them", 0, E0 + 100, 50, E1, 4000, 0x10, ACK),
	SEG("data back", 1, E1, 200, E0, 4000, 0x10, ACK),
	SEG("data back, acknowledging", 1, E1, 10, E0 + 100, 4000, 0x10, ACK),
	SEG("an ACK of nothing new", 0, E0, 0, E1, 4000, 0x10, ACK),
	SEG("an ACK of data back", 0, E0, 0, E1 + 200, 4000, 0x10, ACK),
	SEG("a larger window", 1, E1, 0, E0, 9000, 0x10, ACK),
	SEG("data up to a larger window", 0, E0 + 3500, 2000, E1, 4000, 0x10,
	    ACK),
	SEG("data once more", 0, E0 - 50, 50, E1, 4000, 0x10, ACK),
	SEG("data far beyond", 0, E0 + 90000, 50, E1, 4000, 0x10, ACK),
	SEG("a FIN", 0, E0, 1, E1, 4000, 0x11, FIN),
	SEG("a FIN back", 1, E1, 1, E0, 4000, 0x11, FIN),
	SEG("a RST", 1, E1, 0, E0, 0, 0x14, RST),
	SEG("a RST that is not exact", 0, E0 + 7, 0, E1, 0, 0x14, RST),
	{ .name = "a look", .what = LOOK },
	{ .name = "an end", .what = KILL },
	{ .name = "a refusal", .what = CLOSE },
	{ .name = "a time-out of its own", .what = TIMEOUT },
};

#define OPS	ARRAY_SIZE(ops)
#define NO_NEWS	(&ops[4])

/* What lock holders write others may see half done */
static void write_back(const struct ip_ct_tcp_track *now)
{
	u32 *to = (u32 *)&flow.tcp;
	const u32 *from = (const u32 *)now;

	for (size_t i = 0; i < sizeof(*now) / sizeof(u32); i++)
		if (to[i] != from[i])
			WRITE_ONCE(to[i], from[i]);
}

static void move(u8 state)
{
	if (flow.state != state)
		WRITE_ONCE(flow.state, state);
	ip_ct_refresh(&cn, &flow, ip_ct_now(),
		      ip_ct_tcp_lifetime(&cn, &flow.tcp, state));
}

/* As ip_ct_tcp_packet() does */
static int segment(unsigned int dir, const struct ip_ct_tcp_seg *seg)
{
	struct ip_ct_tcp_track track;
	struct ip_ct_tcp_step s;
	bool bh;

	if (seg->kind == IP_CT_SEG_ACK &&
	    ip_ct_tcp_without_lock(&cn, &flow, dir, seg, false))
		return IP_CT_TCP_MOVE;
	bh = ip_ct_tcp_lock(&flow);
	if (ip_ct_has(&flow, IPS_DYING)) {
		ip_ct_tcp_unlock(&flow, bh);
		return -1;
	}
	track = flow.tcp;
	s = ip_ct_tcp_judge(&track, flow.state, dir, seg, 0);
	ip_ct_tcp_take(&track, dir, seg, &s);
	write_back(&track);
	if (s.act == IP_CT_TCP_MOVE)
		move(s.state);
	ip_ct_tcp_unlock(&flow, bh);
	return s.act;
}

static int perform(const struct op *op)
{
	struct ip_ct_tcp_track seen;
	bool bh;

	switch (op->what) {
	case SEGMENT:
		return segment(op->dir, &op->seg);
	case LOOK:
		bh = ip_ct_tcp_lock(&flow);
		seen = flow.tcp;
		step();
		if (!ip_ct_has(&flow, IPS_DYING) &&
		    memcmp(&seen, &flow.tcp, sizeof(seen)))
			violation = "the record moved under the lock";
		ip_ct_tcp_unlock(&flow, bh);
		return 0;
	case KILL:
		step();
		flow.status |= IPS_DYING;
		ip_ct_tcp_unlock(&flow, ip_ct_tcp_lock(&flow));
		overlaid = true;
		return 0;
	case CLOSE:
		bh = ip_ct_tcp_lock(&flow);
		move(TCP_CONNTRACK_CLOSE);
		ip_ct_tcp_unlock(&flow, bh);
		return 0;
	case TIMEOUT:
		bh = ip_ct_tcp_lock(&flow);
		ip_ct_refresh(&cn, &flow, ip_ct_now(), 7);
		ip_ct_tcp_unlock(&flow, bh);
		return 0;
	}
	return 0;
}

static void work(int i)
{
	for (;;) {
		cpu[i].verdict = perform(cpu[i].op);
		cpu[i].done = true;
		if (!_setjmp(cpu[i].at))
			_longjmp(scheduler, 1);
	}
}

/* --- one run */

/**
 * struct outcome - what has come of it
 * @tcp:      the record, open or not
 * @state:    state
 * @deadline: deadline
 * @verdict:  what each was told
 */
struct outcome {
	struct ip_ct_tcp_track tcp;
	u32 deadline;
	u8 state;
	int verdict[CPUS];
};

static struct ip_conntrack begun;

static void set_out(const struct op *const *who, int n)
{
	flow = begun;
	held_by = 0;
	overlaid = false;
	for (int i = 0; i < n; i++) {
		cpu[i].op = who[i];
		cpu[i].done = false;
		cpu[i].waits = false;
	}
}

static void look_back(struct outcome *o, int n)
{
	bool open0 = flow.tcp.side[0].maxwin & IP_CT_TCP_OPEN;
	bool open1 = flow.tcp.side[1].maxwin & IP_CT_TCP_OPEN;
	bool fit;

	memset(o, 0, sizeof(*o));
	o->tcp = flow.tcp;
	o->tcp.side[0].maxwin &= ~IP_CT_TCP_OPEN;
	o->tcp.side[1].maxwin &= ~IP_CT_TCP_OPEN;
	o->state = flow.state;
	/* a flow that has ended has no use for one */
	o->deadline = flow.status & IPS_DYING ? 0 : flow.deadline;
	for (int i = 0; i < n; i++)
		o->verdict[i] = cpu[i].verdict;
	fit = flow.state == TCP_CONNTRACK_ESTABLISHED &&
	      ip_ct_tcp_is_open(&flow.tcp) && ip_ct_flow_is_plain(&flow);
	if (open0 != open1 || open0 != fit)
		violation = "open though unfit for it, or the other way round";
}

/* Choices of a run, and how many there were each time */
static unsigned char chosen[STEPS], among[STEPS];

/* On with the processor that runs; back comes it with a longjmp() */
static void go_on(void)
{
	if (cpu[running].started)
		_longjmp(cpu[running].at, 1);
	cpu[running].started = true;
	setcontext(&cpu[running].context);
}

/* Returns the number of steps */
static int run(int n, int replay, bool at_random)
{
	volatile int steps = 0;

	for (;;) {
		int can[CPUS], c = 0, pick;

		for (int i = 0; i < n; i++)
			if (!cpu[i].done && !cpu[i].waits)
				can[c++] = i;
		if (!c)
			break;
		if (steps == STEPS) {
			violation = "it does not come to an end";
			break;
		}
		among[steps] = c;
		if (at_random)
			chosen[steps] = random() % c;
		else if (steps >= replay)
			chosen[steps] = 0;
		pick = chosen[steps++];
		running = can[pick];
		if (!_setjmp(scheduler))
			go_on();
	}
	running = -1;
	for (int i = 0; i < n; i++)
		if (!cpu[i].done && !violation)
			violation = "everybody waits";
	return steps;
}

/* --- one after the other */

static struct outcome serial[6];
static int serials;

static void one_after_the_other(const struct op *const *who, int n)
{
	static const int orders[6][CPUS] = {
		{ 0, 1, 2 }, { 1, 0, 2 }, { 0, 2, 1 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	serials = n == 2 ? 2 : 6;
	for (int o = 0; o < serials; o++) {
		set_out(who, n);
		for (int i = 0; i < n; i++) {
			int k = orders[o][i];

			cpu[k].verdict = perform(who[k]);
			cpu[k].done = true;
		}
		look_back(&serial[o], n);
	}
}

static bool is_serial(const struct outcome *o)
{
	for (int i = 0; i < serials; i++)
		if (!memcmp(&serial[i], o, sizeof(*o)))
			return true;
	return false;
}

static void print_side(const struct ip_ct_tcp_side *side)
{
	printf(" {end %u edge %u maxwin %u ack %u}", side->end, side->edge,
	       side->maxwin, side->ack);
}

static void print(const char *what, const struct outcome *o, int n)
{
	printf("    %s: state %u, lives %u,", what, o->state,
	       o->deadline - ip_ct_now());
	print_side(&o->tcp.side[0]);
	print_side(&o->tcp.side[1]);
	printf(" repeats %u, told", o->tcp.repeats);
	for (int i = 0; i < n; i++)
		printf(" %d", o->verdict[i]);
	printf("\n");
}

static int fail(const struct op *const *who, int n, const struct outcome *o,
		int steps)
{
	printf("FAIL");
	for (int i = 0; i < n; i++)
		printf("%s %s", i ? "," : "", who[i]->name);
	printf(": %s\n", violation ? violation : "not as one after the other");
	printf("    steps by");
	for (int i = 0; i < steps; i++)
		printf(" %u/%u", chosen[i], among[i]);
	printf("\n");
	print("got", o, n);
	for (int i = 0; i < serials; i++)
		print("expected", &serial[i], n);
	return 1;
}

static unsigned long runs;

static int check_run(const struct op *const *who, int n, int steps)
{
	struct outcome o;

	runs++;
	look_back(&o, n);
	if (violation || !is_serial(&o))
		return fail(who, n, &o, steps);
	return 0;
}

/* Returns how many failed: 0 or 1. @lives: jiffies that the flow has left */
static int every_order(const struct op *const *who, int n, u32 lives)
{
	int replay = 0;

	begun.deadline = ip_ct_now() + lives;
	one_after_the_other(who, n);
	for (;;) {
		int steps;

		set_out(who, n);
		steps = run(n, replay, false);
		if (check_run(who, n, steps))
			return 1;
		while (steps && chosen[steps - 1] + 1 == among[steps - 1])
			steps--;
		if (!steps)
			return 0;
		chosen[steps - 1]++;
		replay = steps;
	}
}

static int some_orders(const struct op *const *who, int n, u32 lives, int times)
{
	begun.deadline = ip_ct_now() + lives;
	one_after_the_other(who, n);
	while (times--) {
		int steps;

		set_out(who, n);
		steps = run(n, 0, true);
		if (check_run(who, n, steps))
			return 1;
	}
	return 0;
}

/* A connection that is established and has talked */
static void begin(void)
{
	static const struct op talk[] = {
		SEG("", 0, E0 - 101, 1, 0, 4000, 0x02, SYN),
		SEG("", 1, E1 - 101, 1, E0 - 100, 4000, 0x12, SYNACK),
		SEG("", 0, E0 - 100, 0, E1 - 100, 4000, 0x10, ACK),
		SEG("", 0, E0 - 100, 100, E1 - 100, 4000, 0x10, ACK),
		SEG("", 1, E1 - 100, 100, E0, 4000, 0x10, ACK),
		SEG("", 0, E0, 0, E1, 4000, 0x10, ACK),
	};

	memset(&flow, 0, sizeof(flow));
	ip_ct_tcp_track_init(&flow.tcp);
	flow.state = TCP_CONNTRACK_NONE;
	flow.status = IPS_ASSURED | IPS_SEEN_REPLY;
	for (size_t i = 0; i < ARRAY_SIZE(talk); i++)
		segment(talk[i].dir, &talk[i].seg);
	begun = flow;
	if (!(flow.tcp.side[0].maxwin & IP_CT_TCP_OPEN)) {
		printf("FAIL the flow is not open\n");
		exit(1);
	}
}

/* All pairs that begin with @a. Returns how many failed. */
static int pairs(size_t a)
{
	const struct op *who[] = { &ops[a], NULL };
	int fails = 0;

	for (size_t b = a; b < OPS && !fails; b++) {
		who[1] = &ops[b];
		fails += every_order(who, 2, 3);
		/* where there may be nothing to write at all */
		if (!fails && (who[0] == NO_NEWS || who[1] == NO_NEWS))
			fails += every_order(who, 2, IP_CT_TEST_LIFE);
	}
	return fails;
}

static int triples(size_t a, int times)
{
	const struct op *who[] = { &ops[a], NULL, NULL };
	int fails = 0;

	for (size_t b = a; b < OPS && !fails; b++)
		for (size_t c = b; c < OPS && !fails; c++) {
			who[1] = &ops[b];
			who[2] = &ops[c];
			fails += some_orders(who, 3, 3, times);
			if (!fails)
				fails += some_orders(who, 3, IP_CT_TEST_LIFE,
						     times);
		}
	return fails;
}

int main(int argc, char **argv)
{
	static int failed;
	int times = argc > 1 ? atoi(argv[1]) : 300;

	begin();
	for (int i = 0; i < CPUS; i++) {
		getcontext(&cpu[i].context);
		cpu[i].context.uc_stack.ss_sp = cpu[i].stack;
		cpu[i].context.uc_stack.ss_size = sizeof(cpu[i].stack);
		makecontext(&cpu[i].context, (void (*)(void))work, 1, i);
	}
	srandom(1);
	for (size_t a = 0; a < OPS; a++) {
		failed += pairs(a);
		failed += triples(a, times);
		violation = NULL;
		printf("race: %-28s %9lu runs\n", ops[a].name, runs);
		fflush(stdout);
		runs = 0;
	}
	printf("%zu passed, %d failed, 0 skipped\n", 2 * OPS - failed, failed);
	return !!failed;
}
