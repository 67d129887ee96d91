/* Who and where the executor is. */
#include "executor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define ABI PROTO_ABI_X86_64
#elif defined(__i386__)
#define ABI PROTO_ABI_I386
#elif defined(__aarch64__) && !defined(__ILP32__)
#define ABI PROTO_ABI_AARCH64
#elif defined(__arm__) && defined(__ARM_EABI__)
#define ABI PROTO_ABI_ARMHF
#elif defined(__riscv) && __riscv_xlen == 64
#define ABI PROTO_ABI_RISCV64
#else
#error "this ABI has no name in the protocol"
#endif

bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	if (length < 0)
		length = 0;
	text[length] = 0;
	if (length && text[length - 1] == '\n')
		text[length - 1] = 0;
	return length > 0;
}

uint64_t taint(void)
{
	/* Kept open: it is read after every program. */
	static int fd = -1;
	char text[32];
	ssize_t length;

	if (fd < 0)
		fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	length = pread(fd, text, sizeof(text) - 1, 0);
	text[length < 0 ? 0 : length] = 0;
	return strtoull(text, NULL, 10);
}

static uint64_t capabilities(void)
{
	static char status[8192];
	const char *line;

	read_text("/proc/self/status", status, sizeof(status));
	line = strstr(status, "CapEff:");
	return line ? strtoull(line + 7, NULL, 16) : 0;
}

void hello_frame(struct bytes *out)
{
	struct proto_hello hello = {
		.protocol = PROTO_VERSION,
		.abi = ABI,
		.page_size = sysconf(_SC_PAGESIZE),
		.diff_limit = PROTO_DIFF_LIMIT,
		.uid = geteuid(),
		.features = (kmsg_usable ? PROTO_FEATURE_LOG : 0) | PROTO_FEATURE_LANES | PROTO_FEATURE_NETLINK |
			    PROTO_FEATURE_COPY,
		.capabilities = capabilities(),
		.taint = taint(),
	};
	struct utsname name = { 0 };
	char boot_id[64];
	size_t begin;

	uname(&name);
	read_text("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id));
	hello.release_length = strlen(name.release);
	hello.boot_id_length = strlen(boot_id);
	begin = frame_begin(out, PROTO_FRAME_HELLO);
	bytes_add(out, &hello, sizeof(hello));
	bytes_add(out, name.release, hello.release_length);
	bytes_add(out, boot_id, hello.boot_id_length);
	frame_end(out, begin);
}
