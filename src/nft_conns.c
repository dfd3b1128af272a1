// SPDX-License-Identifier: GPL-2.0
/*
 * nft_conns.c - a set of connections that are counted.
 *
 * The set holds copies of tuples, so it never keeps a connection. Nobody tells
 * it that one has ended: it asks the tracker. To be right about a limit it has
 * to ask about all only if it seems to be exceeded; otherwise a few that it
 * has not asked about for long are enough to keep the set small.
 */
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <net/net_namespace.h>

#include "ip_conntrack.h"
#include "nft_conns.h"

/* How many connections a packet asks about while the limit is not in question */
#define ASK_AT_MOST	4
/* and how long the answer is believed */
#define BELIEVED	HZ
/* A packet that has met the rule on another CPU may be under way for so long */
#define UNDER_WAY	2

/**
 * struct conn - a connection that is counted
 * @list:  in struct nft_conns
 * @tuple: its original direction
 * @asked: when the tracker last knew it, or when it came, in jiffies
 * @cpu:   where its latest packet met the rule
 */
struct conn {
	struct list_head list;
	struct ip_ct_tuple tuple;
	unsigned long asked;
	int cpu;
};

/**
 * nft_conns_init() - an empty set
 * @conns: set
 */
void nft_conns_init(struct nft_conns *conns)
{
	spin_lock_init(&conns->lock);
	INIT_LIST_HEAD(&conns->list);
	conns->count = 0;
	conns->swept = jiffies - 1;
}

static void forget(struct nft_conns *conns, struct conn *conn)
{
	lockdep_assert_held(&conns->lock);
	list_del(&conn->list);
	kfree(conn);
	conns->count--;
}

/**
 * nft_conns_empty() - what was counted is forgotten
 * @conns: set that nobody else uses any more
 */
void nft_conns_empty(struct nft_conns *conns)
{
	struct conn *conn, *next;

	list_for_each_entry_safe(conn, next, &conns->list, list)
		kfree(conn);
}

/* Both ends are done with it, it only waits to be forgotten */
static bool is_over(const struct ip_ct_info *info)
{
	return info->tuple[0].proto == IPPROTO_TCP &&
	       (info->tcp_state == TCP_CONNTRACK_TIME_WAIT ||
		info->tcp_state == TCP_CONNTRACK_CLOSE);
}

/*
 * The tracker knows a new connection when its first packet has got through.
 * On this CPU that packet has either done so or been dropped; on another one
 * it may still be between the rule and the last hook.
 *
 * A namespace that is going may have no tracker any more. Between the time
 * when that shows and the tracker's end there is a grace period: caller holds
 * rcu_read_lock().
 */
static bool is_gone(struct net *net, struct conn *conn)
{
	struct ip_ct_info info;

	if (!check_net(net))
		return false;
	if (ip_ct_lookup(net, &conn->tuple, &info)) {
		conn->asked = jiffies;
		return is_over(&info);
	}
	return conn->cpu == raw_smp_processor_id() ||
	       time_after(jiffies, conn->asked + UNDER_WAY);
}

/* Everybody but @own */
static void sweep(struct nft_conns *conns, struct net *net,
		  const struct conn *own)
{
	struct conn *conn, *next;

	lockdep_assert_held(&conns->lock);
	list_for_each_entry_safe(conn, next, &conns->list, list) {
		if (conn != own && is_gone(net, conn))
			forget(conns, conn);
	}
	conns->swept = jiffies;
}

/* The latest may have been refused at once */
static bool is_doubtful(const struct nft_conns *conns, const struct conn *conn)
{
	return list_is_first(&conn->list, &conns->list) ||
	       time_after(jiffies, conn->asked + BELIEVED);
}

static struct conn *find(struct nft_conns *conns, struct net *net,
			 const struct ip_ct_tuple *tuple)
{
	struct conn *conn, *next, *found = NULL;
	unsigned int asked = 0;

	lockdep_assert_held(&conns->lock);
	list_for_each_entry_safe(conn, next, &conns->list, list) {
		if (!memcmp(&conn->tuple, tuple, sizeof(*tuple))) {
			found = conn;
		} else if (asked < ASK_AT_MOST && is_doubtful(conns, conn)) {
			asked++;
			if (is_gone(net, conn))
				forget(conns, conn);
		}
	}
	return found;
}

static struct conn *enter(struct nft_conns *conns,
			  const struct ip_ct_tuple *tuple)
{
	struct conn *conn = kmalloc(sizeof(*conn), GFP_ATOMIC);

	lockdep_assert_held(&conns->lock);
	if (!conn)
		return NULL;
	conn->tuple = *tuple;
	list_add(&conn->list, &conns->list);
	conns->count++;
	return conn;
}

/**
 * nft_conns_add() - a packet's connection is counted, once
 * @conns: set
 * @net:   namespace of the packet
 * @tuple: original direction of its connection, padding zeroed
 * @limit: where the count begins to matter
 * @count: filled: connections now. Exact if it is more than @limit and was
 *         not before in the same tick, at the least an upper bound otherwise
 *
 * Return: 0 or -ENOMEM.
 */
int nft_conns_add(struct nft_conns *conns, struct net *net,
		  const struct ip_ct_tuple *tuple, unsigned int limit,
		  unsigned int *count)
{
	struct conn *own;

	rcu_read_lock();
	spin_lock_bh(&conns->lock);
	own = find(conns, net, tuple);
	if (!own)
		own = enter(conns, tuple);
	if (own) {
		own->asked = jiffies;
		own->cpu = raw_smp_processor_id();
		if (conns->count > limit && time_after(jiffies, conns->swept))
			sweep(conns, net, own);
		*count = conns->count;
	}
	spin_unlock_bh(&conns->lock);
	rcu_read_unlock();
	return own ? 0 : -ENOMEM;
}

/**
 * nft_conns_sweep() - connections that have ended leave
 * @conns: set
 * @net:   namespace
 *
 * Return: none is left.
 */
bool nft_conns_sweep(struct nft_conns *conns, struct net *net)
{
	bool empty;

	rcu_read_lock();
	spin_lock_bh(&conns->lock);
	sweep(conns, net, NULL);
	empty = list_empty(&conns->list);
	spin_unlock_bh(&conns->lock);
	rcu_read_unlock();
	return empty;
}
