// SPDX-License-Identifier: GPL-2.0
/*
 * oldrev.c - makes iptables-legacy use older revisions of its matches and
 * targets, which it does by itself only on a kernel that has no others.
 *
 *	LD_PRELOAD=oldrev.so OLDREV=1 iptables-legacy ...
 *
 * The kernel is asked as always, but of what asks the connection tracker
 * nothing newer than OLDREV is there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <sys/socket.h>

static int asks_tracker(const char *name)
{
	static const char * const names[] = {
		"state", "conntrack", "connmark", "CONNMARK", "CT", "NOTRACK",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return 1;
	return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int (*real)(int fd, int level, int name, void *value, socklen_t *len);
	const struct xt_get_revision *asked = value;

	if (level == IPPROTO_IP && (name == IPT_SO_GET_REVISION_MATCH ||
				    name == IPT_SO_GET_REVISION_TARGET) &&
	    asks_tracker(asked->name) && asked->revision > atoi(getenv("OLDREV"))) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	real = dlsym(RTLD_NEXT, "getsockopt");
	return real(fd, level, name, value, len);
}
