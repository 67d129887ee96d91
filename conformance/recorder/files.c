/* Descriptors by process. Descriptors of one open file share its number, so that it is closed with the last of them. */
#include "recorder.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

static struct { pid_t process; int fd; int64_t file; } *held;
static unsigned int count;
static int64_t last;

static unsigned int find(pid_t process, int fd)
{
	unsigned int at = 0;

	while (at < count && (held[at].process != process || held[at].fd != fd))
		at++;
	return at;
}

void add_descriptor(pid_t process, int fd, int64_t file)
{
	unsigned int at = find(process, fd);

	if (at == count) {
		held = realloc(held, (count + 1) * sizeof(*held));
		if (!held)
			exit(126);
		count++;
	}
	held[at].process = process;
	held[at].fd = fd;
	held[at].file = file;
}

int64_t add_file(pid_t process, int fd)
{
	add_descriptor(process, fd, ++last);
	return last;
}

/* A descriptor that came another way (a socket, an inherited one) is known by its device number. */
static int64_t adopt(pid_t process, int fd)
{
	char path[64], node[64];
	struct stat info;
	unsigned int major, minor;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", process, fd);
	if (fd < 0 || stat(path, &info) || !S_ISCHR(info.st_mode))
		return 0;
	major = major(info.st_rdev);
	minor = minor(info.st_rdev);
	if (major == 261)
		snprintf(node, sizeof(node), "/dev/accel/accel%u", minor);
	else if (major == 226 && minor >= 128)
		snprintf(node, sizeof(node), "/dev/dri/renderD%u", minor);
	else
		return 0;
	add_file(process, fd);
	begin("open", process, process);
	text("path", node);
	number("flags", 2);
	number("ret", fd);
	number("file", last);
	finish();
	return last;
}

int64_t file_of(pid_t process, int fd)
{
	unsigned int at = find(process, fd);

	return at < count ? held[at].file : adopt(process, fd);
}

static void drop_at(unsigned int at, pid_t tid)
{
	int64_t file = held[at].file;
	pid_t process = held[at].process;

	held[at] = held[--count];
	for (unsigned int each = 0; each < count; each++)
		if (held[each].file == file)
			return;
	begin("close", process, tid);
	number("file", file);
	finish();
}

void drop_descriptor(pid_t process, int fd, pid_t tid)
{
	unsigned int at = find(process, fd);

	if (at < count)
		drop_at(at, tid);
}

void share_process(pid_t parent, pid_t child)
{
	for (unsigned int at = 0, most = count; at < most; at++)
		if (held[at].process == parent)
			add_descriptor(child, held[at].fd, held[at].file);
	share_maps(parent, child);
}

void after_exec(pid_t process)
{
	char path[64];
	struct stat info;

	drop_maps(process);
	for (unsigned int at = 0; at < count;) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", process, held[at].fd);
		if (held[at].process == process && lstat(path, &info))
			drop_at(at, process);
		else
			at++;
	}
}

void drop_process(pid_t process)
{
	drop_maps(process);
	for (unsigned int at = 0; at < count;) {
		if (held[at].process == process)
			drop_at(at, process);
		else
			at++;
	}
}

int holds_any(pid_t process)
{
	for (unsigned int at = 0; at < count; at++)
		if (held[at].process == process)
			return 1;
	return 0;
}
