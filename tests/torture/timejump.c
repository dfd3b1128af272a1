// SPDX-License-Identifier: GPL-2.0
/*
 * timejump.c - jiffies pass at once, as for a machine that slept.
 *
 *   insmod timejump.ko ahead=S    S seconds
 *   insmod timejump.ko before=S   so many that the lower half of the counter
 *                                 is S seconds before 2^32
 *
 * Never stays: the load ends with an error that says it is done (-EAGAIN).
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/stop_machine.h>

static unsigned int ahead, before;
module_param(ahead, uint, 0);
MODULE_PARM_DESC(ahead, "seconds that pass");
module_param(before, uint, 0);
MODULE_PARM_DESC(before, "seconds that remain until the counter wraps");

static u64 passing;

/* All CPUs are here with interrupts off: nobody else counts */
static int jump(void *unused)
{
	WRITE_ONCE(jiffies_64, jiffies_64 + passing);
	return 0;
}

static int __init timejump_init(void)
{
	passing = (u64)ahead * HZ;
	if (before)
		passing = (u32)(0U - before * HZ - (u32)jiffies);
	stop_machine(jump, NULL, NULL);
	pr_info("timejump: %llu jiffies, the counter is %#x now\n", passing,
		(u32)jiffies);
	return -EAGAIN;
}
module_init(timejump_init);

MODULE_DESCRIPTION("jiffies pass at once");
MODULE_LICENSE("GPL");
