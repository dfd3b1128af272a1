/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rig.h - a tracker of its own for a test, with flows by number.
 */
#ifndef _IP_CT_RIG_H
#define _IP_CT_RIG_H

#include <kunit/test.h>

#include "flow.h"
#include "net.h"

/* For a suite's .init and .exit; the tracker is test->priv in between */
int rig_init(struct kunit *test);
void rig_exit(struct kunit *test);

static inline struct ip_ct_net *rig(struct kunit *test)
{
	return test->priv;
}

void rig_key(struct ip_ct_key *key, u32 number);
u32 rig_hash(struct ip_ct_net *cn, u32 number);
struct ip_conntrack *rig_flow(struct kunit *test, u32 number);
struct ip_conntrack *rig_find(struct kunit *test, u32 number);
struct ip_conntrack *rig_enter(struct kunit *test, u32 number, u32 deadline);
unsigned int rig_count(struct kunit *test);
void rig_wait(void);

#endif /* _IP_CT_RIG_H */
