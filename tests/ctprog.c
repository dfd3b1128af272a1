// SPDX-License-Identifier: GPL-2.0
/*
 * ctprog.c - a program on libnetfilter_conntrack, as others write them.
 *
 *   ctprog list                        a line for each connection
 *   ctprog get FROM TO SPORT DPORT     a UDP connection by its tuple
 *   ctprog mark FROM TO SPORT DPORT M  and with this mark from now on
 *   ctprog delete FROM TO SPORT DPORT
 *   ctprog create FROM TO SPORT DPORT SECONDS
 *   ctprog watch GROUPS BYTES          counts events until it gets SIGTERM
 *
 * GROUPS out of n (new), u (update), d (destroy); BYTES of buffer for the
 * socket. Says "ready" when it listens; the counts are one line: "new N update
 * N destroy N lost N", where lost is how often the kernel said ENOBUFS. Status 1
 * and the reason if something fails.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

static volatile sig_atomic_t over;
static unsigned long count_new, count_update, count_destroy, lost;

static void stop(int sig)
{
	(void)sig;
	over = 1;
}

static int show(enum nf_conntrack_msg_type type, struct nf_conntrack *ct,
		void *data)
{
	char line[1024];

	(void)type;
	(void)data;
	/* no type: a line of a list says nothing of "[UPDATE]" */
	nfct_snprintf(line, sizeof(line), ct, NFCT_T_UNKNOWN, NFCT_O_DEFAULT,
		      NFCT_OF_ID);
	puts(line);
	return NFCT_CB_CONTINUE;
}

static int count(enum nf_conntrack_msg_type type, struct nf_conntrack *ct,
		 void *data)
{
	(void)ct;
	(void)data;
	switch (type) {
	case NFCT_T_NEW:
		count_new++;
		break;
	case NFCT_T_UPDATE:
		count_update++;
		break;
	case NFCT_T_DESTROY:
		count_destroy++;
		break;
	default:
		errx(1, "a message of type %d", type);
	}
	return NFCT_CB_CONTINUE;
}

static int watch(const char *groups, int bytes)
{
	unsigned int mask = 0;
	struct nfct_handle *h;
	struct pollfd fd = { .events = POLLIN };

	if (strchr(groups, 'n'))
		mask |= NF_NETLINK_CONNTRACK_NEW;
	if (strchr(groups, 'u'))
		mask |= NF_NETLINK_CONNTRACK_UPDATE;
	if (strchr(groups, 'd'))
		mask |= NF_NETLINK_CONNTRACK_DESTROY;
	h = nfct_open(CONNTRACK, mask);
	if (!h)
		err(1, "nfct_open");
	nfnl_rcvbufsiz(nfct_nfnlh(h), bytes);
	nfct_callback_register(h, NFCT_T_ALL, count, NULL);
	fd.fd = nfct_fd(h);
	/* the library goes on reading until there is nothing left */
	fcntl(fd.fd, F_SETFL, O_NONBLOCK);
	signal(SIGTERM, stop);
	puts("ready");
	fflush(stdout);

	/* what has come before the end is counted too */
	while (poll(&fd, 1, over ? 0 : 200) > 0 || !over) {
		if (fd.revents && nfct_catch(h) < 0) {
			if (errno == ENOBUFS)
				lost++;
			else if (errno != EINTR && errno != EAGAIN)
				err(1, "nfct_catch");
		}
		fd.revents = 0;
	}
	printf("new %lu update %lu destroy %lu lost %lu\n", count_new,
	       count_update, count_destroy, lost);
	nfct_close(h);
	return 0;
}

static struct nf_conntrack *connection(char **argv)
{
	struct nf_conntrack *ct = nfct_new();

	if (!ct)
		err(1, "nfct_new");
	nfct_set_attr_u8(ct, ATTR_L3PROTO, AF_INET);
	nfct_set_attr_u32(ct, ATTR_IPV4_SRC, inet_addr(argv[0]));
	nfct_set_attr_u32(ct, ATTR_IPV4_DST, inet_addr(argv[1]));
	nfct_set_attr_u8(ct, ATTR_L4PROTO, IPPROTO_UDP);
	nfct_set_attr_u16(ct, ATTR_PORT_SRC, htons(atoi(argv[2])));
	nfct_set_attr_u16(ct, ATTR_PORT_DST, htons(atoi(argv[3])));
	return ct;
}

static void query(enum nf_conntrack_query what, const void *data)
{
	struct nfct_handle *h = nfct_open(CONNTRACK, 0);

	if (!h)
		err(1, "nfct_open");
	nfct_callback_register(h, NFCT_T_ALL, show, NULL);
	if (nfct_query(h, what, data))
		err(1, "nfct_query");
	nfct_close(h);
}

int main(int argc, char **argv)
{
	uint32_t family = AF_INET;
	struct nf_conntrack *ct;

	if (argc == 2 && !strcmp(argv[1], "list")) {
		query(NFCT_Q_DUMP, &family);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "watch"))
		return watch(argv[2], atoi(argv[3]));
	if (argc < 6)
		errx(2, "see the top of ctprog.c");
	ct = connection(argv + 2);
	if (!strcmp(argv[1], "get")) {
		query(NFCT_Q_GET, ct);
	} else if (!strcmp(argv[1], "delete")) {
		query(NFCT_Q_DESTROY, ct);
	} else if (!strcmp(argv[1], "mark") && argc == 7) {
		nfct_set_attr_u32(ct, ATTR_MARK, atoi(argv[6]));
		query(NFCT_Q_UPDATE, ct);
	} else if (!strcmp(argv[1], "create") && argc == 7) {
		nfct_setobjopt(ct, NFCT_SOPT_SETUP_REPLY);
		nfct_set_attr_u32(ct, ATTR_TIMEOUT, atoi(argv[6]));
		query(NFCT_Q_CREATE, ct);
	} else {
		errx(2, "see the top of ctprog.c");
	}
	return 0;
}
