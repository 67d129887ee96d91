/* What is recorded of each call. */
#define _GNU_SOURCE
#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

static int64_t file_in(const struct thread *thread, unsigned int argument)
{
	return file_of(thread->process, (int)thread->args[argument]);
}

static void not_recorded(const struct thread *thread)
{
	switch (thread->call) {
	case SYS_mremap:
		if (touches_map(thread->process, thread->args[0], thread->args[1]))
			warn("mremap");
		return;
	case SYS_epoll_ctl:
		if (file_in(thread, 2))
			warn("epoll");
		return;
	case SYS_io_uring_setup:
		warn("io_uring");
		return;
	case SYS_readv:
	case SYS_write:
	case SYS_writev:
	case SYS_lseek:
		if (file_in(thread, 0))
			warn("readv, write, writev and lseek");
		return;
	default:
		if (holds_any(thread->process))
			warn("select");
	}
}

void on_entry(struct thread *thread)
{
	thread->file = 0;
	switch (thread->call) {
	case SYS_ioctl:
		thread->file = file_in(thread, 0);
		if (!thread->file)
			return;
		thread->began = now_ns();
		look(thread->process, thread->tid, 1);
		gather(thread->process, thread->args[1], thread->args[2], &thread->pieces);
		if (thread->pieces.cut)
			warn("memory of more than 4 MiB or 256 pieces behind one call");
		return;
	case SYS_munmap:
		if (touches_map(thread->process, thread->args[0], thread->args[1]))
			look(thread->process, thread->tid, 1);
		return;
	case SYS_exit_group:
		look(thread->process, thread->tid, 1);
		return;
	case SYS_mremap:
	case SYS_epoll_ctl:
	case SYS_io_uring_setup:
	case SYS_readv:
	case SYS_write:
	case SYS_writev:
	case SYS_lseek:
	case SYS_pselect6:
#ifdef SYS_select
	case SYS_select:
#endif
		not_recorded(thread);
		return;
	default:
		return;
	}
}

static void tell_descriptors(struct thread *thread, int64_t ret)
{
	const char *comma = "";

	raw(",\"fds\":[");
	for (unsigned int at = 0; at < thread->pieces.descriptor_count; at++) {
		const struct descriptor *each = &thread->pieces.descriptors[at];
		int now = each->before;
		int64_t file;
		char part[96];

		peek(thread->process, each->at, &now, sizeof(now));
		int made = ret >= 0 && now != each->before && now >= 0;
		file = made ? add_file(thread->process, now) : file_of(thread->process, each->before);
		if (!file)
			continue;
		snprintf(part, sizeof(part), "%s{\"at\":\"0x%llx\",\"file\":%lld,\"made\":%s}", comma,
			 (unsigned long long)each->at, (long long)file, made ? "true" : "false");
		raw(part);
		comma = ",";
	}
	raw("]");
}

static void after_ioctl(struct thread *thread, int64_t ret)
{
	begin("ioctl", thread->process, thread->tid);
	number("file", thread->file);
	hex_number("request", thread->args[1] & 0xffffffff);
	hex_number("arg", thread->args[2]);
	number("ret", ret);
	decimal("began", thread->began);
	tell_descriptors(thread, ret);
	raw(",\"mem\":[");
	for (unsigned int at = 0; at < thread->pieces.count; at++) {
		const struct piece *piece = &thread->pieces.of[at];
		unsigned char *now = malloc(piece->length);

		raw(at ? ",{\"piece\":0" : "{\"piece\":0");
		number("layout", piece->layout);
		number("stride", piece->stride);
		hex_number("at", piece->at);
		bytes("in", piece->before, piece->length);
		if (now && !peek(thread->process, piece->at, now, piece->length) &&
		    memcmp(now, piece->before, piece->length))
			bytes("out", now, piece->length);
		raw("}");
		free(now);
	}
	raw("]");
	finish();
	/* What the kernel or the device wrote meanwhile is not the program's. */
	look(thread->process, thread->tid, 0);
}

/* A path that names a node, whatever file it leads to under supervision. */
static int is_node(const char *path)
{
	return !strncmp(path, "/dev/accel/accel", 16) || !strncmp(path, "/dev/dri/renderD", 16);
}

static void after_open(struct thread *thread, unsigned int first, int64_t ret)
{
	char path[4096];
	int64_t file = 0;

	if (peek_text(thread->process, thread->args[first], path, sizeof(path)))
		return;
	if (!is_node(path)) {
		/* Another name of a node, which its device number tells. */
		if (ret >= 0)
			file_of(thread->process, (int)ret);
		return;
	}
	if (ret >= 0) {
		drop_descriptor(thread->process, (int)ret, thread->tid);
		file = add_file(thread->process, (int)ret);
	}
	begin("open", thread->process, thread->tid);
	text("path", path);
	number("flags", (int64_t)thread->args[first + 1]);
	number("ret", ret);
	number("file", file);
	finish();
}

static void after_mmap(struct thread *thread, int64_t ret)
{
	int64_t file = thread->args[3] & MAP_ANONYMOUS ? 0 : file_in(thread, 4), map = 0;
	int failed = ret < 0 && ret > -4096;

	if (!failed && (thread->args[3] & MAP_FIXED))
		drop_map(thread->process, (uint64_t)ret, thread->args[1], thread->tid);
	if (!file)
		return;
	if (!failed)
		map = add_map(thread->process, (int)thread->args[4], (uint64_t)ret, thread->args[1], thread->args[5],
			      (thread->args[3] & MAP_TYPE) != MAP_PRIVATE);
	begin("mmap", thread->process, thread->tid);
	number("file", file);
	number("map", map);
	number("length", (int64_t)thread->args[1]);
	number("prot", (int64_t)thread->args[2]);
	number("flags", (int64_t)thread->args[3]);
	hex_number("offset", thread->args[5]);
	number("ret", failed ? ret : 0);
	finish();
}

static void after_poll(struct thread *thread, int64_t ret, int timed)
{
	struct pollfd polled[64];
	uint64_t most = thread->args[1] < ARRAY(polled) ? thread->args[1] : ARRAY(polled);
	int64_t limit = (int)thread->args[2];
	struct timespec time;

	if (timed) {
		limit = -1;
		if (thread->args[2] && !peek(thread->process, thread->args[2], &time, sizeof(time)))
			limit = time.tv_sec * 1000 + time.tv_nsec / 1000000;
	}
	if (ret < 0 || peek(thread->process, thread->args[0], polled, most * sizeof(polled[0])))
		return;
	for (uint64_t at = 0; at < most; at++) {
		int64_t file = polled[at].fd < 0 ? 0 : file_of(thread->process, polled[at].fd);

		if (!file)
			continue;
		begin("poll", thread->process, thread->tid);
		number("file", file);
		number("events", polled[at].events);
		number("timeout", polled[at].revents ? limit : 0);
		number("ret", polled[at].revents);
		finish();
	}
}

static void after_read(struct thread *thread, int64_t ret)
{
	unsigned char got[4096];
	int64_t file = file_in(thread, 0);

	if (!file)
		return;
	begin("read", thread->process, thread->tid);
	number("file", file);
	number("length", (int64_t)thread->args[2]);
	number("ret", ret);
	if (ret > 0 && ret <= (int64_t)sizeof(got) && !peek(thread->process, thread->args[1], got, (size_t)ret))
		bytes("bytes", got, (size_t)ret);
	finish();
}

static void after_dup(struct thread *thread, int64_t ret)
{
	int64_t file = ret < 0 ? 0 : file_in(thread, 0);

	if (ret < 0 || ret == (int64_t)thread->args[0])
		return;
	drop_descriptor(thread->process, (int)ret, thread->tid);
	if (file)
		add_descriptor(thread->process, (int)ret, file);
}

void on_exit_of(struct thread *thread, int64_t ret)
{
	switch (thread->call) {
#ifdef SYS_open
	case SYS_open:
		after_open(thread, 0, ret);
		return;
	case SYS_poll:
		after_poll(thread, ret, 0);
		return;
	case SYS_dup2:
#endif
	case SYS_dup:
	case SYS_dup3:
		after_dup(thread, ret);
		return;
	case SYS_fcntl:
		if (thread->args[1] == F_DUPFD || thread->args[1] == F_DUPFD_CLOEXEC)
			after_dup(thread, ret);
		return;
	case SYS_openat:
		after_open(thread, 1, ret);
		return;
	case SYS_ioctl:
		if (thread->file)
			after_ioctl(thread, ret);
		return;
	case SYS_mmap:
		after_mmap(thread, ret);
		return;
	case SYS_munmap:
		if (ret == 0)
			drop_map(thread->process, thread->args[0], thread->args[1], thread->tid);
		return;
	case SYS_close:
		/* The descriptor is gone whatever close returns (fs/open.c). */
		if (ret != -EBADF)
			drop_descriptor(thread->process, (int)thread->args[0], thread->tid);
		return;
	case SYS_close_range:
		if (ret == 0 && thread->args[2] == 0)
			for (uint64_t fd = thread->args[0]; fd <= thread->args[1] && fd < 65536; fd++)
				drop_descriptor(thread->process, (int)fd, thread->tid);
		return;
	case SYS_ppoll:
		after_poll(thread, ret, 1);
		return;
	case SYS_read:
		after_read(thread, ret);
		return;
	default:
		return;
	}
}
