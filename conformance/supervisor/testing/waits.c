/* Waits that nothing ends but a signal, another thread, or the death of the process. */
#include <drm/drm.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(x) do { if (!(x)) { printf("line %d: %s: %s\n", __LINE__, #x, strerror(errno)); return 1; } } while (0)

static int fd;
static struct drm_syncobj_create object;

static void nothing(int number)
{
	(void)number;
}

static int wait_for(void)
{
	struct drm_syncobj_wait wait = {
		.handles = (uintptr_t)&object.handle,
		.count_handles = 1,
		.timeout_nsec = INT64_MAX,
		.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
	};

	return ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait);
}

static void *signals(void *none)
{
	struct drm_syncobj_array array = { .handles = (uintptr_t)&object.handle, .count_handles = 1 };

	usleep(50000);
	ioctl(fd, DRM_IOCTL_SYNCOBJ_SIGNAL, &array);
	return none;
}

int main(void)
{
	struct sigaction action = { .sa_handler = nothing };
	pthread_t thread;
	int status;
	pid_t child;

	fd = open("/dev/accel/accel0", O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK(ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &object) == 0);
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	CHECK(wait_for() == -1 && errno == EINTR);
	child = fork();
	if (child == 0)
		_exit(wait_for() == 0 ? 0 : 1);
	usleep(100000);
	CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	CHECK(pthread_create(&thread, NULL, signals, NULL) == 0);
	CHECK(wait_for() == 0);
	pthread_join(thread, NULL);
	printf("waits done\n");
	return 0;
}
