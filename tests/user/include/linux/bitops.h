/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _USER_LINUX_BITOPS_H
#define _USER_LINUX_BITOPS_H

#include <linux/types.h>

static inline u64 ror64(u64 word, unsigned int shift)
{
	return word >> (shift & 63) | word << (-shift & 63);
}

static inline u32 ror32(u32 word, unsigned int shift)
{
	return word >> (shift & 31) | word << (-shift & 31);
}

#endif
