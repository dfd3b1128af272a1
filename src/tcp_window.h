/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcp_window.h - what the sequence numbers of a connection say.
 *
 * Pure arithmetic on struct ip_ct_tcp_track: it sees no sk_buff, no lock and
 * no clock. Sequence numbers are in host order and compared modulo 2^32.
 */
#ifndef _IP_CT_TCP_WINDOW_H
#define _IP_CT_TCP_WINDOW_H

#include <linux/types.h>

#include "packet.h"

/* struct ip_ct_tcp_track.flags: what one side has been seen to do */
enum ip_ct_tcp_side_flag {
	IP_CT_SIDE_SEEN		= 1 << 0,	/* sent anything: end is valid */
	IP_CT_SIDE_SYN		= 1 << 1,	/* sent a SYN: isn is valid */
	IP_CT_SIDE_SYN_ACKED	= 1 << 2,	/* and it was acknowledged */
	IP_CT_SIDE_FIN		= 1 << 3,	/* sent a FIN: end is after it */
	IP_CT_SIDE_FIN_ACKED	= 1 << 4,	/* and it was acknowledged */
	IP_CT_SIDE_ACK		= 1 << 5,	/* sent an ACK: ack is valid */
	IP_CT_SIDE_SACK_OK	= 1 << 6,	/* offered SACK in its SYN */
	IP_CT_SIDE_SYN_IGNORED	= 1 << 7,	/* sent the SYN of syn_end */
};

/**
 * struct ip_ct_tcp_side - one sender's half of the sequence space
 * @end:    sequence number after the last octet sent (SND.NXT as seen)
 * @maxend: the highest that the peer's windows have allowed
 * @maxwin: largest window that this side has offered, scaled
 * @ack:    highest acknowledgement that this side has sent
 */
struct ip_ct_tcp_side {
	u32 end;
	u32 maxend;
	u32 maxwin;
	u32 ack;
};

/**
 * struct ip_ct_tcp_track - what a TCP flow remembers, by direction
 * @side:    per direction (IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY)
 * @isn:     initial sequence numbers of the SYNs seen
 * @syn_end: sequence number after the last SYN that was ignored
 * @flags:   enum ip_ct_tcp_side_flag
 * @scale:   window scale, IP_CT_WSCALE_NONE when not offered
 *
 * The owner of the flow locks it.
 */
struct ip_ct_tcp_track {
	struct ip_ct_tcp_side side[2];
	u32 isn[2];
	u32 syn_end;
	u8 flags[2];
	u8 scale[2];
};

/* What a segment would mean for its flow; the machine's exceptions ask it */
enum ip_ct_tcp_fact {
	/* both SYNs were seen and each end has acknowledged the other's */
	IP_CT_FACT_SYNS_ACKED	= 1 << 0,
	/* a FIN was seen and no FIN awaits its acknowledgement */
	IP_CT_FACT_FINS_ACKED	= 1 << 1,
	/* this side has sent its FIN before: the segment repeats it */
	IP_CT_FACT_FIN_AGAIN	= 1 << 2,
	/* nothing has come from the other side yet */
	IP_CT_FACT_ONE_SIDED	= 1 << 3,
	/* the SYN lies beyond all that its side sent (RFC 9293 3.6.1) */
	IP_CT_FACT_SYN_BEYOND	= 1 << 4,
	/* the RST is exactly what its receiver obeys (RFC 5961 3.2) */
	IP_CT_FACT_RST_EXACT	= 1 << 5,
	/* the SYN/ACK acknowledges a SYN that this flow ignored */
	IP_CT_FACT_ANSWERS_SYN	= 1 << 6,
};

unsigned int ip_ct_tcp_facts(const struct ip_ct_tcp_track *track,
			     unsigned int dir, const struct ip_ct_tcp_seg *seg);
void ip_ct_tcp_track_init(struct ip_ct_tcp_track *track);
void ip_ct_tcp_track_segment(struct ip_ct_tcp_track *track, unsigned int dir,
			     const struct ip_ct_tcp_seg *seg);
void ip_ct_tcp_track_ignored_syn(struct ip_ct_tcp_track *track,
				 unsigned int dir,
				 const struct ip_ct_tcp_seg *seg);
void ip_ct_tcp_track_answered_syn(struct ip_ct_tcp_track *track,
				  unsigned int dir,
				  const struct ip_ct_tcp_seg *seg);

#endif /* _IP_CT_TCP_WINDOW_H */
