/* SPDX-License-Identifier: MIT */
/* User-space library of accelref: a function for each call of the driver. Every one gives 0, or a negative errno. */
#ifndef LIB_ACCELREF_H
#define LIB_ACCELREF_H

#include <stddef.h>
#include <stdint.h>

struct accelref_buffer {
	uint32_t handle;
	uint64_t size;
	/* For mmap(); 0 when the buffer cannot be mapped. */
	uint64_t offset;
};

struct accelref_job {
	const uint32_t *buffers;
	uint32_t buffer_count;
	int writes;
	uint64_t duration_ns;
	/* The error number that the job ends with. */
	uint32_t result;
	/* Not 0: an event with this number tells the end. */
	uint64_t event;
};

int accelref_open(const char *path);
int accelref_create(int fd, uint64_t size, int mappable, struct accelref_buffer *buffer);
int accelref_close(int fd, uint32_t handle);
int accelref_map(int fd, const struct accelref_buffer *buffer, void **memory);
int accelref_submit(int fd, const struct accelref_job *job);
/* Until a point of time on CLOCK_MONOTONIC; 0 only looks. */
int accelref_wait(int fd, uint32_t handle, int64_t deadline_ns);
/* Queues events on the own file; the number of those that were queued goes to queued. */
int accelref_event(int fd, uint32_t type, uint32_t count, uint64_t first, uint32_t *queued);
/* Needs CAP_SYS_ADMIN. */
int accelref_unplug(int fd);

#endif
