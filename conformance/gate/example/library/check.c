// SPDX-License-Identifier: MIT
/* Tests of the library on a device; they speak the Test Anything Protocol. */
#include "accelref.h"

#include <drm/accelref_accel.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int number;
static int wrong;

static void check(int good, const char *what)
{
	number++;
	wrong += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", number, what);
}

static int64_t in(int64_t nanoseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec + nanoseconds;
}

int main(int argc, char **argv)
{
	struct accelref_buffer buffer = { 0 }, hidden = { 0 };
	struct accelref_job job = { 0 };
	struct drm_accelref_event event;
	uint32_t queued = 0;
	void *memory = 0;
	int fd = accelref_open(argc > 1 ? argv[1] : "/dev/accel/accel0");

	printf("1..13\n");
	check(fd >= 0, "the device opens");
	check(accelref_create(fd, 100, 1, &buffer) == 0 && buffer.handle != 0, "a buffer is made");
	check(buffer.size >= 100 && buffer.size % 4096 == 0, "its size is rounded up to pages");
	check(accelref_map(fd, &buffer, &memory) == 0 && ((char *)memory)[buffer.size - 1] == 0, "it is mapped, and zero");
	check(accelref_create(fd, 4096, 0, &hidden) == 0 && hidden.offset == 0, "another has no offset");
	check(accelref_create(fd, 0, 1, &hidden) == -EINVAL, "one without bytes is refused");
	job.buffers = &buffer.handle;
	job.buffer_count = 1;
	job.writes = 1;
	job.duration_ns = 200000000;
	job.event = 7;
	check(accelref_submit(fd, &job) == 0, "a job is submitted");
	check(accelref_wait(fd, buffer.handle, 0) == -ETIME, "its buffer is busy");
	check(accelref_wait(fd, buffer.handle, in(5000000000LL)) == 0, "and then it is not");
	memset(&event, 0, sizeof(event));
	check(read(fd, &event, sizeof(event)) == sizeof(event) && event.user_data == 7 && event.status == 0,
	      "an event tells the end");
	check(accelref_event(fd, DRM_ACCELREF_EVENT_JOB, 2, 40, &queued) == 0 && queued == 2, "events are queued");
	check(accelref_close(fd, buffer.handle) == 0 && accelref_wait(fd, buffer.handle, 0) == -ENOENT,
	      "a closed buffer is gone");
	check(accelref_close(fd, buffer.handle) == -EINVAL, "it cannot be closed twice");
	return wrong > 0;
}
