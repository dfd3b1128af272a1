// SPDX-License-Identifier: GPL-2.0
/*
 * ip_ct_trace.c - the tracepoints live here.
 */
#define CREATE_TRACE_POINTS
#include "ip_ct_trace.h"
