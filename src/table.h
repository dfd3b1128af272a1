/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table.h - all flows of a network namespace, by key.
 *
 * Look-ups take no lock. Flows stand in one order, by (hash, key), and a
 * bucket is a range of hashes: its index is the hash's leading bits, its chain
 * is sorted. So a table of twice the size cuts each chain in two, one of half
 * the size joins neighbours, no flow is hashed again or moved in the order,
 * and "the flow after this one" means the same before, while and after the
 * table is resized. That is what a dump's cursor relies on.
 */
#ifndef _IP_CT_TABLE_H
#define _IP_CT_TABLE_H

#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "flow.h"
#include "tuple.h"

/* Locks for writers; each guards the hashes with the same leading bits */
#define IP_CT_STRIPE_BITS	8
#define IP_CT_STRIPES		(1U << IP_CT_STRIPE_BITS)
/* No fewer buckets than stripes, so that no chain has two locks */
#define IP_CT_BUCKETS_MIN	IP_CT_STRIPES
#define IP_CT_BUCKETS_MAX	(1U << 26)

/**
 * struct ip_ct_buckets - one array of chains
 * @shift: a flow's bucket is its hash >> shift
 * @size:  number of buckets, a power of two
 * @moved: buckets below this one have been moved to @next; changes under the
 *         lock of the stripe that the bucket belongs to
 * @next:  where the flows go during a resize
 * @rcu:   readers may still be in it after a resize
 * @chain: sorted by (hash, key)
 */
struct ip_ct_buckets {
	u32 shift;
	u32 size;
	u32 moved;
	struct ip_ct_buckets __rcu *next;
	struct rcu_head rcu;
	struct ip_conntrack __rcu *chain[];
};

/**
 * struct ip_ct_table - the table of a namespace
 * @buckets: where look-ups begin; its ->next while flows are being moved
 * @seed:    for ip_ct_key_hash()
 * @count:   flows in it
 * @min:     buckets it never shrinks below
 * @resize:  work that grows and shrinks it
 * @closing: no further resize is begun
 * @stripe:  locks, by the hash's leading bits
 */
struct ip_ct_table {
	struct ip_ct_buckets __rcu *buckets;
	u32 seed;
	atomic_t count;
	unsigned int min;
	bool closing;
	struct work_struct resize;
	spinlock_t stripe[IP_CT_STRIPES];
};

/**
 * struct ip_ct_cursor - a place in the order of flows
 * @hash:    of the flow last seen
 * @key:     of the flow last seen
 * @started: false: before the first flow
 */
struct ip_ct_cursor {
	u32 hash;
	struct ip_ct_key key;
	bool started;
};

/* The hash of a key in this table */
static inline u32 ip_ct_table_hash(const struct ip_ct_table *table,
				   const struct ip_ct_key *key)
{
	return ip_ct_key_hash(key, table->seed);
}

/**
 * ip_ct_table_find() - the flow of a key
 * @table: table
 * @key:   canonical key
 * @hash:  its hash
 *
 * Caller holds rcu_read_lock(), for as long as it uses the flow. The flow may
 * have come to its end (IPS_DYING, deadline); the caller checks.
 *
 * Return: the flow, without a reference, or NULL.
 */
static inline struct ip_conntrack *
ip_ct_table_find(const struct ip_ct_table *table, const struct ip_ct_key *key,
		 u32 hash)
{
	const struct ip_ct_buckets *b = rcu_dereference(table->buckets);

	do {
		struct ip_conntrack *f;

		f = rcu_dereference(b->chain[hash >> b->shift]);
		for (; f && f->hash <= hash; f = rcu_dereference(f->next))
			if (f->hash == hash && ip_ct_key_equal(&f->key, key))
				return f;
		/* pairs with the releases of cut() and empty() */
		smp_rmb();
		b = rcu_dereference(b->next);
	} while (unlikely(b));

	return NULL;
}

#define IP_CT_BATCH	32

/**
 * struct ip_ct_batch - a listing that takes some flows at a time
 * @cursor: the last flow that was listed
 * @flow:   flows to come; valid under the rcu_read_lock() that was held since
 *          they were read
 * @n:      how many
 * @i:      which one is next
 *
 * It needs no memory for the rest, holds no lock while flows are shown, and
 * does not care about resizes. Zeroed, it begins with the first flow.
 */
struct ip_ct_batch {
	struct ip_ct_cursor cursor;
	struct ip_conntrack *flow[IP_CT_BATCH];
	unsigned int n;
	unsigned int i;
};

/* Flows that were read under another rcu_read_lock() are read anew */
static inline void ip_ct_batch_refresh(struct ip_ct_batch *batch)
{
	batch->n = 0;
	batch->i = 0;
}

struct ip_conntrack *ip_ct_batch_current(struct ip_ct_table *table,
					 struct ip_ct_batch *batch);
struct ip_conntrack *ip_ct_batch_advance(struct ip_ct_table *table,
					 struct ip_ct_batch *batch);

int ip_ct_table_init(struct ip_ct_table *table, unsigned int buckets);
void ip_ct_table_close(struct ip_ct_table *table);
void ip_ct_table_exit(struct ip_ct_table *table);

struct ip_conntrack *ip_ct_table_insert(struct ip_ct_table *table,
					struct ip_conntrack *flow);
void ip_ct_table_remove(struct ip_ct_table *table, struct ip_conntrack *flow);
unsigned int ip_ct_table_read(struct ip_ct_table *table,
			      const struct ip_ct_cursor *cursor,
			      struct ip_conntrack **flows, unsigned int max);
void ip_ct_cursor_set(struct ip_ct_cursor *cursor,
		      const struct ip_conntrack *flow);
unsigned int ip_ct_table_size(const struct ip_ct_table *table);

#endif /* _IP_CT_TABLE_H */
