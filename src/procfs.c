// SPDX-License-Identifier: GPL-2.0
/*
 * procfs.c - the classic files.
 *
 * /proc/net/ip_conntrack         a line per connection
 * /proc/net/ip_conntrack_reasons a line per reason: name, count
 * /proc/net/stat/ip_conntrack    a line per CPU, classic columns, hex
 *
 * A listing takes flows from the table some at a time, in the table's own
 * order, and remembers the last one shown: it needs no memory for the rest,
 * holds no lock while it prints, and does not care about resizes.
 */
#include <linux/cred.h>
#include <linux/in.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include "flow.h"
#include "procfs.h"
#include "proto.h"
#include "tcp_fsm.h"

/**
 * struct flow_iter - a reader of /proc/net/ip_conntrack
 * @p:     for seq_file_net()
 * @batch: flows to be shown
 * @pos:   how many were shown
 */
struct flow_iter {
	struct seq_net_private p;
	struct ip_ct_batch batch;
	loff_t pos;
};

static struct ip_ct_table *table_of(struct seq_file *s)
{
	return &ip_ct_net(seq_file_net(s))->table;
}

static void *flow_advance(struct seq_file *s)
{
	struct flow_iter *it = s->private;

	it->pos++;
	return ip_ct_batch_advance(table_of(s), &it->batch);
}

static void *flow_start(struct seq_file *s, loff_t *pos)
	__acquires(rcu)
{
	struct flow_iter *it = s->private;
	void *flow;

	ip_ct_batch_begin(table_of(s), &it->batch);
	if (*pos != it->pos) {
		/* somebody has moved in the file: count from the beginning */
		it->pos = 0;
		ip_ct_cursor_reset(&it->batch.cursor);
	}
	flow = ip_ct_batch_current(table_of(s), &it->batch);
	while (flow && it->pos < *pos)
		flow = flow_advance(s);
	return flow;
}

static void *flow_next(struct seq_file *s, void *v, loff_t *pos)
{
	++*pos;
	return flow_advance(s);
}

static void flow_stop(struct seq_file *s, void *v)
	__releases(rcu)
{
	ip_ct_listing_end(table_of(s));
}

/*
 * Lines are put together by hand: a listing of a million flows through
 * seq_printf() takes five times as long. Each function writes at @p and
 * returns the end.
 */
#define LINE_ROOM	448

static char *put_text(char *p, const char *text)
{
	while (*text)
		*p++ = *text++;
	return p;
}

static char *put_number(char *p, u32 number)
{
	char digits[10];
	unsigned int n = 0;

	do {
		digits[n++] = '0' + number % 10;
		number /= 10;
	} while (number);
	while (n)
		*p++ = digits[--n];
	return p;
}

static char *put_octet(char *p, u8 octet)
{
	if (octet >= 100)
		*p++ = '0' + octet / 100;
	if (octet >= 10)
		*p++ = '0' + octet / 10 % 10;
	*p++ = '0' + octet % 10;
	return p;
}

static char *put_address(char *p, __be32 address)
{
	const u8 *octet = (const u8 *)&address;

	p = put_octet(p, octet[0]);
	*p++ = '.';
	p = put_octet(p, octet[1]);
	*p++ = '.';
	p = put_octet(p, octet[2]);
	*p++ = '.';
	return put_octet(p, octet[3]);
}

static char *put_tuple(char *p, const struct ip_ct_tuple *t)
{
	p = put_address(put_text(p, "src="), t->src);
	p = put_address(put_text(p, " dst="), t->dst);
	switch (t->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		p = put_number(put_text(p, " sport="), ntohs(t->sport));
		p = put_number(put_text(p, " dport="), ntohs(t->dport));
		break;
	case IPPROTO_ICMP:
		p = put_number(put_text(p, " type="), t->type);
		p = put_number(put_text(p, " code=0 id="), ntohs(t->sport));
		break;
	}
	*p++ = ' ';
	return p;
}

/* The protocol's name fills eight columns */
static char *put_proto(char *p, u8 proto)
{
	char *end = p + 8;

	p = put_text(p, ip_ct_proto(proto)->name);
	while (p < end)
		*p++ = ' ';
	*p++ = ' ';
	p = put_number(p, proto);
	*p++ = ' ';
	return p;
}

static char *put_number64(char *p, u64 number)
{
	if (number <= U32_MAX)
		return put_number(p, number);
	return p + sprintf(p, "%llu", number);
}

/* Only where accounting is on */
static char *put_counters(char *p, const struct ip_conntrack *flow,
			  unsigned int dir)
{
	const struct ip_ct_large_flow *large = ip_ct_large(flow);

	if (likely(!flow->counted))
		return p;
	p = put_number64(put_text(p, "packets="),
			 atomic64_read(&large->packets[dir]));
	p = put_number64(put_text(p, " bytes="),
			 atomic64_read(&large->bytes[dir]));
	*p++ = ' ';
	return p;
}

static char *put_flow(char *p, const struct ip_conntrack *flow, u32 now)
{
	struct ip_ct_tuple tuple;
	u8 proto = flow->key.proto;
	u32 mark = ip_ct_mark(flow);

	p = put_number(put_proto(p, proto), ip_ct_seconds_left(flow, now));
	*p++ = ' ';
	if (proto == IPPROTO_TCP) {
		p = put_text(p, ip_ct_tcp_state_name(READ_ONCE(flow->state)));
		*p++ = ' ';
	}
	ip_ct_flow_tuple(flow, IP_CT_DIR_ORIGINAL, &tuple);
	p = put_tuple(p, &tuple);
	p = put_counters(p, flow, IP_CT_DIR_ORIGINAL);
	if (!ip_ct_has(flow, IPS_SEEN_REPLY))
		p = put_text(p, "[UNREPLIED] ");
	ip_ct_flow_tuple(flow, IP_CT_DIR_REPLY, &tuple);
	p = put_tuple(p, &tuple);
	p = put_counters(p, flow, IP_CT_DIR_REPLY);
	if (ip_ct_has(flow, IPS_ASSURED))
		p = put_text(p, "[ASSURED] ");
	if (mark) {
		p = put_number(put_text(p, "mark="), mark);
		*p++ = ' ';
	}
	if (flow->timed) {
		p = put_number(put_text(p, "delta-time="), ip_ct_age(flow));
		*p++ = ' ';
	}
	p = put_number(put_text(p, "use="), refcount_read(&flow->ref));
	*p++ = '\n';
	return p;
}

static int flow_show(struct seq_file *s, void *v)
{
	const struct ip_conntrack *flow = v;
	u32 now = ip_ct_now();
	char *line;

	/* over, though not yet taken out */
	if (!ip_ct_is_live(flow))
		return 0;

	/* no room: seq_file comes again with an empty buffer, or a larger */
	if (seq_get_buf(s, &line) < LINE_ROOM)
		seq_commit(s, -1);
	else
		seq_commit(s, put_flow(line, flow, now) - line);
	return 0;
}

static const struct seq_operations flow_ops = {
	.start = flow_start,
	.next = flow_next,
	.stop = flow_stop,
	.show = flow_show,
};

static int reasons_show(struct seq_file *s, void *v)
{
	struct ip_ct_net *cn = ip_ct_net(seq_file_single_net(s));
	unsigned int i;

	for (i = IP_CT_R_OK + 1; i < IP_CT_R_COUNT; i++)
		seq_printf(s, "%s %lu\n", ip_ct_reason_desc[i].name,
			   ip_ct_stats_reason(cn->stats, i));
	return 0;
}

/* The header is position 0, CPU n is position n + 1 */
static void *stat_at(struct seq_file *s, loff_t *pos)
{
	struct ip_ct_net *cn = ip_ct_net(seq_file_net(s));
	int cpu;

	if (!*pos)
		return SEQ_START_TOKEN;
	cpu = cpumask_next(*pos - 2, cpu_possible_mask);
	if (cpu >= nr_cpu_ids)
		return NULL;
	*pos = cpu + 1;
	return per_cpu_ptr(cn->stats, cpu);
}

static void *stat_start(struct seq_file *s, loff_t *pos)
{
	return stat_at(s, pos);
}

static void *stat_next(struct seq_file *s, void *v, loff_t *pos)
{
	++*pos;
	return stat_at(s, pos);
}

static void stat_stop(struct seq_file *s, void *v)
{
}

/*
 * The columns of old, so that what reads them goes on working. Counts that
 * would cost a write per packet (searched, found), or that have no meaning
 * here (delete_list, search_restart, expectations), are 0.
 */
static int stat_show(struct seq_file *s, void *v)
{
	struct ip_ct_net *cn = ip_ct_net(seq_file_net(s));
	struct ip_ct_cpu_stats st;

	if (v == SEQ_START_TOKEN) {
		seq_puts(s, "entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart\n");
		return 0;
	}
	ip_ct_stats_classic(v, &st);
	seq_printf(s, "%08x  %08x %08x %08lx %08lx %08lx %08lx %08x %08lx %08lx %08lx %08lx %08lx  %08x %08x %08x %08x\n",
		   atomic_read(&cn->table.count), 0, 0, st.insert, st.invalid,
		   st.ignore, st.delete, 0, st.insert, st.insert_failed,
		   st.drop, st.early_drop, st.icmp_error, 0, 0, 0, 0);
	return 0;
}

static const struct seq_operations stat_ops = {
	.start = stat_start,
	.next = stat_next,
	.stop = stat_stop,
	.show = stat_show,
};

/* Files of a namespace belong to its own root */
static void give_to_root(const struct net *net, struct proc_dir_entry *pde)
{
	kuid_t uid = make_kuid(net->user_ns, 0);
	kgid_t gid = make_kgid(net->user_ns, 0);

	if (uid_valid(uid) && gid_valid(gid))
		proc_set_user(pde, uid, gid);
}

/**
 * ip_ct_procfs_register() - make a namespace's files
 * @cn: namespace
 *
 * Return: 0 or -ENOMEM; nothing is left behind then.
 */
int ip_ct_procfs_register(struct ip_ct_net *cn)
{
	struct net *net = cn->net;
	struct proc_dir_entry *pde;

	pde = proc_create_net("ip_conntrack", 0440, net->proc_net, &flow_ops,
			      sizeof(struct flow_iter));
	if (!pde)
		return -ENOMEM;
	give_to_root(net, pde);
	pde = proc_create_net_single("ip_conntrack_reasons", 0444,
				     net->proc_net, reasons_show, NULL);
	if (!pde)
		goto err_flows;
	pde = proc_create_net("ip_conntrack", 0444, net->proc_net_stat,
			      &stat_ops, sizeof(struct seq_net_private));
	if (!pde)
		goto err_reasons;
	return 0;

err_reasons:
	remove_proc_entry("ip_conntrack_reasons", net->proc_net);
err_flows:
	remove_proc_entry("ip_conntrack", net->proc_net);
	return -ENOMEM;
}

/**
 * ip_ct_procfs_unregister() - the mirror image
 * @cn: namespace
 */
void ip_ct_procfs_unregister(struct ip_ct_net *cn)
{
	remove_proc_entry("ip_conntrack", cn->net->proc_net_stat);
	remove_proc_entry("ip_conntrack_reasons", cn->net->proc_net);
	remove_proc_entry("ip_conntrack", cn->net->proc_net);
}
