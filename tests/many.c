// SPDX-License-Identifier: GPL-2.0
/*
 * many.c - connections at a steady rate: UDP datagrams, each to a port of its
 * own.
 *
 *   many TO FIRST COUNT RATE [FROM]
 *
 * COUNT datagrams to the ports FIRST, FIRST + 1, ... of TO, RATE a second
 * (0: as many as go), from the port FROM: with the same one, the same
 * connections again. Prints how long it took: "COUNT in N ms".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH	16

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void wait_until(uint64_t when)
{
	struct timespec t = {
		.tv_sec = when / 1000000000,
		.tv_nsec = when % 1000000000,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void send_batch(int fd, const char *to, unsigned int port, unsigned int n)
{
	static char payload[] = "x";
	struct sockaddr_in address[BATCH];
	struct mmsghdr message[BATCH];
	struct iovec data = { .iov_base = payload, .iov_len = 1 };
	unsigned int i;

	memset(message, 0, sizeof(message));
	for (i = 0; i < n; i++) {
		address[i].sin_family = AF_INET;
		address[i].sin_port = htons(port + i);
		address[i].sin_addr.s_addr = inet_addr(to);
		message[i].msg_hdr.msg_name = &address[i];
		message[i].msg_hdr.msg_namelen = sizeof(address[i]);
		message[i].msg_hdr.msg_iov = &data;
		message[i].msg_hdr.msg_iovlen = 1;
	}
	for (i = 0; i < n;) {
		int sent = sendmmsg(fd, message + i, n - i, 0);

		if (sent < 0)
			err(1, "sendmmsg");
		i += sent;
	}
}

static void bind_to(int fd, unsigned int port)
{
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	if (bind(fd, (struct sockaddr *)&from, sizeof(from)))
		err(1, "bind");
}

int main(int argc, char **argv)
{
	unsigned int first, count, rate, sent = 0;
	uint64_t begin;
	int fd;

	if (argc != 5 && argc != 6)
		errx(2, "see the top of many.c");
	first = atoi(argv[2]);
	count = atoi(argv[3]);
	rate = atoi(argv[4]);
	if (!first || first + count > 65536)
		errx(2, "no such ports");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		err(1, "socket");
	if (argc == 6)
		bind_to(fd, atoi(argv[5]));
	begin = now();
	while (sent < count) {
		unsigned int n = count - sent < BATCH ? count - sent : BATCH;

		if (rate)
			wait_until(begin + sent * 1000000000ull / rate);
		send_batch(fd, argv[1], first + sent, n);
		sent += n;
	}
	printf("%u in %llu ms\n", count,
	       (unsigned long long)(now() - begin) / 1000000);
	return 0;
}
