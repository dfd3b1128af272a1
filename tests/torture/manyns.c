// SPDX-License-Identifier: GPL-2.0
/*
 * manyns.c - network namespaces come, have flows, and go.
 *
 *   manyns COUNT AT-ONCE
 *
 * In each, datagrams to closed ports of 127.0.0.1 (and the ICMP errors that
 * answer them) and a TCP connection that is refused. Ends when all have gone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void live(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct ifreq lo = { .ifr_name = "lo" };
	int udp, tcp, i;

	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (udp < 0 || tcp < 0)
		err(1, "socket");
	if (ioctl(udp, SIOCGIFFLAGS, &lo))
		err(1, "lo");
	lo.ifr_flags |= IFF_UP;
	if (ioctl(udp, SIOCSIFFLAGS, &lo))
		err(1, "lo up");
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (i = 0; i < 64; i++) {
		to.sin_port = htons(1000 + i);
		sendto(udp, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	}
	if (!connect(tcp, (struct sockaddr *)&to, sizeof(to)))
		errx(1, "somebody listens");
}

int main(int argc, char **argv)
{
	int count, at_once, running = 0, status, failed = 0;

	if (argc != 3)
		errx(2, "COUNT AT-ONCE");
	count = atoi(argv[1]);
	at_once = atoi(argv[2]);
	while (count > 0 || running > 0) {
		if (count > 0 && running < at_once) {
			pid_t pid = fork();

			if (pid < 0)
				err(1, "fork");
			if (!pid) {
				live();
				_exit(0);
			}
			count--;
			running++;
			continue;
		}
		if (wait(&status) < 0)
			err(1, "wait");
		failed += status != 0;
		running--;
	}
	return failed != 0;
}
