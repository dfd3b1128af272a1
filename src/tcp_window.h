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
	IP_CT_SIDE_SEEN		= 1 << 0,	/* sent anything */
	IP_CT_SIDE_SYN		= 1 << 1,	/* sent a SYN: where it began is known */
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
 * @edge:   the highest that its windows have allowed the peer to send
 * @maxwin: largest window that this side has offered, scaled, at least 1; the
 *          highest bit is IP_CT_TCP_OPEN
 * @ack:    highest acknowledgement that this side has sent
 *
 * @end is valid when the side was seen, or when its peer has acknowledged
 * something: then it is what was acknowledged. @edge and @ack are once it has
 * sent an ACK.
 *
 * A segment that opens nothing and closes nothing changes its sender's side
 * alone, in this order two words of 64 bits (tcp_lock.h).
 */
struct ip_ct_tcp_side {
	u32 end;
	u32 edge;
	u32 maxwin;
	u32 ack;
};

/**
 * struct ip_ct_tcp_track - what a TCP flow remembers, by direction
 * @side:    per direction (IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY)
 * @isn:     initial sequence numbers of the SYNs seen
 * @syn_end: sequence number after the last SYN that was ignored
 * @flags:   enum ip_ct_tcp_side_flag
 * @scale:   both sides' window scales, a nibble each, see ip_ct_tcp_scale()
 * @repeats: segments in a row that said nothing new, shifted left by one,
 *           with their direction in bit 0; 0 when the last one did
 *
 * The owner of the flow locks it.
 */
struct ip_ct_tcp_track {
	struct ip_ct_tcp_side side[2];
	u32 isn[2];
	u32 syn_end;
	u8 flags[2];
	u8 scale;
	u8 repeats;
};

#define IP_CT_SCALE_LARGEST	14	/* RFC 7323 2.3 */
#define IP_CT_SCALE_NONE	15	/* a SYN without the option was seen */
#define IP_CT_REPEATS_MAX	127

/*
 * In @maxwin of both sides: plain segments may change the record without the
 * flow's lock. Nothing that is pure ever sees it (tcp_lock.h).
 */
#define IP_CT_TCP_OPEN		(1U << 31)

/* RFC 7323 2.3: the largest window without and with scaling */
#define IP_CT_WIN_UNSCALED	0xffffU
#define IP_CT_WIN_LARGEST	(IP_CT_WIN_UNSCALED << IP_CT_SCALE_LARGEST)
static_assert(IP_CT_WIN_LARGEST < IP_CT_TCP_OPEN);

/*
 * RFC 1122 4.2.3.6, RFC 9293 3.8.6.1: keepalives and probes of a closed
 * window lie one below or one beyond; many an end puts its FIN just beyond.
 */
#define IP_CT_SEQ_SLACK		1

/**
 * struct ip_ct_tcp_bounds - which numbers a segment may have
 * @seq_known: @seq_low and @seq_high say something
 * @ack_known: @ack_low and @ack_high do
 * @seq_low:   least and
 * @seq_high:  largest sequence number after the segment's last octet
 * @ack_low:   least and
 * @ack_high:  largest acknowledgement
 */
struct ip_ct_tcp_bounds {
	bool seq_known;
	bool ack_known;
	u32 seq_low;
	u32 seq_high;
	u32 ack_low;
	u32 ack_high;
};

/* What a segment would mean for its flow; the machine's exceptions ask it */
enum ip_ct_tcp_fact {
	/* both SYNs were seen and each end has acknowledged the other's */
	IP_CT_FACT_SYNS_ACKED	= 1 << 0,
	/* a FIN was seen and no FIN awaits its acknowledgement */
	IP_CT_FACT_FINS_ACKED	= 1 << 1,
	/* no news of a FIN: sent before, or it ends before data that were */
	IP_CT_FACT_FIN_STALE	= 1 << 2,
	/* nothing has come from the other side yet */
	IP_CT_FACT_ONE_SIDED	= 1 << 3,
	/* the SYN lies beyond all that its side sent (RFC 9293 3.6.1) */
	IP_CT_FACT_SYN_BEYOND	= 1 << 4,
	/* the RST is exactly what its receiver obeys (RFC 5961 3.2) */
	IP_CT_FACT_RST_EXACT	= 1 << 5,
	/* the SYN/ACK acknowledges a SYN that this flow ignored */
	IP_CT_FACT_ANSWERS_SYN	= 1 << 6,
	/* this side has begun before, with another SYN */
	IP_CT_FACT_OTHER_SYN	= 1 << 7,
	/* during the handshake: acknowledges the peer's SYN */
	IP_CT_FACT_ANSWER	= 1 << 8,
	/* the peer's SYN waits, and from here came nothing yet but RSTs */
	IP_CT_FACT_UNANSWERED	= 1 << 10,
	/* this side has begun with this SYN: it comes once more */
	IP_CT_FACT_SAME_SYN	= 1 << 11,
	/* it cannot be the SYN/ACK that is due */
	IP_CT_FACT_WRONG_ANSWER	= 1 << 9,
};

/* Shift count that a side's SYN offered, 14 while nobody has seen its SYN */
static inline unsigned int ip_ct_tcp_scale(const struct ip_ct_tcp_track *track,
					   unsigned int dir)
{
	return track->scale >> 4 * dir & 15;
}

/* RFC 7323 2.2: scaled only if both SYNs offer it */
static inline unsigned int
ip_ct_tcp_scale_in_use(const struct ip_ct_tcp_track *track, unsigned int dir)
{
	unsigned int mine = ip_ct_tcp_scale(track, dir);

	if (mine == IP_CT_SCALE_NONE ||
	    ip_ct_tcp_scale(track, !dir) == IP_CT_SCALE_NONE)
		return 0;
	return mine;
}

/*
 * No SYN changes what was offered once both are acknowledged. Who offered
 * something to a peer that did not does not scale from then on: of each packet
 * only its own side is asked, by ip_ct_tcp_scale_agreed().
 */
static inline void ip_ct_tcp_agree_on_scale(struct ip_ct_tcp_track *track)
{
	unsigned int dir;

	for (dir = 0; dir < 2; dir++)
		if (ip_ct_tcp_scale(track, dir) == IP_CT_SCALE_NONE &&
		    ip_ct_tcp_scale(track, !dir) != IP_CT_SCALE_NONE)
			track->scale = IP_CT_SCALE_NONE << 4 * dir;
}

/* As ip_ct_tcp_scale_in_use(), after ip_ct_tcp_agree_on_scale() */
static inline unsigned int
ip_ct_tcp_scale_agreed(const struct ip_ct_tcp_track *track, unsigned int dir)
{
	unsigned int mine = ip_ct_tcp_scale(track, dir);

	return unlikely(mine == IP_CT_SCALE_NONE) ? 0 : mine;
}

/* How many segments in a row brought nothing new and were not answered */
static inline unsigned int ip_ct_tcp_repeats(const struct ip_ct_tcp_track *track)
{
	return track->repeats >> 1;
}

/* Both SYNs were acknowledged */
static inline bool ip_ct_tcp_handshake_done(const struct ip_ct_tcp_track *track)
{
	return track->flags[0] & track->flags[1] & IP_CT_SIDE_SYN_ACKED;
}

bool ip_ct_tcp_unacked(const struct ip_ct_tcp_track *track);
void ip_ct_tcp_bounds(const struct ip_ct_tcp_track *track, unsigned int dir,
		      struct ip_ct_tcp_bounds *bounds);
enum ip_ct_reason ip_ct_tcp_window_check(const struct ip_ct_tcp_track *track,
					 unsigned int dir,
					 const struct ip_ct_tcp_seg *seg);
unsigned int ip_ct_tcp_facts(const struct ip_ct_tcp_track *track,
			     unsigned int dir, const struct ip_ct_tcp_seg *seg,
			     u8 flags[2]);
bool ip_ct_tcp_was_sent(const struct ip_ct_tcp_track *track, unsigned int dir,
			u32 seq);
void ip_ct_tcp_track_init(struct ip_ct_tcp_track *track);
void ip_ct_tcp_track_syn(struct ip_ct_tcp_track *track,
			 const struct ip_ct_tcp_seg *seg);
void ip_ct_tcp_track_segment(struct ip_ct_tcp_track *track, unsigned int dir,
			     const struct ip_ct_tcp_seg *seg,
			     const u8 flags[2]);
void ip_ct_tcp_track_resync(struct ip_ct_tcp_track *track, unsigned int dir,
			    const struct ip_ct_tcp_seg *seg);
void ip_ct_tcp_track_ignored_syn(struct ip_ct_tcp_track *track,
				 unsigned int dir,
				 const struct ip_ct_tcp_seg *seg);
void ip_ct_tcp_track_answered_syn(struct ip_ct_tcp_track *track,
				  unsigned int dir,
				  const struct ip_ct_tcp_seg *seg);

#endif /* _IP_CT_TCP_WINDOW_H */
