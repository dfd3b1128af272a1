// SPDX-License-Identifier: GPL-2.0
/*
 * hostile.c - packets that no honest end sends.
 *
 * A packet is built honest, one thing is then made wrong, and the checksums
 * that lie before it are made right again, so that it gets as far as the code
 * that must not believe it. A sixteenth keeps whatever checksum it has.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "hostile.h"

enum { ICMP = 1, TCP = 6, UDP = 17 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

static uint64_t state;

void hostile_seed(uint64_t seed)
{
	state = seed;
}

uint32_t hostile_random(void)		/* splitmix64 */
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z >> 32;
}

static uint32_t below(uint32_t n)
{
	return hostile_random() % n;
}

static void fill(uint8_t *p, size_t len)
{
	while (len--)
		*p++ = hostile_random();
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint16_t folded(const uint8_t *p, size_t len, uint32_t sum)
{
	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	if (len)
		sum += p[0] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static uint16_t header_len(const uint8_t *p)
{
	return (p[0] & 15) * 4;
}

static void sum_header(uint8_t *p, size_t len)
{
	size_t n = header_len(p);

	put16(p + 10, 0);
	put16(p + 10, folded(p, n < len ? n : len, 0));
}

/* Header and transport checksums of what is there */
static void sums(uint8_t *p, size_t len)
{
	size_t n = header_len(p), at;
	uint32_t pseudo;

	if (len < 20 || !below(16))
		return;
	sum_header(p, len);
	if (n >= len)
		return;
	at = p[9] == TCP ? 16 : p[9] == UDP ? 6 : p[9] == ICMP ? 2 : 0;
	if (!at || n + at + 2 > len)
		return;
	put16(p + n + at, 0);
	pseudo = p[9] == ICMP ? 0 : p[9] + len - n;
	if (p[9] != ICMP)
		for (int i = 12; i < 20; i += 2)
			pseudo += p[i] << 8 | p[i + 1];
	put16(p + n + at, folded(p + n, len - n, pseudo));
}

/* One of few connections half of the time, so that they exist */
static uint16_t a_port(void)
{
	return below(2) ? 5000 + below(16) : hostile_random();
}

static void ip(uint8_t *p, size_t len, uint8_t proto, uint32_t from, uint32_t to)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	put16(p + 2, len);
	put16(p + 4, hostile_random());
	p[8] = 64;
	p[9] = proto;
	put32(p + 12, from);
	put32(p + 16, to);
}

static void tcp(uint8_t *t, uint16_t sport, uint16_t dport, uint8_t flags)
{
	put16(t, sport);
	put16(t + 2, dport);
	put32(t + 4, below(2) ? hostile_random() : 1000 + below(70000));
	put32(t + 8, flags & ACK ? 1000 + below(70000) : 0);
	t[12] = 0x50;
	t[13] = flags;
	put16(t + 14, hostile_random());
	put32(t + 16, 0);
}

/* An honest packet of one of the conversations, either way */
static size_t honest(uint8_t *p, const struct hostile_ends *ends)
{
	static const uint8_t flags[] = { SYN, SYN | ACK, ACK, PSH | ACK,
					 FIN | ACK, RST, RST | ACK, ACK };
	uint16_t port = a_port();
	size_t data = below(4) ? below(32) : below(1400), len;
	uint32_t kind = below(8);

	memset(p, 0, 48);
	if (kind < 5) {
		len = 40 + data;
		ip(p, len, TCP, ends->client, ends->server);
		tcp(p + 20, port, 9000, flags[below(sizeof(flags))]);
	} else if (kind < 7) {
		len = 28 + data;
		ip(p, len, UDP, ends->client, ends->server);
		put16(p + 20, port);
		put16(p + 22, 53);
		put16(p + 24, 8 + data);
	} else {
		len = 28 + data;
		ip(p, len, ICMP, ends->client, ends->server);
		p[20] = below(2) ? 8 : 0;
		put16(p + 24, port);
	}
	if (below(2)) {		/* an answer, as it would be forged */
		uint8_t keep[4];

		memcpy(keep, p + 12, 4);
		memcpy(p + 12, p + 16, 4);
		memcpy(p + 16, keep, 4);
		if (p[9] != ICMP) {
			memcpy(keep, p + 20, 2);
			memcpy(p + 20, p + 22, 2);
			memcpy(p + 22, keep, 2);
		}
	}
	return len;
}

static size_t bad_ip(uint8_t *p, const struct hostile_ends *ends)
{
	size_t len = honest(p, ends);

	switch (below(8)) {
	case 0: p[0] = (below(16) << 4) | 5; break;		/* version */
	case 1: p[0] = 0x40 | below(16); break;			/* ihl */
	case 2: put16(p + 2, hostile_random()); break;		/* length */
	case 3: put16(p + 2, below(40)); break;
	case 4: len = 1 + below(len); break;			/* cut */
	case 5: p[8] = below(2); break;				/* ttl */
	case 6: p[9] = hostile_random(); break;			/* protocol */
	case 7: put16(p + 6, hostile_random()); break;		/* fragment */
	}
	sums(p, len);
	return len;
}

static size_t bad_transport(uint8_t *p, const struct hostile_ends *ends)
{
	size_t len = honest(p, ends), room = len - 20;

	switch (below(5)) {
	case 0:		/* cut within, and the IP length agrees */
		len = 20 + below(room < 20 ? room + 1 : 20);
		put16(p + 2, len);
		break;
	case 1:
		if (p[9] == TCP)
			p[32] = hostile_random();	/* data offset */
		else if (p[9] == UDP)
			put16(p + 24, below(2) ? below(8) : hostile_random());
		else
			p[20] = hostile_random();	/* type */
		break;
	case 2:
		if (p[9] == TCP)
			p[33] = hostile_random();	/* flags */
		else
			p[21] = hostile_random();	/* code */
		break;
	case 3:		/* port 0, checksum out of the blue */
		put16(p + 20 + 2 * below(2), 0);
		break;
	case 4:
		fill(p + 20, room < 20 ? room : 20);
		break;
	}
	sums(p, len);
	return len;
}

static size_t noise(uint8_t *p, const struct hostile_ends *ends)
{
	size_t len = 1 + below(below(4) ? 100 : HOSTILE_MAX);

	fill(p, len);
	if (below(4) && len >= 20) {	/* enough to be let in by the stack */
		uint8_t proto = p[9];

		ip(p, len, below(2) ? proto : below(2) ? TCP : UDP,
		   below(2) ? hostile_random() : ends->client, ends->server);
		sums(p, len);
	}
	return len;
}

void hostile_mutate(uint8_t *p, size_t *len)
{
	unsigned int n = 1 + below(6);

	while (n--) {
		size_t at = below(2) ? below(*len < 64 ? *len : 64) : below(*len);

		switch (below(6)) {
		case 0: p[at] ^= 1 << below(8); break;
		case 1: p[at] = hostile_random(); break;
		case 2: p[at] = below(2) ? 0 : 0xff; break;
		case 3:
			*len = 1 + below(*len);
			break;
		case 4:
			if (*len + 4 <= HOSTILE_MAX) {
				memmove(p + at + 4, p + at, *len - at);
				*len += 4;
			}
			break;
		case 5:
			p[at] += below(3) - 1;
			break;
		}
	}
}

static size_t mutated(uint8_t *p, const struct hostile_ends *ends)
{
	size_t len = honest(p, ends);

	sums(p, len);
	hostile_mutate(p, &len);
	if (below(2))
		sums(p, len);
	return len;
}

#define CAPTURE_MAX	512

static struct {
	size_t len;
	uint8_t packet[HOSTILE_MAX];
} captured[CAPTURE_MAX];
static unsigned int captures;

/*
 * Reads what tcpdump -w has written, of Ethernet and on a machine of this byte
 * order. How many IPv4 packets it had room for; 0: that is no such file.
 */
unsigned int hostile_capture(const char *path)
{
	struct { uint32_t magic, version, zone, sigfigs, snap, link; } head;
	struct { uint32_t sec, usec, len, was; } record;
	FILE *f = fopen(path, "r");
	uint8_t frame[65536];

	captures = 0;
	if (!f)
		return 0;
	if (fread(&head, sizeof(head), 1, f) != 1 ||
	    head.magic != 0xa1b2c3d4 || head.link != 1)
		goto out;
	while (captures < CAPTURE_MAX &&
	       fread(&record, sizeof(record), 1, f) == 1 &&
	       record.len <= sizeof(frame) &&
	       fread(frame, 1, record.len, f) == record.len) {
		size_t len = record.len - 14;

		if (record.len < 14 + 20 || len > HOSTILE_MAX ||
		    frame[12] != 0x08 || frame[13])
			continue;
		captured[captures].len = len;
		memcpy(captured[captures++].packet, frame + 14, len);
	}
out:
	fclose(f);
	return captures;
}

/* A packet of the capture as it was, or an honest one where there is none */
static size_t from_capture(uint8_t *p, const struct hostile_ends *ends)
{
	uint32_t i;

	if (!captures)
		return honest(p, ends);
	i = below(captures);
	memcpy(p, captured[i].packet, captured[i].len);
	return captured[i].len;
}

/* An eighth of them stay as they were: played again, at any later time */
static size_t mutated_capture(uint8_t *p, const struct hostile_ends *ends)
{
	size_t len = from_capture(p, ends);

	if (below(8))
		hostile_mutate(p, &len);
	if (below(2))
		sums(p, len);
	return len;
}

/* Pieces of few datagrams: they overlap, repeat, end beyond 64 KiB */
static size_t fragments(uint8_t *p, const struct hostile_ends *ends)
{
	size_t len = 20 + (below(2) ? 8 * below(8) : below(200));
	uint16_t off = below(4) ? below(16) : below(2) ? 0x1fff - below(4) :
		       below(0x2000);

	ip(p, len, below(2) ? UDP : TCP, ends->client, ends->server);
	put16(p + 4, below(64));
	put16(p + 6, off | (below(3) ? 0x2000 : 0) | (below(16) ? 0 : 0x4000));
	fill(p + 20, len - 20);
	sum_header(p, len);
	return len;
}

/*
 * One datagram's pieces, a call each and in order, until it is over. Those of
 * some fit, so that the whole comes out of reassembly; those of others overlap
 * the next one and contradict it, or come twice.
 */
static size_t overlap(uint8_t *p, const struct hostile_ends *ends)
{
	enum { FIT, TWICE, OVERLAP, MODES };
	static uint8_t whole[HOSTILE_MAX];
	static size_t total, at;
	static uint32_t mode;
	static int again;
	size_t step, len;

	if (at >= total) {
		total = from_capture(whole, ends);
		if (total < 28 || header_len(whole) != 20 ||
		    (whole[6] & 0x3f) || whole[7])	/* a piece itself */
			total = honest(whole, ends);
		sums(whole, total);
		put16(whole + 4, hostile_random());
		mode = below(MODES);
		at = 20;
	}
	step = 8 * (1 + below(1 + total / 32));
	len = step + (mode == OVERLAP ? 8 * (1 + below(3)) : 0);
	if (len > total - at)
		len = total - at;
	memcpy(p, whole, 20);
	memcpy(p + 20, whole + at, len);
	if (mode == OVERLAP && len > step)
		fill(p + 20 + step, len - step);
	put16(p + 2, 20 + len);
	put16(p + 6, ((at - 20) / 8) | (at + len < total ? 0x2000 : 0));
	again = mode == TWICE && !again && below(2);
	if (!again)
		at += step;
	sum_header(p, 20 + len);
	return 20 + len;
}

/* As many and as strange options as there is room for */
static size_t option_bomb(uint8_t *p, const struct hostile_ends *ends)
{
	uint8_t *o = p + 40;
	size_t at = 0;

	ip(p, 80, TCP, ends->client, ends->server);
	tcp(p + 20, a_port(), 9000, below(2) ? SYN : hostile_random());
	p[32] = 0xf0;
	while (at < 40) {
		uint8_t kind = below(2) ? below(9) : hostile_random();
		uint8_t len = below(2) ? below(44) : 2 + below(10);

		o[at++] = kind;
		if (kind < 2 || at == 40)
			continue;
		o[at++] = len;
		while (len-- > 2 && at < 40)
			o[at++] = hostile_random();
	}
	if (!below(4)) {		/* options of IPv4 instead */
		memmove(p + 60, p + 20, 20);
		p[0] = 0x4f;
		p[72] = 0x50;
		fill(p + 20, 40);
		p[20] = below(2) ? 131 : below(2) ? 7 : 68;
		p[21] = below(48);
		p[22] = below(48);
	}
	sums(p, 80);
	return 80;
}

/* From a host to itself, from nowhere, from everybody */
static size_t land(uint8_t *p, const struct hostile_ends *ends)
{
	static const uint32_t odd[] = { 0, 0xffffffff, 0x7f000001, 0xe0000001,
					0x0a0001ff, 0x0a000101, 0x0a000201 };
	size_t len = honest(p, ends);

	switch (below(4)) {
	case 0: memcpy(p + 12, p + 16, 4); break;
	case 1:
		memcpy(p + 12, p + 16, 4);
		memcpy(p + 20, p + 22, 2);
		break;
	case 2: put32(p + 12, odd[below(sizeof(odd) / sizeof(odd[0]))]); break;
	case 3: put32(p + 16, odd[below(sizeof(odd) / sizeof(odd[0]))]); break;
	}
	sums(p, len);
	return len;
}

/* An error about one of the conversations, or about an error about it */
static size_t icmp_error(uint8_t *p, const struct hostile_ends *ends)
{
	static const uint8_t types[] = { 3, 4, 5, 11, 12 };
	uint8_t inner[HOSTILE_MAX];
	size_t len = 28, n;

	n = !below(4) ? bad_ip(inner, ends) :
	    below(2) ? honest(inner, ends) : from_capture(inner, ends);
	sums(inner, n);
	n = below(4) ? n < 28 ? n : 28 : below(n + 1);
	ip(p, 28, ICMP, below(2) ? ends->server : hostile_random(),
	   ends->client);
	memset(p + 20, 0, 8);
	p[20] = below(8) ? types[below(sizeof(types))] : hostile_random();
	p[21] = below(2) ? below(16) : 4;
	put16(p + 26, below(2) ? 0 : 68);
	if (!below(8)) {
		memcpy(p + len, p, 28);
		len += 28;
	}
	if (len + n > HOSTILE_MAX)
		n = HOSTILE_MAX - len;
	memcpy(p + len, inner, n);
	len += n;
	put16(p + 2, len);
	sums(p, len);
	return len;
}

/* Segments that do not fit the state they meet */
static size_t odd_segment(uint8_t *p, const struct hostile_ends *ends)
{
	size_t data = below(64);

	ip(p, 40 + data, TCP, ends->client, ends->server);
	tcp(p + 20, 5000 + below(16), 9000, hostile_random());
	if (below(2)) {
		put32(p + 12, ends->server);
		put32(p + 16, ends->client);
		memcpy(p + 22, p + 20, 2);
		put16(p + 20, 9000);
	}
	fill(p + 40, data);
	sums(p, 40 + data);
	return 40 + data;
}

/* A connection of its own each time: the table is full of them */
static size_t new_flow(uint8_t *p, const struct hostile_ends *ends)
{
	uint32_t from = below(2) ? 0x0b000000 | below(0x1000000) : ends->client;

	if (below(2)) {
		ip(p, 40, TCP, from, ends->server);
		tcp(p + 20, hostile_random(), hostile_random(),
		    below(4) ? SYN : ACK);
		sums(p, 40);
		return 40;
	}
	ip(p, 28, below(4) ? UDP : hostile_random(), from, ends->server);
	put32(p + 20, hostile_random());
	put16(p + 24, 8);
	put16(p + 26, 0);
	sums(p, 28);
	return 28;
}

const struct hostile_kind hostile_kinds[] = {
	{ "bad-ip", bad_ip },
	{ "bad-transport", bad_transport },
	{ "noise", noise },
	{ "mutated", mutated },
	{ "captured", mutated_capture },
	{ "fragments", fragments },
	{ "overlap", overlap },
	{ "option-bomb", option_bomb },
	{ "land", land },
	{ "icmp-error", icmp_error },
	{ "odd-segment", odd_segment },
	{ "new-flow", new_flow },
};
const unsigned int hostile_count =
	sizeof(hostile_kinds) / sizeof(hostile_kinds[0]);
