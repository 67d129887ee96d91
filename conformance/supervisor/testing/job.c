/* Includes the kernel's header only: a job from open to its end, then a shared buffer, a sync file and a refusal. */
#include <drm/ethosu_accel.h>
#include <linux/dma-buf.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define CHECK(x) do { if (!(x)) { printf("line %d: %s: %s\n", __LINE__, #x, strerror(errno)); return 1; } } while (0)
#define SIZE 4096

static const __u32 stream[] = { 0x130, 0x10131, 0x4030, 0, 0x4031, 0, 0x4032, 64, 0x10, 0 };

int main(void)
{
	char name[16] = "", text[1024];
	int fd = open("/dev/accel/accel0", O_RDWR | O_CLOEXEC), other;
	struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };
	struct drm_ethosu_npu_info npu = { 0 };
	struct drm_ethosu_dev_query query = { .type = DRM_ETHOSU_DEV_QUERY_NPU_INFO, .size = sizeof(npu), .pointer = (__u64)&npu };
	struct drm_ethosu_bo_create source = { .size = SIZE }, target = { .size = SIZE }, nothing = { 0 };
	struct drm_ethosu_bo_mmap_offset offset = { 0 };
	struct drm_ethosu_cmdstream_bo_create commands = { .size = sizeof(stream), .data = (__u64)stream };
	struct drm_ethosu_job job = { 0 };
	struct drm_ethosu_submit submit = { .jobs = (__u64)&job, .job_count = 1 };
	struct drm_ethosu_bo_wait wait = { 0 };
	struct drm_prime_handle out = { .flags = DRM_CLOEXEC | DRM_RDWR }, in = { 0 };
	struct dma_buf_export_sync_file file = { .flags = DMA_BUF_SYNC_RW };
	struct timespec now;
	struct stat info;
	char *from, *again;

	CHECK(fd >= 0);
	CHECK(ioctl(fd, DRM_IOCTL_VERSION, &version) == 0 && strcmp(name, "ethosu") == 0);
	CHECK(fstat(fd, &info) == 0 && S_ISCHR(info.st_mode) && major(info.st_rdev) == 261);
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_DEV_QUERY, &query) == 0 && npu.id != 0);
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_BO_CREATE, &source) == 0);
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_BO_CREATE, &target) == 0 && target.handle != source.handle);
	offset.handle = source.handle;
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET, &offset) == 0);
	from = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset.offset);
	CHECK(from != MAP_FAILED && from[0] == 0);
	CHECK(mmap(NULL, 2 * SIZE, PROT_READ, MAP_SHARED, fd, (off_t)offset.offset) == MAP_FAILED && errno == EINVAL);
	memset(from, 7, SIZE);
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE, &commands) == 0);
	job.cmd_bo = commands.handle;
	job.region_bo_handles[0] = source.handle;
	job.region_bo_handles[1] = target.handle;
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_SUBMIT, &submit) == 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	wait.handle = target.handle;
	wait.timeout_ns = (now.tv_sec + 5ll) * 1000000000 + now.tv_nsec;
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_BO_WAIT, &wait) == 0);

	out.handle = source.handle;
	CHECK(ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &out) == 0);
	other = open("/dev/accel/accel0", O_RDWR);
	in.fd = out.fd;
	CHECK(other >= 0 && ioctl(other, DRM_IOCTL_PRIME_FD_TO_HANDLE, &in) == 0);
	offset.handle = in.handle;
	CHECK(ioctl(other, DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET, &offset) == 0);
	again = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, other, (off_t)offset.offset);
	CHECK(again != MAP_FAILED && again[0] == 7);
	struct pollfd polled = { out.fd, POLLIN, 0 };
	CHECK(poll(&polled, 1, 1000) == 1 && polled.revents == POLLIN);

	CHECK(ioctl(out.fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &file) == 0);
	polled.fd = file.fd;
	CHECK(poll(&polled, 1, 1000) == 1 && polled.revents == POLLIN);

	snprintf(text, sizeof(text), "/proc/self/fdinfo/%d", fd);
	int told = open(text, O_RDONLY);
	ssize_t n = read(told, text, sizeof(text) - 1);
	CHECK(n > 0);
	text[n] = 0;
	CHECK(strncmp(text, "pos:\t0\n", 7) == 0 && !strstr(text, "lock:"));
	n = readlink("/sys/class/accel/accel0/device/driver", text, sizeof(text) - 1);
	CHECK(ioctl(fd, DRM_IOCTL_ETHOSU_BO_CREATE, &nothing) == -1 && errno == EINVAL);
	printf("job done\n");
	return 7;
}
