// SPDX-License-Identifier: GPL-2.0
/*
 * packet.c - the packets of numbered flows.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "packet.h"

#define FIN	0x01
#define SYN	0x02
#define PSH	0x08
#define ACK	0x10

#define PAYLOAD		100
#define ISN_CLIENT	0x10000000U
#define ISN_SERVER	0x70000000U
#define ROOM		256

#define TCP(name, dir, flags, seq, ack, len) \
	{ name, IPPROTO_TCP, dir, flags, seq, ack, len }
#define UDP(name, dir) \
	{ name, IPPROTO_UDP, dir, 0, 0, 0, PAYLOAD }
#define ECHO(name, dir, type) \
	{ name, IPPROTO_ICMP, dir, type, 0, 0, PAYLOAD }

static const struct bench_kind kinds[] = {
	{ "tcp-open", 3, {
		TCP("syn", 0, SYN, 0, 0, 0),
		TCP("synack", 1, SYN | ACK, 0, 1, 0),
		TCP("ack", 0, ACK, 1, 1, 0),
	} },
	{ "tcp", 1, {
		TCP("tcp", BENCH_TURNS, PSH | ACK, 1, 1, PAYLOAD),
	} },
	{ "tcp-same", 1, {
		TCP("tcp-same", 0, ACK, 1, 1, 0),
	} },
	{ "tcp-ends", 1, {
		TCP("tcp-ends", BENCH_ENDS, PSH | ACK, 1, 1, PAYLOAD),
	} },
	{ "tcp-syn", 1, {
		TCP("tcp-syn", 0, SYN, 0, 0, 0),
	} },
	{ "tcp-conn", 7, {
		TCP("conn-syn", 0, SYN, 0, 0, 0),
		TCP("conn-synack", 1, SYN | ACK, 0, 1, 0),
		TCP("conn-ack", 0, ACK, 1, 1, 0),
		TCP("conn-data", 0, PSH | ACK, 1, 1, PAYLOAD),
		TCP("conn-fin", 0, FIN | ACK, 1 + PAYLOAD, 1, 0),
		TCP("conn-fin2", 1, FIN | ACK, 1, 2 + PAYLOAD, 0),
		TCP("conn-last", 0, ACK, 2 + PAYLOAD, 2, 0),
	} },
	{ "udp-open", 2, {
		UDP("udp-first", 0),
		UDP("udp-answer", 1),
	} },
	{ "udp", 1, {
		UDP("udp", BENCH_TURNS),
	} },
	{ "udp-new", 1, {
		UDP("udp-new", 0),
	} },
	{ "udp-talk", 6, {
		UDP("talk-1", 0), UDP("talk-2", 1), UDP("talk-3", 0),
		UDP("talk-4", 1), UDP("talk-5", 0), UDP("talk-6", 1),
	} },
	{ "echo", 2, {
		ECHO("echo-request", 0, ICMP_ECHO),
		ECHO("echo-reply", 1, ICMP_ECHOREPLY),
	} },
};

/* How many packets of the kind BENCH_TURNS each flow has had */
static u32 *turns;

/* Of BENCH_ENDS, by direction: packets made, and those pushed, too */
static struct {
	u32 made[2];
	u32 pushed[2];
} ends;

/**
 * bench_kind() - a kind by its name
 * @name: as in a command
 */
const struct bench_kind *bench_kind(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

/**
 * bench_packet_alloc() - a packet to be made again and again
 * @dev: where it came in
 *
 * Return: the packet, linear, vouched for by the card; or NULL.
 */
struct sk_buff *bench_packet_alloc(struct net_device *dev)
{
	struct sk_buff *skb = alloc_skb(ROOM + NET_SKB_PAD, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD);
	skb_put_zero(skb, ROOM);
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IP);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->dev = dev;
	return skb;
}

/**
 * bench_packet_free() - the mirror image
 * @skb: from bench_packet_alloc(), or NULL
 */
void bench_packet_free(struct sk_buff *skb)
{
	if (skb)
		refcount_set(&skb->users, 1);
	kfree_skb(skb);
}

/* 24 bits of a flow's number: 18 in its addresses, 6 in the client's port */
static __be32 client_addr(u32 flow)
{
	return htonl(0x0a000001 + (flow >> 10 & 0x3fff) * 4);
}

static __be32 server_addr(u32 flow)
{
	return htonl(0xc0a80001 + (flow >> 6 & 0xf));
}

static __be16 client_port(u32 flow)
{
	return htons(32768 + (flow & 0x3f));
}

static unsigned int make_tcp(struct tcphdr *th, const struct bench_step *step,
			     u32 flow, unsigned int dir, u32 seq, u32 ack)
{
	static const u8 syn_options[20] = {
		2, 4, 5, 180,				/* MSS 1460 */
		4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0,	/* SACK, time stamps */
		1, 3, 3, 7,				/* window scale */
	};
	static const u8 options[12] = { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1 };
	u8 *opt = (u8 *)(th + 1);
	unsigned int len;

	memset(th, 0, sizeof(*th));
	th->source = dir ? htons(80) : client_port(flow);
	th->dest = dir ? client_port(flow) : htons(80);
	th->seq = htonl((dir ? ISN_SERVER : ISN_CLIENT) + seq);
	th->window = htons(dir ? 502 : 501);
	((u8 *)th)[13] = step->flags;
	if (step->flags & ACK)
		th->ack_seq = htonl((dir ? ISN_CLIENT : ISN_SERVER) + ack);
	if (step->flags & SYN) {
		th->window = htons(64240);
		memcpy(opt, syn_options, sizeof(syn_options));
		len = sizeof(*th) + sizeof(syn_options);
	} else {
		memcpy(opt, options, sizeof(options));
		len = sizeof(*th) + sizeof(options);
	}
	th->doff = len / 4;
	return len;
}

static unsigned int make_udp(struct udphdr *uh, const struct bench_step *step,
			     u32 flow, unsigned int dir)
{
	uh->source = dir ? htons(53) : client_port(flow);
	uh->dest = dir ? client_port(flow) : htons(53);
	uh->len = htons(sizeof(*uh) + step->len);
	uh->check = 0;
	return sizeof(*uh);
}

static unsigned int make_icmp(struct icmphdr *ih,
			      const struct bench_step *step, u32 flow)
{
	ih->type = step->flags;
	ih->code = 0;
	ih->checksum = 0;
	ih->un.echo.id = client_port(flow);
	ih->un.echo.sequence = 0;
	return sizeof(*ih);
}

/**
 * bench_packet_next() - make a packet the next one of a flow
 * @skb:  from bench_packet_alloc(), pushed or not
 * @step: which
 * @flow: whose
 * @cpu:  on which processor it will be pushed
 */
void bench_packet_next(struct sk_buff *skb, const struct bench_step *step,
		       u32 flow, unsigned int cpu)
{
	u32 turn = step->dir == BENCH_TURNS ? turns[flow]++ : 0;
	u32 seq = step->seq, ack = step->ack;
	unsigned int dir = step->dir, len;
	struct iphdr *iph = ip_hdr(skb);
	void *th = iph + 1;

	/* a hook that dropped the packet has dropped a reference */
	refcount_set(&skb->users, 2);
	if (dir == BENCH_TURNS) {
		dir = turn & 1;
		seq += turn / 2 * step->len;
		ack += (turn + 1) / 2 * step->len;
	} else if (dir == BENCH_ENDS) {
		dir = cpu;
		seq += ends.made[dir]++ * step->len;
		ack += READ_ONCE(ends.pushed[!dir]) * step->len;
	}
	switch (step->proto) {
	case IPPROTO_TCP:
		len = make_tcp(th, step, flow, dir, seq, ack);
		break;
	case IPPROTO_UDP:
		len = make_udp(th, step, flow, dir);
		break;
	default:
		len = make_icmp(th, step, flow);
		break;
	}
	len += sizeof(*iph) + step->len;

	*iph = (struct iphdr) {
		.version = 4,
		.ihl = 5,
		.ttl = 63,
		.protocol = step->proto,
		.tot_len = htons(len),
		.frag_off = htons(IP_DF),
		.saddr = dir ? server_addr(flow) : client_addr(flow),
		.daddr = dir ? client_addr(flow) : server_addr(flow),
	};
	skb->len = len;
	skb_set_tail_pointer(skb, len);
	skb_set_transport_header(skb, sizeof(*iph));
}

/**
 * bench_packets_pushed() - what was made on this processor is on its way
 * @step: which step it was
 * @cpu:  the processor
 */
void bench_packets_pushed(const struct bench_step *step, unsigned int cpu)
{
	if (step->dir == BENCH_ENDS)
		WRITE_ONCE(ends.pushed[cpu], ends.made[cpu]);
}

/**
 * bench_packets_forget() - the trackers know no flow any more
 */
void bench_packets_forget(void)
{
	memset(turns, 0, BENCH_FLOWS_MAX * sizeof(*turns));
	memset(&ends, 0, sizeof(ends));
}

/**
 * bench_packets_init() - nothing has been pushed yet
 *
 * Return: 0 or -ENOMEM.
 */
int bench_packets_init(void)
{
	turns = kvcalloc(BENCH_FLOWS_MAX, sizeof(*turns), GFP_KERNEL);
	return turns ? 0 : -ENOMEM;
}

/**
 * bench_packets_exit() - the mirror image
 */
void bench_packets_exit(void)
{
	kvfree(turns);
}
