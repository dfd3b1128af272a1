// SPDX-License-Identifier: GPL-2.0
/*
 * failnth.c - a system call in which each allocation fails in turn.
 *
 *   failnth load FILE [PARAMETERS]   finit_module(); a success is unloaded
 *   failnth unload FILE [PARAMETERS] delete_module() of what was loaded
 *   failnth unshare                  a new network namespace, and its end
 *   failnth read FILE                open, read to the end, close
 *   failnth write FILE TEXT          open, write, close
 *   failnth send FROM TO             a datagram and a SYN, by a raw socket
 *   failnth request HEX [HEX HEX]    a message of netlink and its answers
 *                                    (tests/ctnl.py message); others before and
 *                                    after it in which nothing fails
 *
 * The first time the first allocation of the call fails, then the second, and
 * so on until the call makes fewer than that. /proc/thread-self/fail-nth does
 * this; the debugfs attributes of failslab and fail_page_alloc must let
 * GFP_KERNEL fail. IP_CONNTRACK_NTH=n takes only each n-th of them. Prints
 * "FAILED of ALLOCATIONS calls failed". Status 1 if the call fails although no
 * allocation did.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODULE	"ip_conntrack"
#define MOST	20000		/* no call makes more allocations than this */

static char **args;
static int module_fd, raw_fd, nth_fd;
static unsigned short port = 1024;

static int load(void)
{
	return syscall(SYS_finit_module, module_fd, args[3] ? args[3] : "", 0);
}

static int unload(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK);
}

/* What the kernel holds for a moment after a failed try goes away by itself */
static void must_unload(void)
{
	int tries;

	for (tries = 0; tries < 100 && unload(); tries++) {
		if (errno != EAGAIN && errno != EBUSY && errno != EWOULDBLOCK)
			err(1, "unload");
		usleep(100000);
	}
}

static void must_load(void)
{
	if (load())
		err(1, "load");
}

static int new_namespace(void)
{
	return unshare(CLONE_NEWNET);
}

static int read_all(void)
{
	int fd = open(args[2], O_RDONLY), status = 0;
	static char buffer[65536];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		;
	if (n < 0)
		status = -1;
	close(fd);
	return status;
}

static int write_text(void)
{
	int fd = open(args[2], O_WRONLY), status = 0;

	if (fd < 0)
		return -1;
	if (write(fd, args[3], strlen(args[3])) < 0)
		status = -1;
	close(fd);
	return status;
}

static int send_one(int protocol, const void *segment, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char packet[sizeof(struct iphdr) + 64] = {};
	struct iphdr *ip = (void *)packet;

	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = protocol;
	ip->saddr = inet_addr(args[2]);
	ip->daddr = to.sin_addr.s_addr = inet_addr(args[3]);
	memcpy(ip + 1, segment, len);
	return sendto(raw_fd, packet, sizeof(*ip) + len, 0,
		      (struct sockaddr *)&to, sizeof(to)) < 0 ? -1 : 0;
}

static int send_both(void)
{
	struct tcphdr tcp = { .source = htons(port), .dest = htons(9), .doff = 5,
			      .syn = 1, .window = htons(1024) };
	struct udphdr udp = { .source = htons(port), .dest = htons(9),
			      .len = htons(sizeof(udp)) };
	int status = send_one(IPPROTO_UDP, &udp, sizeof(udp));

	port++;
	return send_one(IPPROTO_TCP, &tcp, sizeof(tcp)) ? -1 : status;
}

static size_t from_hex(const char *hex, unsigned char *to, size_t room)
{
	size_t n;

	for (n = 0; hex[2 * n]; n++)
		if (n == room || sscanf(hex + 2 * n, "%2hhx", to + n) != 1)
			errx(2, "not a message in hex: %s", hex);
	return n;
}

/* 1: the last answer was among them, 0: it was not, -1 with errno: an error */
static int answered(const char *buffer, ssize_t len)
{
	const struct nlmsghdr *nlh = (const void *)buffer;

	for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
		const struct nlmsgerr *answer = NLMSG_DATA(nlh);

		if (nlh->nlmsg_type == NLMSG_ERROR ||
		    nlh->nlmsg_type == NLMSG_DONE) {
			errno = -answer->error;
			return errno ? -1 : 1;
		}
	}
	return 0;
}

static int say(const char *hex)
{
	/* an answer for which there was no memory does not come */
	const struct timeval patience = { .tv_sec = 1 };
	static unsigned char message[4096];
	static char answer[65536];
	size_t len = from_hex(hex, message, sizeof(message));
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), done = -1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (send(fd, message, len, 0) == (ssize_t)len)
		do {
			ssize_t n = recv(fd, answer, sizeof(answer), 0);

			done = n < 0 ? -1 : answered(answer, n);
		} while (!done);
	close(fd);
	return done > 0 ? 0 : -1;
}

static int request(void)
{
	return say(args[2]);
}

/* It may be refused: what it undoes was perhaps not done */
static void before_request(void)
{
	if (args[3])
		say(args[3]);
}

static void after_request(void)
{
	if (args[3] && args[4])
		say(args[4]);
}

static const struct mode {
	const char *name;
	int (*call)(void);
	void (*before)(void);	/* each time, with no fault */
	void (*after)(void);	/* after a success */
	void (*failed)(void);	/* after a failure */
} modes[] = {
	{ "load", load, NULL, must_unload, NULL },
	{ "unload", unload, must_load, NULL, must_unload },
	{ "unshare", new_namespace, NULL, NULL, NULL },
	{ "read", read_all, NULL, NULL, NULL },
	{ "write", write_text, NULL, NULL, NULL },
	{ "send", send_both, NULL, NULL, NULL },
	{ "request", request, before_request, after_request, after_request },
};

static void nth(int n)
{
	char text[16];

	if (pwrite(nth_fd, text, sprintf(text, "%d", n), 0) < 0)
		err(1, "fail-nth");
}

static int nth_left(void)
{
	char text[16] = {};

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		err(1, "fail-nth");
	return atoi(text);
}

/* One call in a child of its own. 0: nothing failed, 1: a fault, 2: the call */
static int once(const struct mode *mode, int n)
{
	int status;
	pid_t pid;

	if (mode->before)
		mode->before();
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		int failed, left, error;

		nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
		if (nth_fd < 0)
			err(4, "fail-nth");
		nth(n);
		failed = mode->call();
		error = errno;
		left = nth_left();
		nth(0);
		if (failed && left) {
			errno = error;
			err(4, "%s, no allocation failed", mode->name);
		}
		_exit(left ? 0 : failed ? 2 : 1);
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		errx(1, "%s: the process was killed", mode->name);
	status = WEXITSTATUS(status);
	if (status > 2)
		exit(1);
	if (status == 2 && mode->failed)
		mode->failed();
	if (status != 2 && mode->after)
		mode->after();
	return status;
}

int main(int argc, char **argv)
{
	const struct mode *mode = NULL;
	int n, failures = 0, result, step = 1, calls = 0;
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, argv[1]))
			mode = &modes[i];
	if (!mode)
		errx(2, "see the top of failnth.c");
	args = argv;
	if (mode->call == load || mode->call == unload) {
		module_fd = open(argv[2], O_RDONLY | O_CLOEXEC);
		if (module_fd < 0)
			err(1, "%s", argv[2]);
	}
	if (mode->call == send_both) {
		raw_fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
		if (raw_fd < 0)
			err(1, "raw socket");
	}
	if (getenv("IP_CONNTRACK_NTH"))
		step = atoi(getenv("IP_CONNTRACK_NTH"));
	if (step < 1)
		errx(2, "IP_CONNTRACK_NTH is 1 or more");
	for (n = 1; n < MOST; n += step) {
		result = once(mode, n);
		if (!result)
			break;
		calls++;
		failures += result == 2;
	}
	if (n >= MOST)
		errx(1, "%s: more than %d allocations", mode->name, MOST);
	printf("%d of %d calls failed\n", failures, calls);
	return 0;
}
