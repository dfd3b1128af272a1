// SPDX-License-Identifier: GPL-2.0
/*
 * kcov.c - hostile packets by way of what they make the module execute.
 *
 *   kcov DEVICE CLIENT SERVER COUNT SEED [CORPUS]
 *
 * Makes the TUN device DEVICE (an interface that receives what is written to
 * it, in the context of the writer, where KCOV can follow) and writes COUNT
 * packets: half new ones of hostile.c, half mutations of the corpus. A packet
 * that makes the module pass from one place to another as none did before, or
 * a pair of places more, enters the corpus, which is cut back to those that
 * still add something. It begins with the files of the folder CORPUS (each a
 * packet from its IPv4 header on) and is written back there.
 * Prints "N packets, N edges, N in the corpus". Status 1 without coverage.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coverage.h"
#include "hostile.h"

#define CORPUS_MAX	1024

struct entry {
	size_t len;
	uint8_t packet[HOSTILE_MAX];
};

static struct entry corpus[CORPUS_MAX];
static unsigned int in_corpus;
static int tun_fd;

static void open_tun(const char *name, const struct hostile_ends *ends)
{
	struct sockaddr_in *addr;
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	tun_fd = open("/dev/net/tun", O_RDWR);
	if (tun_fd < 0)
		err(1, "/dev/net/tun");
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(tun_fd, TUNSETIFF, &ifr))
		err(1, "TUNSETIFF");
	addr = (struct sockaddr_in *)&ifr.ifr_addr;
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl((ends->client & ~255U) | 254);
	if (ioctl(fd, SIOCSIFADDR, &ifr))
		err(1, "address");
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "up");
	close(fd);
}

/* Edges that this packet was the first to take */
static unsigned int run(const uint8_t *packet, size_t len)
{
	coverage_begin();
	/* what the stack does not want it refuses: EINVAL and the like */
	if (write(tun_fd, packet, len) < 0)
		return 0;
	return coverage_end();
}

static void keep(const uint8_t *packet, size_t len)
{
	struct entry *e;

	if (in_corpus < CORPUS_MAX)
		e = &corpus[in_corpus++];
	else
		e = &corpus[hostile_random() % CORPUS_MAX];
	e->len = len;
	memcpy(e->packet, packet, len);
}

static void read_corpus(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		uint8_t packet[HOSTILE_MAX];
		char name[4096];
		ssize_t len;
		int fd;

		snprintf(name, sizeof(name), "%s/%s", path, d->d_name);
		fd = open(name, O_RDONLY);
		len = fd < 0 ? -1 : read(fd, packet, sizeof(packet));
		if (len > 0 && run(packet, len))
			keep(packet, len);
		if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
}

/* Once more from the shortest on: what adds nothing then goes */
static int by_length(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->len > y->len) - (x->len < y->len);
}

static void cut_corpus(void)
{
	unsigned int i, n = in_corpus;

	qsort(corpus, n, sizeof(corpus[0]), by_length);
	coverage_forget();
	in_corpus = 0;
	for (i = 0; i < n; i++) {
		struct entry e = corpus[i];

		if (run(e.packet, e.len))
			corpus[in_corpus++] = e;
	}
}

static void write_corpus(const char *path)
{
	unsigned int i;

	for (i = 0; i < in_corpus; i++) {
		char name[4096];
		int fd;

		snprintf(name, sizeof(name), "%s/%04u", path, i);
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || write(fd, corpus[i].packet, corpus[i].len) < 0)
			err(1, "%s", name);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	struct hostile_ends ends;
	unsigned int reached;
	long count, i;

	if (argc < 6)
		errx(2, "DEVICE CLIENT SERVER COUNT SEED [CORPUS]");
	ends.client = ntohl(inet_addr(argv[2]));
	ends.server = ntohl(inet_addr(argv[3]));
	count = atol(argv[4]);
	hostile_seed(strtoull(argv[5], NULL, 0));
	open_tun(argv[1], &ends);
	if (!coverage_open())
		err(1, "kcov");
	if (argc > 6)
		read_corpus(argv[6]);
	for (i = 0; i < count; i++) {
		uint8_t packet[HOSTILE_MAX];
		size_t len;

		if (in_corpus && i % 2) {
			const struct entry *e =
				&corpus[hostile_random() % in_corpus];

			len = e->len;
			memcpy(packet, e->packet, len);
			hostile_mutate(packet, &len);
		} else {
			len = hostile_kinds[hostile_random() % hostile_count]
				.make(packet, &ends);
		}
		if (run(packet, len))
			keep(packet, len);
		if (i % 10000 == 9999)
			fprintf(stderr, "%ld packets, %u edges\n", i + 1,
				coverage_edges());
	}
	reached = coverage_edges();
	cut_corpus();
	if (argc > 6)
		write_corpus(argv[6]);
	printf("%ld packets, %u edges, %u in the corpus\n", count, reached,
	       in_corpus);
	return reached < 50;
}
