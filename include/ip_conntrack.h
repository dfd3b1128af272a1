/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ip_conntrack.h - what other modules may use of the tracker: the matches and
 * targets of rules, netlink, and whoever else wants to know of connections.
 *
 * Two ways in:
 *
 *   from a packet   As provider the tracker leaves a struct nf_conn behind
 *                   skb->_nfct, as the rest of the kernel expects it. Read it
 *                   with nf_ct_get(): the state for rules, both tuples,
 *                   status, mark and time-out are what they were when the
 *                   packet came. It belongs to the packet, not to the
 *                   connection: to change something, or to read what moves
 *                   while the packet is on its way, ask the functions below.
 *
 *   from a tuple    Look-ups, listings, changes and deletions work on copies
 *                   (struct ip_ct_info). No lock and no reference ever
 *                   crosses this border.
 *
 * Times are in seconds unless a member says otherwise, addresses and ports in
 * network order.
 */
#ifndef _IP_CONNTRACK_H
#define _IP_CONNTRACK_H

#include <linux/types.h>

struct net;
struct nf_conn;
struct nf_conntrack_tuple;
struct sk_buff;

/**
 * struct ip_ct_tuple - one direction of a connection, as people read it
 * @src:   source address, network order
 * @dst:   destination address, network order
 * @sport: source port or ICMP id, network order
 * @dport: destination port or ICMP id, network order
 * @proto: IPPROTO_*
 * @type:  ICMP type of a packet that goes this way; else 0
 */
struct ip_ct_tuple {
	__be32 src;
	__be32 dst;
	__be16 sport;
	__be16 dport;
	u8 proto;
	u8 type;
};

/**
 * struct ip_ct_counters - accounting of one connection
 * @packets: by direction (IP_CT_DIR_*)
 * @bytes:   the same, IPv4 total lengths
 */
struct ip_ct_counters {
	u64 packets[2];
	u64 bytes[2];
};

/**
 * struct ip_ct_info - a connection, copied at one moment
 * @tuple:   by direction (IP_CT_DIR_*)
 * @status:  enum ip_conntrack_status (IPS_*)
 * @timeout: seconds left
 * @mark:    connection mark
 * @id:      the same for the connection's whole life, hard to guess
 * @use:     references
 * @zone:    conntrack zone, 0 today
 * @tcp_state:  TCP: enum tcp_conntrack
 * @tcp_wscale: TCP: window scale by direction
 * @tcp_flags:  TCP: IP_CT_TCP_FLAG_* by direction
 * @has_counters: @count says something: ip_conntrack_acct was on at its birth
 * @has_times:    @start and @stop do: ip_conntrack_timestamp was on then
 * @count:   packets and bytes
 * @start:   birth, nanoseconds since 1970
 * @stop:    end, the same; 0 while it lives
 */
struct ip_ct_info {
	struct ip_ct_tuple tuple[2];
	u32 status;
	u32 timeout;
	u32 mark;
	u32 id;
	u32 use;
	u16 zone;
	u8 tcp_state;
	u8 tcp_wscale[2];
	u8 tcp_flags[2];
	bool has_counters;
	bool has_times;
	struct ip_ct_counters count;
	u64 start;
	u64 stop;
};

/* struct ip_ct_change.what */
enum ip_ct_change_what {
	IP_CT_CHANGE_TIMEOUT	= 1 << 0,
	IP_CT_CHANGE_MARK	= 1 << 1,
	IP_CT_CHANGE_STATUS	= 1 << 2,
	IP_CT_CHANGE_TCP_STATE	= 1 << 3,
};

/**
 * struct ip_ct_change - what to set in a connection
 * @what:      set of enum ip_ct_change_what
 * @timeout:   seconds from now
 * @mark:      new mark: (old & ~@mark_mask) ^ @mark
 * @mark_mask: ~0 replaces it
 * @status:    bits to add; only IPS_SEEN_REPLY and IPS_ASSURED can be added,
 *             none can be taken away
 * @tcp_state: enum tcp_conntrack
 */
struct ip_ct_change {
	u32 what;
	u32 timeout;
	u32 mark;
	u32 mark_mask;
	u32 status;
	u8 tcp_state;
};

/**
 * struct ip_ct_walk - a place in a listing; zeroed before the first call
 * @cursor: private
 */
struct ip_ct_walk {
	u64 cursor[13];
};

/**
 * struct ip_ct_cpu_stats - the classic counters of one CPU
 * @insert:        connections entered
 * @insert_failed: two packets of one connection met, and were merged
 * @delete:        connections left
 * @drop:          packets whose connection could not be entered
 * @early_drop:    connections that gave way to new ones
 * @invalid:       INVALID packets
 * @ignore:        packets that moved nothing
 * @icmp_error:    ICMP messages that were INVALID
 */
struct ip_ct_cpu_stats {
	unsigned long insert;
	unsigned long insert_failed;
	unsigned long delete;
	unsigned long drop;
	unsigned long early_drop;
	unsigned long invalid;
	unsigned long ignore;
	unsigned long icmp_error;
};

/**
 * struct ip_ct_listener - who wants to hear of connections
 * @wanted: is there anybody for these events in @net? Asked first, but for
 *          who wants a report
 * @event:  connection @info has come, changed or gone. @events is a set of
 *          1 << enum ip_conntrack_events (IPCT_NEW, IPCT_REPLY, IPCT_ASSURED,
 *          IPCT_PROTOINFO, IPCT_MARK, IPCT_DESTROY); @portid and @report are
 *          those of the request that caused it, else 0
 *
 * Both run under rcu_read_lock(), most often in softirq.
 */
struct ip_ct_listener {
	bool (*wanted)(struct net *net, unsigned int events);
	void (*event)(struct net *net, unsigned int events,
		      const struct ip_ct_info *info, u32 portid, bool report);
};

/* --- rules: the tracker must be the kernel's own (provider) */

int ip_ct_rules_get(struct net *net);
void ip_ct_rules_put(struct net *net);
void ip_ct_rules_count(struct net *net);

u32 ip_ct_skb_mark(const struct sk_buff *skb);
bool ip_ct_skb_set_mark(const struct sk_buff *skb, u32 keep, u32 flip);
bool ip_ct_skb_counters(const struct sk_buff *skb,
			struct ip_ct_counters *count);
bool ip_ct_skb_id(const struct sk_buff *skb, u32 *id);

/* --- packets that wait elsewhere, of which only the struct nf_conn is known */

bool ip_ct_is_provider(void);
bool ip_ct_conn_info(const struct nf_conn *ct, struct ip_ct_info *info);
int ip_ct_conn_change(struct nf_conn *ct, const struct ip_ct_change *change);

/* --- connections of a namespace, in either role; process context or softirq */

bool ip_ct_lookup(struct net *net, const struct ip_ct_tuple *tuple,
		  struct ip_ct_info *info);
unsigned int ip_ct_list(struct net *net, struct ip_ct_walk *walk,
			struct ip_ct_info *info, unsigned int max);
void ip_ct_zero(struct net *net, struct ip_ct_info *info);
unsigned int ip_ct_entries(struct net *net);
unsigned int ip_ct_entries_max(struct net *net);
void ip_ct_cpu_stats(struct net *net, int cpu, struct ip_ct_cpu_stats *stats);

/* --- changes; @portid and @report go into the event that follows */

int ip_ct_change(struct net *net, const struct ip_ct_tuple *tuple,
		 const struct ip_ct_change *change, u32 portid, bool report);
int ip_ct_create(struct net *net, const struct ip_ct_tuple *tuple,
		 const struct ip_ct_change *change, u32 portid, bool report);
int ip_ct_delete(struct net *net, const struct ip_ct_tuple *tuple,
		 const u32 *id, u32 portid, bool report);
void ip_ct_flush(struct net *net, u32 portid, bool report);

/* --- events; one listener at a time */

int ip_ct_listen(const struct ip_ct_listener *listener);
void ip_ct_unlisten(const struct ip_ct_listener *listener);

#endif /* _IP_CONNTRACK_H */
