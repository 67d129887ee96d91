/* Waits that nothing ends but a signal, another thread, or the death of the process. */
#include <drm/drm.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(x) do { if (!(x)) { printf("line %d: %s: %s\n", __LINE__, #x, strerror(errno)); return 1; } } while (0)

static int fd;
static struct drm_syncobj_create object;

static volatile sig_atomic_t caught;

static void nothing(int number)
{
	(void)number;
	caught++;
}

static void alarm_after(long milliseconds)
{
	struct itimerval timer = { .it_value = { 0, milliseconds * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
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

	usleep(300000);
	ioctl(fd, DRM_IOCTL_SYNCOBJ_SIGNAL, &array);
	return none;
}

int main(void)
{
	struct sigaction action = { .sa_handler = nothing };
	struct drm_syncobj_array array = { .count_handles = 1 };
	struct pollfd polled = { .events = POLLIN };
	pthread_t thread;
	int status;
	pid_t child;

	fd = open("/dev/accel/accel0", O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK(ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &object) == 0);
	array.handles = (uintptr_t)&object.handle;
	polled.fd = fd;
	sigaction(SIGALRM, &action, NULL);
	alarm_after(100);
	CHECK(wait_for() == -1 && errno == EINTR);
	child = fork();
	if (child == 0)
		_exit(wait_for() == 0 ? 0 : 1);
	usleep(100000);
	CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	CHECK(pthread_create(&thread, NULL, signals, NULL) == 0);
	CHECK(wait_for() == 0);
	pthread_join(thread, NULL);

	/* The handler lets the kernel begin again: a wait goes on, a poll does not. */
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	CHECK(ioctl(fd, DRM_IOCTL_SYNCOBJ_RESET, &array) == 0);
	caught = 0;
	CHECK(pthread_create(&thread, NULL, signals, NULL) == 0);
	alarm_after(100);
	CHECK(wait_for() == 0 && caught == 1);
	alarm_after(100);
	CHECK(poll(&polled, 1, 5000) == -1 && errno == EINTR && caught == 2);
	pthread_join(thread, NULL);
	printf("waits done\n");
	return 0;
}
