/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _USER_LINUX_KERNEL_H
#define _USER_LINUX_KERNEL_H

#include <linux/minmax.h>
#include <linux/types.h>

#define noinline __attribute__((noinline))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
