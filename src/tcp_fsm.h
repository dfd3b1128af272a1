/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcp_fsm.h - the TCP state machine: states, and what a segment does to them.
 *
 * Pure: no lock, no clock, no sk_buff.
 */
#ifndef _IP_CT_TCP_FSM_H
#define _IP_CT_TCP_FSM_H

#include <linux/types.h>
#include <linux/netfilter/nf_conntrack_tcp.h>	/* enum tcp_conntrack */

#include "packet.h"
#include "tcp_window.h"

/* The ten states of Table 7-2; the stock tools know their numbers */
#define IP_CT_TCP_STATES (TCP_CONNTRACK_LISTEN + 1)

/**
 * struct ip_ct_tcp_step - what a segment does to a flow
 * @act:    MOVE: take the segment, the flow goes to @state (maybe the same);
 *          IGNORE: it passes and moves nothing; INVALID: it is refused;
 *          REOPEN: the flow is over, the segment begins a new one;
 *          REOPEN_ANSWERED: as REOPEN, but it answers the new one's SYN
 * @state:  enum tcp_conntrack
 * @resync: MOVE only: the segment breaks its bounds and is tolerated
 * @reason: for all but MOVE
 * @flags:  MOVE only: what is known of both sides then, for ip_ct_tcp_take()
 */
struct ip_ct_tcp_step {
	enum ip_ct_tcp_act {
		IP_CT_TCP_MOVE,
		IP_CT_TCP_IGNORE,
		IP_CT_TCP_INVALID,
		IP_CT_TCP_REOPEN,
		IP_CT_TCP_REOPEN_ANSWERED,
	} act;
	u8 state;
	bool resync;
	u8 flags[2];
	enum ip_ct_reason reason;
};

/* What an operator may choose */
enum ip_ct_tcp_rule {
	/* connections are picked up in mid-stream: ip_conntrack_tcp_loose */
	IP_CT_RULE_LOOSE	= 1 << 0,
	/* out of window is tolerated: ip_conntrack_tcp_be_liberal */
	IP_CT_RULE_LIBERAL	= 1 << 1,
};

struct ip_ct_tcp_step ip_ct_tcp_step(u8 state, unsigned int dir,
				     enum ip_ct_tcp_kind kind,
				     unsigned int facts, bool loose);
u8 ip_ct_tcp_next(u8 state, unsigned int dir, enum ip_ct_tcp_kind kind,
		  unsigned int facts);
struct ip_ct_tcp_step ip_ct_tcp_begin(unsigned int dir,
				      enum ip_ct_tcp_kind kind,
				      unsigned int rules);
struct ip_ct_tcp_step ip_ct_tcp_judge(const struct ip_ct_tcp_track *track,
				      u8 state, unsigned int dir,
				      const struct ip_ct_tcp_seg *seg,
				      unsigned int rules);
void ip_ct_tcp_take(struct ip_ct_tcp_track *track, unsigned int dir,
		    const struct ip_ct_tcp_seg *seg,
		    const struct ip_ct_tcp_step *step);
const char *ip_ct_tcp_state_name(u8 state);
const char *ip_ct_tcp_kind_name(enum ip_ct_tcp_kind kind);

#endif /* _IP_CT_TCP_FSM_H */
