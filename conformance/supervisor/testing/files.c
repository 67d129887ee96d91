/* What else is done with descriptors of a device: what is served, what is refused, and how. */
#define _GNU_SOURCE
#include <drm/ethosu_accel.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(x) do { if (!(x)) { printf("line %d: %s: %s\n", __LINE__, #x, strerror(errno)); return 1; } } while (0)
#define REFUSED(x, number) CHECK((errno = 0, (long)(x)) == -1 && errno == (number))
#define NODE "/dev/accel/accel0"
#define MOOD "/sys/devices/platform/reference-npu/mood"
#define SIZE 4096

static const __u32 stream[] = { 0x130, 0x10131, 0x4030, 0, 0x4031, 0, 0x4032, 64, 0x10, 0 };
static int ends[2];

static void *writes(void *none)
{
	usleep(50000);
	return write(ends[1], "x", 1) == 1 ? none : ends;
}

static int wait_for(int fd, __u32 handle, long milliseconds)
{
	struct drm_ethosu_bo_wait wait = { .handle = handle };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	wait.timeout_ns = now.tv_sec * 1000000000ll + now.tv_nsec + milliseconds * 1000000;
	return ioctl(fd, DRM_IOCTL_ETHOSU_BO_WAIT, &wait);
}

static int set_mood(const char *mood)
{
	int fd = open(MOOD, O_WRONLY | O_TRUNC), good = fd >= 0 && write(fd, mood, strlen(mood)) > 0;

	close(fd);
	return good;
}

int main(void)
{
	struct drm_ethosu_bo_create source = { .size = SIZE }, target = { .size = SIZE };
	struct drm_ethosu_cmdstream_bo_create commands = { .size = sizeof(stream), .data = (__u64)stream };
	struct drm_prime_handle out = { .flags = DRM_CLOEXEC | DRM_RDWR };
	struct drm_ethosu_job job = { 0 };
	struct drm_ethosu_submit submit = { .jobs = (__u64)&job, .job_count = 1 };
	struct flock lock = { .l_type = F_UNLCK };
	struct epoll_event event = { .events = EPOLLIN };
	char text[2048], path[64];
	struct iovec part = { text, 8 };
	struct stat info;
	pthread_t thread;
	int fd = open(NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC), other, folder, status;
	fd_set set;

	/* The node as a file. */
	CHECK(fd >= 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK));
	REFUSED(read(fd, text, sizeof(text)), EAGAIN);
	REFUSED(pread(fd, text, sizeof(text), 8), EAGAIN);
	REFUSED(write(fd, text, 8), EINVAL);
	REFUSED(pwrite(fd, text, 8, 0), EINVAL);
	REFUSED(writev(fd, &part, 1), EINVAL);
	REFUSED(readv(fd, &part, 1), EOPNOTSUPP);
	REFUSED(ftruncate(fd, 0), EINVAL);
	REFUSED(posix_fallocate(fd, 0, 8) ? (errno = ENODEV, -1) : 0, ENODEV);
	REFUSED(fcntl(fd, F_OFD_SETLK, &lock), EOPNOTSUPP);
	CHECK(lseek(fd, 8, SEEK_SET) == 0);
	other = open(NODE, O_WRONLY);
	CHECK(other >= 0);
	REFUSED(read(other, text, 8), EBADF);
	close(other);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR);
	CHECK(other >= 0 && ioctl(other, DRM_IOCTL_ETHOSU_BO_CREATE, &source) == 0 && source.handle == 1);
	close(other);
	folder = open("/dev/accel", O_RDONLY | O_DIRECTORY);
	other = openat(folder, "accel0", O_RDWR);
	CHECK(folder >= 0 && other >= 0 && fstat(other, &info) == 0 && S_ISCHR(info.st_mode));
	CHECK(fstatat(folder, "accel0", &info, 0) == 0 && S_ISCHR(info.st_mode));
	close(other);
	REFUSED(open("/sys/class/accel/accel0/uevent", O_WRONLY), EACCES);

	/* A dma-buf is another kind of file. */
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_BO_CREATE, &source) == 0 && ioctl(fd, DRM_IOCTL_ETHOSU_BO_CREATE, &target) == 0);
	out.handle = target.handle;
	CHECK(ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &out) == 0);
	CHECK(fstat(out.fd, &info) == 0 && !S_ISCHR(info.st_mode) && info.st_size == SIZE);
	REFUSED(read(out.fd, text, 8), EINVAL);
	REFUSED(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, out.fd, 0), ENODEV);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", out.fd);
	REFUSED(open(path, O_RDWR), ENXIO);

	/* What a descriptor is, another process sees too. */
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", getpid(), out.fd);
	if (fork() == 0) {
		int told = open(path, O_RDONLY);
		ssize_t n = read(told, text, sizeof(text) - 1);

		text[n > 0 ? n : 0] = '\0';
		_exit(strstr(text, "exp_name:\tdrm") ? 0 : 1);
	}
	CHECK(wait(&status) > 0 && status == 0);

	/* Waits beside others; the job is over when the second ends, 150 ms later. */
	CHECK(pipe(ends) == 0 && set_mood("late"));
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE, &commands) == 0);
	job.cmd_bo = commands.handle;
	job.region_bo_handles[0] = source.handle;
	job.region_bo_handles[1] = target.handle;
	struct pollfd polled[] = { { out.fd, POLLIN, 0 }, { ends[0], POLLIN, 0 }, { -1, POLLIN, 0 } };
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_SUBMIT, &submit) == 0);
	CHECK(poll(polled, 3, 0) == 0);
	CHECK(pthread_create(&thread, NULL, writes, NULL) == 0);
	CHECK(poll(polled, 3, 5000) == 1 && polled[1].revents == POLLIN && polled[0].revents == 0);
	CHECK(wait_for(fd, target.handle, 0) == -1);
	CHECK(poll(polled, 1, 5000) == 1 && polled[0].revents == POLLIN);
	CHECK(wait_for(fd, target.handle, 0) == 0);
	pthread_join(thread, NULL);
	FD_ZERO(&set);
	FD_SET(out.fd, &set);
	FD_SET(ends[0], &set);
	CHECK(select(ends[0] + out.fd, &set, NULL, NULL, NULL) == 2 && FD_ISSET(out.fd, &set) && FD_ISSET(ends[0], &set));
	FD_ZERO(&set);
	FD_SET(fd, &set);
	CHECK(select(fd + 1, &set, NULL, NULL, &(struct timeval){ 0, 20000 }) == 0 && !FD_ISSET(fd, &set));
	REFUSED(epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, fd, &event), EPERM);
	REFUSED(syscall(SYS_io_uring_setup, 8, text), ENOSYS);
	printf("files done\n");
	return 0;
}
