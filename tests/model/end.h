/* SPDX-License-Identifier: GPL-2.0 */
/*
 * end.h - one end of a connection as RFC 9293 describes it, small enough to
 * be explored exhaustively.
 *
 * A sequence number counts from the end's own SYN, as a code: 4 * units + j.
 * A unit is as many octets as the model's configuration says; j is a number
 * of single octets: the SYN is code 0, the first unit of data begins at 1 and
 * the second at 5, a FIN after one unit lies at 5 and ends at 6.
 */
#ifndef _MODEL_END_H
#define _MODEL_END_H

#include <linux/types.h>

#define UNIT	4	/* of data, in codes */
#define FIRST	1	/* code of the first octet of data */

enum end_state {
	END_CLOSED, END_LISTEN, END_SYN_SENT, END_SYN_RECEIVED,
	END_ESTABLISHED, END_FIN_WAIT_1, END_FIN_WAIT_2, END_CLOSE_WAIT,
	END_CLOSING, END_LAST_ACK, END_TIME_WAIT
};

enum { F_FIN = 1, F_SYN = 2, F_RST = 4, F_ACK = 16 };

/* A segment on its way; the order of members is that of sorting */
struct seg {
	u32 from:1;	/* who sent it */
	u32 past:1;	/* it has passed the tracker */
	u32 flags:5;
	u32 zero:1;	/* its number is 0 and means nothing */
	u32 seq:5;
	u32 len:4;		/* data, in codes: 4 a unit, 1 an octet */
	u32 ack:5;
	u32 win:2;		/* units */
	u32 sack:5;	/* highest right edge, or ack */
	u32 hasty:1;	/* it overtook another before the tracker */
	u32 used:1;
};

struct end {
	u8 state;
	u8 una, nxt;	/* SND.UNA, SND.NXT */
	u8 edge;		/* units that the peer's windows have allowed */
	u8 rcv;		/* RCV.NXT */
	u8 holes;		/* units beyond it that are here, a bit each */
	u8 unread;		/* units that the user has not taken */
	u8 fin_sent:1;
	u8 passive:1;
	u8 tried:1;	/* it was opened once */
	u8 silent:1;	/* it went without a word that got through */
};

struct end_limits {
	u8 units;		/* of data that an end may send */
	u8 window;		/* units */
	u8 syn_window;	/* units that an unscaled window can say */
	bool fast_open;		/* data with and right after the SYN */
};

/* What the user or a timer does */
enum end_deed {
	DO_OPEN, DO_LISTEN, DO_SEND, DO_SEND_MERGED, DO_RESEND,
	DO_RESEND_MERGED, DO_CLOSE, DO_ABORT, DO_READ, DO_KEEPALIVE, DO_PROBE,
	DO_EXPIRE, END_DEEDS
};

/* Both return the number of segments in out[] (at the most 2) */
#define OUT_MAX 2
int end_do(struct end *e, enum end_deed deed, const struct end_limits *lim,
	   struct seg *out, bool *possible);
int end_hear(struct end *e, const struct seg *s, const struct end_limits *lim,
	     struct seg *out);

const char *end_state_name(int state);
const char *end_deed_name(int deed);

static inline int seg_span(const struct seg *s)
{
	return s->len + !!(s->flags & F_SYN) + !!(s->flags & F_FIN);
}

#endif
