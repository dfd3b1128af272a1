// SPDX-License-Identifier: GPL-2.0
/*
 * expire.c - arm, refresh, fire.
 *
 * A slot of level 0 is visited when its time is over: every deadline in it
 * has passed by then, by an eighth of a second at most. A slot of a higher
 * level is visited when its time begins, and its flows go to lower levels. A
 * flow stays on the wheel of the CPU that it was born on.
 *
 * The timer fires for the next slot that may hold a flow, so a table without
 * flows, or with flows that all have long to live, costs nothing.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "compat.h"
#include "expire.h"
#include "net.h"

static unsigned int level_shift(unsigned int level)
{
	return IP_CT_WHEEL_SHIFT + level * IP_CT_WHEEL_BITS;
}

static unsigned int slot_at(unsigned int level, u32 when)
{
	return (when >> level_shift(level)) & (IP_CT_WHEEL_SLOTS - 1);
}

/**
 * ip_ct_wheel_of() - the wheel that a flow belongs to
 * @cn:   its namespace
 * @flow: in the table
 */
struct ip_ct_wheel *ip_ct_wheel_of(const struct ip_ct_net *cn,
				   const struct ip_conntrack *flow)
{
	return READ_ONCE(*per_cpu_ptr(cn->wheels, flow->cpu));
}

/* Slots of @level from the wheel's clock to @when */
static u32 slots_ahead(const struct ip_ct_wheel *wheel, unsigned int level,
		       u32 when)
{
	unsigned int shift = level_shift(level);

	return ((when >> shift) - (wheel->clock >> shift)) & (U32_MAX >> shift);
}

/*
 * When a flow with @deadline is to be visited, and on which level it waits:
 * the lowest that reaches so far. A slot of its index is then at least one and
 * at most 63 ahead, so that no slot stands for two times.
 */
static u32 visit_time(const struct ip_ct_wheel *wheel, u32 deadline,
		      unsigned int *level)
{
	u32 tick = 1U << IP_CT_WHEEL_SHIFT;
	u32 when = ALIGN(deadline, tick), ahead;
	unsigned int l = 0;

	if ((s32)(when - wheel->clock) < (s32)tick)
		when = wheel->clock + tick;
	while ((ahead = slots_ahead(wheel, l, when)) >= IP_CT_WHEEL_SLOTS &&
	       l < IP_CT_WHEEL_LEVELS - 1)
		l++;
	*level = l;
	ahead = min(ahead, IP_CT_WHEEL_SLOTS - 1);
	return ((wheel->clock >> level_shift(l)) + ahead) << level_shift(l);
}

/*
 * flow->placed: the lower bits of the deadline that the wheel last saw, the
 * class as which it listed the flow, and in the upper half when it first saw
 * that deadline, in ticks of the wheel. If packets have come since, the
 * deadline is another one.
 */
#define PLACED_DEADLINE	0x3fffU
#define PLACED_CLASS	0xc000U
#define PLACED_SHIFT	16

static_assert(IP_CT_CLASSES == 4);

static void note_first_placed(struct ip_conntrack *flow, u32 deadline)
{
	flow->placed = (deadline & PLACED_DEADLINE) |
		       ip_ct_wheel_tick() << PLACED_SHIFT;
}

static void note_placed(struct ip_conntrack *flow, u32 deadline)
{
	if ((flow->placed ^ deadline) & PLACED_DEADLINE)
		note_first_placed(flow, deadline);
}

static void note_class(struct ip_conntrack *flow, enum ip_ct_class class)
{
	flow->placed = (flow->placed & ~PLACED_CLASS) |
		       FIELD_PREP(PLACED_CLASS, class);
}

static enum ip_ct_class listed_as(const struct ip_conntrack *flow)
{
	return FIELD_GET(PLACED_CLASS, flow->placed);
}

/* Ticks since the wheel first saw the deadline that it last saw */
static u16 placed_since(const struct ip_conntrack *flow)
{
	return ip_ct_wheel_tick() - (flow->placed >> PLACED_SHIFT);
}

/* No packet came for a tick or longer, that is, since it was looked at */
static bool is_idle(const struct ip_conntrack *flow)
{
	return !((flow->placed ^ READ_ONCE(flow->deadline)) &
		 PLACED_DEADLINE) && placed_since(flow);
}

/* Put a flow into a slot. Caller holds the wheel's lock. */
static __always_inline void put_into(struct ip_ct_wheel *wheel,
				     struct ip_conntrack *flow,
				     unsigned int level, unsigned int slot)
{
	enum ip_ct_class class = ip_ct_flow_class(flow);

	note_class(flow, class);
	WRITE_ONCE(wheel->listed[class], wheel->listed[class] + 1);
	list_add_tail(&flow->wheel, &wheel->slot[class][level][slot]);
	wheel->pending[level] |= BIT_ULL(slot);
	wheel->holding[class][level] |= BIT_ULL(slot);
}

/*
 * Put a flow on the wheel for its deadline. Caller holds the wheel's lock.
 * Returns when the flow will be visited.
 */
static noinline u32 put_on_wheel(struct ip_ct_wheel *wheel,
				 struct ip_conntrack *flow)
{
	unsigned int level;
	u32 deadline, when;

	if (ip_ct_has(flow, IP_CT_VISIT_SOON)) {
		atomic_andnot(IP_CT_VISIT_SOON, &flow->status);
		/* pairs with ip_ct_come_nearer(): who saw it has written */
		smp_mb__after_atomic();
	}
	deadline = READ_ONCE(flow->deadline);
	note_placed(flow, deadline);
	when = visit_time(wheel, deadline, &level);
	put_into(wheel, flow, level, slot_at(level, when));
	return when;
}

/* Time has moved on: soon is another slot */
static noinline void find_soon(struct ip_ct_wheel *wheel, u32 tick)
{
	struct ip_ct_wheel_soon *soon = &wheel->soon;
	unsigned int level;

	soon->tick = tick;
	soon->clock = wheel->clock;
	soon->when = visit_time(wheel, ip_ct_now() + IP_CT_SOON, &level);
	soon->level = level;
	soon->slot = slot_at(level, soon->when);
}

/*
 * As put_on_wheel(), but to be visited soon. A connection changes its time-out
 * with each step of its handshake and of its end, and most connections are
 * short: until the first visit none of these steps concerns the wheel. All
 * that come in one tick go to one slot. @first: the wheel has not seen it.
 */
static __always_inline u32 put_soon(struct ip_ct_wheel *wheel,
				    struct ip_conntrack *flow, bool first)
{
	u32 deadline = READ_ONCE(flow->deadline), tick = ip_ct_wheel_tick();
	const struct ip_ct_wheel_soon *soon = &wheel->soon;

	if ((s32)(deadline - (ip_ct_now() + IP_CT_SOON)) <= 0)
		return put_on_wheel(wheel, flow);
	if (unlikely(soon->tick != tick || soon->clock != wheel->clock))
		find_soon(wheel, tick);
	ip_ct_set(flow, IP_CT_VISIT_SOON);
	if (first)
		note_first_placed(flow, deadline);
	else
		note_placed(flow, deadline);
	put_into(wheel, flow, soon->level, soon->slot);
	return soon->when;
}

static u32 put_for_soon(struct ip_ct_wheel *wheel, struct ip_conntrack *flow)
{
	return put_soon(wheel, flow, false);
}

/* Caller holds the wheel's lock. */
static void take_off_wheel(struct ip_ct_wheel *wheel, struct ip_conntrack *flow)
{
	enum ip_ct_class class = listed_as(flow);

	WRITE_ONCE(wheel->listed[class], wheel->listed[class] - 1);
	list_del_init(&flow->wheel);
}

/**
 * ip_ct_wheel_next() - the next time at which there is a slot to visit
 * @wheel: wheel; its lock is held
 * @when:  set if there is one
 *
 * Return: false for an empty wheel.
 */
bool ip_ct_wheel_next(const struct ip_ct_wheel *wheel, u32 *when)
{
	unsigned int level;
	bool found = false;

	for (level = 0; level < IP_CT_WHEEL_LEVELS; level++) {
		unsigned int shift = level_shift(level), ahead;
		u64 slots = wheel->pending[level];
		u32 at;

		if (!slots)
			continue;
		slots = ror64(slots, (slot_at(level, wheel->clock) + 1) % 64);
		ahead = __ffs64(slots) + 1;
		at = ((wheel->clock >> shift) + ahead) << shift;
		if (!found || (s32)(at - *when) < 0)
			*when = at;
		found = true;
	}
	return found;
}

/*
 * The kernel's timers are up to an eighth late when they are far ahead: such a
 * one is set early and, when it fires, set again for the rest.
 * Caller holds the wheel's lock.
 */
static void start_timer(struct ip_ct_wheel *wheel, u32 when)
{
	s32 ahead = when - ip_ct_now();

	if (wheel->stopped)
		return;
	if (wheel->armed && (s32)(when - wheel->next) >= 0)
		return;
	wheel->armed = true;
	wheel->next = when;
	if (ahead >= 64)
		ahead -= ahead / 8;
	mod_timer(&wheel->timer, jiffies + max(ahead, 0));
}

/*
 * Take up to @max flows of a slot off: those at their end into @ended, the
 * others to where they belong now. Caller holds the wheel's lock.
 *
 * Return: true when the slot is empty.
 */
static bool visit_slot(struct ip_ct_wheel *wheel, unsigned int level,
		       unsigned int slot, u32 now, unsigned int *visited,
		       struct ip_conntrack **ended, unsigned int *n_ended)
{
	unsigned int class;

	for (class = 0; class < IP_CT_CLASSES; class++) {
		struct list_head *head = &wheel->slot[class][level][slot];

		while (!list_empty(head)) {
			struct ip_conntrack *flow;

			if ((*visited)++ == IP_CT_WHEEL_BATCH)
				return false;
			flow = list_first_entry(head, struct ip_conntrack,
						wheel);
			take_off_wheel(wheel, flow);
			if (ip_ct_time_reached(now, READ_ONCE(flow->deadline)))
				ended[(*n_ended)++] = flow;
			else
				put_on_wheel(wheel, flow);
		}
		wheel->holding[class][level] &= ~BIT_ULL(slot);
	}
	wheel->pending[level] &= ~BIT_ULL(slot);
	return true;
}

/*
 * Visit the slots that begin (or, on level 0, end) at the wheel's clock, from
 * the top: what comes down is visited with what was there.
 */
static bool visit_clock(struct ip_ct_wheel *wheel, u32 now,
			struct ip_conntrack **ended, unsigned int *n_ended)
{
	unsigned int visited = 0;
	int level;

	for (level = IP_CT_WHEEL_LEVELS - 1; level >= 0; level--) {
		u32 in_slot = wheel->clock & ((1U << level_shift(level)) - 1);
		unsigned int slot = slot_at(level, wheel->clock);

		if (in_slot || !(wheel->pending[level] & BIT_ULL(slot)))
			continue;
		if (!visit_slot(wheel, level, slot, now, &visited, ended,
				n_ended))
			return false;
	}
	return true;
}

/**
 * ip_ct_wheel_run() - visit what is due, but not too much of it
 * @wheel: wheel; no lock is held
 * @now:   jiffies modulo 2^32
 *
 * Return: true when all is done up to @now, false when there is more.
 */
bool ip_ct_wheel_run(struct ip_ct_wheel *wheel, u32 now)
{
	struct ip_conntrack *ended[IP_CT_WHEEL_BATCH];
	struct ip_ct_dead dead = {};
	unsigned int n = 0, i;
	bool done;
	u32 when;

	/* an ended flow is off the wheel: RCU keeps it until it is killed */
	rcu_read_lock();
	spin_lock_bh(&wheel->lock);
	done = visit_clock(wheel, now, ended, &n);
	if (done) {
		if (!ip_ct_wheel_next(wheel, &when))
			when = now + 1;
		done = !ip_ct_time_reached(now, when);
		if (!done)
			wheel->clock = when;
		else if (ip_ct_time_reached(now, wheel->clock))
			wheel->clock = now & ~((1U << IP_CT_WHEEL_SHIFT) - 1);
	}
	spin_unlock_bh(&wheel->lock);

	for (i = 0; i < n; i++)
		ip_ct_flow_kill_batch(wheel->cn, ended[i], &dead);
	ip_ct_flow_free_batch(&dead);
	rcu_read_unlock();
	return done;
}

/* What is left is for the tasklet, in this jiffy or, by the timer, in the next */
static void go_on_later(struct ip_ct_wheel *wheel, bool done)
{
	u32 when;

	if (!done && !READ_ONCE(wheel->stopped) &&
	    local_clock() < READ_ONCE(wheel->until)) {
		tasklet_schedule(&wheel->rest);
		return;
	}
	spin_lock_bh(&wheel->lock);
	wheel->armed = false;
	if (!done)
		start_timer(wheel, ip_ct_now() + 1);
	else if (ip_ct_wheel_next(wheel, &when))
		start_timer(wheel, when);
	spin_unlock_bh(&wheel->lock);
}

/*
 * Half a jiffy of work at a time, and packets come first: they arrive in a
 * softirq like this one, and it ends as soon as one is pending. What is left is
 * done by a tasklet, some flows after each round of the others.
 */
static void wheel_timer(struct timer_list *timer)
{
	struct ip_ct_wheel *wheel = timer_container_of(wheel, timer, timer);
	u64 stop = local_clock() + NSEC_PER_SEC / HZ / 2;
	bool done;

	WRITE_ONCE(wheel->until, stop);
	do {
		done = ip_ct_wheel_run(wheel, ip_ct_now());
	} while (!done && !local_softirq_pending() && local_clock() < stop);
	go_on_later(wheel, done);
}

static void wheel_rest(struct tasklet_struct *rest)
{
	struct ip_ct_wheel *wheel = container_of(rest, struct ip_ct_wheel,
						 rest);

	go_on_later(wheel, ip_ct_wheel_run(wheel, ip_ct_now()));
}

static struct ip_ct_wheel *wheel_alloc(struct ip_ct_net *cn, gfp_t gfp)
{
	struct ip_ct_wheel *wheel = kzalloc(sizeof(*wheel), gfp | __GFP_NOWARN);
	unsigned int i;

	if (!wheel)
		return NULL;
	for (i = 0; i < IP_CT_WHEEL_HEADS; i++)
		INIT_LIST_HEAD(&wheel->slot[0][0][0] + i);
	wheel->cn = cn;
	spin_lock_init(&wheel->lock);
	timer_setup(&wheel->timer, wheel_timer, 0);
	tasklet_setup(&wheel->rest, wheel_rest);
	wheel->clock = ip_ct_now() & ~((1U << IP_CT_WHEEL_SHIFT) - 1);
	find_soon(wheel, ip_ct_wheel_tick());
	return wheel;
}

static_assert(IP_CT_WHEEL_LEVELS == 4);

static bool any_slot(const u64 levels[IP_CT_WHEEL_LEVELS])
{
	return READ_ONCE(levels[0]) | READ_ONCE(levels[1]) |
	       READ_ONCE(levels[2]) | READ_ONCE(levels[3]);
}

/*
 * A wheel that stood still while it was empty continues from now. Its timer was
 * not set then.
 */
static void wind_up(struct ip_ct_wheel *wheel)
{
	u32 now = ip_ct_now() & ~((1U << IP_CT_WHEEL_SHIFT) - 1);

	if (unlikely(!wheel->armed) && !any_slot(wheel->pending) &&
	    ip_ct_time_reached(now, wheel->clock))
		wheel->clock = now;
}

static noinline struct ip_ct_wheel *first_wheel(struct ip_ct_net *cn,
						struct ip_ct_wheel **slot)
{
	struct ip_ct_wheel *wheel = wheel_alloc(cn, GFP_ATOMIC);

	if (wheel)
		WRITE_ONCE(*slot, wheel);
	return wheel;
}

/**
 * ip_ct_wheel_choose() - give a flow this CPU's wheel
 * @cn:   its namespace
 * @flow: not in the table yet
 *
 * Softirqs are off, and stay off until ip_ct_arm().
 *
 * Return: the wheel, or NULL if there is no memory for this CPU's first one.
 */
struct ip_ct_wheel *ip_ct_wheel_choose(struct ip_ct_net *cn,
				       struct ip_conntrack *flow)
{
	struct ip_ct_wheel **slot = this_cpu_ptr(cn->wheels);

	flow->cpu = smp_processor_id();
	return likely(*slot) ? *slot : first_wheel(cn, slot);
}

/**
 * ip_ct_arm() - put a flow that has entered the table on its wheel
 * @flow:  in the table, deadline set
 * @wheel: from ip_ct_wheel_choose()
 *
 * Whoever ends the flow before this has set IPS_DYING before it took the
 * wheel's lock. Caller holds rcu_read_lock(), and softirqs are off.
 */
void ip_ct_arm(struct ip_conntrack *flow, struct ip_ct_wheel *wheel)
{
	spin_lock(&wheel->lock);
	if (!ip_ct_has(flow, IPS_DYING)) {
		wind_up(wheel);
		start_timer(wheel, put_soon(wheel, flow, true));
	}
	spin_unlock(&wheel->lock);
}

/**
 * ip_ct_disarm() - take a flow off its wheel
 * @cn:   its namespace
 * @flow: in the table; may be off already
 */
void ip_ct_disarm(struct ip_ct_net *cn, struct ip_conntrack *flow)
{
	struct ip_ct_wheel *wheel = ip_ct_wheel_of(cn, flow);

	spin_lock_bh(&wheel->lock);
	if (!list_empty(&flow->wheel))
		take_off_wheel(wheel, flow);
	spin_unlock_bh(&wheel->lock);
}

typedef u32 put_function(struct ip_ct_wheel *wheel, struct ip_conntrack *flow);

static __always_inline void put_anew(struct ip_ct_net *cn,
				     struct ip_conntrack *flow,
				     put_function *put)
{
	struct ip_ct_wheel *wheel;
	bool bh;

	if (!ip_ct_has(flow, IPS_CONFIRMED))
		return;
	wheel = ip_ct_wheel_of(cn, flow);
	bh = ip_ct_lock(&wheel->lock);
	if (!list_empty(&flow->wheel)) {
		take_off_wheel(wheel, flow);
		start_timer(wheel, put(wheel, flow));
	}
	ip_ct_unlock(&wheel->lock, bh);
}

/**
 * ip_ct_rearm() - a flow's end came nearer, or its class changed
 * @cn:   its namespace
 * @flow: found in the table; its lock may be held
 *
 * A flow that is off the wheel is being ended, or is not in the table yet.
 */
noinline void ip_ct_rearm(struct ip_ct_net *cn, struct ip_conntrack *flow)
{
	put_anew(cn, flow, put_on_wheel);
}

/**
 * ip_ct_assure_first() - the first time that ip_ct_assure() finds it to be so
 * @cn:   its namespace
 * @flow: the flow; its lock may be held
 *
 * The wheel is told, so that it knows of the flow's class, and since when it
 * has been idle, before somebody has to give way.
 *
 * Return: true for the one caller who made it so.
 */
bool ip_ct_assure_first(struct ip_ct_net *cn, struct ip_conntrack *flow)
{
	if (atomic_fetch_or(IPS_ASSURED, &flow->status) & IPS_ASSURED)
		return false;
	put_anew(cn, flow, put_for_soon);
	return true;
}

/*
 * Who of @class is first to give way: the one that was put on its slot longest
 * ago. Time-outs do not say that: they shrink as the table fills, so that in a
 * flood who comes last would be nearest to its end. Of those that came in one
 * tick the one with the least time goes. Slots are in the order in which flows
 * came to them, so only their first ones are compared. Caller holds the wheel's
 * lock.
 */
static struct ip_conntrack *first_of(struct ip_ct_wheel *wheel,
				     enum ip_ct_class class)
{
	struct ip_conntrack *first = NULL;
	unsigned int level;

	for (level = 0; level < IP_CT_WHEEL_LEVELS; level++) {
		unsigned int from = slot_at(level, wheel->clock) + 1;
		u64 slots = ror64(wheel->holding[class][level], from % 64);

		for (; slots; slots &= slots - 1) {
			unsigned int slot = (from + __ffs64(slots)) % 64;
			struct ip_conntrack *flow;

			flow = list_first_entry_or_null(&wheel->slot[class][level][slot],
							struct ip_conntrack,
							wheel);
			if (!flow) {
				wheel->holding[class][level] &= ~BIT_ULL(slot);
				continue;
			}
			if (!first || placed_since(flow) > placed_since(first))
				first = flow;
		}
	}
	return first;
}

/*
 * May this flow of @class give way? One that has moved on to another class may
 * not, nor one that is assured and not idle. Who had a packet since the wheel
 * looked last goes behind the others: the second chance that a clock gives to
 * pages.
 */
static bool may_give_way(const struct ip_conntrack *flow,
			 enum ip_ct_class class)
{
	if (ip_ct_flow_class(flow) != class)
		return false;
	return class != IP_CT_ASSURED || is_idle(flow);
}

/* The wheel with the most flows of @class, and how many all have: no lock */
static struct ip_ct_wheel *fullest_wheel(struct ip_ct_net *cn,
					 enum ip_ct_class class, u32 *all)
{
	struct ip_ct_wheel *best = NULL;
	u32 most = 0;
	int cpu;

	*all = 0;
	for_each_possible_cpu(cpu) {
		struct ip_ct_wheel *wheel =
			READ_ONCE(*per_cpu_ptr(cn->wheels, cpu));
		u32 listed = wheel ? READ_ONCE(wheel->listed[class]) : 0;

		*all += listed;
		if (listed > most) {
			most = listed;
			best = wheel;
		}
	}
	return best;
}

/*
 * A handshake takes a moment, and in a table that is full of assured flows
 * those that are in the middle of one are the only ones without an answer:
 * were each to give way to the next, none would ever be completed. So the young
 * ones are spared, as long as they are few: what a flood takes from those who
 * have been idle longest is no more than that share.
 */
#define YOUNG_TICKS	((2 * HZ) >> IP_CT_WHEEL_SHIFT)
#define YOUNG_SHARE	16

static bool is_young(const struct ip_conntrack *flow, enum ip_ct_class class)
{
	return class <= IP_CT_UNASSURED && ip_ct_flow_class(flow) == class &&
	       placed_since(flow) < YOUNG_TICKS;
}

/* The wheel whose first flow of @class gives way before those of the others */
static struct ip_ct_wheel *eldest_wheel(struct ip_ct_net *cn,
					enum ip_ct_class class)
{
	struct ip_ct_wheel *best = NULL;
	u16 best_since = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ip_ct_wheel *wheel =
			READ_ONCE(*per_cpu_ptr(cn->wheels, cpu));
		struct ip_conntrack *flow;
		u16 since = 0;

		/* a hint, taken without the lock */
		if (!wheel || !data_race(any_slot(wheel->holding[class])))
			continue;
		spin_lock_bh(&wheel->lock);
		flow = first_of(wheel, class);
		if (flow && is_young(flow, class))
			flow = NULL;
		if (flow)
			since = placed_since(flow);
		spin_unlock_bh(&wheel->lock);
		if (flow && (!best || since > best_since)) {
			best = wheel;
			best_since = since;
		}
	}
	return best;
}

/*
 * Which wheel a flow is on depends on the CPU that it came in by. Of a flood
 * the fullest wheel gives one up, whoever needs the room: another CPU's few
 * flows are not those to go. Where each flow counts all wheels are compared.
 */
static struct ip_ct_wheel *wheel_to_evict(struct ip_ct_net *cn,
					  enum ip_ct_class class, bool spare)
{
	u32 few = ip_ct_setting(&cn->settings, IP_CT_SET_MAX) / YOUNG_SHARE;
	struct ip_ct_wheel *fullest;
	u32 all;

	fullest = fullest_wheel(cn, class, &all);
	if (class == IP_CT_ASSURED ||
	    (spare && class <= IP_CT_UNASSURED && all <= few))
		return eldest_wheel(cn, class);
	return fullest;
}

/* So many are looked at for one that gives way; each that is not, moves */
#define EVICT_TRIES	64

static bool evict_of_class(struct ip_ct_net *cn, enum ip_ct_class class,
			   bool spare)
{
	unsigned int tries;

	for (tries = 0; tries < EVICT_TRIES; tries++) {
		struct ip_ct_wheel *wheel = wheel_to_evict(cn, class, spare);
		struct ip_conntrack *flow;
		bool gives_way = false;

		if (!wheel)
			return false;
		spin_lock_bh(&wheel->lock);
		flow = first_of(wheel, class);
		if (flow) {
			take_off_wheel(wheel, flow);
			gives_way = may_give_way(flow, class);
			if (!gives_way)
				put_on_wheel(wheel, flow);
		}
		spin_unlock_bh(&wheel->lock);
		if (gives_way && ip_ct_flow_kill(cn, flow))
			return true;
	}
	return false;
}

/**
 * ip_ct_evict() - make room for one flow
 * @cn:      namespace
 * @highest: the last class that may give way
 *
 * The class that gives way first, and of that the flow that has waited or been
 * idle longest: found by bit searches, not by a scan of flows. A few that are
 * young are spared if any other can go. Caller holds rcu_read_lock() and no
 * other lock.
 *
 * Return: true when a flow gave way.
 */
bool ip_ct_evict(struct ip_ct_net *cn, enum ip_ct_class highest)
{
	enum ip_ct_class class;

	for (class = 0; class <= highest; class++)
		if (evict_of_class(cn, class, true))
			return true;
	for (class = 0; class <= min(highest, IP_CT_UNASSURED); class++)
		if (evict_of_class(cn, class, false))
			return true;
	return false;
}

/**
 * ip_ct_wheels_init() - room for a wheel per CPU
 * @cn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int ip_ct_wheels_init(struct ip_ct_net *cn)
{
	cn->wheels = alloc_percpu(struct ip_ct_wheel *);
	return cn->wheels ? 0 : -ENOMEM;
}

/**
 * ip_ct_wheels_stop() - no flow expires any more
 * @cn: namespace that no packet reaches any more
 */
void ip_ct_wheels_stop(struct ip_ct_net *cn)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ip_ct_wheel *wheel = *per_cpu_ptr(cn->wheels, cpu);

		if (!wheel)
			continue;
		spin_lock_bh(&wheel->lock);
		WRITE_ONCE(wheel->stopped, true);
		spin_unlock_bh(&wheel->lock);
		timer_shutdown_sync(&wheel->timer);
		tasklet_kill(&wheel->rest);
	}
}

/**
 * ip_ct_wheels_exit() - free the wheels
 * @cn: namespace without flows, after ip_ct_wheels_stop()
 */
void ip_ct_wheels_exit(struct ip_ct_net *cn)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree(*per_cpu_ptr(cn->wheels, cpu));
	free_percpu(cn->wheels);
}
