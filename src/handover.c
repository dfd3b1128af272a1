// SPDX-License-Identifier: GPL-2.0
/*
 * handover.c - /proc/net/ip_conntrack_state: all that is known of a
 * namespace's flows, as text, to be given to the next module.
 *
 * Reading gives a first line with the version of the format, then a line per
 * flow. What was read is written back after the next insmod, some whole lines
 * with each write; scripts/ip-conntrack-state does both and guards the file
 * with a checksum. A line's fields, separated by one space:
 *
 *   proto src dst sport dport type   original tuple; the addresses and ports
 *                                    in hexadecimal, as they are on the wire
 *   status seconds mark              IPS_SEEN_REPLY and IPS_ASSURED in
 *                                    hexadecimal, time left, mark
 *   packets bytes packets bytes start  accounting, 0 without
 *   src dst sport dport type         reply tuple of a translated flow, else 0
 *   state scale syn_end              TCP only from here on
 *   flags isn end maxend maxwin ack  of the original side, then of the reply;
 *                                    maxend is the other side's edge
 *
 * A flow may have moved on while nobody looked: the first segment of each
 * side is believed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/in.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "core.h"
#include "event.h"
#include "expire.h"
#include "handover.h"
#include "tcp_fsm.h"

#define NAME		"ip_conntrack_state"
#define VERSION		"ip_conntrack state 1\n"
#define STATUS_KEPT	(IPS_SEEN_REPLY | IPS_ASSURED)

/**
 * struct saved - a flow between two modules
 * @tuple:   original direction
 * @reply:   of a translated flow; @reply.proto is 0 for others
 * @status:  STATUS_KEPT of it
 * @seconds: left
 * @mark:    connection mark
 * @count:   accounting
 * @start:   nanoseconds since 1970
 * @state:   enum tcp_conntrack
 * @tcp:     TCP only
 */
struct saved {
	struct ip_ct_tuple tuple;
	struct ip_ct_tuple reply;
	u32 status;
	u32 seconds;
	u32 mark;
	struct ip_ct_counters count;
	u64 start;
	u32 state;
	struct ip_ct_tcp_track tcp;
};

/* --- out */

static void put_side(struct seq_file *s, const struct ip_ct_tcp_track *t,
		     unsigned int dir)
{
	const struct ip_ct_tcp_side *side = &t->side[dir];

	seq_printf(s, " %x %x %x %x %x %x", t->flags[dir], t->isn[dir],
		   side->end, t->side[!dir].edge, side->maxwin, side->ack);
}

/* All that a flow knows of TCP, at one moment; false if it has ended */
static bool copy_tcp(struct ip_conntrack *flow, struct ip_ct_tcp_track *tcp,
		     u8 *state)
{
	bool bh = ip_ct_tcp_lock(flow), live;

	live = !ip_ct_has(flow, IPS_DYING);
	if (live)
		*tcp = flow->tcp;
	*state = flow->state;
	ip_ct_tcp_unlock(flow, bh);
	return live;
}

static void put_tcp(struct seq_file *s, const struct ip_ct_tcp_track *tcp,
		    u8 state)
{
	seq_printf(s, " %u %x %x", state, tcp->scale, tcp->syn_end);
	put_side(s, tcp, IP_CT_DIR_ORIGINAL);
	put_side(s, tcp, IP_CT_DIR_REPLY);
}

static void put_tuple(struct seq_file *s, const struct ip_ct_tuple *t)
{
	seq_printf(s, "%x %x %x %x %u", ntohl(t->src), ntohl(t->dst),
		   ntohs(t->sport), ntohs(t->dport), t->type);
}

static void put_flow(struct seq_file *s, struct ip_conntrack *flow)
{
	bool is_tcp = flow->key.proto == IPPROTO_TCP;
	struct ip_ct_tcp_track tcp;
	struct ip_ct_tuple reply = {};
	struct ip_ct_info info;
	u8 state;

	if (is_tcp && !copy_tcp(flow, &tcp, &state))
		return;
	ip_ct_info_fill(flow, &info);
	if (flow->translated)
		reply = info.tuple[IP_CT_DIR_REPLY];
	seq_printf(s, "%u ", flow->key.proto);
	put_tuple(s, &info.tuple[IP_CT_DIR_ORIGINAL]);
	seq_printf(s, " %x %u %u %llu %llu %llu %llu %llu ",
		   info.status & STATUS_KEPT, info.timeout, info.mark,
		   info.count.packets[0], info.count.bytes[0],
		   info.count.packets[1], info.count.bytes[1], info.start);
	put_tuple(s, &reply);
	if (is_tcp)
		put_tcp(s, &tcp, state);
	seq_putc(s, '\n');
}

/**
 * struct state_iter - a reader
 * @p:     for seq_file_net()
 * @batch: flows to come
 */
struct state_iter {
	struct seq_net_private p;
	struct ip_ct_batch batch;
};

static struct ip_ct_table *table_of(struct seq_file *s)
{
	return &ip_ct_net(seq_file_net(s))->table;
}

/* Position 0 is the first line; who goes back begins anew */
static void *state_start(struct seq_file *s, loff_t *pos)
	__acquires(rcu)
{
	struct state_iter *it = s->private;

	ip_ct_batch_begin(table_of(s), &it->batch);
	if (*pos)
		return ip_ct_batch_current(table_of(s), &it->batch);
	ip_ct_cursor_reset(&it->batch.cursor);
	return SEQ_START_TOKEN;
}

static void *state_next(struct seq_file *s, void *v, loff_t *pos)
{
	struct state_iter *it = s->private;

	++*pos;
	if (v == SEQ_START_TOKEN)
		return ip_ct_batch_current(table_of(s), &it->batch);
	return ip_ct_batch_advance(table_of(s), &it->batch);
}

static void state_stop(struct seq_file *s, void *v)
	__releases(rcu)
{
	ip_ct_listing_end(table_of(s));
}

static int state_show(struct seq_file *s, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_puts(s, VERSION);
	else if (ip_ct_is_live(v))
		put_flow(s, v);
	return 0;
}

static const struct seq_operations state_ops = {
	.start = state_start,
	.next = state_next,
	.stop = state_stop,
	.show = state_show,
};

/* --- in */

/* Numbers are taken one by one; one that is missing or too large ends it */
static bool take(char **line, unsigned int base, u64 max, u64 *value)
{
	char *word = strsep(line, " ");

	return word && *word && !kstrtou64(word, base, value) && *value <= max;
}

static bool take_u32(char **line, unsigned int base, u32 max, u32 *value)
{
	u64 v;

	if (!take(line, base, max, &v))
		return false;
	*value = v;
	return true;
}

static bool take_tuple(char **line, struct ip_ct_tuple *t)
{
	u32 src, dst, sport, dport, type;

	if (!take_u32(line, 16, U32_MAX, &src) ||
	    !take_u32(line, 16, U32_MAX, &dst) ||
	    !take_u32(line, 16, U16_MAX, &sport) ||
	    !take_u32(line, 16, U16_MAX, &dport) ||
	    !take_u32(line, 10, U8_MAX, &type))
		return false;
	t->src = htonl(src);
	t->dst = htonl(dst);
	t->sport = htons(sport);
	t->dport = htons(dport);
	t->type = type;
	return true;
}

static bool take_counters(char **line, struct saved *saved)
{
	return take(line, 10, U64_MAX, &saved->count.packets[0]) &&
	       take(line, 10, U64_MAX, &saved->count.bytes[0]) &&
	       take(line, 10, U64_MAX, &saved->count.packets[1]) &&
	       take(line, 10, U64_MAX, &saved->count.bytes[1]) &&
	       take(line, 10, U64_MAX, &saved->start);
}

static bool take_side(char **line, struct ip_ct_tcp_track *t, unsigned int dir)
{
	struct ip_ct_tcp_side *side = &t->side[dir];
	u32 flags;

	if (!take_u32(line, 16, U8_MAX, &flags) ||
	    !take_u32(line, 16, U32_MAX, &t->isn[dir]) ||
	    !take_u32(line, 16, U32_MAX, &side->end) ||
	    !take_u32(line, 16, U32_MAX, &t->side[!dir].edge) ||
	    !take_u32(line, 16, U32_MAX, &side->maxwin) ||
	    !take_u32(line, 16, U32_MAX, &side->ack))
		return false;
	t->flags[dir] = flags;
	return side->maxwin <= 0xffffU << IP_CT_SCALE_LARGEST;
}

static bool take_tcp(char **line, struct saved *saved)
{
	struct ip_ct_tcp_track *t = &saved->tcp;
	u32 scale;

	ip_ct_tcp_track_init(t);
	if (!take_u32(line, 10, IP_CT_TCP_STATES - 1, &saved->state) ||
	    !take_u32(line, 16, U8_MAX, &scale) ||
	    !take_u32(line, 16, U32_MAX, &t->syn_end))
		return false;
	t->scale = scale;
	if (!take_side(line, t, IP_CT_DIR_ORIGINAL) ||
	    !take_side(line, t, IP_CT_DIR_REPLY))
		return false;
	if (ip_ct_tcp_handshake_done(t))
		ip_ct_tcp_agree_on_scale(t);
	return true;
}

static bool parse(char *line, struct saved *saved)
{
	u32 proto;

	memset(saved, 0, sizeof(*saved));
	if (!take_u32(&line, 10, U8_MAX, &proto) ||
	    !take_tuple(&line, &saved->tuple) ||
	    !take_u32(&line, 16, U32_MAX, &saved->status) ||
	    !take_u32(&line, 10, IP_CT_TIMEOUT_MAX, &saved->seconds) ||
	    !take_u32(&line, 10, U32_MAX, &saved->mark) ||
	    !take_counters(&line, saved) ||
	    !take_tuple(&line, &saved->reply))
		return false;
	saved->tuple.proto = proto;
	if (saved->reply.src || saved->reply.dst)
		saved->reply.proto = proto;
	if (saved->status & ~STATUS_KEPT)
		return false;
	if (proto == IPPROTO_TCP && !take_tcp(&line, saved))
		return false;
	return !line;
}

static void fill(struct ip_conntrack *flow, const struct saved *saved)
{
	struct ip_ct_large_flow *large = ip_ct_large(flow);
	unsigned int dir;

	flow->deadline = ip_ct_now() + saved->seconds * HZ;
	ip_ct_set(flow, saved->status | IP_CT_KEPT);
	ip_ct_set_mark(flow, saved->mark);
	if (flow->key.proto == IPPROTO_TCP) {
		flow->state = saved->state;
		flow->tcp = saved->tcp;
		ip_ct_set(flow, IP_CT_RESTORED(0) | IP_CT_RESTORED(1));
	} else {
		flow->birth = ip_ct_now();
	}
	for (dir = 0; flow->counted && dir < IP_CT_DIR_MAX; dir++) {
		atomic64_set(&large->packets[dir], saved->count.packets[dir]);
		atomic64_set(&large->bytes[dir], saved->count.bytes[dir]);
	}
	if (flow->timed && saved->start)
		large->start = saved->start;
}

/* What passed since the new module came counts, too. @dir: of the original */
static void absorb(struct saved *saved, struct ip_conntrack *flow,
		   unsigned int dir)
{
	struct ip_ct_large_flow *large = ip_ct_large(flow);
	unsigned int i;

	/* TCP's time is its state's */
	if (flow->key.proto != IPPROTO_TCP)
		saved->seconds = max(saved->seconds,
				     ip_ct_seconds_left(flow, ip_ct_now()));
	for (i = 0; flow->counted && i < IP_CT_DIR_MAX; i++) {
		saved->count.packets[i] +=
			atomic64_read(&large->packets[i ^ dir]);
		saved->count.bytes[i] += atomic64_read(&large->bytes[i ^ dir]);
	}
}

/*
 * What has been picked up since the new module came knows less than what was
 * saved, and gives way to it. A TCP connection that has shaken hands since is
 * another one, and what was restored already is not set back.
 */
static bool makes_room(struct ip_ct_net *cn, const struct ip_ct_key *key,
		       unsigned int sender, struct saved *saved)
{
	struct ip_conntrack *flow = ip_ct_find(cn, key);

	if (!flow)
		return true;
	if (ip_ct_has(flow, IP_CT_KEPT) ||
	    (key->proto == IPPROTO_TCP && ip_ct_has(flow, IPS_ASSURED)))
		return false;
	if (ip_ct_flow_kill(cn, flow))
		absorb(saved, flow, ip_ct_dir(flow, sender));
	return true;
}

/* Caller holds rcu_read_lock(). */
static int restore(struct ip_ct_net *cn, struct saved *saved)
{
	struct ip_conntrack *flow;
	enum ip_ct_reason reason;
	struct ip_ct_key key;
	unsigned int sender;

	if (!ip_ct_tuple_key(&saved->tuple, &key, &sender))
		return -EINVAL;
	if (!makes_room(cn, &key, sender, saved))
		return 0;
	flow = ip_ct_flow_new(cn, &key, ip_ct_table_hash(&cn->table, &key),
			      sender, saved->reply.proto ? &saved->reply : NULL);
	if (!flow)
		return -ENOMEM;
	fill(flow, saved);
	if (ip_ct_enter(cn, flow, &reason))
		return 0;	/* a packet was faster */
	if (reason)
		return reason == IP_CT_R_NO_MEMORY ? -ENOMEM : -ENOSPC;
	ip_ct_event(cn, flow, 1 << IPCT_NEW, 0, false);
	return 0;
}

static int restore_line(struct ip_ct_net *cn, char *line)
{
	struct saved saved;
	int err;

	if (!parse(line, &saved)) {
		pr_warn_ratelimited(NAME ": not a flow of this version\n");
		return -EINVAL;
	}
	rcu_read_lock();
	err = restore(cn, &saved);
	rcu_read_unlock();
	return err;
}

static int state_write(struct file *file, char *buf, size_t size)
{
	struct ip_ct_net *cn =
		ip_ct_net(seq_file_net(file->private_data));
	char *line;
	int err = 0;

	/* who made the namespace owns the file, and may be nobody on the host */
	if (!file_ns_capable(file, &init_user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (buf[size - 1] != '\n') {
		pr_warn_ratelimited(NAME ": a write must end with a whole line\n");
		return -EINVAL;
	}
	buf[size - 1] = '\0';
	while (!err && (line = strsep(&buf, "\n")))
		err = restore_line(cn, line);
	return err;
}

/**
 * ip_ct_handover_register() - make a namespace's file
 * @cn: namespace
 *
 * Only root of the host: what it says is believed.
 *
 * Return: 0 or -ENOMEM.
 */
int ip_ct_handover_register(struct ip_ct_net *cn)
{
	return proc_create_net_data_write(NAME, 0600, cn->net->proc_net,
					  &state_ops, state_write,
					  sizeof(struct state_iter), NULL) ?
	       0 : -ENOMEM;
}

/**
 * ip_ct_handover_unregister() - the mirror image
 * @cn: namespace
 */
void ip_ct_handover_unregister(struct ip_ct_net *cn)
{
	remove_proc_entry(NAME, cn->net->proc_net);
}
