// SPDX-License-Identifier: GPL-2.0
/*
 * way.c - what a packet goes through between two hooks, as one unit for the
 * compiler: on the way lie two dozen calls, and each costs as much as what it
 * does. Models and fuzzers build the pure ones by themselves, and so does
 * `make APART=1` all of them, for make check to see who calls whom.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "packet.c"
#include "flow.c"
#include "table.c"
#include "expire.c"
#include "limit.c"
#include "tcp_window.c"
#include "tcp_fsm.c"
#include "tcp_lock.c"
#include "proto_tcp.c"
#include "core.c"
#include "attach.c"
#include "hooks.c"
