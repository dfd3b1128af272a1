/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet.h - the packets of numbered flows.
 *
 * A flow is a number; its addresses and ports follow from it. A kind is a
 * list of steps, each of which is one packet of a flow.
 */
#ifndef _BENCH_PACKET_H
#define _BENCH_PACKET_H

#include <linux/types.h>

struct net_device;
struct sk_buff;

#define BENCH_FLOWS_MAX	(1U << 24)
#define BENCH_STEPS_MAX	8

/* struct bench_step.dir: both sides in turn, each answering the other */
#define BENCH_TURNS	2

/*
 * Each of two processors is an end of the flow, and always has new data for the
 * other; one flow between two bench_packets_forget()
 */
#define BENCH_ENDS	3

/**
 * struct bench_step - one packet of a flow
 * @name:  for the results
 * @proto: IPPROTO_*
 * @dir:   0: from the client, 1: from the server, BENCH_TURNS, BENCH_ENDS
 * @flags: TCP: flag byte of the header; ICMP: type
 * @seq:   TCP: sequence number, from the sender's initial one
 * @ack:   TCP: acknowledgement, from the receiver's initial one
 * @len:   bytes of payload
 */
struct bench_step {
	const char *name;
	u8 proto;
	u8 dir;
	u8 flags;
	u8 seq;
	u8 ack;
	u8 len;
};

/**
 * struct bench_kind - packets that are measured together
 * @name:  as in a command
 * @steps: how many
 * @step:  in their order
 */
struct bench_kind {
	const char *name;
	unsigned int steps;
	struct bench_step step[BENCH_STEPS_MAX];
};

const struct bench_kind *bench_kind(const char *name);
struct sk_buff *bench_packet_alloc(struct net_device *dev);
void bench_packet_free(struct sk_buff *skb);
void bench_packet_next(struct sk_buff *skb, const struct bench_step *step,
		       u32 flow, unsigned int cpu);
void bench_packets_pushed(const struct bench_step *step, unsigned int cpu);
void bench_packets_forget(void);
int bench_packets_init(void);
void bench_packets_exit(void);

#endif /* _BENCH_PACKET_H */
