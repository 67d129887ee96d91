/*
 * Processes of threads that make buffers, pass them, and are killed: clients PROCESSES THREADS ROUNDS. Afterwards a new
 * client gets the numbers that the first of a device gets. With NODE=/dev/null the same calls without a device.
 */
#include <drm/ethosu_accel.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *node;
static int rounds, real;

static void fail(const char *what)
{
	fprintf(stderr, "clients: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void *thread(void *none)
{
	(void)none;
	for (int at = 0; at < rounds; at++) {
		struct drm_ethosu_bo_create create = { .size = 4096 };
		struct drm_prime_handle out = { .flags = DRM_CLOEXEC | DRM_RDWR };
		struct drm_gem_close gone = { 0 };
		int fd = open(node, O_RDWR | O_CLOEXEC);

		if (fd < 0)
			fail("open");
		if (ioctl(fd, DRM_IOCTL_ETHOSU_BO_CREATE, &create) && real)
			fail("BO_CREATE");
		if (real && create.handle != 1)
			fail("the first handle is not 1");
		out.handle = create.handle;
		if (ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &out) && real)
			fail("PRIME_HANDLE_TO_FD");
		if (real)
			close(out.fd);
		gone.handle = create.handle;
		if (ioctl(fd, DRM_IOCTL_GEM_CLOSE, &gone) && real)
			fail("GEM_CLOSE");
		close(fd);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int processes, threads, bad = 0;
	struct timespec from, to;
	pid_t pids[64];

	if (argc < 4)
		return 2;
	processes = atoi(argv[1]);
	threads = atoi(argv[2]);
	rounds = atoi(argv[3]);
	if (processes > 64 || threads > 16)
		return 2;
	node = getenv("NODE") ? getenv("NODE") : "/dev/accel/accel0";
	real = strcmp(node, "/dev/null") != 0;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int at = 0; at < processes; at++) {
		pids[at] = fork();
		if (pids[at] == 0) {
			pthread_t all[16];

			for (int each = 0; each < threads; each++)
				pthread_create(&all[each], NULL, thread, NULL);
			for (int each = 0; each < threads; each++)
				pthread_join(all[each], NULL);
			_exit(0);
		}
	}
	if (processes > 1) {
		usleep(20000);
		kill(pids[0], SIGKILL);
	}
	for (int at = 0; at < processes; at++) {
		int status;

		waitpid(pids[at], &status, 0);
		if (status != 0 && !(at == 0 && processes > 1 && WIFSIGNALED(status)))
			bad = 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (real) {
		/* The offset of the device's first buffer is free again: nothing that was made is left. */
		struct drm_ethosu_bo_create create = { .size = 4096 };
		struct drm_ethosu_bo_mmap_offset offset = { 0 };
		int fd = open(node, O_RDWR);

		if (fd < 0 || ioctl(fd, DRM_IOCTL_ETHOSU_BO_CREATE, &create))
			fail("a client afterwards");
		offset.handle = create.handle;
		if (ioctl(fd, DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET, &offset))
			fail("BO_MMAP_OFFSET");
		printf("handle %u offset 0x%llx\n", create.handle, (unsigned long long)offset.offset);
	}
	double seconds = (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9;
	printf("%.0f calls a second\n", (real ? 6.0 : 5.0) * processes * threads * rounds / seconds);
	return bad;
}
