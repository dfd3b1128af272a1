/* SPDX-License-Identifier: GPL-2.0 */
/*
 * settings.h - everything an operator can set, in one table.
 *
 * The sysctls (both names), the module parameters, their bounds and defaults
 * are made from this list; README's table is checked against it. Time-outs
 * are in seconds, and those of TCP are Table 7-2 of the chapter.
 */
#ifndef _IP_CT_SETTINGS_H
#define _IP_CT_SETTINGS_H

#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct net;

#define IP_CT_SCALE_FULL	256U

/* Deadlines are jiffies modulo 2^32 and must stay within half of that */
#define IP_CT_TIMEOUT_MAX	((unsigned int)(INT_MAX / HZ))
#define IP_CT_FLOWS_MAX		((unsigned int)INT_MAX)

/*
 * X(symbol, sysctl, second name, default, maximum, meaning)
 *
 * Time-outs come first. The minimum is 0 everywhere. ALIAS marks what has a name of the 2.6 era
 * beside its own, PLAIN what has one name only. The default of
 * ip_conntrack_max is made from the size of memory at load time; 0 means
 * that there is no limit.
 */
#define IP_CT_SETTINGS(ALIAS, PLAIN)					\
	ALIAS(TCP_NONE, ip_ct_tcp_timeout_none,				\
	      ip_conntrack_tcp_timeout_none, 1800, IP_CT_TIMEOUT_MAX,	\
	      "never seen in practice, kept for completeness")		\
	ALIAS(TCP_SYN_SENT, ip_ct_tcp_timeout_syn_sent,			\
	      ip_conntrack_tcp_timeout_syn_sent, 120, IP_CT_TIMEOUT_MAX, \
	      "a SYN without an answer")				\
	ALIAS(TCP_SYN_RECV, ip_ct_tcp_timeout_syn_recv,			\
	      ip_conntrack_tcp_timeout_syn_recv, 60, IP_CT_TIMEOUT_MAX,	\
	      "SYN and SYN/ACK")					\
	ALIAS(TCP_ESTABLISHED, ip_ct_tcp_timeout_established,		\
	      ip_conntrack_tcp_timeout_established,			\
	      432000, IP_CT_TIMEOUT_MAX,				\
	      "after the handshake, or picked up")			\
	ALIAS(TCP_FIN_WAIT, ip_ct_tcp_timeout_fin_wait,			\
	      ip_conntrack_tcp_timeout_fin_wait, 120, IP_CT_TIMEOUT_MAX, \
	      "one FIN, not yet acknowledged")				\
	ALIAS(TCP_CLOSE_WAIT, ip_ct_tcp_timeout_close_wait,		\
	      ip_conntrack_tcp_timeout_close_wait,			\
	      43200, IP_CT_TIMEOUT_MAX,					\
	      "one FIN, acknowledged: half-closed")			\
	ALIAS(TCP_LAST_ACK, ip_ct_tcp_timeout_last_ack,			\
	      ip_conntrack_tcp_timeout_last_ack, 30, IP_CT_TIMEOUT_MAX,	\
	      "both FINs, one not yet acknowledged")			\
	ALIAS(TCP_TIME_WAIT, ip_ct_tcp_timeout_time_wait,		\
	      ip_conntrack_tcp_timeout_time_wait,			\
	      120, IP_CT_TIMEOUT_MAX,					\
	      "both FINs acknowledged")					\
	ALIAS(TCP_CLOSE, ip_ct_tcp_timeout_close,			\
	      ip_conntrack_tcp_timeout_close, 10, IP_CT_TIMEOUT_MAX,	\
	      "after a RST")						\
	ALIAS(TCP_LISTEN, ip_ct_tcp_timeout_listen,			\
	      ip_conntrack_tcp_timeout_listen, 120, IP_CT_TIMEOUT_MAX,	\
	      "simultaneous open: SYN from both sides")			\
	ALIAS(TCP_MAX_RETRANS, ip_ct_tcp_timeout_max_retrans,		\
	      ip_conntrack_tcp_timeout_max_retrans,			\
	      300, IP_CT_TIMEOUT_MAX,					\
	      "at the most, after ip_conntrack_tcp_max_retrans repeats") \
	ALIAS(TCP_UNACKNOWLEDGED, ip_ct_tcp_timeout_unacknowledged,	\
	      ip_conntrack_tcp_timeout_unacknowledged,			\
	      300, IP_CT_TIMEOUT_MAX,					\
	      "at the most, while data sent again wait to be acknowledged") \
	ALIAS(UDP, ip_ct_udp_timeout,					\
	      ip_conntrack_udp_timeout, 30, IP_CT_TIMEOUT_MAX,		\
	      "nobody has answered")					\
	ALIAS(UDP_STREAM, ip_ct_udp_timeout_stream,			\
	      ip_conntrack_udp_timeout_stream, 180, IP_CT_TIMEOUT_MAX,	\
	      "answered")						\
	PLAIN(UDP_UNREPLIED_MAX, ip_ct_udp_timeout_unreplied_max,	\
	      600, IP_CT_TIMEOUT_MAX,					\
	      "longest life of a flow that nobody answers")		\
	ALIAS(ICMP, ip_ct_icmp_timeout,					\
	      ip_conntrack_icmp_timeout, 30, IP_CT_TIMEOUT_MAX,		\
	      "queries (echo, timestamp, ...)")				\
	ALIAS(GENERIC, ip_ct_generic_timeout,				\
	      ip_conntrack_generic_timeout, 600, IP_CT_TIMEOUT_MAX,	\
	      "all other protocols")					\
	PLAIN(TCP_LOOSE, ip_conntrack_tcp_loose, 1, IP_CT_FLOWS_MAX,	\
	      "0: the first packet of a TCP connection must be a SYN")	\
	PLAIN(TCP_BE_LIBERAL, ip_conntrack_tcp_be_liberal, 0, 1,	\
	      "1: only RST must lie within the windows")		\
	PLAIN(TCP_RETRANS, ip_conntrack_tcp_max_retrans, 3, 127,	\
	      "repeats in a row without an answer until a flow counts as stuck") \
	PLAIN(ACCT, ip_conntrack_acct, 0, 1,				\
	      "1: count packets and bytes of flows that begin from now on") \
	PLAIN(TIMESTAMP, ip_conntrack_timestamp, 0, 1,			\
	      "1: note when flows that begin from now on began")	\
	PLAIN(CHECKSUM, ip_conntrack_checksum, 1, 1,			\
	      "1: verify checksums that nothing has vouched for")	\
	PLAIN(DROP_INVALID, ip_conntrack_drop_invalid, 0, 1,		\
	      "1: INVALID packets are dropped")				\
	PLAIN(LOG_INVALID, ip_conntrack_log_invalid, 0, 255,		\
	      "log INVALID packets of this protocol number; 255: of all") \
	PLAIN(MAX, ip_conntrack_max, 0, IP_CT_FLOWS_MAX,		\
	      "flows, at the most; 0: no limit. Default: one per 16 KiB of memory") \
	PLAIN(SOURCE_MAX, ip_conntrack_source_max, 0, IP_CT_FLOWS_MAX,	\
	      "flows begun by one address, at the most; 0: no limit")

enum ip_ct_setting {
#define IP_CT_SETTING_ALIAS(sym, ...) IP_CT_SET_##sym,
#define IP_CT_SETTING_PLAIN(sym, ...) IP_CT_SET_##sym,
	IP_CT_SETTINGS(IP_CT_SETTING_ALIAS, IP_CT_SETTING_PLAIN)
#undef IP_CT_SETTING_ALIAS
#undef IP_CT_SETTING_PLAIN
	IP_CT_SET_COUNT,
	IP_CT_SET_TIMEOUTS = IP_CT_SET_TCP_LOOSE,	/* how many those are */
};

/**
 * struct ip_ct_setting_desc - a row of the table
 * @name:  sysctl and module parameter
 * @alias: second name of both, or NULL
 * @max:   largest value; the smallest is 0
 */
struct ip_ct_setting_desc {
	const char *name;
	const char *alias;
	unsigned int max;
};

extern const struct ip_ct_setting_desc ip_ct_setting_desc[IP_CT_SET_COUNT];

/**
 * struct ip_ct_settings - the values of one network namespace
 * @timeout: time-outs in use, jiffies: what @val says, times @scale /
 *           IP_CT_SCALE_FULL. Read without a lock: use ip_ct_timeout()
 * @scale:   less than IP_CT_SCALE_FULL when the table fills
 * @val:     as set, time-outs in seconds. Read without a lock: use
 *           ip_ct_setting()
 * @lock:    who writes any of these holds it
 */
struct ip_ct_settings {
	u32 timeout[IP_CT_SET_TIMEOUTS];
	u32 scale;
	unsigned int val[IP_CT_SET_COUNT];
	spinlock_t lock;
};

static inline unsigned int ip_ct_setting(const struct ip_ct_settings *settings,
					 enum ip_ct_setting which)
{
	return READ_ONCE(settings->val[which]);
}

/* A time-out in jiffies, shorter than set when the table is filling */
static inline u32 ip_ct_timeout(const struct ip_ct_settings *settings,
				enum ip_ct_setting which)
{
	return READ_ONCE(settings->timeout[which]);
}

void ip_ct_setting_change(struct ip_ct_settings *settings,
			  enum ip_ct_setting which, unsigned int value);
void ip_ct_settings_rescale(struct ip_ct_settings *settings, u32 scale);
int ip_ct_setting_parse(const char *text, unsigned int max,
			unsigned int *value);
void ip_ct_settings_load(void);
void ip_ct_settings_init(struct ip_ct_settings *settings);
unsigned int ip_ct_settings_buckets(void);

#endif /* _IP_CT_SETTINGS_H */
