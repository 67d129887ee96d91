/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Faults that the module has when it is told to, one at a time: what a kit that checks drivers has to find. Each is
 * a few lines in the place where such a mistake is made.
 */
#ifndef ACCELREF_FAULT_H
#define ACCELREF_FAULT_H

#include <linux/types.h>

enum accelref_fault {
	ACCELREF_FAULT_NONE,
	/* BO_CREATE keeps its own reference to the buffer. */
	ACCELREF_FAULT_LEAK,
	/* The queue writes to a job that it has freed. */
	ACCELREF_FAULT_USE_AFTER_FREE,
	/* An event's pad is not cleared: it has bits of an address of the kernel. */
	ACCELREF_FAULT_UNINITIALISED_PAD,
	/* SUBMIT takes an array that cannot be read for one of zeros. */
	ACCELREF_FAULT_MISSING_COPY_CHECK,
	/* SUBMIT of an unknown handle returns with the queue locked. */
	ACCELREF_FAULT_LOCK_IMBALANCE,
	/* BO_WAIT of an unknown handle gives EINVAL. */
	ACCELREF_FAULT_WRONG_ERRNO,
	/* The timer of a job that takes time is not started: the job never ends. */
	ACCELREF_FAULT_STUCK_WAIT,
	/* A buffer can be mapped by one page more than it has. */
	ACCELREF_FAULT_MMAP_RANGE,
	/* Every client may take the device away. */
	ACCELREF_FAULT_MISSING_PRIVILEGE,
	/* BO_WAIT gives up a reference that belongs to the handle. */
	ACCELREF_FAULT_DOUBLE_RELEASE,
	ACCELREF_FAULTS
};

/* accelref_fault.c */
int accelref_fault_init_module(void);
bool accelref_faulty(enum accelref_fault fault);

#endif
