/* Descriptors of a client that are not served, taken over for a moment or until a fence signals. */
#include "supervisor.h"

#include <poll.h>

/* A descriptor of a thread is one of its process. */
static int process_of(uint32_t pid)
{
	char path[64], line[128];
	unsigned int leader = pid;
	FILE *told;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	told = fopen(path, "re");
	while (told && fgets(line, sizeof(line), told) && sscanf(line, "Tgid: %u", &leader) != 1)
		;
	if (told)
		fclose(told);
	return (int)syscall(SYS_pidfd_open, leader, 0);
}

/* As they are now. */
void poll_others(uint32_t pid, void *bytes, size_t count)
{
	struct pollfd *polled = bytes;
	int process = process_of(pid);

	for (size_t at = 0; at < count; at++) {
		int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, polled[at].fd, 0);
		struct pollfd one = { fd, polled[at].events, 0 };

		polled[at].revents = POLLNVAL;
		if (fd < 0)
			continue;
		if (poll(&one, 1, 0) >= 0)
			polled[at].revents = one.revents;
		close(fd);
	}
	if (process >= 0)
		close(process);
}

/* The eventfd behind a descriptor; -1 for another file. */
int64_t take_eventfd(uint32_t pid, int fd)
{
	char path[64], target[64];
	ssize_t length;
	int process, taken;

	snprintf(path, sizeof(path), "/proc/%u/fd/%d", pid, fd);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	if (strcmp(target, "anon_inode:[eventfd]"))
		return -1;
	process = process_of(pid);
	if (process < 0)
		return -1;
	taken = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	close(process);
	return taken;
}

/* Where the counter is full it stays at its most, as with the kernel's own fences. */
void signal_eventfd(int fd, uint64_t count, int last)
{
	struct pollfd room = { fd, POLLOUT, 0 };

	if (count > 0 && poll(&room, 1, 0) == 1 && write(fd, &count, sizeof(count)) < 0)
		say("an eventfd could not be signalled");
	if (last)
		close(fd);
}
