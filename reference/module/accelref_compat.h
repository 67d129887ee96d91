/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between the kernels that the module is built for: 6.12 and the newest. */
#ifndef ACCELREF_COMPAT_H
#define ACCELREF_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* VERSION warns about a driver without a date as long as drivers have one; later kernels report "0" themselves. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define ACCELREF_DATE .date = "0",
#else
#define ACCELREF_DATE
#endif

#endif
