/*
 * A job on an ethosu device that is served by CUSE, with the generated C headers: everything that CUSE can carry, and
 * that what it cannot is refused. Takes no arguments: the node is found.
 */
#include "accel_uapi_ethosu.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define ROUNDS 50

static const uint32_t stream[] = {
	0x00000130, 0x00010131, 0x00004030, 0, 0x00004031, 0, 0x00004032, 64, 0x00000010, 0x00000000,
};

static volatile sig_atomic_t signals;

static void on_alarm(int number)
{
	(void)number;
	signals++;
}

static void show(const char *what, int ret)
{
	printf("%s: %s\n", what, ret == 0 ? "done" : strerror(errno));
}

static int64_t deadline(int64_t milliseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + milliseconds * 1000000;
}

static uint32_t buffer(int fd)
{
	struct drm_ethosu_bo_create create = { .size = 4096 };

	if (ethosu_bo_create(fd, &create)) {
		perror("BO_CREATE");
		exit(1);
	}
	return create.handle;
}

/* A child whose end closes its client. */
static void child(const char *path)
{
	struct accel_uapi_error error;
	int status, fd;

	if (fork() == 0) {
		fd = ethosu_open(path, &error);
		_exit(fd >= 0 && buffer(fd) == 1 && buffer(fd) == 2 ? 0 : 1);
	}
	wait(&status);
	printf("a child with a client of its own: %s\n", status == 0 ? "right" : "wrong");
}

int main(void)
{
	struct accel_uapi_error error;
	struct drm_ethosu_npu_info npu = { .id = 0 };
	struct drm_ethosu_dev_query query = {
		.type = DRM_ETHOSU_DEV_QUERY_NPU_INFO, .size = sizeof(npu), .pointer = (uintptr_t)&npu };
	struct drm_ethosu_cmdstream_bo_create commands = { .size = sizeof(stream), .data = (uintptr_t)stream };
	struct drm_ethosu_bo_create nothing = { .size = 0 };
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC };
	struct itimerval often = { .it_interval = { .tv_usec = 20000 }, .it_value = { .tv_usec = 20000 } };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct drm_ethosu_job job = { 0 };
	struct drm_ethosu_submit submit = { .jobs = (uintptr_t)&job, .job_count = 1 };
	struct drm_ethosu_bo_wait wait = { 0 };
	struct drm_ethosu_bo_mmap_offset offset = { 0 };
	char path[64] = "", link[64];
	struct pollfd item = { .events = POLLIN };
	struct stat file;
	uint32_t source, target;
	int64_t begun;
	int fd, other;

	fd = ethosu_open_device(&error);
	if (fd < 0) {
		printf("no device: %s\n", error.sentence);
		return 1;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) < 0 || fstat(fd, &file))
		return 1;
	printf("node %s, %u:%u\n", path, major(file.st_rdev), minor(file.st_rdev));
	show("query", ethosu_dev_query(fd, &query));
	printf("NPU 0x%08" PRIx32 "\n", (uint32_t)npu.id);
	source = buffer(fd);
	target = buffer(fd);
	show("command stream", ethosu_cmdstream_bo_create(fd, &commands));
	job = (struct drm_ethosu_job){ .cmd_bo = commands.handle, .region_bo_handles = { source, target } };
	wait.handle = target;
	/* Signals while the call sleeps: the kernel begins it again each time. */
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	show("submit", ethosu_submit(fd, &submit));
	wait.timeout_ns = deadline(20000);
	show("wait", ethosu_bo_wait(fd, &wait));
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	show("no bytes", ethosu_bo_create(fd, &nothing));
	prime.handle = target;
	show("export", drm_prime_handle_to_fd(fd, &prime));
	prime.fd = fd;
	show("import", drm_prime_fd_to_handle(fd, &prime));
	offset.handle = target;
	show("offset", ethosu_bo_mmap_offset(fd, &offset));
	show("map", mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, (off_t)offset.offset) == MAP_FAILED ? -1 : 0);
	item.fd = fd;
	printf("poll: %d\n", poll(&item, 1, 0));
	other = ethosu_open(path, &error);
	wait.timeout_ns = 0;
	show("handle of another client", ethosu_bo_wait(other, &wait));
	close(other);
	child(path);
	begun = deadline(0);
	for (int round = 0; round < ROUNDS; round++)
		ethosu_dev_query(fd, &query);
	fprintf(stderr, "%" PRId64 " calls a second\n", ROUNDS * INT64_C(1000000000) / (deadline(0) - begun));
	close(fd);
	return 0;
}
