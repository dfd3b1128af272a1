/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - the only place where kernels differ.
 *
 * Everything else is written for the newest kernel's interface; what an older
 * one lacks is supplied here. Not the version decides, which says little of
 * what a distribution has taken over from later ones: IP_CT_HAS_* are made by
 * Kbuild, by looking into the kernel's headers.
 */
#ifndef _IP_CT_COMPAT_H
#define _IP_CT_COMPAT_H

/* 6.12 moved it; user-space builds of the pure files bring their own */
#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* The supported range: Kbuild, README and the packages read it here */
#define IP_CT_LINUX_FIRST KERNEL_VERSION(6, 1, 0)
#define IP_CT_LINUX_LAST KERNEL_VERSION(7, 3, 0)

/* 6.11: sysctl handlers get a const table */
#ifdef IP_CT_HAS_CONST_CTL_TABLE
#define IP_CT_CTL_CONST const
#else
#define IP_CT_CTL_CONST
#endif

/* 6.6: sysctl tables are sized, before that an empty element ends them */
#ifdef IP_CT_HAS_SIZED_CTL_TABLE
#define IP_CT_CTL_SENTINEL 0
#else
#define IP_CT_CTL_SENTINEL 1
#define register_net_sysctl_sz(net, path, table, size) \
	register_net_sysctl(net, path, table)
#endif

/* 6.16 renamed from_timer() */
#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname) \
	from_timer(var, callback_timer, timer_fieldname)
#endif

/* 6.2, and the later ones of 6.1 */
#ifndef IP_CT_HAS_TIMER_SHUTDOWN
#define timer_shutdown_sync(timer) del_timer_sync(timer)
#endif

/*
 * Exchanges two u64 that follow each other, aligned to 16 bytes, if they are as
 * they were. 6.5 renamed it, and gave it a type. The question whether the
 * processor can do it is answered in the code itself where that is possible.
 */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#include <asm/cpufeature.h>
#define IP_CT_SYSTEM_HAS(asked) cpu_feature_enabled(X86_FEATURE_CX16)
#else
#define IP_CT_SYSTEM_HAS(asked) (asked)
#endif
#if defined(CONFIG_64BIT) && defined(system_has_cmpxchg128)
#define ip_ct_has_cmpxchg16() IP_CT_SYSTEM_HAS(system_has_cmpxchg128())
static __always_inline bool ip_ct_cmpxchg16(u64 *at, u64 old0, u64 old1,
					    u64 new0, u64 new1)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	u128 old = old0 | (u128)old1 << 64, new = new0 | (u128)new1 << 64;
#else
	u128 old = old1 | (u128)old0 << 64, new = new1 | (u128)new0 << 64;
#endif

	return try_cmpxchg128((u128 *)at, &old, new);
}
#elif defined(CONFIG_64BIT) && defined(CONFIG_HAVE_CMPXCHG_DOUBLE)
#define ip_ct_has_cmpxchg16() IP_CT_SYSTEM_HAS(system_has_cmpxchg_double())
#define ip_ct_cmpxchg16(at, old0, old1, new0, new1) \
	cmpxchg_double(at, (at) + 1, old0, old1, new0, new1)
#else
#define ip_ct_has_cmpxchg16() false
#define ip_ct_cmpxchg16(at, old0, old1, new0, new1) false
#endif

/* nf_ct_hook.get_id, which is called unchecked where it is known */
#ifdef IP_CT_HAS_CT_HOOK_GET_ID
#define IP_CT_CT_HOOK_GET_ID(function) .get_id = (function),
#else
#define IP_CT_CT_HOOK_GET_ID(function)
#endif

#endif /* __KERNEL__ */
#endif /* _IP_CT_COMPAT_H */
