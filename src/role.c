// SPDX-License-Identifier: GPL-2.0
/*
 * role.c - the kernel has room for one connection tracker, behind nf_ct_hook.
 *
 * Who has that place is the provider: packets carry its word, rules ask it.
 * It is claimed at load time if nobody has it, and kept until unload; a module
 * that wants it meanwhile (nf_conntrack) is refused. Without it the tracker is
 * an observer, who disturbs nobody.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netfilter.h>
#include <linux/notifier.h>
#include <linux/pgtable.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "attach.h"
#include "ip_conntrack.h"
#include "role.h"

enum role {
	ROLE_AUTO,
	ROLE_PROVIDER,
	ROLE_OBSERVER,
};

static const char * const role_name[] = {
	[ROLE_AUTO] = "auto",
	[ROLE_PROVIDER] = "provider",
	[ROLE_OBSERVER] = "observer",
};

/* What was asked for; once loaded, what it is */
static enum role role = ROLE_AUTO;

static int role_set(const char *text, const struct kernel_param *kp)
{
	int i = text ? sysfs_match_string(role_name, text) : -EINVAL;

	if (i < 0) {
		pr_err("role='%s' is none of auto, provider, observer\n",
		       text ?: "");
		return -EINVAL;
	}
	role = i;
	return 0;
}

static int role_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", role_name[role]);
}

static const struct kernel_param_ops role_ops = {
	.set = role_set,
	.get = role_get,
};

module_param_cb(role, &role_ops, NULL, 0444);
MODULE_PARM_DESC(role, "auto, provider (rules ask this tracker) or observer");

/**
 * ip_ct_is_provider() - do packets carry this tracker's word?
 */
bool ip_ct_is_provider(void)
{
	return role == ROLE_PROVIDER;
}
EXPORT_SYMBOL_GPL(ip_ct_is_provider);

/**
 * ip_ct_rules_get() - a rule wants to ask the tracker
 * @net: the rule's namespace
 *
 * Return: 0, or -EOPNOTSUPP as observer, whom packets tell nothing.
 */
int ip_ct_rules_get(struct net *net)
{
	if (ip_ct_is_provider())
		return 0;
	pr_warn_ratelimited("a rule asks for connections, but nf_conntrack was there first: unload it and load ip_conntrack again\n");
	return -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(ip_ct_rules_get);

/**
 * ip_ct_rules_put() - the mirror image: the rule is gone
 * @net: the rule's namespace
 */
void ip_ct_rules_put(struct net *net)
{
}
EXPORT_SYMBOL_GPL(ip_ct_rules_put);

/**
 * ip_ct_rules_count() - a rule asks how much a connection has carried
 * @net: the rule's namespace
 *
 * Connections that begin from now on are counted, as if ip_conntrack_acct had
 * been set to 1. It stays so when the rule has gone.
 */
void ip_ct_rules_count(struct net *net)
{
	ip_ct_setting_change(&ip_ct_net(net)->settings, IP_CT_SET_ACCT, 1);
}
EXPORT_SYMBOL_GPL(ip_ct_rules_count);

/* What is built in is there before a module comes */
#if IS_MODULE(CONFIG_NF_CONNTRACK) && defined(MODULE)
#define RIVAL "nf_conntrack"

/* It would overwrite nf_ct_hook without a look */
static int module_comes(struct notifier_block *nb, unsigned long state,
			void *data)
{
	const struct module *module = data;

	if (state != MODULE_STATE_COMING || strcmp(module->name, RIVAL))
		return NOTIFY_DONE;
	pr_warn("nf_conntrack is refused: ip_conntrack tracks connections here; rmmod ip_conntrack first, or load it with role=observer\n");
	return notifier_from_errno(-EBUSY);
}

static struct notifier_block guard = {
	.notifier_call = module_comes,
	/* before those that prepare a module that does not come */
	.priority = INT_MAX,
};

static int guard_up(void)
{
	return register_module_notifier(&guard);
}

static void guard_down(void)
{
	unregister_module_notifier(&guard);
}

/* The list of modules is a ring: one of its links is its head, elsewhere */
static bool is_module(const struct module *module)
{
	unsigned long addr = (unsigned long)module;

	return addr >= MODULES_VADDR && addr < MODULES_END;
}

/*
 * MODULE_STATE_UNFORMED: it is not there, or has not asked the guard yet, or
 * has left all but its memory
 */
static enum module_state rival_state(void)
{
	enum module_state state = MODULE_STATE_UNFORMED;
	const struct module *module;

	rcu_read_lock();
	list_for_each_entry_rcu(module, &THIS_MODULE->list, list) {
		if (is_module(module) && !strcmp(module->name, RIVAL))
			state = READ_ONCE(module->state);
	}
	rcu_read_unlock();
	return state;
}

/*
 * nf_conntrack may have asked the notifiers before the guard was among them,
 * and not have set nf_ct_hook yet: nobody may take it then. On its way out it
 * has the place until its last packet has gone, and then nobody has. Neither
 * lasts, and since the guard is up none begins.
 *
 * Return: 0: it is not there; -EBUSY: it is; -EINTR
 */
static int rival_settles(void)
{
	enum module_state state = rival_state();

	if (state == MODULE_STATE_COMING || state == MODULE_STATE_GOING)
		pr_info("waiting for nf_conntrack, which is being %s\n",
			state == MODULE_STATE_COMING ? "loaded" : "unloaded");
	while (state == MODULE_STATE_COMING || state == MODULE_STATE_GOING) {
		schedule_timeout_interruptible(1);
		if (signal_pending(current))
			return -EINTR;
		state = rival_state();
	}
	return state == MODULE_STATE_LIVE ? -EBUSY : 0;
}
#else
static int guard_up(void)
{
	return 0;
}

static void guard_down(void)
{
}

static int rival_settles(void)
{
	return 0;
}
#endif

static int take_place(void)
{
	int err = guard_up();

	if (err)
		return err;
	err = rival_settles();
	if (!err && unrcu_pointer(cmpxchg(&nf_ct_hook, RCU_INITIALIZER(NULL),
					  RCU_INITIALIZER(&ip_ct_nf_ct_hook))))
		err = -EBUSY;
	if (err)
		guard_down();
	return err;
}

/**
 * ip_ct_role_claim() - become the provider if that was asked for and can be
 *
 * May sleep, for as long as nf_conntrack is on its way in or out. Return: 0,
 * -EBUSY for a forced provider that cannot be, or -EINTR.
 */
int ip_ct_role_claim(void)
{
	int err = role == ROLE_OBSERVER ? -EBUSY : take_place();

	if (err == -EINTR)
		return err;
	if (err && role == ROLE_PROVIDER) {
		pr_err("role=provider cannot be: the kernel has a connection tracker already (rmmod nf_conntrack and what uses it, or role=observer)\n");
		return err;
	}
	role = err ? ROLE_OBSERVER : ROLE_PROVIDER;
	pr_info("%s\n", role == ROLE_PROVIDER ?
		"provider: rules ask this tracker" :
		"observer: rules ask another tracker, or none");
	return 0;
}

/**
 * ip_ct_role_release() - the mirror image of ip_ct_role_claim()
 *
 * No hook is registered any more. May sleep for as long as packets that carry
 * a tag are in some queue: the place is given back when the last has gone, for
 * whoever frees one asks for it.
 */
void ip_ct_role_release(void)
{
	if (!ip_ct_is_provider())
		return;
	ip_ct_tags_drain();
	RCU_INIT_POINTER(nf_ct_hook, NULL);
	synchronize_net();
	guard_down();
}
