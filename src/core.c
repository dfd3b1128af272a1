// SPDX-License-Identifier: GPL-2.0
/*
 * core.c - a packet's way through the tracker.
 *
 * ip_ct_resolve() finds or makes the packet's flow and lets the protocol move
 * it. ip_ct_confirm() enters a flow that was made into the table. They are two
 * steps because a packet may be dropped between them, and then leaves nothing.
 */
#include <linux/icmp.h>
#include <linux/in.h>

#include "core.h"
#include "expire.h"
#include "ip_ct_trace.h"
#include "limit.h"

/* How often a packet looks again because its flow died under it */
#define RETRIES	4

static struct ip_conntrack *find_live(struct ip_ct_net *cn,
				      const struct ip_ct_key *key, u32 hash)
{
	struct ip_conntrack *flow = ip_ct_table_find(&cn->table, key, hash);

	if (!flow || unlikely(ip_ct_has(flow, IPS_DYING)))
		return NULL;
	/* its time is over: the wheel is on its way */
	if (unlikely(ip_ct_time_reached(ip_ct_now(),
					READ_ONCE(flow->deadline)))) {
		ip_ct_flow_kill(flow);
		return NULL;
	}
	return flow;
}

/* ICMP messages that are no queries have no flow of their own */
static bool is_icmp_message(const struct ip_ct_pkt *pkt)
{
	return pkt->proto == IPPROTO_ICMP &&
	       ip_ct_icmp_request_type(pkt->icmp_type) == 0xff;
}

static enum ip_ct_reason icmp_message_reason(const struct ip_ct_pkt *pkt)
{
	switch (pkt->icmp_type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return IP_CT_R_ICMP_ERROR;
	default:
		return IP_CT_R_ICMP_OTHER;
	}
}

/* The flow that was made for this packet is not wanted after all */
static void discard(struct ip_ct_seen *seen)
{
	ip_ct_flow_discard(seen->flow);
	seen->flow = NULL;
	seen->fresh = false;
}

static enum ip_ct_verdict begin(struct ip_ct_net *cn,
				const struct ip_ct_pkt *pkt, u32 hash,
				struct ip_ct_seen *seen)
{
	const struct ip_ct_proto *proto = ip_ct_proto(pkt->proto);
	enum ip_ct_verdict verdict;

	seen->flow = ip_ct_flow_new(cn, &pkt->key, hash,
				    pkt->sender ^ seen->dir);
	if (unlikely(!seen->flow)) {
		seen->reason = IP_CT_R_NO_MEMORY;
		return IP_CT_V_UNTRACKED;
	}
	seen->fresh = true;
	verdict = proto->begin(cn, pkt, seen);
	if (verdict == IP_CT_V_TRACKED)
		verdict = proto->packet(cn, pkt, seen);
	if (verdict != IP_CT_V_TRACKED) {
		discard(seen);
	} else if (seen->dir == IP_CT_DIR_REPLY) {
		/* it begins with the answer to a packet of the old flow */
		ip_ct_set(seen->flow, IPS_SEEN_REPLY);
	}
	return verdict;
}

/* A packet of a flow that is in the table */
static __always_inline
enum ip_ct_verdict go_on(struct ip_ct_net *cn, const struct ip_ct_pkt *pkt,
			 struct ip_ct_seen *seen)
{
	enum ip_ct_verdict verdict;

	seen->dir = ip_ct_dir(seen->flow, pkt->sender);
	seen->fresh = false;
	verdict = ip_ct_proto(pkt->proto)->packet(cn, pkt, seen);
	if (seen->dir == IP_CT_DIR_REPLY && verdict <= IP_CT_V_IGNORED)
		ip_ct_set(seen->flow, IPS_SEEN_REPLY);
	return verdict;
}

/**
 * ip_ct_resolve() - find or make a packet's flow, and move it
 * @cn:   namespace
 * @pkt:  checked packet
 * @seen: filled
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
	unsigned int tries;
	u32 hash;

	seen->flow = NULL;
	seen->dir = IP_CT_DIR_ORIGINAL;
	seen->fresh = false;
	seen->reason = IP_CT_R_OK;
	if (is_icmp_message(pkt)) {
		seen->reason = icmp_message_reason(pkt);
		return IP_CT_V_UNTRACKED;
	}

	hash = ip_ct_key_hash(&pkt->key, cn->table.seed);
	for (tries = 0; tries < RETRIES; tries++) {
		enum ip_ct_verdict verdict;

		seen->flow = find_live(cn, &pkt->key, hash);
		if (!seen->flow)
			return begin(cn, pkt, hash, seen);
		verdict = go_on(cn, pkt, seen);
		if (likely(verdict < IP_CT_V_REOPEN))
			return verdict;
		if (verdict == IP_CT_V_REOPEN) {
			ip_ct_count(cn, IP_CT_R_REOPENED);
			ip_ct_flow_kill(seen->flow);
			seen->reason = IP_CT_R_OK;
			return begin(cn, pkt, hash, seen);
		}
		seen->dir = IP_CT_DIR_ORIGINAL;
	}
	seen->flow = NULL;
	seen->reason = IP_CT_R_RETRY_LIMIT;
	return IP_CT_V_UNTRACKED;
}

static enum ip_ct_verdict refuse(struct ip_ct_seen *seen,
				 enum ip_ct_reason reason)
{
	discard(seen);
	seen->reason = reason;
	return IP_CT_V_UNTRACKED;
}

/* The other CPU was first: this packet is one more of its flow */
static enum ip_ct_verdict merge(struct ip_ct_net *cn,
				const struct ip_ct_pkt *pkt,
				struct ip_ct_seen *seen,
				struct ip_conntrack *winner)
{
	enum ip_ct_verdict verdict;

	ip_ct_count(cn, IP_CT_R_INSERT_RACE);
	discard(seen);
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

/**
 * ip_ct_confirm() - a packet has got through: its new flow enters the table
 * @cn:   namespace
 * @pkt:  the packet
 * @seen: from ip_ct_resolve(), which returned TRACKED
 *
 * Return: as ip_ct_resolve().
 */
enum ip_ct_verdict ip_ct_confirm(struct ip_ct_net *cn,
				 const struct ip_ct_pkt *pkt,
				 struct ip_ct_seen *seen)
{
	struct ip_conntrack *winner;
	enum ip_ct_reason reason;

	if (!seen->fresh)
		return IP_CT_V_TRACKED;
	reason = ip_ct_limit_enter(cn, seen->flow);
	if (reason)
		return refuse(seen, reason);

	local_bh_disable();
	if (!ip_ct_wheel_choose(seen->flow)) {
		local_bh_enable();
		ip_ct_limit_leave(cn, seen->flow);
		return refuse(seen, IP_CT_R_NO_MEMORY);
	}
	winner = ip_ct_table_insert(&cn->table, seen->flow);
	if (!winner) {
		this_cpu_inc(cn->stats->inserts);
		trace_ip_ct_new(seen->flow);
		ip_ct_arm(seen->flow);
	}
	local_bh_enable();
	if (winner) {
		ip_ct_limit_leave(cn, seen->flow);
		return merge(cn, pkt, seen, winner);
	}

	seen->fresh = false;
	return IP_CT_V_TRACKED;
}
