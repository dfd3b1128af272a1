/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _USER_LINUX_UNALIGNED_H
#define _USER_LINUX_UNALIGNED_H

#include <linux/types.h>

static inline u32 get_unaligned_be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static inline unsigned int get_unaligned_be16(const void *p)
{
	const u8 *b = p;

	return b[0] << 8 | b[1];
}

/* In the order of the machine */
#define get_unaligned(p) ({ \
	typeof(*(p)) value_; \
	__builtin_memcpy(&value_, (p), sizeof(value_)); \
	value_; \
})

#endif
