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
 *
 * A chain that is far too long means that somebody knows the seed. Then all
 * flows move to an array with another one, one by one, while packets flow
 * (table.c), and the order is another one. Two bits of a flow's hash tell
 * readers of it: which of the two arrays it is in, and that it is being moved.
 */
#ifndef _IP_CT_TABLE_H
#define _IP_CT_TABLE_H

#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
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

/* The lowest bits of a hash; no index is made of them */
#define IP_CT_HASH_GEN		1U	/* changes with each new seed */
#define IP_CT_HASH_MOVING	2U	/* on its way to the other array */
#define IP_CT_HASH_MARKS	(IP_CT_HASH_GEN | IP_CT_HASH_MOVING)

/**
 * struct ip_ct_hash - a hash, and what it was made with
 * @value: hash of a key, with IP_CT_HASH_GEN
 * @seed:  seed
 */
struct ip_ct_hash {
	u32 value;
	u32 seed;
};

/**
 * struct ip_ct_buckets - one array of chains
 * @shift: a flow's bucket is its hash >> shift
 * @seed:  random, for ip_ct_key_hash()
 * @gen:   0 or IP_CT_HASH_GEN, as in the hash of every flow here
 * @size:  number of buckets, a power of two
 * @moved: buckets below this one have been moved to @next, of the same seed;
 *         changes under the lock of the stripe that the bucket belongs to
 * @next:  where the flows go when the table is resized or gets another seed
 * @rcu:   readers may still be in it after a resize
 * @chain: sorted by (hash, key)
 */
struct ip_ct_buckets {
	u32 shift;
	u32 seed;
	u32 gen;
	u32 size;
	u32 moved;
	struct ip_ct_buckets __rcu *next;
	struct rcu_head rcu;
	struct ip_conntrack __rcu *chain[];
};

/**
 * struct ip_ct_table - the table of a namespace
 * @buckets: where look-ups begin; its ->next while flows are being moved
 * @count:   flows in it
 * @min:     buckets it never shrinks below
 * @closing: no further work is begun
 * @reseed:  a chain was too long
 * @reseeded: when it last got another seed, jiffies
 * @work:    grows and shrinks it, gives it another seed
 * @listing: held by listings, between which the order may change
 * @stripe:  locks, by IP_CT_HASH_GEN and the hash's leading bits
 */
struct ip_ct_table {
	struct ip_ct_buckets __rcu *buckets;
	atomic_t count;
	unsigned int min;
	bool closing;
	bool reseed;
	unsigned long reseeded;
	struct work_struct work;
	struct rw_semaphore listing;
	spinlock_t stripe[2][IP_CT_STRIPES];
};

/* Seeds that a listing can outlive: more than come while one lasts */
#define IP_CT_PAST_ORDERS	3

/**
 * struct ip_ct_spot - a place in an order of flows
 * @key:  of a flow
 * @hash: of the same
 * @seed: whose order it is
 */
struct ip_ct_spot {
	struct ip_ct_key key;
	u32 hash;
	u32 seed;
};

/**
 * struct ip_ct_cursor - how far a listing has come
 * @at:      the flow last seen
 * @started: false: before the first flow of this order
 * @n_past:  how many of @past there are
 * @past:    where it stood when the order changed: what lies before one of
 *           them has been seen
 */
struct ip_ct_cursor {
	struct ip_ct_spot at;
	bool started;
	u8 n_past;
	struct ip_ct_spot past[IP_CT_PAST_ORDERS];
};

/* The hash of a key in an array */
static __always_inline u32 ip_ct_hash_in(const struct ip_ct_buckets *b,
					 const struct ip_ct_key *key)
{
	return (ip_ct_key_hash(key, b->seed) & ~IP_CT_HASH_MARKS) | b->gen;
}

/* The hash of a key in a table, for ip_ct_flow_new(). Caller holds RCU. */
static inline struct ip_ct_hash
ip_ct_table_hash(const struct ip_ct_table *table, const struct ip_ct_key *key)
{
	const struct ip_ct_buckets *b = rcu_dereference(table->buckets);

	return (struct ip_ct_hash) { ip_ct_hash_in(b, key), b->seed };
}

struct ip_conntrack *ip_ct_table_find_on_way(const struct ip_ct_table *table,
					     const struct ip_ct_buckets *b,
					     u64 addrs, u64 rest);

/**
 * ip_ct_table_find() - the flow of a key
 * @table: table
 * @key:   canonical key
 * @hash:  set to its hash, for ip_ct_flow_new()
 *
 * Caller holds rcu_read_lock(), for as long as it uses the flow. The flow may
 * have come to its end (IPS_DYING, deadline); the caller checks.
 *
 * What is found is right, wherever it was found. What is not found is not
 * there, unless flows are on their way to another array.
 *
 * Return: the flow, without a reference, or NULL.
 */
static __always_inline struct ip_conntrack *
ip_ct_table_find(const struct ip_ct_table *table, const struct ip_ct_key *key,
		 struct ip_ct_hash *hash)
{
	const struct ip_ct_buckets *b = rcu_dereference(table->buckets);
	u32 want = ip_ct_hash_in(b, key), have;
	struct ip_conntrack *f;

	f = rcu_dereference(b->chain[want >> b->shift]);
	for (; f; f = rcu_dereference(f->next)) {
		have = READ_ONCE(f->hash);
		if (likely(have == want) && ip_ct_key_equal(&f->key, key))
			break;
		if (have > want) {
			f = NULL;
			break;
		}
	}
	/* only who makes a flow asks for it: most packets need no register */
	hash->value = want;
	hash->seed = b->seed;
	if (likely(f))
		return f;
	/* pairs with the releases of cut(), empty() and move_flow() */
	smp_rmb();
	if (likely(!rcu_access_pointer(b->next)))
		return NULL;
	/* not by its address: that would keep a packet's key out of registers */
	return ip_ct_table_find_on_way(table, b, key->word[0], key->word[1]);
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

void ip_ct_listing_begin(struct ip_ct_table *table, struct ip_ct_cursor *cursor)
	__acquires(rcu);
void ip_ct_listing_end(struct ip_ct_table *table) __releases(rcu);

/* As ip_ct_listing_begin(); flows that were read before are read anew */
static inline void ip_ct_batch_begin(struct ip_ct_table *table,
				     struct ip_ct_batch *batch)
	__acquires(rcu)
{
	ip_ct_listing_begin(table, &batch->cursor);
	batch->n = 0;
	batch->i = 0;
}

static inline void ip_ct_cursor_reset(struct ip_ct_cursor *cursor)
{
	cursor->started = false;
	cursor->n_past = 0;
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
