/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _USER_LINUX_UNALIGNED_H
#define _USER_LINUX_UNALIGNED_H

#include <linux/types.h>

static inline u32 get_unaligned_be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

#endif
