/*
 * A job on an ethosu device, with the generated C headers: what a runtime does from open to the result. ethosu.ts
 * beside it is the same program in TypeScript and prints the same lines, except for the refusal: C tells all checks that
 * give the errno. Takes the path of a node; without one the first node of the driver is taken.
 */
#include "accel_uapi_ethosu.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define BYTES 64
#define SIZE 4096
#define PATIENCE_S 5

/* The first bytes of region 0 are copied to region 1. */
static const uint32_t stream[] = {
	0x00000130, /* NPU_SET_DMA0_SRC_REGION 0 */
	0x00010131, /* NPU_SET_DMA0_DST_REGION 1 */
	0x00004030, 0, /* NPU_SET_DMA0_SRC */
	0x00004031, 0, /* NPU_SET_DMA0_DST */
	0x00004032, BYTES, /* NPU_SET_DMA0_LEN */
	0x00000010, /* NPU_OP_DMA_START */
	0x00000000, /* NPU_OP_STOP */
};

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "ethosu: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t make_buffer(int fd)
{
	struct drm_ethosu_bo_create create = { .size = SIZE };

	if (ethosu_bo_create(fd, &create))
		give_up("DRM_IOCTL_ETHOSU_BO_CREATE");
	return create.handle;
}

static unsigned char *map_buffer(int fd, uint32_t handle)
{
	struct drm_ethosu_bo_mmap_offset offset = { .handle = handle };
	void *at;

	if (ethosu_bo_mmap_offset(fd, &offset))
		give_up("DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET");
	at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset.offset);
	if (at == MAP_FAILED)
		give_up("mmap");
	return at;
}

static void run_job(int fd, uint32_t commands, uint32_t source, uint32_t target)
{
	struct drm_ethosu_job job = { .cmd_bo = commands, .region_bo_handles = { source, target } };
	struct drm_ethosu_submit submit = { .jobs = (uintptr_t)&job, .job_count = 1 };
	struct drm_ethosu_bo_wait wait = { .handle = target };
	struct timespec now;

	if (ethosu_submit(fd, &submit))
		give_up("DRM_IOCTL_ETHOSU_SUBMIT");
	clock_gettime(CLOCK_MONOTONIC, &now);
	wait.timeout_ns = ((int64_t)now.tv_sec + PATIENCE_S) * 1000000000 + now.tv_nsec;
	if (ethosu_bo_wait(fd, &wait))
		give_up("DRM_IOCTL_ETHOSU_BO_WAIT");
}

static void share(int fd, const char *path, uint32_t handle, unsigned char *bytes)
{
	struct drm_prime_handle to_fd = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	struct drm_prime_handle to_handle = { .handle = 0 };
	struct accel_uapi_error error;
	unsigned char *again;
	int other;

	if (drm_prime_handle_to_fd(fd, &to_fd))
		give_up("DRM_IOCTL_PRIME_HANDLE_TO_FD");
	other = ethosu_open(path, &error);
	if (other < 0) {
		fprintf(stderr, "ethosu: %s\n", error.sentence);
		exit(1);
	}
	to_handle.fd = to_fd.fd;
	if (drm_prime_fd_to_handle(other, &to_handle))
		give_up("DRM_IOCTL_PRIME_FD_TO_HANDLE");
	again = map_buffer(other, to_handle.handle);
	bytes[0] = 0xa5;
	printf("imported, the memory is %s\n", again[0] == 0xa5 ? "the same" : "another");
	munmap(again, SIZE);
	close(to_fd.fd);
	close(other);
}

int main(int argc, char **argv)
{
	struct accel_uapi_error error;
	struct drm_ethosu_npu_info npu = { .id = 0 };
	struct drm_ethosu_dev_query query = {
		.type = DRM_ETHOSU_DEV_QUERY_NPU_INFO,
		.size = sizeof(npu),
		.pointer = (uintptr_t)&npu,
	};
	struct drm_ethosu_cmdstream_bo_create commands = { .size = sizeof(stream), .data = (uintptr_t)stream };
	struct drm_ethosu_bo_create nothing = { .size = 0 };
	unsigned char *from, *to;
	char path[64], link[64];
	uint32_t source, target;
	ssize_t length;
	int fd, at;

	fd = argc > 1 ? ethosu_open(argv[1], &error) : ethosu_open_device(&error);
	if (fd < 0) {
		fprintf(stderr, "ethosu: %s\n", error.sentence);
		return 1;
	}
	if (ethosu_dev_query(fd, &query))
		give_up("DRM_IOCTL_ETHOSU_DEV_QUERY");
	printf("NPU 0x%08" PRIx32 "\n", (uint32_t)npu.id);

	source = make_buffer(fd);
	target = make_buffer(fd);
	printf("buffers of %d bytes\n", SIZE);
	from = map_buffer(fd, source);
	to = map_buffer(fd, target);
	for (at = 0; at < BYTES; at++)
		from[at] = (unsigned char)(at + 1);
	memset(to, 0, BYTES);

	if (ethosu_cmdstream_bo_create(fd, &commands))
		give_up("DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE");
	run_job(fd, commands.handle, source, target);
	/* A machine whose NPU is only played by its memory completes the job and moves nothing. */
	printf("job done, the result is %s\n", memcmp(from, to, BYTES) == 0 ? "there" : "not there");

	/* The node that was found, for the second client. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		give_up(link);
	path[length] = '\0';
	share(fd, argc > 1 ? argv[1] : path, target, to);

	if (ethosu_bo_create(fd, &nothing) == 0)
		printf("a buffer without bytes was made\n");
	else {
		int errnum = errno;
		const char *why = ethosu_bo_create_why(errnum);

		printf("refused: DRM_IOCTL_ETHOSU_BO_CREATE: %s: %s\n", strerror(errnum), why ? why : "no check that is known");
	}
	munmap(from, SIZE);
	munmap(to, SIZE);
	close(fd);
	return 0;
}
