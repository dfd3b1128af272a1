// SPDX-License-Identifier: GPL-2.0
/*
 * The leak scan after the last test.
 *
 * kmemleak offers no call to the rest of the kernel, but its own thread scans
 * a minute after boot and then every ten minutes. The kernel of the tests runs
 * on simulated time (UML's time-travel), so waiting for that thread costs
 * nothing: when the tests are over and the kernel is about to halt, sleep long
 * enough for two full scans. The first one only takes checksums of what it has
 * not seen before, the second one reports. kmemleak prints what it found
 * (kmemleak.verbose=1) and the reader of the log fails the run for it.
 */
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>

/* Two periods of mm/kmemleak.c (SECS_SCAN_WAIT) and some. */
#define LEAK_SCAN_SECS (2 * 600 + 60)

static int leak_scan_before_halt(struct notifier_block *nb, unsigned long event,
				 void *unused)
{
	rcu_barrier();
	ssleep(LEAK_SCAN_SECS);
	/* tests/kunit/report.py wants to see this line */
	pr_info("ip_conntrack: leak scan done\n");
	return NOTIFY_DONE;
}

static struct notifier_block leak_scan_nb = {
	.notifier_call = leak_scan_before_halt,
};

static int __init leak_scan_init(void)
{
	return register_reboot_notifier(&leak_scan_nb);
}
late_initcall(leak_scan_init);
