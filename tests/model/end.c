// SPDX-License-Identifier: GPL-2.0
/*
 * end.c - RFC 9293 3.10, event by event, with RFC 5961's answers.
 */
#include "end.h"

static const char * const state_name[] = {
	"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED",
	"FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK",
	"TIME-WAIT"
};

static const char * const deed_name[] = {
	"opens", "listens", "sends", "sends two units as one segment",
	"sends again", "sends all again as one segment", "closes", "aborts",
	"reads", "keeps alive", "probes the window", "forgets"
};

const char *end_state_name(int state)
{
	return state_name[state];
}

const char *end_deed_name(int deed)
{
	return deed_name[deed];
}

static bool may_receive(const struct end *e)
{
	return e->state == END_ESTABLISHED || e->state == END_FIN_WAIT_1 ||
	       e->state == END_FIN_WAIT_2;
}

static int window(const struct end *e, const struct end_limits *lim)
{
	return lim->window - e->unread;
}

/* Highest right edge of what has arrived out of order */
static int sack(const struct end *e)
{
	int edge = e->rcv;

	for (int i = 0; i < 4; i++)
		if (e->holes & 1 << i)
			edge = e->rcv + UNIT * (i + 1);
	return edge;
}

static struct seg make(const struct end *e, const struct end_limits *lim,
		       int flags, int seq, int len)
{
	struct seg s = {
		.flags = flags, .seq = seq, .len = len, .used = 1,
		.win = window(e, lim),
	};

	if (flags & F_ACK) {
		s.ack = e->rcv;
		s.sack = sack(e);
	}
	if ((flags & F_SYN) && s.win > lim->syn_window)
		s.win = lim->syn_window;
	return s;
}

/* Where the data end that were sent; a FIN may follow */
static int data_end(const struct end *e)
{
	return e->nxt - e->fin_sent;
}

static int sent_units(const struct end *e)
{
	return (data_end(e) - FIRST) / UNIT;
}

static bool may_send(const struct end *e, const struct end_limits *lim,
		     int units)
{
	if (e->state != END_ESTABLISHED && e->state != END_CLOSE_WAIT &&
	    !(e->state == END_SYN_RECEIVED && lim->fast_open))
		return false;
	return !e->fin_sent && sent_units(e) + units <= lim->units &&
	       sent_units(e) + units <= e->edge;
}

static int send_data(struct end *e, const struct end_limits *lim, int units,
		     struct seg *out, bool *possible)
{
	if (!may_send(e, lim, units))
		return 0;
	*possible = true;
	out[0] = make(e, lim, F_ACK, e->nxt, units * UNIT);
	e->nxt += units * UNIT;
	return 1;
}

/* The first segment that waits, or all of them in one as a NIC may do it */
static int resend(struct end *e, const struct end_limits *lim, bool merged,
		  struct seg *out, bool *possible)
{
	bool fin = e->fin_sent && e->una < e->nxt;
	int from = e->una, len;

	if (e->una == e->nxt || e->state < END_SYN_SENT ||
	    e->state == END_TIME_WAIT)
		return 0;
	if (e->state == END_SYN_SENT || e->state == END_SYN_RECEIVED) {
		if (merged)	/* a SYN comes again without its data */
			return 0;
		*possible = true;
		out[0] = make(e, lim, e->state == END_SYN_SENT ? F_SYN :
			      F_SYN | F_ACK, 0, 0);
		return 1;
	}
	if (from == 0)
		return 0;
	len = data_end(e) - from;
	if (merged && len < UNIT + (fin ? 0 : UNIT))
		return 0;
	*possible = true;
	if (!merged && len > UNIT)
		len = UNIT;
	fin = fin && from + len == data_end(e) && (merged || !len);
	out[0] = make(e, lim, F_ACK | (fin ? F_FIN : 0), from, len);
	return 1;
}

static int do_open(struct end *e, const struct end_limits *lim,
		   struct seg *out)
{
	e->state = END_SYN_SENT;
	e->tried = 1;
	e->nxt = 1 + (lim->fast_open ? UNIT : 0);
	out[0] = make(e, lim, F_SYN, 0, lim->fast_open ? UNIT : 0);
	return 1;
}

static int do_close(struct end *e, const struct end_limits *lim,
		    struct seg *out, bool *possible)
{
	switch (e->state) {
	case END_SYN_SENT:
	case END_LISTEN:
		*possible = true;
		e->state = END_CLOSED;
		return 0;
	case END_SYN_RECEIVED:
	case END_ESTABLISHED:
		e->state = END_FIN_WAIT_1;
		break;
	case END_CLOSE_WAIT:
		e->state = END_LAST_ACK;
		break;
	default:
		return 0;
	}
	*possible = true;
	e->unread = 0;
	out[0] = make(e, lim, F_FIN | F_ACK, e->nxt, 0);
	e->nxt++;
	e->fin_sent = 1;
	return 1;
}

static int do_abort(struct end *e, const struct end_limits *lim,
		    struct seg *out, bool *possible)
{
	if (e->state < END_SYN_RECEIVED || e->state > END_CLOSE_WAIT)
		return 0;
	*possible = true;
	out[0] = make(e, lim, F_RST | F_ACK, e->nxt, 0);
	e->state = END_CLOSED;
	return 1;
}

/* RFC 1122 4.2.3.6 and RFC 9293 3.8.6.1 */
static int do_probe(struct end *e, const struct end_limits *lim, bool octet,
		    struct seg *out, bool *possible)
{
	if (octet) {
		if (may_send(e, lim, 1) || e->fin_sent ||
		    (e->state != END_ESTABLISHED &&
		     e->state != END_CLOSE_WAIT) ||
		    sent_units(e) >= lim->units)
			return 0;
		*possible = true;
		out[0] = make(e, lim, F_ACK, e->nxt, 1);
		return 1;
	}
	if (e->state < END_ESTABLISHED || e->state == END_TIME_WAIT || !e->una)
		return 0;
	*possible = true;
	out[0] = make(e, lim, F_ACK, e->una - 1, 0);
	return 1;
}

int end_do(struct end *e, enum end_deed deed, const struct end_limits *lim,
	   struct seg *out, bool *possible)
{
	*possible = false;
	switch (deed) {
	case DO_OPEN:
		*possible = e->state == END_CLOSED && !e->tried;
		return *possible ? do_open(e, lim, out) : 0;
	case DO_LISTEN:
		*possible = e->state == END_CLOSED && !e->tried;
		if (*possible) {
			e->state = END_LISTEN;
			e->tried = 1;
			e->passive = 1;
		}
		return 0;
	case DO_SEND:
		return send_data(e, lim, 1, out, possible);
	case DO_SEND_MERGED:
		return send_data(e, lim, 2, out, possible);
	case DO_RESEND:
		return resend(e, lim, false, out, possible);
	case DO_RESEND_MERGED:
		return resend(e, lim, true, out, possible);
	case DO_CLOSE:
		return do_close(e, lim, out, possible);
	case DO_ABORT:
		return do_abort(e, lim, out, possible);
	case DO_READ:		/* and tells of the window */
		if (!e->unread)
			return 0;
		*possible = true;
		e->unread = 0;
		out[0] = make(e, lim, F_ACK, e->nxt, 0);
		return 1;
	case DO_KEEPALIVE:
		return do_probe(e, lim, false, out, possible);
	case DO_PROBE:
		return do_probe(e, lim, true, out, possible);
	case DO_EXPIRE:
		*possible = e->state == END_TIME_WAIT;
		if (*possible)
			e->state = END_CLOSED;
		return 0;
	default:
		return 0;
	}
}

/* RFC 9293 3.10.7.1 */
static int hear_closed(const struct seg *s, struct seg *out)
{
	if (s->flags & F_RST)
		return 0;
	out[0] = (struct seg){ .used = 1, .flags = F_RST };
	if (s->flags & F_ACK) {
		out[0].seq = s->ack;
	} else {
		out[0].flags |= F_ACK;
		out[0].zero = 1;
		out[0].ack = s->seq + seg_span(s);
		out[0].sack = out[0].ack;
	}
	return 1;
}

static int rst_for(const struct seg *s, struct seg *out)
{
	out[0] = (struct seg){ .used = 1, .flags = F_RST, .seq = s->ack };
	return 1;
}

static int answer(const struct end *e, const struct end_limits *lim,
		  struct seg *out)
{
	out[0] = make(e, lim, F_ACK, e->nxt, 0);
	return 1;
}

static void take_syn(struct end *e, const struct seg *s,
		     const struct end_limits *lim)
{
	e->rcv = 1;
	e->holes = 0;
	e->unread = 0;
	e->edge = s->win;
	if (s->len && lim->fast_open) {
		e->rcv += s->len;
		e->unread++;
	}
}

/* 3.10.7.2 */
static int hear_listen(struct end *e, const struct seg *s,
		       const struct end_limits *lim, struct seg *out)
{
	if (s->flags & F_RST)
		return 0;
	if (s->flags & F_ACK)
		return rst_for(s, out);
	if (!(s->flags & F_SYN))
		return 0;
	take_syn(e, s, lim);
	e->state = END_SYN_RECEIVED;
	e->una = 0;
	e->nxt = 1;
	e->fin_sent = 0;
	out[0] = make(e, lim, F_SYN | F_ACK, 0, 0);
	return 1;
}

/* 3.10.7.3 */
static int hear_syn_sent(struct end *e, const struct seg *s,
			 const struct end_limits *lim, struct seg *out)
{
	bool acks = (s->flags & F_ACK) && s->ack > 0 && s->ack <= e->nxt;

	if ((s->flags & F_ACK) && !acks)
		return s->flags & F_RST ? 0 : rst_for(s, out);
	if (s->flags & F_RST) {
		if (acks)
			e->state = END_CLOSED;
		return 0;
	}
	if (!(s->flags & F_SYN))
		return 0;
	take_syn(e, s, lim);
	if (!acks) {
		e->state = END_SYN_RECEIVED;
		out[0] = make(e, lim, F_SYN | F_ACK, 0, 0);
		return 1;
	}
	e->una = s->ack;
	e->edge = (s->ack - FIRST) / UNIT + s->win;
	e->state = END_ESTABLISHED;
	return answer(e, lim, out);
}

static bool acceptable(const struct end *e, const struct seg *s,
		       const struct end_limits *lim)
{
	int win = window(e, lim) * UNIT, from = s->seq, span = seg_span(s);
	int last = from + span - 1;

	if (s->zero)
		return false;
	if (!win)
		return !span && from == e->rcv;
	if (from >= e->rcv && from < e->rcv + win)
		return true;
	return span && last >= e->rcv && last < e->rcv + win;
}

static void take_data(struct end *e, const struct seg *s,
		      const struct end_limits *lim)
{
	int at = s->seq;

	for (int n = s->len / UNIT; n > 0; n--, at += UNIT) {
		int beyond = (at - e->rcv) / UNIT;

		if (at < e->rcv || beyond >= window(e, lim))
			continue;
		e->holes |= 1 << beyond;
	}
	while (e->holes & 1) {
		e->holes >>= 1;
		e->rcv += UNIT;
		if (e->state == END_ESTABLISHED)
			e->unread++;
	}
}

static bool take_ack(struct end *e, const struct seg *s)
{
	int edge;

	if (s->ack > e->nxt)
		return false;
	if (s->ack > e->una)
		e->una = s->ack;
	edge = (s->ack - FIRST) / UNIT + s->win;
	if (edge > e->edge)
		e->edge = edge;
	if (e->fin_sent && e->una == e->nxt) {
		if (e->state == END_FIN_WAIT_1)
			e->state = END_FIN_WAIT_2;
		else if (e->state == END_CLOSING)
			e->state = END_TIME_WAIT;
		else if (e->state == END_LAST_ACK)
			e->state = END_CLOSED;
	}
	return true;
}

static void take_fin(struct end *e)
{
	e->rcv++;
	switch (e->state) {
	case END_SYN_RECEIVED:
	case END_ESTABLISHED:
		e->state = END_CLOSE_WAIT;
		break;
	case END_FIN_WAIT_1:
		e->state = END_CLOSING;
		break;
	case END_FIN_WAIT_2:
		e->state = END_TIME_WAIT;
		break;
	}
}

/* 3.10.7.4, with RFC 5961 for RST and SYN */
static int hear_open(struct end *e, const struct seg *s,
		     const struct end_limits *lim, struct seg *out)
{
	int before;

	/* 3.5 figure 8: the SYN/ACK of a simultaneous open has an old number */
	if (e->state == END_SYN_RECEIVED && s->seq == 0 && !s->zero &&
	    (s->flags & (F_SYN | F_ACK)) == (F_SYN | F_ACK) &&
	    s->ack > e->una && s->ack <= e->nxt) {
		e->state = END_ESTABLISHED;
		take_ack(e, s);
		return answer(e, lim, out);
	}
	if (!acceptable(e, s, lim)) {
		/* what acknowledges is heard even if the window is closed */
		if (!(s->flags & F_RST))
			return answer(e, lim, out);
		return 0;
	}
	if (s->flags & F_RST) {
		if (s->seq != e->rcv)
			return answer(e, lim, out);
		e->state = e->state == END_SYN_RECEIVED && e->passive ?
			   END_LISTEN : END_CLOSED;
		return 0;
	}
	if (s->flags & F_SYN)
		return answer(e, lim, out);
	if (!(s->flags & F_ACK))
		return 0;
	if (e->state == END_SYN_RECEIVED) {
		if (s->ack <= e->una || s->ack > e->nxt)
			return rst_for(s, out);
		e->state = END_ESTABLISHED;
	}
	if (!take_ack(e, s))
		return answer(e, lim, out);
	if (e->state == END_CLOSED)
		return 0;

	before = e->rcv;
	if (may_receive(e))
		take_data(e, s, lim);
	if ((s->flags & F_FIN) && s->seq + s->len == e->rcv &&
	    (may_receive(e) || e->state == END_SYN_RECEIVED))
		take_fin(e);
	if (seg_span(s) || e->rcv != before)
		return answer(e, lim, out);
	return 0;
}

int end_hear(struct end *e, const struct seg *s, const struct end_limits *lim,
	     struct seg *out)
{
	switch (e->state) {
	case END_CLOSED:
		return hear_closed(s, out);
	case END_LISTEN:
		return hear_listen(e, s, lim, out);
	case END_SYN_SENT:
		return hear_syn_sent(e, s, lim, out);
	default:
		return hear_open(e, s, lim, out);
	}
}
