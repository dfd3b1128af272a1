// SPDX-License-Identifier: GPL-2.0
/*
 * flood.c - hostile packets onto a wire, all kinds of hostile.c in turn.
 *
 *   flood DEVICE TO-MAC CLIENT SERVER COUNT SEED [CAPTURE]
 *
 * CLIENT and SERVER are the addresses between which the conversations are
 * that the packets pretend to be of; CAPTURE has real ones, to be spoilt. The
 * same seed gives the same packets. What the device drops on its way to the
 * other end is made up for. Prints a line for each kind and "N packets in S s".
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

/* Packets that the device has not got across since it is there */
static long dropped(const char *device)
{
	char line[512], name[32];
	FILE *f = fopen("/proc/net/dev", "r");
	long drops = -1;

	if (!f)
		err(1, "/proc/net/dev");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " %31[^:]: %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %ld",
			   name, &drops) == 2 && !strcmp(name, device))
			break;
	if (feof(f))
		errx(1, "/proc/net/dev has no %s", device);
	fclose(f);
	return drops;
}

int main(int argc, char **argv)
{
	struct hostile_ends ends;
	struct timespec begin, end;
	long count, before, sent = 0, lost = 0, of_kind[64] = {};
	unsigned int k;
	int fd;

	if (argc != 7 && argc != 8)
		errx(2, "DEVICE TO-MAC CLIENT SERVER COUNT SEED [CAPTURE]");
	if (argc == 8 && !hostile_capture(argv[7]))
		errx(2, "%s is no capture of packets", argv[7]);
	ends.client = ntohl(inet_addr(argv[3]));
	ends.server = ntohl(inet_addr(argv[4]));
	count = atol(argv[5]);
	hostile_seed(strtoull(argv[6], NULL, 0));
	fd = open_device(argv[1], argv[2]);
	before = dropped(argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (sent < count + lost) {
		int n = count + lost - sent < BATCH ? count + lost - sent : BATCH;
		int i;

		for (i = 0; i < n; i++) {
			k = hostile_random() % hostile_count;
			iov[i].iov_len = sizeof(struct ether_header) +
				hostile_kinds[k].make(frames[i].packet, &ends);
			of_kind[k]++;
		}
		send_batch(fd, n);
		sent += n;
		if (sent == count + lost)
			lost = dropped(argv[1]) - before;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	for (k = 0; k < hostile_count; k++)
		printf("%-14s %ld\n", hostile_kinds[k].name, of_kind[k]);
	printf("%ld packets (and %ld dropped) in %.1f s\n", sent - lost, lost,
	       end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9);
	return 0;
}
