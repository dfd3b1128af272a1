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
 *
 * For another seed the second array hangs there too, but each flow has another
 * place in it, and only one link. While it changes chains it is marked, and so
 * is, afterwards, whose chain it is in: a reader who is led astray by it, or
 * stood on it, notices and looks under the locks (move_flow()). New flows go
 * to the new array at once. Listings go by the order, so none is under way, but
 * each remembers where it stood.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cache.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "flow.h"
#include "table.h"

/* Bounds of what is done under one hold of a stripe's lock */
#define MOVE_GROUPS	64
#define READ_BUCKETS	512

static spinlock_t *stripe_of(const struct ip_ct_table *table, u32 hash)
{
	unsigned int i = hash >> (32 - IP_CT_STRIPE_BITS);

	return (spinlock_t *)&table->stripe[hash & IP_CT_HASH_GEN][i];
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

/*
 * The array that holds @hash now: @b, or one that a resize has moved it to.
 * Caller holds the stripe's lock and RCU.
 */
static struct ip_ct_buckets *holder_of(struct ip_ct_buckets *b, u32 hash)
{
	while ((hash >> b->shift) < READ_ONCE(b->moved))
		b = rcu_dereference(b->next);
	return b;
}

/*
 * The array that holds @hash now, of those of its generation. Caller holds the
 * stripe's lock and RCU.
 */
static struct ip_ct_buckets *buckets_of(const struct ip_ct_table *table,
					u32 hash)
{
	struct ip_ct_buckets *b = rcu_dereference(table->buckets);

	if (b->gen != (hash & IP_CT_HASH_GEN))
		b = rcu_dereference(b->next);
	return holder_of(b, hash);
}

/* The array with another seed that flows are moving to, or NULL */
static struct ip_ct_buckets *other_seed(const struct ip_ct_buckets *b)
{
	struct ip_ct_buckets *next = rcu_dereference(b->next);

	return unlikely(next && next->gen != b->gen) ? next : NULL;
}

/* Order of flows: by hash, and by key where hashes are equal */
static int place_cmp(const struct ip_conntrack *flow, u32 hash,
		     const struct ip_ct_key *key)
{
	if (flow->hash != hash)
		return flow->hash < hash ? -1 : 1;
	return ip_ct_key_cmp(&flow->key, key);
}

static void want_work(struct ip_ct_table *table)
{
	if (!READ_ONCE(table->closing))
		queue_work(system_long_wq, &table->work);
}

/*
 * Flows fall on chains by chance: with one flow a bucket no chain has so many,
 * nor, while the table lags behind, so many times the mean. Not all the time,
 * as to move all flows is work, too.
 */
#define CHAIN_LONG	32
#define CHAIN_MANY	8
#define RESEED_PAUSE	(10 * HZ)

static noinline void chain_is_long(struct ip_ct_table *table,
				   const struct ip_ct_buckets *b,
				   unsigned int steps)
{
	u32 mean = atomic_read(&table->count) / b->size + 1;

	if (steps / CHAIN_MANY < mean ||
	    time_before(jiffies, READ_ONCE(table->reseeded) + RESEED_PAUSE))
		return;
	WRITE_ONCE(table->reseed, true);
	want_work(table);
}

/*
 * Where a flow of this key belongs. Returns the link that leads there; *@cmp is
 * 0 if that leads to a flow of the key. Caller holds the stripe's lock.
 */
static __always_inline struct ip_conntrack __rcu **
place_of(struct ip_ct_buckets *b, u32 hash, const struct ip_ct_key *key,
	 int *cmp, unsigned int *steps)
{
	struct ip_conntrack __rcu **link = &b->chain[hash >> b->shift];
	struct ip_conntrack *f;

	*cmp = 1;
	*steps = 0;
	while ((f = next_locked(link))) {
		*cmp = place_cmp(f, hash, key);
		if (*cmp >= 0)
			break;
		link = &f->next;
		++*steps;
	}
	return link;
}

/* The flow of a key in an array whose stripe is locked, or NULL */
static struct ip_conntrack *flow_at(struct ip_ct_buckets *b, u32 hash,
				    const struct ip_ct_key *key)
{
	struct ip_conntrack __rcu **link;
	unsigned int steps;
	int cmp;

	link = place_of(b, hash, key, &cmp, &steps);
	return cmp ? NULL : next_locked(link);
}

/* Enter a flow into an array whose stripe is locked; as ip_ct_table_insert() */
static __always_inline
struct ip_conntrack *enter(struct ip_ct_table *table, struct ip_ct_buckets *b,
			   struct ip_conntrack *flow)
{
	struct ip_conntrack __rcu **link;
	struct ip_conntrack *there;
	unsigned int steps;
	int cmp;

	link = place_of(b, flow->hash, &flow->key, &cmp, &steps);
	there = next_locked(link);
	if (unlikely(!cmp && !ip_ct_has(there, IPS_DYING)))
		return there;
	RCU_INIT_POINTER(flow->next, there);
	atomic_or(IPS_CONFIRMED, &flow->status);
	rcu_assign_pointer(*link, flow);
	if (unlikely(steps >= CHAIN_LONG))
		chain_is_long(table, b, steps);
	return NULL;
}

/*
 * Enter a flow while others move to another seed: unless its key is in the old
 * array, whose stripe is locked, it goes into the new one.
 */
static noinline struct ip_conntrack *
enter_other(struct ip_ct_table *table, struct ip_ct_buckets *old,
	    struct ip_ct_buckets *new, struct ip_conntrack *flow)
{
	struct ip_conntrack *there;
	spinlock_t *lock;

	there = flow_at(old, flow->hash, &flow->key);
	if (there && !ip_ct_has(there, IPS_DYING))
		return there;
	flow->hash = ip_ct_hash_in(new, &flow->key);
	lock = stripe_of(table, flow->hash);
	spin_lock_nested(lock, SINGLE_DEPTH_NESTING);
	there = enter(table, new, flow);
	spin_unlock(lock);
	return there;
}

/**
 * ip_ct_table_insert() - enter a flow unless its key is there
 * @table: table
 * @flow:  not in a table; its reference becomes the table's on success
 *
 * A flow of the same key that is dying is no hindrance. Caller holds
 * rcu_read_lock(), and softirqs are off.
 *
 * Return: NULL on success; else the flow that was there first, without a
 * reference, and @flow is still the caller's.
 */
struct ip_conntrack *ip_ct_table_insert(struct ip_ct_table *table,
					struct ip_conntrack *flow)
{
	struct ip_ct_buckets *b = rcu_dereference(table->buckets), *new;
	struct ip_conntrack *there;
	spinlock_t *lock;

	/* it may have been made long ago: its packet was in a queue */
	if (unlikely(flow->placed != b->seed))
		flow->hash = ip_ct_hash_in(b, &flow->key);
	flow->placed = 0;
	lock = stripe_of(table, flow->hash);
	spin_lock(lock);
	/* the array of this generation, which may be the old one by now */
	b = holder_of(b, flow->hash);
	new = other_seed(b);
	there = unlikely(new) ? enter_other(table, b, new, flow) :
				enter(table, b, flow);
	spin_unlock(lock);
	if (unlikely(there))
		return there;

	if (atomic_inc_return(&table->count) > b->size &&
	    b->size < IP_CT_BUCKETS_MAX)
		want_work(table);
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
	struct ip_conntrack __rcu **link;
	struct ip_ct_buckets *b;
	struct ip_conntrack *f;
	spinlock_t *lock;
	bool shrink, bh;
	u32 hash;

	rcu_read_lock();
	for (;;) {
		/* who moves it holds the lock of where it comes from */
		hash = READ_ONCE(flow->hash) & ~IP_CT_HASH_MOVING;
		lock = stripe_of(table, hash);
		bh = ip_ct_lock(lock);
		if (likely(READ_ONCE(flow->hash) == hash))
			break;
		ip_ct_unlock(lock, bh);
	}
	b = buckets_of(table, hash);
	link = &b->chain[hash >> b->shift];
	while ((f = next_locked(link)) && f != flow)
		link = &f->next;
	if (!WARN_ON_ONCE(!f))
		rcu_assign_pointer(*link, next_locked(&flow->next));
	ip_ct_unlock(lock, bh);
	shrink = atomic_dec_return(&table->count) < b->size / 4 &&
		 b->size > table->min;
	rcu_read_unlock();

	if (shrink)
		want_work(table);
}

/* The flow of a key in an array, under the stripe's lock */
static struct ip_conntrack *find_in(const struct ip_ct_table *table,
				    struct ip_ct_buckets *b,
				    const struct ip_ct_key *key)
{
	u32 hash = ip_ct_hash_in(b, key);
	spinlock_t *lock = stripe_of(table, hash);
	struct ip_conntrack *f;
	bool bh;

	bh = ip_ct_lock(lock);
	f = flow_at(holder_of(b, hash), hash, key);
	ip_ct_unlock(lock, bh);
	return f;
}

/*
 * A flow goes from the old array to the new one and not back: what is not in
 * the one is in the other, or nowhere. Where @b has been replaced since, what
 * follows it is the new one.
 */
static struct ip_conntrack *find_locked(const struct ip_ct_table *table,
					struct ip_ct_buckets *b,
					const struct ip_ct_key *key)
{
	struct ip_conntrack *f = NULL;

	for (; b && !f; b = rcu_dereference(b->next))
		f = find_in(table, b, key);
	return f;
}

/**
 * ip_ct_table_find_on_way() - as ip_ct_table_find(), while flows change arrays
 * @table: table
 * @b:     array that it looked in
 * @addrs: first word of the canonical key
 * @rest:  the second one
 *
 * Where a flow is met that does not belong here, or the last one did not stay
 * while its link was read, it was on its way to another seed's array: then the
 * locks help.
 */
struct ip_conntrack *ip_ct_table_find_on_way(const struct ip_ct_table *table,
					     const struct ip_ct_buckets *b,
					     u64 addrs, u64 rest)
{
	const struct ip_ct_key key = { .word = { addrs, rest } };

	for (; b; b = rcu_dereference(b->next)) {
		u32 want = ip_ct_hash_in(b, &key), have = want;
		struct ip_conntrack *f, *last = NULL;

		f = rcu_dereference(b->chain[want >> b->shift]);
		for (; f; f = rcu_dereference(f->next)) {
			have = READ_ONCE(f->hash);
			if (have == want && ip_ct_key_equal(&f->key, &key))
				return f;
			if ((have ^ want) & IP_CT_HASH_MARKS || have > want)
				break;
			last = f;
			/* its hash, then its link; pairs with move_flow() */
			smp_rmb();
		}
		/* pairs with the releases of cut(), empty() and move_flow() */
		smp_rmb();
		if (((have ^ want) & IP_CT_HASH_MARKS) ||
		    (last && (READ_ONCE(last->hash) ^ want) & IP_CT_HASH_MARKS))
			return find_locked(table, (struct ip_ct_buckets *)b,
					   &key);
	}
	return NULL;
}

static bool is_before(const struct ip_ct_spot *place,
		      const struct ip_conntrack *flow)
{
	u32 hash = ip_ct_key_hash(&flow->key, place->seed) & ~IP_CT_HASH_MARKS;
	u32 at = place->hash & ~IP_CT_HASH_MARKS;

	if (hash != at)
		return hash < at;
	return ip_ct_key_cmp(&flow->key, &place->key) <= 0;
}

/* Does a flow stand before the cursor, in this order or in a past one? */
static bool was_seen(const struct ip_ct_cursor *cursor,
		     const struct ip_conntrack *flow)
{
	unsigned int i;

	if (cursor->started &&
	    place_cmp(flow, cursor->at.hash, &cursor->at.key) <= 0)
		return true;
	for (i = 0; i < cursor->n_past; i++)
		if (is_before(&cursor->past[i], flow))
			return true;
	return false;
}

/**
 * ip_ct_listing_begin() - flows are to be read in order
 * @table:  table
 * @cursor: zeroed, or from a part of the listing that came before
 *
 * May sleep. Takes rcu_read_lock(), and until ip_ct_listing_end() the order
 * stays. Where it is another one than last time, the listing begins it anew,
 * without what it has shown.
 */
void ip_ct_listing_begin(struct ip_ct_table *table, struct ip_ct_cursor *cursor)
	__acquires(rcu)
{
	u32 seed;

	down_read(&table->listing);
	rcu_read_lock();
	seed = rcu_dereference(table->buckets)->seed;
	if (cursor->started && cursor->at.seed != seed) {
		if (cursor->n_past == IP_CT_PAST_ORDERS) {
			memmove(cursor->past, cursor->past + 1,
				sizeof(cursor->past) - sizeof(*cursor->past));
			cursor->n_past--;
		}
		cursor->past[cursor->n_past++] = cursor->at;
		cursor->started = false;
	}
	cursor->at.seed = seed;
}

/**
 * ip_ct_listing_end() - the mirror image of ip_ct_listing_begin()
 * @table: table
 */
void ip_ct_listing_end(struct ip_ct_table *table)
	__releases(rcu)
{
	rcu_read_unlock();
	up_read(&table->listing);
}

/*
 * Flows after @cursor from the buckets at *@pos and on, within one stripe.
 * *@pos moves to the first hash not looked at. Caller holds the stripe's lock.
 */
static unsigned int read_stripe(struct ip_ct_table *table,
				const struct ip_ct_cursor *cursor, u64 *pos,
				u32 gen, struct ip_conntrack **flows,
				unsigned int max)
{
	u64 stop = ((*pos >> (32 - IP_CT_STRIPE_BITS)) + 1) <<
		   (32 - IP_CT_STRIPE_BITS);
	unsigned int budget = READ_BUCKETS, n = 0;

	while (*pos < stop && budget--) {
		u32 hash = ((u32)*pos & ~IP_CT_HASH_MARKS) | gen;
		struct ip_ct_buckets *b = buckets_of(table, hash);
		u32 index = hash >> b->shift;
		struct ip_conntrack *f = next_locked(&b->chain[index]);

		for (; f; f = next_locked(&f->next)) {
			if (was_seen(cursor, f))
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
 * of buckets is visited under each hold of a lock. Caller is between
 * ip_ct_listing_begin() and ip_ct_listing_end() for as long as it uses the flows.
 *
 * Return: how many were filled in; 0 only at the end of the table.
 */
unsigned int ip_ct_table_read(struct ip_ct_table *table,
			      const struct ip_ct_cursor *cursor,
			      struct ip_conntrack **flows, unsigned int max)
{
	u64 pos = cursor->started ? cursor->at.hash : 0;
	u32 gen = rcu_dereference(table->buckets)->gen;
	unsigned int n = 0;

	while (!n && pos <= U32_MAX) {
		spinlock_t *lock = stripe_of(table,
					     ((u32)pos & ~IP_CT_HASH_MARKS) |
					     gen);

		spin_lock_bh(lock);
		n = read_stripe(table, cursor, &pos, gen, flows, max);
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
	cursor->at.hash = flow->hash;
	cursor->at.key = flow->key;
	cursor->started = true;
}

/**
 * ip_ct_batch_current() - the flow that is next in a listing
 * @table: table
 * @batch: the listing
 *
 * Caller is between ip_ct_batch_begin() and ip_ct_listing_end().
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
	u32 hash = (u32)((u64)moved << old->shift) | old->gen;
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
	new->seed = old->seed;
	new->gen = old->gen;
	rcu_assign_pointer(old->next, new);
	while (old->moved < old->size) {
		move_some(table, old, new);
		cond_resched();
	}
	rcu_assign_pointer(table->buckets, new);
	kvfree_rcu(old, rcu);
	return true;
}

/*
 * Take the first flow of a chain to its place in the other seed's array. It
 * has one link, so readers of either chain may go on from it in the other one:
 *
 *  - marked as moving, it sends those who meet it to the locks; who stands on
 *    it looks at its mark again after its link, if that leads nowhere
 *  - from the last store on, it is at home in the new chain, and astray for who
 *    is in the old one
 *
 * Caller holds the old stripe's lock.
 */
static void move_flow(struct ip_ct_table *table,
		      struct ip_conntrack __rcu **head,
		      struct ip_ct_buckets *new)
{
	struct ip_conntrack *flow = next_locked(head);
	u32 hash = ip_ct_hash_in(new, &flow->key);
	spinlock_t *lock = stripe_of(table, hash);
	struct ip_conntrack *behind = next_locked(&flow->next);
	struct ip_conntrack __rcu **link;
	unsigned int steps;
	int cmp;

	spin_lock_nested(lock, SINGLE_DEPTH_NESTING);
	WRITE_ONCE(flow->hash, flow->hash | IP_CT_HASH_MOVING);
	/* pairs with ip_ct_table_find() */
	smp_wmb();
	link = place_of(new, hash, &flow->key, &cmp, &steps);
	rcu_assign_pointer(flow->next, next_locked(link));
	rcu_assign_pointer(*link, flow);
	rcu_assign_pointer(*head, behind);
	/* pairs with ip_ct_table_find() */
	smp_store_release(&flow->hash, hash);
	spin_unlock(lock);
}

/* Move the flows of a bucket, a bounded number at a time */
static void move_bucket(struct ip_ct_table *table, struct ip_ct_buckets *old,
			struct ip_ct_buckets *new, u32 index)
{
	spinlock_t *lock = stripe_of(table, (u32)((u64)index << old->shift) |
				     old->gen);
	struct ip_conntrack __rcu **head = &old->chain[index];
	unsigned int budget;

	while (rcu_access_pointer(*head)) {
		spin_lock_bh(lock);
		for (budget = MOVE_GROUPS; budget && next_locked(head); budget--)
			move_flow(table, head, new);
		spin_unlock_bh(lock);
		cond_resched();
	}
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

static void new_seed(struct ip_ct_table *table)
{
	struct ip_ct_buckets *old, *new;
	u32 index;

	WRITE_ONCE(table->reseed, false);
	WRITE_ONCE(table->reseeded, jiffies);
	/* only this work replaces the array */
	old = rcu_dereference_protected(table->buckets, 1);
	new = buckets_alloc(size_wanted(table, old->size));
	if (!new)
		return;
	do {
		new->seed = get_random_u32();
	} while (new->seed == old->seed);
	new->gen = old->gen ^ IP_CT_HASH_GEN;
	pr_info_ratelimited("a chain was too long: the table gets another seed\n");

	down_write(&table->listing);
	rcu_assign_pointer(old->next, new);
	/* who enters a flow has seen that, or is waited for here */
	synchronize_rcu();
	for (index = 0; index < old->size; index++)
		move_bucket(table, old, new, index);
	rcu_assign_pointer(table->buckets, new);
	up_write(&table->listing);
	/* before the next seed: stripes are locked old ones first */
	synchronize_rcu();
	kvfree(old);
}

static void table_work(struct work_struct *work)
{
	struct ip_ct_table *table = container_of(work, struct ip_ct_table,
						 work);
	u32 size, want;

	while (!READ_ONCE(table->closing)) {
		if (READ_ONCE(table->reseed))
			new_seed(table);
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
	b->seed = get_random_u32();
	RCU_INIT_POINTER(table->buckets, b);
	atomic_set(&table->count, 0);
	table->closing = false;
	table->reseed = false;
	table->reseeded = jiffies - RESEED_PAUSE;
	INIT_WORK(&table->work, table_work);
	init_rwsem(&table->listing);
	for (i = 0; i < IP_CT_STRIPES; i++) {
		spin_lock_init(&table->stripe[0][i]);
		spin_lock_init(&table->stripe[1][i]);
	}
	return 0;
}

/**
 * ip_ct_table_close() - no more resizes
 * @table: table that no packet reaches any more
 */
void ip_ct_table_close(struct ip_ct_table *table)
{
	WRITE_ONCE(table->closing, true);
	cancel_work_sync(&table->work);
}

/**
 * ip_ct_table_exit() - free an empty, closed table
 * @table: table
 */
void ip_ct_table_exit(struct ip_ct_table *table)
{
	struct ip_ct_buckets *b = rcu_dereference_protected(table->buckets, 1);

	cancel_work_sync(&table->work);
	WARN_ON(atomic_read(&table->count));
	kvfree(b);
}
