// SPDX-License-Identifier: GPL-2.0
/*
 * core.c - a packet's way through the tracker.
 *
 * ip_ct_resolve() finds or makes the packet's flow and lets the protocol move
 * it. ip_ct_confirm() enters a flow that was made into the table. They are two
 * steps because a packet may be dropped between them, and then leaves nothing.
 */
#include <linux/in.h>

#include "core.h"
#include "event.h"
#include "expire.h"
#include "ip_ct_trace.h"
#include "limit.h"

/* How often a packet looks again because its flow died under it */
#define RETRIES	4

/* What ip_ct_table_find() has found, unless it has come to its end */
static __always_inline struct ip_conntrack *if_live(struct ip_ct_net *cn,
						    struct ip_conntrack *flow)
{
	if (!flow || unlikely(ip_ct_has(flow, IPS_DYING)))
		return NULL;
	/* its time is over: the wheel is on its way */
	if (unlikely(ip_ct_time_reached(ip_ct_now(),
					READ_ONCE(flow->deadline)))) {
		ip_ct_flow_kill(cn, flow);
		return NULL;
	}
	return flow;
}

static struct ip_conntrack *find_live(struct ip_ct_net *cn,
				      const struct ip_ct_key *key,
				      struct ip_ct_hash *hash)
{
	return if_live(cn, ip_ct_table_find(&cn->table, key, hash));
}

/**
 * ip_ct_find() - the live flow of a key
 * @cn:  namespace
 * @key: canonical key
 *
 * Return: the flow, valid under the caller's rcu_read_lock(), or NULL.
 */
struct ip_conntrack *ip_ct_find(struct ip_ct_net *cn,
				const struct ip_ct_key *key)
{
	struct ip_ct_hash hash;

	return find_live(cn, key, &hash);
}

/* All but @reply, which the caller has set */
static __always_inline void see_nothing(struct ip_ct_seen *seen)
{
	seen->flow = NULL;
	seen->dir = IP_CT_DIR_ORIGINAL;
	seen->fresh = false;
	seen->related = false;
	seen->events = 0;
	seen->reason = IP_CT_R_OK;
}

/* Can the packet that an ICMP error quotes have been one of the flow's? */
static bool quotes_sent(struct ip_conntrack *flow, unsigned int dir,
			const struct ip_ct_pkt *pkt)
{
	bool sent, bh;

	if (flow->key.proto != IPPROTO_TCP)
		return true;
	bh = ip_ct_tcp_lock(flow);
	/* what a flow knows of TCP ends with it */
	sent = !ip_ct_has(flow, IPS_DYING) &&
	       ip_ct_tcp_was_sent(&flow->tcp, dir, pkt->tcp.seq);
	ip_ct_tcp_unlock(flow, bh);
	return sent;
}

/* An ICMP error is related to the flow of the packet that it quotes */
static enum ip_ct_verdict relate(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_ct_seen *seen)
{
	struct ip_conntrack *flow;
	unsigned int quoted;

	flow = ip_ct_find(cn, &pkt->key);
	if (!flow) {
		seen->reason = IP_CT_R_ICMP_NO_FLOW;
		return IP_CT_V_INVALID;
	}
	quoted = ip_ct_dir(flow, pkt->sender);
	if (!quotes_sent(flow, quoted, pkt)) {
		seen->reason = IP_CT_R_ICMP_FORGED;
		return IP_CT_V_INVALID;
	}
	seen->flow = flow;
	seen->dir = !quoted;
	seen->related = true;
	seen->reason = IP_CT_R_ICMP_ERROR;
	return IP_CT_V_IGNORED;
}

/* Nearly all flows are TCP: no call through a pointer for them */
static __always_inline
enum ip_ct_verdict proto_begin(struct ip_ct_net *cn,
			       const struct ip_ct_pkt *pkt,
			       struct ip_ct_seen *seen)
{
	if (likely(pkt->proto == IPPROTO_TCP))
		return ip_ct_tcp_may_begin(cn, pkt, seen);
	return ip_ct_proto(pkt->proto)->begin(cn, pkt, seen);
}

static __always_inline void proto_first(struct ip_ct_net *cn,
					const struct ip_ct_pkt *pkt,
					struct ip_ct_seen *seen)
{
	if (likely(pkt->proto == IPPROTO_TCP))
		ip_ct_tcp_first(cn, pkt, seen);
	else
		ip_ct_proto(pkt->proto)->first(cn, pkt, seen);
}

/* Every call in it is inlined (way.c) */
static noinline __attribute__((__flatten__))
enum ip_ct_verdict begin(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
			 struct ip_ct_hash hash, struct ip_ct_seen *seen)
{
	enum ip_ct_verdict verdict = proto_begin(cn, pkt, seen);

	if (unlikely(verdict != IP_CT_V_TRACKED))
		return verdict;
	if (unlikely(ip_ct_limit_is_vain(cn))) {
		seen->reason = IP_CT_R_TABLE_FULL;
		return IP_CT_V_UNTRACKED;
	}
	seen->flow = ip_ct_flow_new(cn, &pkt->key, hash,
				    pkt->sender ^ seen->dir, seen->reply);
	if (unlikely(!seen->flow)) {
		seen->reason = IP_CT_R_NO_MEMORY;
		return IP_CT_V_UNTRACKED;
	}
	seen->fresh = true;
	proto_first(cn, pkt, seen);
	/* it may begin with the answer to a packet of the old flow */
	if (unlikely(seen->dir == IP_CT_DIR_REPLY))
		ip_ct_set(seen->flow, IPS_SEEN_REPLY);
	ip_ct_account(seen->flow, seen->dir, pkt->len);
	return verdict;
}

/* Two protocols have nearly all packets: no call through a pointer for them */
static __always_inline
enum ip_ct_verdict proto_packet(struct ip_ct_net *cn,
				const struct ip_ct_pkt *pkt,
				struct ip_ct_seen *seen)
{
	if (likely(pkt->proto == IPPROTO_TCP))
		return ip_ct_tcp_packet(cn, pkt, seen);
	if (likely(pkt->proto == IPPROTO_UDP))
		return ip_ct_udp_packet(cn, pkt, seen);
	return ip_ct_proto(pkt->proto)->packet(cn, pkt, seen);
}

/* A packet has moved a flow that is in the table */
static __always_inline void has_moved(struct ip_ct_net *cn,
				      struct ip_ct_seen *seen, unsigned int len)
{
	struct ip_conntrack *flow = seen->flow;

	if (seen->dir == IP_CT_DIR_REPLY &&
	    unlikely(!ip_ct_has(flow, IPS_SEEN_REPLY))) {
		ip_ct_set(flow, IPS_SEEN_REPLY);
		seen->events |= 1 << IPCT_REPLY;
	}
	ip_ct_account(flow, seen->dir, len);
	if (unlikely(seen->events))
		ip_ct_event(cn, flow, seen->events, 0, false);
}

/* A packet of a flow that is in the table */
static __always_inline
enum ip_ct_verdict go_on(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
			 struct ip_ct_seen *seen)
{
	enum ip_ct_verdict verdict;

	seen->dir = ip_ct_dir(seen->flow, pkt->sender);
	verdict = proto_packet(cn, pkt, seen);
	if (likely(verdict <= IP_CT_V_IGNORED))
		has_moved(cn, seen, pkt->len);
	return verdict;
}

/* Its flow could not be gone on with: the packet begins another, or looks again */
static noinline enum ip_ct_verdict look_again(struct ip_ct_net *cn,
					      const struct ip_ct_pkt *pkt,
					      struct ip_ct_hash hash,
					      struct ip_ct_seen *seen,
					      enum ip_ct_verdict verdict)
{
	unsigned int tries = RETRIES;

	while (verdict == IP_CT_V_GONE && --tries) {
		seen->dir = IP_CT_DIR_ORIGINAL;
		seen->flow = find_live(cn, &pkt->key, &hash);
		if (!seen->flow)
			return begin(cn, pkt, hash, seen);
		verdict = go_on(cn, pkt, seen);
	}
	if (verdict == IP_CT_V_REOPEN) {
		ip_ct_count(cn, IP_CT_R_REOPENED);
		ip_ct_flow_kill(cn, seen->flow);
		seen->flow = NULL;
		seen->reason = IP_CT_R_OK;
		return begin(cn, pkt, hash, seen);
	}
	if (verdict != IP_CT_V_GONE)
		return verdict;
	seen->flow = NULL;
	seen->reason = IP_CT_R_RETRY_LIMIT;
	return IP_CT_V_UNTRACKED;
}

/* ICMP but for queries and their replies: these have no flow of their own */
static noinline enum ip_ct_verdict icmp_message(struct ip_ct_net *cn,
						const struct ip_ct_pkt *pkt,
						struct ip_ct_seen *seen)
{
	see_nothing(seen);
	if (ip_ct_icmp_is_error(pkt->icmp_type))
		return relate(cn, pkt, seen);
	seen->reason = IP_CT_R_ICMP_OTHER;
	return IP_CT_V_UNTRACKED;
}

/* A packet whose key leads to @flow, as ip_ct_table_find() has found it */
static __always_inline
enum ip_ct_verdict resolve_found(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_conntrack *flow,
				 struct ip_ct_hash hash,
				 struct ip_ct_seen *seen)
{
	enum ip_ct_verdict verdict;

	see_nothing(seen);
	seen->flow = if_live(cn, flow);
	if (!seen->flow)
		return begin(cn, pkt, hash, seen);
	verdict = go_on(cn, pkt, seen);
	if (unlikely(verdict >= IP_CT_V_REOPEN))
		return look_again(cn, pkt, hash, seen, verdict);
	return verdict;
}

/**
 * ip_ct_resolve() - find or make a packet's flow, and move it
 * @cn:   namespace
 * @pkt:  checked packet
 * @seen: filled, but for @reply, which the caller sets
 *
 * A flow that was made (@seen->fresh) is in no table yet and belongs to the
 * caller, who hands it to ip_ct_confirm() or drops it with ip_ct_flow_discard().
 *
 * Return: TRACKED, IGNORED, UNTRACKED or INVALID.
 */
enum ip_ct_verdict ip_ct_resolve(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_ct_seen *seen)
{
	struct ip_conntrack *flow;
	struct ip_ct_hash hash;

	if (unlikely(pkt->proto == IPPROTO_ICMP) &&
	    ip_ct_icmp_request_type(pkt->icmp_type) == 0xff)
		return icmp_message(cn, pkt, seen);
	flow = ip_ct_table_find(&cn->table, &pkt->key, &hash);
	return resolve_found(cn, pkt, flow, hash, seen);
}

/* A SYN for which there is no flow. Returns false without memory. */
static __always_inline bool begin_syn(struct ip_ct_net *cn,
				      const struct ip_ct_found *found,
				      const struct ip_ct_tcp_seg *syn,
				      struct ip_ct_seen *seen)
{
	if (unlikely(ip_ct_limit_is_vain(cn))) {
		seen->reason = IP_CT_R_TABLE_FULL;
		return true;
	}
	seen->flow = ip_ct_flow_new(cn, &found->plain.key, found->hash,
				    found->plain.sender, NULL);
	if (unlikely(!seen->flow))
		return false;
	seen->fresh = true;
	ip_ct_tcp_first_syn(cn, seen, syn);
	ip_ct_account(seen->flow, IP_CT_DIR_ORIGINAL, found->plain.len);
	return true;
}

/**
 * ip_ct_usual_way() - a plain segment that opens or closes as nearly all do
 * @cn:    namespace
 * @found: from ip_ct_find_again()
 * @seen:  filled, see ip_ct_resolve()
 *
 * What ip_ct_short_way() has left of most connections: a SYN that begins one,
 * and what moves one along with nothing lost on the way.
 *
 * Return: true: @seen has the flow, or the reason why there is none; false:
 * nothing was done, the packet is for ip_ct_resolve_plain().
 */
bool ip_ct_usual_way(struct ip_ct_net *cn, const struct ip_ct_found *found,
		     struct ip_ct_seen *seen)
{
	struct ip_conntrack *flow = found->flow;
	struct ip_ct_tcp_seg seg __uninitialized;

	if (unlikely(found->plain.proto != IPPROTO_TCP))
		return false;
	see_nothing(seen);
	ip_ct_plain_any_seg(&found->plain, &seg);
	if (!flow)
		return seg.kind == IP_CT_SEG_SYN &&
		       begin_syn(cn, found, &seg, seen);
	if (unlikely(ip_ct_time_reached(ip_ct_now(),
					READ_ONCE(flow->deadline))))
		return false;
	seen->flow = flow;
	seen->dir = ip_ct_dir(flow, found->plain.sender);
	if (unlikely(!ip_ct_tcp_usual_packet(cn, seen, &seg)))
		return false;
	has_moved(cn, seen, found->plain.len);
	return true;
}

/**
 * ip_ct_resolve_plain() - as ip_ct_resolve(), what the other ways have left
 * @cn:    namespace
 * @found: the packet, from ip_ct_find_again()
 * @seen:  see ip_ct_resolve()
 *
 * Return: as ip_ct_resolve().
 */
enum ip_ct_verdict ip_ct_resolve_plain(struct ip_ct_net *cn,
				       const struct ip_ct_found *found,
				       struct ip_ct_seen *seen)
{
	struct ip_ct_pkt pkt __uninitialized;

	ip_ct_plain_pkt(&found->plain, &pkt);
	return resolve_found(cn, &pkt, found->flow, found->hash, seen);
}

/**
 * ip_ct_merge() - the other CPU was first: this packet is one more of its flow
 * @cn:     namespace
 * @pkt:    the packet
 * @seen:   from ip_ct_resolve(); @seen->flow is set to @winner
 * @winner: from ip_ct_enter()
 *
 * Return: as ip_ct_resolve().
 */
noinline
enum ip_ct_verdict ip_ct_merge(struct ip_ct_net *cn,
			       const struct ip_ct_pkt *pkt,
			       struct ip_ct_seen *seen,
			       struct ip_conntrack *winner)
{
	enum ip_ct_verdict verdict;

	seen->flow = winner;
	verdict = go_on(cn, pkt, seen);
	/* so short-lived a flow is no ground for a third attempt */
	if (unlikely(verdict >= IP_CT_V_REOPEN)) {
		seen->flow = NULL;
		seen->reason = IP_CT_R_RETRY_LIMIT;
		return IP_CT_V_UNTRACKED;
	}
	return verdict;
}

/* The table has no room for it: another copy of the packet may look at it */
static noinline void let_go(struct ip_ct_net *cn, struct ip_conntrack *flow)
{
	ip_ct_limit_leave(cn, flow);
	ip_ct_flow_put(flow);
}

/**
 * ip_ct_enter() - a packet has got through: its new flow enters the table
 * @cn:     namespace
 * @flow:   fresh; it is the table's afterwards, or gone
 * @reason: set to why it was refused, else to IP_CT_R_OK
 *
 * The event that tells of a new flow is the caller's.
 *
 * Return: NULL, or the flow of the same connection that was there first.
 */
struct ip_conntrack *ip_ct_enter(struct ip_ct_net *cn,
				 struct ip_conntrack *flow,
				 enum ip_ct_reason *reason)
{
	struct ip_conntrack *winner;
	struct ip_ct_wheel *wheel;
	bool bh;

	*reason = ip_ct_limit_enter(cn, flow);
	if (unlikely(*reason)) {
		ip_ct_flow_put(flow);
		return NULL;
	}
	bh = ip_ct_bh_off();
	wheel = ip_ct_wheel_choose(cn, flow);
	if (unlikely(!wheel)) {
		ip_ct_bh_back(bh);
		let_go(cn, flow);
		*reason = IP_CT_R_NO_MEMORY;
		return NULL;
	}
	winner = ip_ct_table_insert(&cn->table, flow);
	if (likely(!winner)) {
		this_cpu_inc(cn->stats->inserts);
		trace_ip_ct_new(cn, flow);
		ip_ct_arm(flow, wheel);
	}
	ip_ct_bh_back(bh);
	if (unlikely(winner)) {
		let_go(cn, flow);
		ip_ct_count(cn, IP_CT_R_INSERT_RACE);
	}
	return winner;
}

/**
 * ip_ct_confirm() - enter a packet's flow if it is a new one
 * @cn:   namespace
 * @pkt:  the packet
 * @seen: from ip_ct_resolve(), which returned TRACKED
 *
 * Return: as ip_ct_resolve().
 */
__attribute__((__flatten__))
enum ip_ct_verdict ip_ct_confirm(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_ct_seen *seen)
{
	struct ip_conntrack *winner;

	if (!seen->fresh)
		return IP_CT_V_TRACKED;
	seen->fresh = false;
	winner = ip_ct_enter(cn, seen->flow, &seen->reason);
	if (unlikely(winner))
		return ip_ct_merge(cn, pkt, seen, winner);
	if (unlikely(seen->reason)) {
		seen->flow = NULL;
		return IP_CT_V_UNTRACKED;
	}
	ip_ct_event(cn, seen->flow, 1 << IPCT_NEW, 0, false);
	return IP_CT_V_TRACKED;
}
