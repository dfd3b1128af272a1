// SPDX-License-Identifier: GPL-2.0
/*
 * nlfuzz.c - requests to ip_conntrack_netlink, honest ones and others.
 *
 *   nlfuzz COUNT SEED SRC DST
 *
 * Every kind of request that nfnetlink's subsystems "conntrack" and
 * "expectation" know is built as it should be; two thirds of them then get one
 * to four things wrong: types, flags, lengths, nesting, attributes left out or
 * sent twice, noise. Where there is KCOV a request that makes the module go a
 * way that none went before is kept, and others are made out of it. Listings
 * are left half read, sockets are closed under them, events are listened to.
 *
 * The connections are between 172.16.0.0/16 and itself. All answers must be
 * well-formed, and none may tell of a connection from SRC to DST, which is
 * another namespace's.
 *
 * Prints "N requests: N done, N refused, N denied; N answers, N edges", where
 * denied is EPERM. Status 1 if an answer is not as it must be.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coverage.h"
#include "hostile.h"

#define ROOM		4096
#define HEADERS		(sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg))
#define KEPT_MAX	512
#define DEPTH_MAX	16

static const uint8_t protocols[] = { 6, 6, 6, 17, 17, 1, 47, 132, 33, 136, 0 };

struct request {
	size_t len;
	uint8_t data[ROOM];
};

static struct request kept[KEPT_MAX];
static unsigned int in_kept;
static int fd = -1, events_fd = -1;
static uint32_t stranger_src, stranger_dst, seq;
static long done, refused, denied, answers;

static uint32_t below(uint32_t n)
{
	return hostile_random() % n;
}

/* --- requests as they should be */

static struct nlmsghdr *header(struct request *r)
{
	return (struct nlmsghdr *)r->data;
}

static void begin(struct request *r, unsigned int subsystem, unsigned int type,
		  unsigned int flags)
{
	struct nfgenmsg *nf = (struct nfgenmsg *)(r->data + NLMSG_HDRLEN);

	memset(r->data, 0, HEADERS);
	header(r)->nlmsg_type = subsystem << 8 | type;
	header(r)->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nf->nfgen_family = below(8) ? AF_INET : AF_UNSPEC;
	r->len = HEADERS;
}

static size_t nest(struct request *r, unsigned int type)
{
	struct nlattr *attr = (struct nlattr *)(r->data + r->len);

	attr->nla_type = type | NLA_F_NESTED;
	attr->nla_len = NLA_HDRLEN;
	r->len += NLA_HDRLEN;
	return r->len - NLA_HDRLEN;
}

static void end(struct request *r, size_t at)
{
	struct nlattr *attr = (struct nlattr *)(r->data + at);

	attr->nla_len = r->len - at;
}

static void put(struct request *r, unsigned int type, const void *data,
		size_t len)
{
	struct nlattr *attr = (struct nlattr *)(r->data + r->len);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memset(r->data + r->len + NLA_HDRLEN, 0, NLA_ALIGN(len));
	memcpy(r->data + r->len + NLA_HDRLEN, data, len);
	r->len += NLA_HDRLEN + NLA_ALIGN(len);
}

static void put8(struct request *r, unsigned int type, uint8_t v)
{
	put(r, type, &v, 1);
}

static void put16(struct request *r, unsigned int type, uint16_t v)
{
	v = htons(v);
	put(r, type, &v, 2);
}

static void put32(struct request *r, unsigned int type, uint32_t v)
{
	v = htonl(v);
	put(r, type, &v, 4);
}

/* One of few connections, by number, so that requests meet each other's */
static void tuple(struct request *r, unsigned int type, unsigned int which,
		  bool reply)
{
	uint8_t proto = protocols[which % sizeof(protocols)];
	uint32_t src = 0xac100000 | (which & 7), dst = src | 0x100;
	uint16_t sport = 1000 + (which >> 3 & 3), dport = 80;
	size_t outer = nest(r, type), inner = nest(r, CTA_TUPLE_IP);

	put32(r, CTA_IP_V4_SRC, reply ? dst : src);
	put32(r, CTA_IP_V4_DST, reply ? src : dst);
	end(r, inner);
	inner = nest(r, CTA_TUPLE_PROTO);
	put8(r, CTA_PROTO_NUM, proto);
	if (proto == 6 || proto == 17) {
		put16(r, CTA_PROTO_SRC_PORT, reply ? dport : sport);
		put16(r, CTA_PROTO_DST_PORT, reply ? sport : dport);
	} else if (proto == 1) {
		put16(r, CTA_PROTO_ICMP_ID, sport);
		put8(r, CTA_PROTO_ICMP_TYPE, reply ? 0 : 8);
		put8(r, CTA_PROTO_ICMP_CODE, 0);
	}
	end(r, inner);
	if (!below(8))
		put16(r, CTA_TUPLE_ZONE, below(8) ? 0 : 1);
	end(r, outer);
}

static void protoinfo(struct request *r)
{
	struct nf_ct_tcp_flags flags = { below(256), below(256) };
	size_t outer = nest(r, CTA_PROTOINFO);
	size_t inner = nest(r, CTA_PROTOINFO_TCP);

	put8(r, CTA_PROTOINFO_TCP_STATE, below(11));
	if (below(2)) {
		put8(r, CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, below(16));
		put8(r, CTA_PROTOINFO_TCP_WSCALE_REPLY, below(16));
		put(r, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, &flags, 2);
		put(r, CTA_PROTOINFO_TCP_FLAGS_REPLY, &flags, 2);
	}
	end(r, inner);
	end(r, outer);
}

static void changes(struct request *r)
{
	if (below(2))
		put32(r, CTA_TIMEOUT, below(4) ? below(1000) : hostile_random());
	if (below(2))
		put32(r, CTA_MARK, hostile_random());
	if (!below(4))
		put32(r, CTA_MARK_MASK, hostile_random());
	if (below(2))
		put32(r, CTA_STATUS, below(4) ? IPS_CONFIRMED | IPS_SEEN_REPLY |
		      (below(2) ? IPS_ASSURED : 0) : hostile_random());
	if (!below(4))
		protoinfo(r);
}

static void create(struct request *r)
{
	unsigned int which = hostile_random();

	begin(r, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW,
	      NLM_F_CREATE | (below(2) ? NLM_F_EXCL : 0));
	tuple(r, CTA_TUPLE_ORIG, which, false);
	tuple(r, CTA_TUPLE_REPLY, which, true);
	put32(r, CTA_TIMEOUT, 1 + below(600));
	if (below(2))
		put32(r, CTA_STATUS, IPS_CONFIRMED | IPS_SEEN_REPLY);
	if (below(2))
		put32(r, CTA_MARK, below(4));
	if (!below(3))
		protoinfo(r);
}

static void change(struct request *r)
{
	bool reply = below(2);

	begin(r, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW, 0);
	tuple(r, reply ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG, hostile_random(),
	      reply);
	changes(r);
}

/* What this tracker does not provide, and must say so */
static void foreign(struct request *r)
{
	static const uint8_t nested[] = { CTA_HELP, CTA_NAT_SRC, CTA_NAT_DST,
		CTA_SEQ_ADJ_ORIG, CTA_SEQ_ADJ_REPLY, CTA_TUPLE_MASTER,
		CTA_SECCTX, CTA_TIMESTAMP, CTA_SYNPROXY, CTA_COUNTERS_ORIG,
		CTA_COUNTERS_REPLY };
	uint8_t noise[16];
	size_t at;

	if (below(2))
		create(r);
	else
		change(r);
	at = nest(r, nested[below(sizeof(nested))]);
	put32(r, 1 + below(4), hostile_random());
	put(r, 1 + below(4), "ftp", 4);
	end(r, at);
	if (below(2)) {
		memset(noise, below(256), sizeof(noise));
		put(r, below(2) ? CTA_LABELS : CTA_LABELS_MASK, noise,
		    sizeof(noise));
	}
}

static void show(struct request *r)
{
	begin(r, NFNL_SUBSYS_CTNETLINK, below(4) ? IPCTNL_MSG_CT_GET :
	      IPCTNL_MSG_CT_GET_CTRZERO, 0);
	tuple(r, CTA_TUPLE_ORIG, hostile_random(), false);
}

static void filter(struct request *r)
{
	size_t at;

	if (!below(3))
		put32(r, CTA_MARK, below(4));
	if (!below(4))
		put32(r, CTA_MARK_MASK, below(4));
	if (!below(4))
		put32(r, CTA_STATUS, below(16));
	if (!below(4))
		put32(r, CTA_STATUS_MASK, below(16));
	if (!below(8))
		put16(r, CTA_ZONE, below(2));
	if (below(3))
		return;
	at = nest(r, CTA_FILTER);
	put32(r, CTA_FILTER_ORIG_FLAGS, below(512));
	if (below(2))
		put32(r, CTA_FILTER_REPLY_FLAGS, below(512));
	end(r, at);
	tuple(r, CTA_TUPLE_ORIG, hostile_random(), false);
	tuple(r, CTA_TUPLE_REPLY, hostile_random(), true);
}

static void list(struct request *r)
{
	begin(r, NFNL_SUBSYS_CTNETLINK, below(4) ? IPCTNL_MSG_CT_GET :
	      IPCTNL_MSG_CT_GET_CTRZERO, NLM_F_DUMP);
	filter(r);
}

static void delete(struct request *r)
{
	begin(r, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE,
	      below(2) ? NLM_F_ECHO : 0);
	tuple(r, CTA_TUPLE_ORIG, hostile_random(), false);
	if (!below(4))
		put32(r, CTA_ID, hostile_random());
}

static void flush(struct request *r)
{
	begin(r, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE,
	      below(2) ? NLM_F_ECHO : 0);
	if (below(16)) {
		put32(r, CTA_MARK, below(4));
		filter(r);
	}
}

static void counts(struct request *r)
{
	begin(r, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET_STATS_CPU + below(4),
	      below(4) ? NLM_F_DUMP : 0);
}

static void expect(struct request *r)
{
	begin(r, NFNL_SUBSYS_CTNETLINK_EXP, below(IPCTNL_MSG_EXP_MAX),
	      below(2) ? NLM_F_DUMP : below(2) ? NLM_F_CREATE : 0);
	if (below(4)) {
		tuple(r, CTA_EXPECT_MASTER, hostile_random(), false);
		tuple(r, CTA_EXPECT_TUPLE, hostile_random(), false);
		tuple(r, CTA_EXPECT_MASK, 0, false);
		put32(r, CTA_EXPECT_TIMEOUT, 60);
	}
}

static void (* const kinds[])(struct request *r) = {
	create, create, create, change, change, foreign, show, list, list,
	delete, flush, counts, expect,
};

/* --- and as they should not be */

/* A random attribute, and those around it; 0 if there is none */
static unsigned int choose(const struct request *r, size_t path[DEPTH_MAX])
{
	size_t from = HEADERS, to = r->len;
	unsigned int depth = 0;

	while (depth < DEPTH_MAX && from + NLA_HDRLEN <= to) {
		size_t at = from, candidates[64];
		unsigned int n = 0;
		const struct nlattr *attr;

		while (at + NLA_HDRLEN <= to && n < 64) {
			attr = (const struct nlattr *)(r->data + at);
			if (attr->nla_len < NLA_HDRLEN ||
			    at + attr->nla_len > to)
				break;
			candidates[n++] = at;
			at += NLA_ALIGN(attr->nla_len);
		}
		if (!n)
			break;
		at = candidates[below(n)];
		path[depth++] = at;
		attr = (const struct nlattr *)(r->data + at);
		if (!(attr->nla_type & NLA_F_NESTED) || !below(4))
			break;
		from = at + NLA_HDRLEN;
		to = at + attr->nla_len;
	}
	return depth;
}

/* By how much all that contain this place have grown */
static void grown(struct request *r, const size_t *path, unsigned int depth,
		  int by)
{
	while (depth--)
		((struct nlattr *)(r->data + path[depth]))->nla_len += by;
	r->len += by;
}

static void insert(struct request *r, size_t at, size_t n)
{
	memmove(r->data + at + n, r->data + at, r->len - at);
	while (n--)
		r->data[at + n] = below(2) ? 0 : hostile_random();
}

static void spoil_attr(struct request *r)
{
	static const uint16_t lengths[] = { 0, 1, 3, 4, 5, 6, 7, 8, 12, 0x7fff,
					    0x8000, 0xfffc, 0xffff };
	size_t path[DEPTH_MAX], at, size, copy;
	unsigned int depth = choose(r, path), i;
	struct nlattr *attr;

	if (!depth)
		return;
	at = path[depth - 1];
	attr = (struct nlattr *)(r->data + at);
	size = NLA_ALIGN(attr->nla_len);
	if (at + size > r->len)
		return;
	switch (below(9)) {
	case 0:
		attr->nla_type = below(2) ? below(40) : hostile_random();
		break;
	case 1:
		attr->nla_type ^= below(2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
		break;
	case 2:
		attr->nla_len = below(2) ? attr->nla_len + below(9) - 4 :
				lengths[below(sizeof(lengths) / 2)];
		break;
	case 3:		/* what it says */
		for (i = NLA_HDRLEN; i < attr->nla_len; i++)
			if (below(2))
				r->data[at + i] = below(3) ? hostile_random() :
						  below(2) ? 0 : 0xff;
		break;
	case 4:		/* gone */
		memmove(r->data + at, r->data + at + size, r->len - at - size);
		grown(r, path, depth - 1, -(int)size);
		break;
	case 5:		/* twice */
		if (r->len + size > ROOM / 2)
			break;
		insert(r, at, size);
		memcpy(r->data + at, r->data + at + size, size);
		grown(r, path, depth - 1, size);
		break;
	case 6:		/* longer */
		copy = 4 * (1 + below(8));
		if (r->len + copy > ROOM / 2)
			break;
		insert(r, at + NLA_HDRLEN, copy);
		grown(r, path, depth, copy);
		break;
	case 7:		/* shorter */
		if (size < NLA_HDRLEN + 4)
			break;
		memmove(r->data + at + NLA_HDRLEN, r->data + at + NLA_HDRLEN + 4,
			r->len - at - NLA_HDRLEN - 4);
		grown(r, path, depth, -4);
		break;
	case 8:		/* an attribute in an attribute in an attribute */
		for (i = below(2) ? 1 : below(200); i && r->len < ROOM / 2; i--) {
			insert(r, at, NLA_HDRLEN);
			size += NLA_HDRLEN;
			attr = (struct nlattr *)(r->data + at);
			attr->nla_len = size;
			attr->nla_type = NLA_F_NESTED | (1 + below(4));
			grown(r, path, depth - 1, NLA_HDRLEN);
		}
		break;
	}
}

static void spoil_header(struct request *r)
{
	struct nfgenmsg *nf = (struct nfgenmsg *)(r->data + NLMSG_HDRLEN);
	struct nlmsghdr *nlh = header(r);

	switch (below(6)) {
	case 0:
		nlh->nlmsg_type = (below(4) ? 1 + below(2) : below(16)) << 8 |
				  (below(4) ? below(12) : below(256));
		break;
	case 1:
		nlh->nlmsg_flags ^= 1 << below(16);
		break;
	case 2:
		nlh->nlmsg_flags ^= NLM_F_DUMP;
		break;
	case 3:
		nf->nfgen_family = below(2) ? AF_INET6 : below(256);
		break;
	case 4:
		nf->version = below(256);
		break;
	case 5:
		nf->res_id = hostile_random();
		break;
	}
}

static void spoil_bytes(struct request *r)
{
	switch (below(3)) {
	case 0:
		r->data[below(r->len)] = hostile_random();
		break;
	case 1:
		r->len = 1 + below(r->len);
		break;
	case 2:
		if (r->len + 64 < ROOM / 2) {
			size_t n = 1 + below(64);

			insert(r, r->len, n);
			r->len += n;
		}
		break;
	}
}

static void spoil(struct request *r)
{
	unsigned int n = 1 + below(4);

	while (n-- && r->len >= HEADERS) {
		if (below(4))
			spoil_attr(r);
		else if (below(3))
			spoil_header(r);
		else
			spoil_bytes(r);
	}
}

/* --- answers */

static void wrong(const char *what, const uint8_t *data, size_t len)
{
	size_t i;

	fprintf(stderr, "%s:", what);
	for (i = 0; i < len && i < 512; i++)
		fprintf(stderr, "%s%02x", i % 4 ? "" : " ", data[i]);
	errx(1, "that is no answer");
}

static const struct nlattr *find(const uint8_t *data, size_t len, int type)
{
	size_t at = 0;

	while (at + NLA_HDRLEN <= len) {
		const struct nlattr *attr = (const void *)(data + at);

		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

static const struct nlattr *within(const struct nlattr *attr, int type)
{
	return attr ? find((const uint8_t *)(attr + 1),
			   attr->nla_len - NLA_HDRLEN, type) : NULL;
}

/* Every length fits, down to the innermost */
static bool well_formed(const uint8_t *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		const struct nlattr *attr = (const void *)(data + at);

		if (at + NLA_HDRLEN > len || attr->nla_len < NLA_HDRLEN ||
		    at + attr->nla_len > len)
			return false;
		if (attr->nla_type & NLA_F_NESTED &&
		    !well_formed((const uint8_t *)(attr + 1),
				 attr->nla_len - NLA_HDRLEN))
			return false;
		at += NLA_ALIGN(attr->nla_len);
	}
	return true;
}

static uint32_t address(const struct nlattr *ip, int type)
{
	const struct nlattr *attr = within(ip, type);

	return attr ? *(const uint32_t *)(attr + 1) : 0;
}

static void check_connection(const struct nlmsghdr *nlh)
{
	const uint8_t *data = (const uint8_t *)nlh + HEADERS;
	size_t len = nlh->nlmsg_len - HEADERS;
	const struct nlattr *ip;

	if (nlh->nlmsg_len < HEADERS || !well_formed(data, len))
		wrong("malformed", (const uint8_t *)nlh, nlh->nlmsg_len);
	answers++;
	if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK ||
	    (nlh->nlmsg_type & 255) > IPCTNL_MSG_CT_DELETE)
		return;
	ip = within(find(data, len, CTA_TUPLE_ORIG), CTA_TUPLE_IP);
	if (!ip)
		wrong("no tuple", (const uint8_t *)nlh, nlh->nlmsg_len);
	if (address(ip, CTA_IP_V4_SRC) == stranger_src &&
	    address(ip, CTA_IP_V4_DST) == stranger_dst)
		wrong("a stranger's connection", (const uint8_t *)nlh,
		      nlh->nlmsg_len);
}

static void judge(int error)
{
	if (!error)
		done++;
	else if (error == -EPERM)
		denied++;
	else
		refused++;
}

static void read_answer(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		if (nlh->nlmsg_len < NLMSG_LENGTH(sizeof(int)))
			wrong("short error", (const uint8_t *)nlh,
			      nlh->nlmsg_len);
		judge(((const struct nlmsgerr *)NLMSG_DATA(nlh))->error);
		break;
	case NLMSG_DONE:
		done++;
		break;
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		break;
	default:
		check_connection(nlh);
	}
}

/* Whatever is there; a listing goes on as it is read */
static void drain(int sock, unsigned int most)
{
	static char buffer[65536];
	struct nlmsghdr *nlh;
	ssize_t n;

	while (sock >= 0 && most--) {
		n = recv(sock, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n < 0 && errno == ENOBUFS)
			continue;
		if (n <= 0)
			return;
		for (nlh = (void *)buffer; NLMSG_OK(nlh, n);
		     nlh = NLMSG_NEXT(nlh, n))
			read_answer(nlh);
		if (n >= NLMSG_HDRLEN)
			wrong("rest", (const uint8_t *)nlh, n);
	}
}

/* --- the conversation */

static int open_socket(void)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	int option, on;

	if (s < 0 || bind(s, (struct sockaddr *)&local, sizeof(local)))
		err(1, "netlink");
	for (option = NETLINK_BROADCAST_ERROR; option <= NETLINK_GET_STRICT_CHK;
	     option++) {
		on = below(2);
		if (option != NETLINK_RX_RING && option != NETLINK_TX_RING &&
		    option != NETLINK_LISTEN_ALL_NSID)
			setsockopt(s, SOL_NETLINK, option, &on, sizeof(on));
	}
	return s;
}

static void listen_to_events(void)
{
	int group;

	events_fd = open_socket();
	for (group = NFNLGRP_CONNTRACK_NEW;
	     group <= NFNLGRP_CONNTRACK_EXP_DESTROY; group++)
		if (below(4))
			setsockopt(events_fd, SOL_NETLINK,
				   NETLINK_ADD_MEMBERSHIP, &group,
				   sizeof(group));
}

static void make(struct request *r)
{
	if (in_kept && !below(3)) {
		*r = kept[below(in_kept)];
		spoil(r);
		return;
	}
	kinds[below(sizeof(kinds) / sizeof(kinds[0]))](r);
	header(r)->nlmsg_len = r->len;
	if (below(3))
		spoil(r);
}

static void send_one(struct request *r)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct request *slot;

	/* most often the one length that lets the rest be looked at */
	if (r->len >= NLMSG_HDRLEN) {
		if (below(16))
			header(r)->nlmsg_len = r->len;
		header(r)->nlmsg_seq = ++seq;
	}
	coverage_begin();
	sendto(fd, r->data, r->len, 0, (struct sockaddr *)&kernel,
	       sizeof(kernel));
	drain(fd, below(8) ? 1000 : below(3));
	if (!coverage_end())
		return;
	slot = &kept[in_kept < KEPT_MAX ? in_kept++ : below(KEPT_MAX)];
	*slot = *r;
}

int main(int argc, char **argv)
{
	static struct request r;
	long count, i;

	if (argc != 5)
		errx(2, "COUNT SEED SRC DST");
	count = atol(argv[1]);
	hostile_seed(strtoull(argv[2], NULL, 0));
	stranger_src = inet_addr(argv[3]);
	stranger_dst = inet_addr(argv[4]);
	coverage_open();
	for (i = 0; i < count; i++) {
		if (fd < 0 || !below(64)) {
			close(fd);
			fd = open_socket();
		}
		if (events_fd < 0 || !below(512)) {
			close(events_fd);
			listen_to_events();
		}
		make(&r);
		send_one(&r);
		drain(events_fd, below(4));
	}
	printf("%ld requests: %ld done, %ld refused, %ld denied; %ld answers, %u edges\n",
	       count, done, refused, denied, answers, coverage_edges());
	return 0;
}
