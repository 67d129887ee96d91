// SPDX-License-Identifier: GPL-2.0
/* The parameter that chooses a fault. */
#include <linux/module.h>
#include <linux/string.h>

#include "accelref_fault.h"

static char *fault = "none";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "A fault to have, for tests of test tools (default none)");

static const char *const accelref_fault_names[ACCELREF_FAULTS] = {
	[ACCELREF_FAULT_NONE] = "none",
	[ACCELREF_FAULT_LEAK] = "leak",
	[ACCELREF_FAULT_USE_AFTER_FREE] = "use-after-free",
	[ACCELREF_FAULT_UNINITIALISED_PAD] = "uninitialised-pad",
	[ACCELREF_FAULT_MISSING_COPY_CHECK] = "missing-copy-check",
	[ACCELREF_FAULT_LOCK_IMBALANCE] = "lock-imbalance",
	[ACCELREF_FAULT_WRONG_ERRNO] = "wrong-errno",
	[ACCELREF_FAULT_STUCK_WAIT] = "stuck-wait",
	[ACCELREF_FAULT_MMAP_RANGE] = "mmap-range",
	[ACCELREF_FAULT_MISSING_PRIVILEGE] = "missing-privilege",
	[ACCELREF_FAULT_DOUBLE_RELEASE] = "double-release",
};

static enum accelref_fault accelref_chosen;

int accelref_fault_init_module(void)
{
	int found = match_string(accelref_fault_names, ACCELREF_FAULTS, fault);

	if (found < 0)
		return found;
	accelref_chosen = found;
	return 0;
}

bool accelref_faulty(enum accelref_fault which)
{
	return accelref_chosen == which;
}
