// SPDX-License-Identifier: GPL-2.0
/*
 * tcp.c - the windows, the machine and what applies them to a flow, as one
 * unit for the compiler: between them lie a dozen calls, and each costs as much
 * as what it does. Models and fuzzers build the pure ones by themselves.
 */
#include "tcp_window.c"
#include "tcp_fsm.c"
#include "proto_tcp.c"
