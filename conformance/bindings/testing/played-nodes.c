/*
 * Plays the class accel to one process, by LD_PRELOAD: accel0 is another driver's, accel1 is of ethosu. Each ioctl()
 * fails with EINTR and with EAGAIN before it is answered. PLAYED_SYSFS=0: sysfs knows no driver.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "accel_uapi_ethosu.h"

#define ROOM (1 << 16)
#define PAGE 4096

static int memory = -1;
static int other = -1;
static int next_handle = 1;
static unsigned calls;

static int make_memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	return ftruncate(fd, ROOM) == 0 ? fd : -1;
}

static int node_of(const char *path)
{
	return strncmp(path, "/dev/accel/accel", 16) == 0 ? atoi(path + 16) : -1;
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	va_list more;
	int mode;

	va_start(more, flags);
	mode = va_arg(more, int);
	va_end(more);
	switch (node_of(path)) {
	case -1:
		return real(path, flags, mode);
	case 0:
		return other = make_memory("other");
	case 1:
		if (memory < 0)
			memory = make_memory("ethosu");
		return dup(memory);
	default:
		errno = ENOENT;
		return -1;
	}
}

int access(const char *path, int mode)
{
	int (*real)(const char *, int) = (int (*)(const char *, int))dlsym(RTLD_NEXT, "access");
	int node = node_of(path);

	if (node < 0)
		return real(path, mode);
	errno = ENOENT;
	return node <= 1 ? 0 : -1;
}

ssize_t readlink(const char *path, char *into, size_t size)
{
	ssize_t (*real)(const char *, char *, size_t) =
		(ssize_t (*)(const char *, char *, size_t))dlsym(RTLD_NEXT, "readlink");
	const char *known = getenv("PLAYED_SYSFS");
	const char *link = strstr(path, "accel1/") ? "../../bus/platform/drivers/ethosu" : "../../bus/pci/drivers/rocket";

	if (strncmp(path, "/proc/self/fd/", 14) == 0)
		link = "/dev/accel/accel1";
	else if (strncmp(path, "/sys/class/accel/", 17) != 0)
		return real(path, into, size);
	else if (known && strcmp(known, "0") == 0) {
		errno = ENOENT;
		return -1;
	}
	if (strlen(link) > size)
		return -1;
	memcpy(into, link, strlen(link));
	return (ssize_t)strlen(link);
}

static int refuse(int errnum)
{
	errno = errnum;
	return -1;
}

static int version(int fd, struct drm_version *argument)
{
	const char *name = fd == other ? "rocket" : "ethosu";

	if (argument->name && argument->name_len >= strlen(name))
		memcpy(argument->name, name, strlen(name));
	argument->name_len = strlen(name);
	return 0;
}

static int query(struct drm_ethosu_dev_query *argument)
{
	struct drm_ethosu_npu_info info = { .id = 0x10006010 };

	memcpy((void *)(unsigned long)argument->pointer, &info, sizeof(info));
	return 0;
}

/* Handle n lies at page n of the memory. */
static int submit(struct drm_ethosu_submit *argument)
{
	struct drm_ethosu_job *job = (struct drm_ethosu_job *)(unsigned long)argument->jobs;
	unsigned char bytes[64];

	if (argument->job_count != 1 || job->cmd_bo == 0)
		return refuse(EINVAL);
	if (pread(memory, bytes, sizeof(bytes), (off_t)job->region_bo_handles[0] * PAGE) != sizeof(bytes) ||
	    pwrite(memory, bytes, sizeof(bytes), (off_t)job->region_bo_handles[1] * PAGE) != sizeof(bytes))
		return refuse(EIO);
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	va_list more;
	void *argument;

	va_start(more, request);
	argument = va_arg(more, void *);
	va_end(more);
	/* Node.js has ioctls of its own. */
	if (_IOC_TYPE(request) != DRM_IOCTL_BASE)
		return real(fd, request, argument);
	switch (calls++ % 3) {
	case 0:
		return refuse(EINTR);
	case 1:
		return refuse(EAGAIN);
	default:
		break;
	}
	switch (request) {
	case DRM_IOCTL_VERSION:
		return version(fd, argument);
	case DRM_IOCTL_ETHOSU_DEV_QUERY:
		return query(argument);
	case DRM_IOCTL_ETHOSU_BO_CREATE: {
		struct drm_ethosu_bo_create *create = argument;

		if (create->size == 0)
			return refuse(EINVAL);
		create->handle = (unsigned)next_handle++;
		return 0;
	}
	case DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE: {
		struct drm_ethosu_cmdstream_bo_create *create = argument;

		if (create->size != 40)
			return refuse(EINVAL);
		create->handle = (unsigned)next_handle++;
		return 0;
	}
	case DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET: {
		struct drm_ethosu_bo_mmap_offset *offset = argument;

		offset->offset = (unsigned long long)offset->handle * PAGE;
		return 0;
	}
	case DRM_IOCTL_ETHOSU_SUBMIT:
		return submit(argument);
	case DRM_IOCTL_PRIME_HANDLE_TO_FD: {
		struct drm_prime_handle *prime = argument;

		prime->fd = dup(memory);
		return 0;
	}
	case DRM_IOCTL_PRIME_FD_TO_HANDLE:
		/* The one buffer that the programs share is the second. */
		((struct drm_prime_handle *)argument)->handle = 2;
		return 0;
	case DRM_IOCTL_ETHOSU_BO_WAIT:
	case DRM_IOCTL_GEM_CLOSE:
		return 0;
	default:
		return refuse(ENOTTY);
	}
}
