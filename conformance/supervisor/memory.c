/* The memory and the state of a client, from outside. */
#include "supervisor.h"

#include <sys/ioctl.h>
#include <sys/uio.h>

/* struct procmap_query of include/uapi/linux/fs.h, Linux 6.11: one mapping without a line of text. */
struct mapping_query {
	uint64_t size, wanted, address, start, end, rights, page_size, offset, inode;
	uint32_t major, minor, name_size, build_id_size;
	uint64_t name, build_id;
};
#define QUERY_MAPPING _IOWR('f', 17, struct mapping_query)
#define MAY_READ 1u
#define MAY_WRITE 2u

/* The same from the text; an older kernel. */
static int allowed_by_text(int fd, uint64_t at, uint64_t end, int writing)
{
	char line[512];
	FILE *maps = fdopen(fd, "re");

	if (!maps) {
		close(fd);
		return 0;
	}
	while (at < end && fgets(line, sizeof(line), maps)) {
		unsigned long long from, to;
		char rights[5];

		if (sscanf(line, "%llx-%llx %4s", &from, &to, rights) != 3 || to <= at)
			continue;
		if (from > at || rights[writing] != (writing ? 'w' : 'r'))
			break;
		at = to;
	}
	fclose(maps);
	return at >= end;
}

/* Whether all of a range may be read or written, as the kernel's own copying would find it. */
int allowed(uint32_t pid, uint64_t address, uint64_t length, int writing)
{
	char path[64];
	uint64_t at = address, end = address + length;

	if (length == 0)
		return 1;
	if (end < address)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (at < end) {
		struct mapping_query query = { .size = sizeof(query), .wanted = writing ? MAY_WRITE : MAY_READ, .address = at };

		if (ioctl(fd, QUERY_MAPPING, &query)) {
			if (errno == ENOTTY)
				return allowed_by_text(fd, at, end, writing);
			break;
		}
		at = query.end;
	}
	close(fd);
	return at >= end;
}

ssize_t reach(uint32_t pid, uint64_t address, void *bytes, size_t length, int writing)
{
	size_t done = 0;

	/* Page by page, so that what comes before a fault is done. */
	while (done < length) {
		uint64_t here = address + done;
		size_t part = 4096 - here % 4096;
		struct iovec own = { (char *)bytes + done, 0 }, other = { (void *)(uintptr_t)here, 0 };

		if (part > length - done)
			part = length - done;
		own.iov_len = other.iov_len = part;
		if ((writing ? process_vm_writev((pid_t)pid, &own, 1, &other, 1, 0)
			     : process_vm_readv((pid_t)pid, &own, 1, &other, 1, 0)) != (ssize_t)part)
			break;
		done += part;
	}
	return (ssize_t)done;
}

int path_of(uint32_t pid, uint64_t address, char *path, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t part = 4096 - (address + done) % 4096;

		if (part > size - done)
			part = size - done;
		if (reach(pid, address + done, path + done, part, 0) != (ssize_t)part)
			return 0;
		if (memchr(path + done, 0, part))
			return 1;
		done += part;
	}
	return 0;
}

/* What the thread may do, as a mask; -1 when it has gone. */
int64_t capabilities(uint32_t pid)
{
	char path[64], line[256];
	unsigned long long mask = 0;
	FILE *told;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	told = fopen(path, "re");
	if (!told)
		return -1;
	while (fgets(line, sizeof(line), told) && sscanf(line, "CapEff: %llx", &mask) != 1)
		;
	fclose(told);
	return (int64_t)mask;
}

/*
 * Whether a signal waits for a thread that sleeps: 0 for none, 1 for one that is surely its own, 2 for one that another
 * thread of the process may take; -1 when it has gone.
 */
int64_t pending(uint32_t pid)
{
	char path[64], line[256];
	unsigned long long own = 0, shared = 0, blocked = 0;
	unsigned int threads = 1;
	FILE *told;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	told = fopen(path, "re");
	if (!told)
		return -1;
	while (fgets(line, sizeof(line), told))
		if (sscanf(line, "Threads: %u", &threads) != 1 && sscanf(line, "SigPnd: %llx", &own) != 1 &&
		    sscanf(line, "ShdPnd: %llx", &shared) != 1 && sscanf(line, "SigBlk: %llx", &blocked) == 1)
			break;
	fclose(told);
	if (own & ~blocked)
		return 1;
	return !(shared & ~blocked) ? 0 : threads == 1 ? 1 : 2;
}
