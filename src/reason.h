/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reason.h - every cause for which a packet is not simply tracked.
 *
 * This list is the only place where a reason is named: the counters in
 * /proc/net/ip_conntrack_reasons, the log line and the documentation are made
 * from it. A reason's class says what became of the packet:
 *
 *   INVALID   it belongs to no connection that could be; it moved nothing
 *   IGNORED   it is plausible, but it must not move its flow
 *   REFUSED   it would have made a flow, and none could be made
 *   NOTED     the packet is fine, the event is worth a count
 *
 * X(symbol, name, class, what a person should read)
 */
#ifndef _IP_CT_REASON_H
#define _IP_CT_REASON_H

#include <linux/types.h>

#define IP_CT_REASONS(X)						       \
	X(SHORT_IP, "short_ip", INVALID,				       \
	  "packet ends inside its IPv4 header")				       \
	X(BAD_VERSION, "bad_version", INVALID,				       \
	  "IP version is not 4")					       \
	X(BAD_IHL, "bad_ihl", INVALID,					       \
	  "IPv4 header length below 20 or beyond the packet")		       \
	X(BAD_TOTAL_LEN, "bad_total_len", INVALID,			       \
	  "IPv4 total length below its header or beyond the packet")	       \
	X(FRAGMENT, "fragment", INVALID,				       \
	  "fragment that nobody reassembled")				       \
	X(SHORT_TCP, "short_tcp", INVALID,				       \
	  "packet ends inside its TCP header")				       \
	X(BAD_TCP_DOFF, "bad_tcp_doff", INVALID,			       \
	  "TCP data offset below 20 or beyond the packet")		       \
	X(BAD_TCP_OPTION, "bad_tcp_option", INVALID,			       \
	  "TCP option of impossible length")				       \
	X(BAD_TCP_FLAGS, "bad_tcp_flags", INVALID,			       \
	  "TCP flags that no end may send together")			       \
	X(BAD_TCP_CHECKSUM, "bad_tcp_checksum", INVALID,		       \
	  "TCP checksum is wrong")					       \
	X(SHORT_UDP, "short_udp", INVALID,				       \
	  "packet ends inside its UDP header")				       \
	X(BAD_UDP_LEN, "bad_udp_len", INVALID,				       \
	  "UDP length below 8 or beyond the packet")			       \
	X(BAD_UDP_CHECKSUM, "bad_udp_checksum", INVALID,		       \
	  "UDP checksum is wrong")					       \
	X(SHORT_ICMP, "short_icmp", INVALID,				       \
	  "packet ends inside its ICMP header")				       \
	X(BAD_ICMP_TYPE, "bad_icmp_type", INVALID,			       \
	  "ICMP type or code that does not exist")			       \
	X(BAD_ICMP_CHECKSUM, "bad_icmp_checksum", INVALID,		       \
	  "ICMP checksum is wrong")					       \
	X(ICMP_UNASKED, "icmp_unasked", INVALID,			       \
	  "ICMP reply to a query that was not seen")			       \
	X(ICMP_INNER, "icmp_inner", INVALID,				       \
	  "ICMP error whose quoted packet is cut short or malformed")	       \
	X(ICMP_NOT_SENDER, "icmp_not_sender", INVALID,			       \
	  "ICMP error to another than the sender of the packet that it quotes") \
	X(ICMP_NO_FLOW, "icmp_no_flow", INVALID,			       \
	  "ICMP error about a connection that is not known")		       \
	X(ICMP_FORGED, "icmp_forged", INVALID,				       \
	  "ICMP error that quotes what was never sent (RFC 5927 section 4)")   \
	X(NO_SYN, "no_syn", INVALID,					       \
	  "first TCP packet is not a SYN and ip_conntrack_tcp_loose is 0")     \
	X(RST_UNKNOWN, "rst_unknown", INVALID,				       \
	  "RST for a connection that is not known")			       \
	X(STATE_FORBIDS, "state_forbids", INVALID,			       \
	  "no end can send this segment in the flow's state")		       \
	X(SEQ_ABOVE_WINDOW, "seq_above_window", INVALID,		       \
	  "sequence number beyond what its receiver has allowed")	       \
	X(SEQ_BELOW_WINDOW, "seq_below_window", INVALID,		       \
	  "sequence number more than a window below what was sent")	       \
	X(ACK_ABOVE, "ack_above", INVALID,				       \
	  "acknowledges what was never sent")				       \
	X(ACK_TOO_OLD, "ack_too_old", INVALID,				       \
	  "acknowledgement too old (RFC 5961 section 5)")		       \
	X(SYN_IN_LIVE_FLOW, "syn_in_live_flow", IGNORED,		       \
	  "SYN for a connection that lives (RFC 5961 section 4)")	       \
	X(SYN_OTHER, "syn_other", IGNORED,				       \
	  "SYN with another number than the one that awaits its answer")       \
	X(SYNACK_UNASKED, "synack_unasked", IGNORED,			       \
	  "SYN/ACK that answers no SYN of this connection")		       \
	X(BEFORE_HANDSHAKE, "before_handshake", IGNORED,		       \
	  "answer of an older connection to a SYN (RFC 9293 3.5.1)")	       \
	X(RST_NOT_EXACT, "rst_not_exact", IGNORED,			       \
	  "RST that does not fit what the flow awaits (RFC 5961 section 3)")   \
	X(AFTER_CLOSE, "after_close", IGNORED,				       \
	  "segment of a connection that a RST has closed")		       \
	X(TABLE_FULL, "table_full", REFUSED,				       \
	  "ip_conntrack_max flows and none that may give way")		       \
	X(SOURCE_FULL, "source_full", REFUSED,				       \
	  "its source has ip_conntrack_source_max flows")		       \
	X(NO_MEMORY, "no_memory", REFUSED,				       \
	  "no memory for a new flow")					       \
	X(RETRY_LIMIT, "retry_limit", REFUSED,				       \
	  "flow died under the packet too many times in a row")	       \
	X(EARLY_DROP, "early_drop", NOTED,				       \
	  "flow gave way to a new one because the table is full")	       \
	X(INSERT_RACE, "insert_race", NOTED,				       \
	  "two packets made the same flow at once and were merged")	       \
	X(DROPPED, "dropped", NOTED,					       \
	  "INVALID packet dropped: ip_conntrack_drop_invalid is 1")	       \
	X(REOPENED, "reopened", NOTED,					       \
	  "closed connection's ports taken up by a new one")		       \
	X(ICMP_ERROR, "icmp_error", NOTED,				       \
	  "ICMP error about a connection, passed as RELATED to it")		       \
	X(ICMP_OTHER, "icmp_other", NOTED,				       \
	  "ICMP message that is neither query nor error, passed")

enum ip_ct_reason {
	IP_CT_R_OK,
#define IP_CT_REASON_ENUM(sym, name, class, text) IP_CT_R_##sym,
	IP_CT_REASONS(IP_CT_REASON_ENUM)
#undef IP_CT_REASON_ENUM
	IP_CT_R_COUNT
};

enum ip_ct_reason_class {
	IP_CT_CLASS_OK,
	IP_CT_CLASS_INVALID,
	IP_CT_CLASS_IGNORED,
	IP_CT_CLASS_REFUSED,
	IP_CT_CLASS_NOTED,
};

#endif /* _IP_CT_REASON_H */
