/* SPDX-License-Identifier: GPL-2.0 */
/* Any mixture serves: models and fuzzers have no table. */
#ifndef _USER_LINUX_JHASH_H
#define _USER_LINUX_JHASH_H

#include <linux/kernel.h>

static inline u32 jhash_3words(u32 a, u32 b, u32 c, u32 seed)
{
	return ((a * 31 + b) * 31 + c) * 31 + seed;
}

#endif
