// SPDX-License-Identifier: GPL-2.0
/*
 * blast.c - what a blind attacker sends: TCP segments with the addresses and
 * ports of a connection and numbers out of the blue.
 *
 *   blast DEVICE TO-MAC FROM TO SPORT DPORT COUNT SEED
 *
 * All kinds in turn: RST, RST/ACK, SYN, SYN/ACK, FIN/ACK, FIN with data, ACK,
 * data. Checksums are valid. The same seed gives the same segments. Prints how
 * many left the device, in which time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH	64
#define DATA	16

struct frame {
	struct ether_header eth;
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t data[DATA];
} __attribute__((packed));

static const struct kind {
	uint8_t flags;
	uint8_t len;
} kinds[] = {
	{ TH_RST, 0 }, { TH_RST | TH_ACK, 0 },
	{ TH_SYN, 0 }, { TH_SYN | TH_ACK, 0 },
	{ TH_FIN | TH_ACK, 0 }, { TH_FIN | TH_PUSH | TH_ACK, DATA },
	{ TH_ACK, 0 }, { TH_PUSH | TH_ACK, DATA },
};
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static uint64_t state;

static uint32_t random32(void)		/* splitmix64 */
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z >> 32;
}

static uint32_t sum(const void *at, size_t len, uint32_t sum)
{
	const uint8_t *p = at;

	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void fill(struct frame *f, const struct kind *kind)
{
	f->ip.tot_len = htons(sizeof(f->ip) + sizeof(f->tcp) + kind->len);
	f->ip.id = random32();
	f->ip.check = 0;
	f->ip.check = folded(sum(&f->ip, sizeof(f->ip), 0));
	f->tcp.th_flags = kind->flags;
	f->tcp.th_seq = random32();
	f->tcp.th_ack = kind->flags & TH_ACK ? random32() : 0;
	f->tcp.th_win = random32();
	f->tcp.th_sum = 0;
	f->tcp.th_sum = folded(sum(&f->tcp, sizeof(f->tcp) + kind->len,
				   sum(&f->ip.saddr, 8, IPPROTO_TCP +
				       sizeof(f->tcp) + kind->len)));
}

int main(int argc, char **argv)
{
	static struct frame frames[BATCH];
	struct mmsghdr msgs[BATCH] = {};
	struct iovec iov[BATCH];
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	struct timespec begin, end;
	long count, sent = 0;
	struct in_addr from, dest;
	struct ether_addr *mac;
	struct ifreq ifr = {};
	int fd, i;

	if (argc != 9)
		errx(2, "DEVICE TO-MAC FROM TO SPORT DPORT COUNT SEED");
	count = atol(argv[7]);
	state = strtoull(argv[8], NULL, 0);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		err(1, "socket");
	to.sll_ifindex = if_nametoindex(argv[1]);
	if (!to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		err(1, "%s", argv[1]);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", argv[1]);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		err(1, "address of %s", argv[1]);
	i = 1;
	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &i, sizeof(i)))
		err(1, "PACKET_QDISC_BYPASS");
	mac = ether_aton(argv[2]);
	if (!mac)
		errx(2, "%s is no MAC address", argv[2]);

	if (!inet_aton(argv[3], &from) || !inet_aton(argv[4], &dest))
		errx(2, "FROM and TO are IPv4 addresses");

	for (i = 0; i < BATCH; i++) {
		struct frame *f = &frames[i];

		memcpy(f->eth.ether_dhost, mac, ETH_ALEN);
		memcpy(f->eth.ether_shost, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
		f->eth.ether_type = htons(ETHERTYPE_IP);
		f->ip.version = 4;
		f->ip.ihl = 5;
		f->ip.ttl = 64;
		f->ip.protocol = IPPROTO_TCP;
		f->ip.saddr = from.s_addr;
		f->ip.daddr = dest.s_addr;
		f->tcp.th_sport = htons(atoi(argv[5]));
		f->tcp.th_dport = htons(atoi(argv[6]));
		f->tcp.th_off = sizeof(f->tcp) / 4;
		iov[i].iov_base = f;
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (sent < count) {
		int n = count - sent < BATCH ? count - sent : BATCH, done = 0;

		for (i = 0; i < n; i++) {
			const struct kind *kind = &kinds[(sent + i) % KINDS];

			fill(&frames[i], kind);
			iov[i].iov_len = sizeof(struct frame) - DATA + kind->len;
		}
		while (done < n) {
			int now = sendmmsg(fd, msgs + done, n - done, 0);

			if (now < 0 && errno != ENOBUFS && errno != EINTR)
				err(1, "after %ld segments", sent + done);
			if (now > 0)
				done += now;
		}
		sent += n;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%ld segments in %.1f s\n", sent,
	       end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9);
	return 0;
}
