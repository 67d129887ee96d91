// SPDX-License-Identifier: MIT
#include "accelref.h"

#include <drm/accelref_accel.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static int call(int fd, unsigned long request, void *argument)
{
	int status;

	do {
		status = ioctl(fd, request, argument);
	} while (status < 0 && errno == EINTR);
	return status < 0 ? -errno : 0;
}

int accelref_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int accelref_create(int fd, uint64_t size, int mappable, struct accelref_buffer *buffer)
{
	struct drm_accelref_bo_create create = {
		.size = size,
		.flags = mappable ? 0 : DRM_ACCELREF_BO_NO_MMAP,
	};
	int status = call(fd, DRM_IOCTL_ACCELREF_BO_CREATE, &create);

	if (status == 0) {
		buffer->handle = create.handle;
		buffer->size = create.size;
		buffer->offset = create.offset;
	}
	return status;
}

int accelref_close(int fd, uint32_t handle)
{
	struct drm_gem_close argument = { .handle = handle };

	return call(fd, DRM_IOCTL_GEM_CLOSE, &argument);
}

int accelref_map(int fd, const struct accelref_buffer *buffer, void **memory)
{
	void *at = mmap(0, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)buffer->offset);

	if (at == MAP_FAILED)
		return -errno;
	*memory = at;
	return 0;
}

int accelref_submit(int fd, const struct accelref_job *job)
{
	struct drm_accelref_submit submit = {
		.bos = (uintptr_t)job->buffers,
		.bo_count = job->buffer_count,
		.flags = (job->writes ? DRM_ACCELREF_SUBMIT_WRITE : 0) | (job->event ? DRM_ACCELREF_SUBMIT_EVENT : 0),
		.duration_ns = job->duration_ns,
		.result = job->result,
		.user_data = job->event,
	};

	return call(fd, DRM_IOCTL_ACCELREF_SUBMIT, &submit);
}

int accelref_wait(int fd, uint32_t handle, int64_t deadline_ns)
{
	struct drm_accelref_bo_wait wait = { .handle = handle, .timeout_ns = deadline_ns };

	return call(fd, DRM_IOCTL_ACCELREF_BO_WAIT, &wait);
}

int accelref_event(int fd, uint32_t type, uint32_t count, uint64_t first, uint32_t *queued)
{
	struct drm_accelref_event_queue queue = { .type = type, .count = count, .user_data = first };
	int status = call(fd, DRM_IOCTL_ACCELREF_EVENT, &queue);

	*queued = status == 0 || status == -ENOMEM ? queue.count : 0;
	return status;
}

int accelref_unplug(int fd)
{
	struct drm_accelref_control control = { .command = DRM_ACCELREF_CONTROL_UNPLUG };

	return call(fd, DRM_IOCTL_ACCELREF_CONTROL, &control);
}
