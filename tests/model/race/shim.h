/* SPDX-License-Identifier: GPL-2.0 */
/*
 * shim.h - what src/tcp_lock.h stands on, for race.c: each access to what
 * processors share is a step.
 */
#ifndef _RACE_SHIM_H
#define _RACE_SHIM_H

#include <linux/kernel.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <stddef.h>

#include "tcp_window.h"

/* These headers are replaced by what follows */
#define _IP_CT_COMPAT_H
#define _IP_CT_EXPIRE_H
#define _IP_CT_FLOW_H
#define _IP_CT_NET_H
#define _IP_CT_PLAIN_H

void step(void);

#define READ_ONCE(x)	({ step(); (x); })
#define WRITE_ONCE(x, value) \
	do { __typeof__(x) _value = (value); step(); (x) = _value; } while (0)
#define smp_store_release(at, value)	WRITE_ONCE(*(at), value)
#define smp_rmb()			do { } while (0)
#define smp_mb__after_atomic()		do { } while (0)
#define __acquires(lock)
#define __releases(lock)

typedef u32 atomic_t;
typedef int spinlock_t;

static inline void atomic_andnot(u32 bits, atomic_t *at)
{
	step();
	*at &= ~bits;
}

#define IP_CT_FIRST(pair, bits)	 ((pair) & ((1ULL << (bits)) - 1))
#define IP_CT_SECOND(pair, bits) ((pair) >> (bits))
#define IP_CT_PAIR(first, second, bits)	((first) | (u64)(second) << (bits))
#define IP_CT_FLOW_ALIGNMENT	32

struct ip_conntrack {
	struct ip_ct_tcp_track tcp;
	u32 deadline;
	u32 status;
	u8 state;
	spinlock_t lock;
} __attribute__((__aligned__(64)));

enum ip_ct_setting_id {
	IP_CT_SET_TCP_NONE = 10,
	IP_CT_SET_TCP_SYN_SENT,
	IP_CT_SET_TCP_SYN_RECV,
	IP_CT_SET_TCP_ESTABLISHED,
	IP_CT_SET_TCP_FIN_WAIT,
	IP_CT_SET_TCP_CLOSE_WAIT,
	IP_CT_SET_TCP_LAST_ACK,
	IP_CT_SET_TCP_TIME_WAIT,
	IP_CT_SET_TCP_CLOSE,
	IP_CT_SET_TCP_LISTEN,
	IP_CT_SET_TCP_RETRANS,
	IP_CT_SET_TCP_MAX_RETRANS,
	IP_CT_SET_TCP_UNACKNOWLEDGED,
};

struct ip_ct_settings {
	int none;
};

struct ip_ct_net {
	struct ip_ct_settings settings;
};

/* Any that differ */
#define IP_CT_TEST_LIFE	1000	/* of an established flow */

static inline u32 ip_ct_timeout(const struct ip_ct_settings *s, int id)
{
	return id == IP_CT_SET_TCP_ESTABLISHED ? IP_CT_TEST_LIFE : id;
}

static inline u32 ip_ct_setting(const struct ip_ct_settings *s, int id)
{
	return 3;
}

static inline u32 ip_ct_now(void)
{
	return 50000;
}

static inline bool ip_ct_has(const struct ip_conntrack *flow, u32 status)
{
	step();
	return (flow->status & status) == status;
}

static inline bool ip_ct_flow_is_plain(const struct ip_conntrack *flow)
{
	const u32 want = IPS_ASSURED | IPS_SEEN_REPLY;

	return (flow->status & (want | IPS_DYING)) == want;
}

static inline bool ip_ct_refresh(struct ip_ct_net *cn,
				 struct ip_conntrack *flow, u32 now,
				 u32 timeout)
{
	u32 old = READ_ONCE(flow->deadline);

	if (old == now + timeout)
		return false;
	WRITE_ONCE(flow->deadline, now + timeout);
	return true;
}

bool ip_ct_lock(spinlock_t *lock);
void ip_ct_unlock(spinlock_t *lock, bool bh);
bool ip_ct_cmpxchg16(u64 *at, u64 old0, u64 old1, u64 new0, u64 new1);
#define ip_ct_has_cmpxchg16()	HAS_CMPXCHG16

struct tcphdr;

/* ip_ct_tcp_attempt_again() is not called here */
static inline void ip_ct_plain_segment(const struct tcphdr *th,
				       unsigned int data, u8 flags,
				       struct ip_ct_tcp_seg *seg)
{
	*seg = (struct ip_ct_tcp_seg) {};
}

#endif /* _RACE_SHIM_H */
