// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes of counters for the kernel's drm-ras, with errors that come on command. The nodes are those of
 * reference/netlink/ras-nodes.ts; a test compares the two.
 *
 * The parameter "control" takes one command a write: reset, inject NODE ID COUNT, plug, unplug.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include <drm/drm_ras.h>
#include <drm/drm_ras_genl_family.h>

struct counter {
	u32 id;
	const char *name;
	int unreadable, unclearable;
	u32 value;
};

#define MANY_COUNTERS 101
#define MANY_STEP 3

static struct counter compute[] = {
	{ 0, "corrected" }, { 1, "uncorrected" }, { 2, "fatal" }, { 3, "parity" },
};
static struct counter memory[] = { { 1, "corrected" }, { 4, "uncorrected" }, { 9, "poison" } };
static struct counter link_errors[] = { { 2, "replay" }, { 5, "timeout" } };
static struct counter fixed[] = { { 1, "boot" }, { 2, "reset" } };
static struct counter many[MANY_COUNTERS];
static char many_names[MANY_COUNTERS][16];
static struct counter failing[] = {
	{ 1, "good" }, { 2, "busy", .unclearable = -EBUSY }, { 3, "dead", .unreadable = -EIO }, { 4, "behind" },
};
static struct counter spare[] = { { 5, "corrected" }, { 6, "uncorrected" }, { 7, "fatal" } };

struct provider {
	struct drm_ras_node node;
	struct counter *counters;
	unsigned int count;
	bool present;
};

static DEFINE_MUTEX(lock);

static struct counter *find_counter(struct provider *provider, u32 id)
{
	for (unsigned int i = 0; i < provider->count; i++)
		if (provider->counters[i].id == id)
			return &provider->counters[i];
	return NULL;
}

static int query(struct drm_ras_node *node, u32 id, const char **name, u32 *value)
{
	struct counter *counter = find_counter(node->priv, id);

	if (!counter)
		return -ENOENT;
	if (counter->unreadable)
		return counter->unreadable;
	*name = counter->name;
	*value = READ_ONCE(counter->value);
	return 0;
}

static int clear(struct drm_ras_node *node, u32 id)
{
	struct counter *counter = find_counter(node->priv, id);

	if (!counter)
		return -ENOENT;
	if (counter->unclearable)
		return counter->unclearable;
	WRITE_ONCE(counter->value, 0);
	return 0;
}

#define NODE(device, label, low, high, list, clearing) {						\
	.node = {										\
		.device_name = device, .node_name = label, .type = DRM_RAS_NODE_TYPE_ERROR_COUNTER,	\
		.error_counter_range = { .first = low, .last = high },				\
		.query_error_counter = query, .clear_error_counter = clearing,			\
	},											\
	.counters = list, .count = ARRAY_SIZE(list),						\
}

static struct provider providers[] = {
	NODE("accel-ras.0", "compute", 0, 3, compute, clear),
	NODE("accel-ras.0", "memory", 1, 9, memory, clear),
	NODE("accel-ras.0", "link", 2, 8, link_errors, clear),
	NODE("accel-ras.1", "fixed", 1, 2, fixed, NULL),
	NODE("accel-ras.1", "many", 0, 300, many, clear),
	NODE("accel-ras.1", "failing", 1, 4, failing, clear),
	NODE("accel-ras.2", "spare", 5, 7, spare, clear),
};
#define SPARE (&providers[ARRAY_SIZE(providers) - 1])

static int plug(struct provider *provider)
{
	int ret;

	if (provider->present)
		return -EBUSY;
	for (unsigned int i = 0; i < provider->count; i++)
		provider->counters[i].value = 0;
	provider->node.priv = provider;
	ret = drm_ras_node_register(&provider->node);
	provider->present = !ret;
	return ret;
}

static int unplug(struct provider *provider)
{
	if (!provider->present)
		return -ENODEV;
	drm_ras_node_unregister(&provider->node);
	provider->present = false;
	return 0;
}

static int inject(const char *text)
{
	char name[16];
	u32 id, count;

	if (sscanf(text, "%15s %u %u", name, &id, &count) != 3)
		return -EINVAL;
	for (unsigned int i = 0; i < ARRAY_SIZE(providers); i++) {
		struct provider *provider = &providers[i];
		struct counter *counter;

		if (!provider->present || strcmp(provider->node.node_name, name))
			continue;
		counter = find_counter(provider, id);
		if (!counter)
			return -EINVAL;
		WRITE_ONCE(counter->value, counter->value + count);
		return 0;
	}
	return -EINVAL;
}

static void reset(void)
{
	unplug(SPARE);
	for (unsigned int i = 0; i < ARRAY_SIZE(providers); i++)
		for (unsigned int j = 0; j < providers[i].count; j++)
			WRITE_ONCE(providers[i].counters[j].value, 0);
}

static int control_set(const char *text, const struct kernel_param *param)
{
	int ret = -EINVAL;

	mutex_lock(&lock);
	if (!strncmp(text, "inject ", 7)) {
		ret = inject(text + 7);
	} else if (sysfs_streq(text, "reset")) {
		reset();
		ret = 0;
	} else if (sysfs_streq(text, "plug")) {
		ret = plug(SPARE);
	} else if (sysfs_streq(text, "unplug")) {
		ret = unplug(SPARE);
	}
	mutex_unlock(&lock);
	return ret;
}

static const struct kernel_param_ops control_ops = { .set = control_set };
module_param_cb(control, &control_ops, NULL, 0200);
MODULE_PARM_DESC(control, "reset, inject NODE ID COUNT, plug, unplug");

static void remove_all(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(providers); i++)
		unplug(&providers[i]);
	drm_ras_genl_family_unregister();
}

static int __init provider_init(void)
{
	int ret;

	for (unsigned int i = 0; i < MANY_COUNTERS; i++) {
		many[i].id = i * MANY_STEP;
		snprintf(many_names[i], sizeof(many_names[i]), "lane-%u", many[i].id);
		many[i].name = many_names[i];
	}
	ret = drm_ras_genl_family_register();
	for (struct provider *each = providers; !ret && each != SPARE; each++)
		ret = plug(each);
	if (ret)
		remove_all();
	return ret;
}

static void __exit provider_exit(void)
{
	remove_all();
}

module_init(provider_init);
module_exit(provider_exit);

MODULE_DESCRIPTION("Nodes of counters for drm-ras, with errors on command");
MODULE_LICENSE("GPL");
