// SPDX-License-Identifier: GPL-2.0
/*
 * flood.c - hostile packets onto a wire, all kinds of hostile.c in turn.
 *
 *   flood DEVICE TO-MAC CLIENT SERVER COUNT SEED
 *
 * CLIENT and SERVER are the addresses between which the conversations are
 * that the packets pretend to be of. The same seed gives the same packets.
 * Prints a line for each kind and "N packets in S s".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "hostile.h"

#define BATCH	64

struct frame {
	struct ether_header eth;
	uint8_t packet[HOSTILE_MAX];
} __attribute__((packed));

static struct frame frames[BATCH];
static struct mmsghdr msgs[BATCH];
static struct iovec iov[BATCH];

static int open_device(const char *device, const char *mac)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	const struct ether_addr *ether = ether_aton(mac);
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;
	struct ifreq ifr = {};
	int i;

	if (fd < 0)
		err(1, "socket");
	if (!ether)
		errx(2, "%s is no MAC address", mac);
	to.sll_ifindex = if_nametoindex(device);
	if (!to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		err(1, "%s", device);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		err(1, "address of %s", device);
	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
		err(1, "PACKET_QDISC_BYPASS");
	for (i = 0; i < BATCH; i++) {
		memcpy(frames[i].eth.ether_dhost, ether, ETH_ALEN);
		memcpy(frames[i].eth.ether_shost, ifr.ifr_hwaddr.sa_data,
		       ETH_ALEN);
		frames[i].eth.ether_type = htons(ETHERTYPE_IP);
		iov[i].iov_base = &frames[i];
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	return fd;
}

static void send_batch(int fd, int n)
{
	int done = 0;

	while (done < n) {
		int now = sendmmsg(fd, msgs + done, n - done, 0);

		if (now < 0 && errno != ENOBUFS && errno != EINTR)
			err(1, "sendmmsg");
		if (now > 0)
			done += now;
	}
}

int main(int argc, char **argv)
{
	struct hostile_ends ends;
	struct timespec begin, end;
	long count, sent = 0, of_kind[64] = {};
	unsigned int k;
	int fd;

	if (argc != 7)
		errx(2, "DEVICE TO-MAC CLIENT SERVER COUNT SEED");
	ends.client = ntohl(inet_addr(argv[3]));
	ends.server = ntohl(inet_addr(argv[4]));
	count = atol(argv[5]);
	hostile_seed(strtoull(argv[6], NULL, 0));
	fd = open_device(argv[1], argv[2]);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (sent < count) {
		int n = count - sent < BATCH ? count - sent : BATCH, i;

		for (i = 0; i < n; i++) {
			k = hostile_random() % hostile_count;
			iov[i].iov_len = sizeof(struct ether_header) +
				hostile_kinds[k].make(frames[i].packet, &ends);
			of_kind[k]++;
		}
		send_batch(fd, n);
		sent += n;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	for (k = 0; k < hostile_count; k++)
		printf("%-14s %ld\n", hostile_kinds[k].name, of_kind[k]);
	printf("%ld packets in %.1f s\n", sent,
	       end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9);
	return 0;
}
