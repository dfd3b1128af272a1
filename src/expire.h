/* SPDX-License-Identifier: GPL-2.0 */
/*
 * expire.h - flows end on time: a hierarchical timing wheel per CPU.
 *
 * A packet that keeps its flow alive only writes flow->deadline. The wheel
 * visits the flow when the deadline that it knew of may have passed, and then
 * either ends it or puts it where the new deadline says. Only a deadline that
 * comes nearer needs the wheel at once (ip_ct_refresh()).
 *
 * Times are jiffies modulo 2^32.
 */
#ifndef _IP_CT_EXPIRE_H
#define _IP_CT_EXPIRE_H

#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "flow.h"

struct ip_ct_net;

/*
 * Level 0 has slots of about 1/16 second (the largest power of two jiffies in
 * 1/8 second), each level above has slots of 64 times that; four levels reach
 * 12 days ahead, and what lies beyond is looked at again by then.
 */
#define IP_CT_WHEEL_LEVELS	4
#define IP_CT_WHEEL_BITS	6
#define IP_CT_WHEEL_SLOTS	(1U << IP_CT_WHEEL_BITS)
#define IP_CT_WHEEL_SHIFT	(HZ >= 16 ? ilog2(HZ / 8) : 0)

/**
 * struct ip_ct_wheel_soon - where a flow goes that is to be visited soon
 * @tick:  holds as long as this is ip_ct_wheel_tick(),
 * @clock: and this the wheel's clock
 * @when:  when it is visited
 * @level: level
 * @slot:  slot on that
 */
struct ip_ct_wheel_soon {
	u32 tick;
	u32 clock;
	u32 when;
	u8 level;
	u8 slot;
};

/**
 * struct ip_ct_wheel - one CPU's wheel in one namespace
 * @cn:      the namespace
 * @lock:    guards everything else here and the [W] members of flows on it
 * @clock:   every slot up to this time has been visited
 * @next:    when @timer fires, if @armed
 * @armed:   @timer is pending or running, or @rest is
 * @stopped: no timer is started any more
 * @soon:    see there
 * @timer:   visits the next slot that is not empty
 * @rest:    goes on with that, between packets
 * @until:   local_clock() up to which it does
 * @pending: per level, slots that may hold flows of any class
 * @holding: the same of one class
 * @listed:  how many flows there are of each class
 * @slot:    flows by class, level and time; the longest there come first
 */
struct ip_ct_wheel {
	struct ip_ct_net *cn;
	spinlock_t lock;
	u32 clock;
	u32 next;
	bool armed;
	bool stopped;
	struct ip_ct_wheel_soon soon;
	struct timer_list timer;
	struct tasklet_struct rest;
	u64 until;
	u64 pending[IP_CT_WHEEL_LEVELS];
	u64 holding[IP_CT_CLASSES][IP_CT_WHEEL_LEVELS];
	u32 listed[IP_CT_CLASSES];
	struct list_head slot[IP_CT_CLASSES][IP_CT_WHEEL_LEVELS]
			     [IP_CT_WHEEL_SLOTS];
};

#define IP_CT_WHEEL_HEADS \
	(IP_CT_CLASSES * IP_CT_WHEEL_LEVELS * IP_CT_WHEEL_SLOTS)

/* How much ip_ct_wheel_run() does before it lets others in */
#define IP_CT_WHEEL_BATCH	64

int ip_ct_wheels_init(struct ip_ct_net *cn);
void ip_ct_wheels_stop(struct ip_ct_net *cn);
void ip_ct_wheels_exit(struct ip_ct_net *cn);

struct ip_ct_wheel *ip_ct_wheel_choose(struct ip_ct_net *cn,
				       struct ip_conntrack *flow);
void ip_ct_arm(struct ip_conntrack *flow, struct ip_ct_wheel *wheel);
void ip_ct_disarm(struct ip_ct_net *cn, struct ip_conntrack *flow);
void ip_ct_rearm(struct ip_ct_net *cn, struct ip_conntrack *flow);
bool ip_ct_assure_first(struct ip_ct_net *cn, struct ip_conntrack *flow);
bool ip_ct_evict(struct ip_ct_net *cn, enum ip_ct_class highest);

/* Time as flows are looked at: what changes within a tick may go unnoticed */
static inline u32 ip_ct_wheel_tick(void)
{
	return ip_ct_now() >> IP_CT_WHEEL_SHIFT;
}

bool ip_ct_wheel_run(struct ip_ct_wheel *wheel, u32 now);
bool ip_ct_wheel_next(const struct ip_ct_wheel *wheel, u32 *when);
struct ip_ct_wheel *ip_ct_wheel_of(const struct ip_ct_net *cn,
				   const struct ip_conntrack *flow);

/* With IP_CT_VISIT_SOON a flow is visited so long after that was set, or before */
#define IP_CT_SOON	(30 * HZ)

/* The flow's new deadline, @timeout from now, is nearer than the last one */
static inline void ip_ct_come_nearer(struct ip_ct_net *cn,
				     struct ip_conntrack *flow, u32 timeout)
{
	if (timeout >= IP_CT_SOON) {
		/* the deadline is written before: pairs with put_on_wheel() */
		smp_mb();
		if (ip_ct_has(flow, IP_CT_VISIT_SOON))
			return;
	}
	ip_ct_rearm(cn, flow);
}

/**
 * ip_ct_refresh() - a flow lives until @now + @timeout
 * @cn:      its namespace
 * @flow:    the flow; its lock may be held
 * @now:     ip_ct_now()
 * @timeout: jiffies
 *
 * One store, and none when nothing changes. Only a nearer deadline than
 * before costs more: the wheel's lock.
 *
 * Return: whether anything has changed.
 */
static inline bool ip_ct_refresh(struct ip_ct_net *cn,
				 struct ip_conntrack *flow, u32 now,
				 u32 timeout)
{
	u32 old = READ_ONCE(flow->deadline), deadline = now + timeout;

	if (old == deadline)
		return false;
	WRITE_ONCE(flow->deadline, deadline);
	if (unlikely((s32)(deadline - old) < 0))
		ip_ct_come_nearer(cn, flow, timeout);
	return true;
}

/**
 * ip_ct_assure() - a flow that was refreshed is assured from now on
 * @cn:   its namespace
 * @flow: the flow; its lock may be held
 *
 * Return: true if it was not so before.
 */
static inline bool ip_ct_assure(struct ip_ct_net *cn,
				struct ip_conntrack *flow)
{
	return unlikely(!ip_ct_has(flow, IPS_ASSURED)) &&
	       ip_ct_assure_first(cn, flow);
}

#endif /* _IP_CT_EXPIRE_H */
