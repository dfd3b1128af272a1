// SPDX-License-Identifier: GPL-2.0
/*
 * table.c - find without a lock, insert if absent, remove, read in order,
 * resize while packets flow.
 *
 * A resize makes a second array of buckets, hangs it on the first one's
 * ->next and moves the flows over, some buckets at a time, each under the lock
 * of its stripe. A chain is only ever cut or joined: readers on their way
 * through it stay on flows that are alive. What a reader can miss is what
 * stood behind a cut, or in a bucket already emptied; both are made after the
 * new place was published, so a reader that finds nothing looks in ->next too.
 */
#include <linux/cache.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "flow.h"
#include "table.h"

/* Bounds of what is done under one hold of a stripe's lock */
#define MOVE_GROUPS	64
#define READ_BUCKETS	512

static spinlock_t *stripe_of(struct ip_ct_table *table, u32 hash)
{
	return &table->stripe[hash >> (32 - IP_CT_STRIPE_BITS)];
}

/* Writers only: their stripe's lock is held */
static struct ip_conntrack *next_locked(struct ip_conntrack __rcu **link)
{
	return rcu_dereference_protected(*link, 1);
}

static struct ip_ct_buckets *buckets_alloc(u32 size)
{
	struct ip_ct_buckets *b;

	b = kvzalloc(struct_size(b, chain, size), GFP_KERNEL | __GFP_NOWARN);
	if (!b)
		return NULL;
	b->size = size;
	b->shift = 32 - ilog2(size);
	return b;
}

/* The array that holds @hash now. Caller holds the stripe's lock and RCU. */
static struct ip_ct_buckets *buckets_of(struct ip_ct_table *table, u32 hash)
{
	struct ip_ct_buckets *b = rcu_dereference(table->buckets);

	while ((hash >> b->shift) < READ_ONCE(b->moved))
		b = rcu_dereference(b->next);
	return b;
}

/* Order of flows: by hash, and by key where hashes are equal */
static int place_cmp(const struct ip_conntrack *flow, u32 hash,
		     const struct ip_ct_key *key)
{
	if (flow->hash != hash)
		return flow->hash < hash ? -1 : 1;
	return ip_ct_key_cmp(&flow->key, key);
}

static void want_resize(struct ip_ct_table *table)
{
	if (!READ_ONCE(table->closing))
		queue_work(system_long_wq, &table->resize);
}

/**
 * ip_ct_table_insert() - enter a flow unless its key is there
 * @table: table
 * @flow:  not in a table; its reference becomes the table's on success
 *
 * A flow of the same key that is dying is no hindrance. Caller holds
 * rcu_read_lock().
 *
 * Return: NULL on success; else the flow that was there first, without a
 * reference, and @flow is still the caller's.
 */
struct ip_conntrack *ip_ct_table_insert(struct ip_ct_table *table,
					struct ip_conntrack *flow)
{
	spinlock_t *lock = stripe_of(table, flow->hash);
	struct ip_conntrack __rcu **link;
	struct ip_conntrack *f;
	struct ip_ct_buckets *b;
	int cmp = 1;
	bool bh;

	bh = ip_ct_lock(lock);
	b = buckets_of(table, flow->hash);
	link = &b->chain[flow->hash >> b->shift];
	while ((f = next_locked(link))) {
		cmp = place_cmp(f, flow->hash, &flow->key);
		if (cmp >= 0)
			break;
		link = &f->next;
	}
	if (f && !cmp && !ip_ct_has(f, IPS_DYING)) {
		ip_ct_unlock(lock, bh);
		return f;
	}
	RCU_INIT_POINTER(flow->next, f);
	atomic_or(IPS_CONFIRMED, &flow->status);
	rcu_assign_pointer(*link, flow);
	ip_ct_unlock(lock, bh);

	if (atomic_inc_return(&table->count) > b->size &&
	    b->size < IP_CT_BUCKETS_MAX)
		want_resize(table);
	return NULL;
}

/**
 * ip_ct_table_remove() - take a flow out
 * @table: table
 * @flow:  in it; only the one who set IPS_DYING calls this
 *
 * The table's reference is the caller's afterwards. Readers may be on the
 * flow for another grace period: its ->next stays.
 */
void ip_ct_table_remove(struct ip_ct_table *table, struct ip_conntrack *flow)
{
	spinlock_t *lock = stripe_of(table, flow->hash);
	struct ip_conntrack __rcu **link;
	struct ip_conntrack *f;
	struct ip_ct_buckets *b;
	bool shrink, bh;

	rcu_read_lock();
	bh = ip_ct_lock(lock);
	b = buckets_of(table, flow->hash);
	link = &b->chain[flow->hash >> b->shift];
	while ((f = next_locked(link)) && f != flow)
		link = &f->next;
	if (!WARN_ON_ONCE(!f))
		rcu_assign_pointer(*link, next_locked(&flow->next));
	ip_ct_unlock(lock, bh);
	shrink = atomic_dec_return(&table->count) < b->size / 4 &&
		 b->size > table->min;
	rcu_read_unlock();

	if (shrink)
		want_resize(table);
}

/*
 * Flows after @cursor from the buckets at *@pos and on, within one stripe.
 * *@pos moves to the first hash not looked at. Caller holds the stripe's lock.
 */
static unsigned int read_stripe(struct ip_ct_table *table,
				const struct ip_ct_cursor *cursor, u64 *pos,
				struct ip_conntrack **flows, unsigned int max)
{
	u64 stop = ((*pos >> (32 - IP_CT_STRIPE_BITS)) + 1) <<
		   (32 - IP_CT_STRIPE_BITS);
	unsigned int budget = READ_BUCKETS, n = 0;

	while (*pos < stop && budget--) {
		struct ip_ct_buckets *b = buckets_of(table, *pos);
		u32 index = (u32)*pos >> b->shift;
		struct ip_conntrack *f = next_locked(&b->chain[index]);

		for (; f; f = next_locked(&f->next)) {
			if (cursor->started &&
			    place_cmp(f, cursor->hash, &cursor->key) <= 0)
				continue;
			if (n == max)
				return n;
			flows[n++] = f;
		}
		*pos = (u64)(index + 1) << b->shift;
	}
	return n;
}

/**
 * ip_ct_table_read() - the flows that follow a place in the order
 * @table:  table
 * @cursor: place; not moved, see ip_ct_cursor_set()
 * @flows:  filled with flows in order, without references
 * @max:    room in @flows, at least 1
 *
 * A flow that is in the table from the first call of a walk to its last is
 * read exactly once, whatever happens to the table meanwhile. A bounded number
 * of buckets is visited under each hold of a lock. Caller holds
 * rcu_read_lock() from before the call for as long as it uses the flows.
 *
 * Return: how many were filled in; 0 only at the end of the table.
 */
unsigned int ip_ct_table_read(struct ip_ct_table *table,
			      const struct ip_ct_cursor *cursor,
			      struct ip_conntrack **flows, unsigned int max)
{
	u64 pos = cursor->started ? cursor->hash : 0;
	unsigned int n = 0;

	while (!n && pos <= U32_MAX) {
		spinlock_t *lock = stripe_of(table, pos);

		spin_lock_bh(lock);
		n = read_stripe(table, cursor, &pos, flows, max);
		spin_unlock_bh(lock);
	}
	return n;
}

/**
 * ip_ct_cursor_set() - move a cursor to a flow
 * @cursor: moved; what follows @flow is read next
 * @flow:   held by RCU or a reference
 */
void ip_ct_cursor_set(struct ip_ct_cursor *cursor,
		      const struct ip_conntrack *flow)
{
	cursor->hash = flow->hash;
	cursor->key = flow->key;
	cursor->started = true;
}

/**
 * ip_ct_batch_current() - the flow that is next in a listing
 * @table: table
 * @batch: the listing
 *
 * Caller holds rcu_read_lock(), since ip_ct_batch_refresh().
 *
 * Return: the flow, without a reference; NULL at the end.
 */
struct ip_conntrack *ip_ct_batch_current(struct ip_ct_table *table,
					 struct ip_ct_batch *batch)
{
	if (batch->i == batch->n) {
		batch->i = 0;
		batch->n = ip_ct_table_read(table, &batch->cursor, batch->flow,
					    IP_CT_BATCH);
	}
	return batch->i < batch->n ? batch->flow[batch->i] : NULL;
}

/**
 * ip_ct_batch_advance() - the current flow has been listed
 * @table: table
 * @batch: the listing, which has a current flow
 *
 * Return: as ip_ct_batch_current().
 */
struct ip_conntrack *ip_ct_batch_advance(struct ip_ct_table *table,
					 struct ip_ct_batch *batch)
{
	ip_ct_cursor_set(&batch->cursor, batch->flow[batch->i++]);
	return ip_ct_batch_current(table, batch);
}

/**
 * ip_ct_table_size() - buckets in use
 * @table: table
 */
unsigned int ip_ct_table_size(const struct ip_ct_table *table)
{
	unsigned int size;

	rcu_read_lock();
	size = rcu_dereference(table->buckets)->size;
	rcu_read_unlock();
	return size;
}

/* What follows is reached through the new buckets from now on */
static void cut(struct ip_conntrack *f)
{
	/* pairs with smp_rmb() in ip_ct_table_find() */
	smp_store_release(&f->next, RCU_INITIALIZER((struct ip_conntrack *)NULL));
}

static void empty(struct ip_ct_buckets *b, u32 index)
{
	/* pairs with smp_rmb() in ip_ct_table_find() */
	smp_store_release(&b->chain[index],
			  RCU_INITIALIZER((struct ip_conntrack *)NULL));
}

/* One old bucket becomes several: publish their heads, then cut between */
static void split_chain(struct ip_ct_buckets *old, struct ip_ct_buckets *new,
			u32 index)
{
	struct ip_conntrack *f, *next, *first = next_locked(&old->chain[index]);
	u64 last = U64_MAX;

	for (f = first; f; f = next_locked(&f->next)) {
		u32 to = f->hash >> new->shift;

		if (to != last)
			rcu_assign_pointer(new->chain[to], f);
		last = to;
	}
	for (f = first; f; f = next) {
		next = next_locked(&f->next);
		if (next && (f->hash ^ next->hash) >> new->shift)
			cut(f);
	}
	empty(old, index);
}

/* Several old buckets become one: chain them up, then empty the old ones */
static void join_chains(struct ip_ct_buckets *old, struct ip_ct_buckets *new,
			u32 index, u32 group)
{
	u32 to = ((u64)index << old->shift) >> new->shift;
	struct ip_conntrack __rcu **link = &new->chain[to];
	u32 i;

	for (i = index; i < index + group; i++) {
		struct ip_conntrack *f = next_locked(&old->chain[i]);

		rcu_assign_pointer(*link, f);
		for (; f; f = next_locked(&f->next))
			link = &f->next;
	}
	for (i = index; i < index + group; i++)
		empty(old, i);
}

/* Move a bounded number of buckets, all of one stripe */
static void move_some(struct ip_ct_table *table, struct ip_ct_buckets *old,
		      struct ip_ct_buckets *new)
{
	u32 group = max(old->size / new->size, 1U);
	u32 moved = old->moved;
	u32 hash = (u64)moved << old->shift;
	u32 end = ((hash >> (32 - IP_CT_STRIPE_BITS)) + 1) *
		  (old->size / IP_CT_STRIPES);
	spinlock_t *lock = stripe_of(table, hash);
	unsigned int budget;

	spin_lock_bh(lock);
	for (budget = MOVE_GROUPS; budget && moved < end; budget--) {
		if (new->size > old->size)
			split_chain(old, new, moved);
		else
			join_chains(old, new, moved, group);
		moved += group;
	}
	WRITE_ONCE(old->moved, moved);
	spin_unlock_bh(lock);
}

static bool resize_to(struct ip_ct_table *table, u32 size)
{
	struct ip_ct_buckets *old, *new;

	/* only this work replaces the array */
	old = rcu_dereference_protected(table->buckets, 1);
	new = buckets_alloc(size);
	if (!new)
		return false;
	rcu_assign_pointer(old->next, new);
	while (old->moved < old->size) {
		move_some(table, old, new);
		cond_resched();
	}
	rcu_assign_pointer(table->buckets, new);
	kvfree_rcu(old, rcu);
	return true;
}

/* One flow a bucket or fewer; a quarter of that before it shrinks */
static u32 size_wanted(const struct ip_ct_table *table, u32 size)
{
	u32 count = atomic_read(&table->count);

	if (count > size)
		size = roundup_pow_of_two(count);
	else if (count < size / 4)
		size = roundup_pow_of_two(2 * count + 1);
	return clamp_t(u32, size, table->min, IP_CT_BUCKETS_MAX);
}

static void resize_work(struct work_struct *work)
{
	struct ip_ct_table *table = container_of(work, struct ip_ct_table,
						 resize);
	u32 size, want;

	while (!READ_ONCE(table->closing)) {
		size = rcu_dereference_protected(table->buckets, 1)->size;
		want = size_wanted(table, size);
		/* without memory chains just get longer; the next insert asks */
		if (want == size || !resize_to(table, want))
			break;
	}
}

/**
 * ip_ct_table_init() - an empty table
 * @table:   filled
 * @buckets: asked for; rounded up to a power of two within the bounds
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int ip_ct_table_init(struct ip_ct_table *table, unsigned int buckets)
{
	struct ip_ct_buckets *b;
	unsigned int i;

	table->min = roundup_pow_of_two(clamp(buckets, IP_CT_BUCKETS_MIN,
					      IP_CT_BUCKETS_MAX));
	b = buckets_alloc(table->min);
	if (!b)
		return -ENOMEM;
	RCU_INIT_POINTER(table->buckets, b);
	table->seed = get_random_u32();
	atomic_set(&table->count, 0);
	table->closing = false;
	INIT_WORK(&table->resize, resize_work);
	for (i = 0; i < IP_CT_STRIPES; i++)
		spin_lock_init(&table->stripe[i]);
	return 0;
}

/**
 * ip_ct_table_close() - no more resizes
 * @table: table that no packet reaches any more
 */
void ip_ct_table_close(struct ip_ct_table *table)
{
	WRITE_ONCE(table->closing, true);
	cancel_work_sync(&table->resize);
}

/**
 * ip_ct_table_exit() - free an empty, closed table
 * @table: table
 */
void ip_ct_table_exit(struct ip_ct_table *table)
{
	struct ip_ct_buckets *b = rcu_dereference_protected(table->buckets, 1);

	cancel_work_sync(&table->resize);
	WARN_ON(atomic_read(&table->count));
	kvfree(b);
}
