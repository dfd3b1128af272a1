/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's types for the pure files of src/ built in user space: models
 * and fuzzers.
 */
#ifndef _USER_LINUX_TYPES_H
#define _USER_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include_next <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

#ifndef __force
#define __force
#endif
#ifndef __aligned
#define __aligned(x) __attribute__((aligned(x)))
#endif
#ifndef __always_inline
#define __always_inline inline
#endif
#define likely(x) (x)
#define unlikely(x) (x)
#undef static_assert
#define static_assert(expr, ...) _Static_assert(expr, #expr)
#ifndef fallthrough
#define fallthrough __attribute__((fallthrough))
#endif

/* <arpa/inet.h> and <linux/in.h> exclude one another */
#define htons(x) ((__be16)__builtin_bswap16(x))
#define ntohs(x) __builtin_bswap16(x)
#define htonl(x) ((__be32)__builtin_bswap32(x))
#define ntohl(x) __builtin_bswap32(x)
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "as written here");

#endif
