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

struct signals {
	unsigned long long own, shared, blocked;
	unsigned int leader;
};

static int signals_of(uint32_t pid, struct signals *signals)
{
	char path[64], line[256];
	int whole = 0;
	FILE *told;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	told = fopen(path, "re");
	if (!told)
		return 0;
	while (!whole && fgets(line, sizeof(line), told))
		if (sscanf(line, "Tgid: %u", &signals->leader) != 1 && sscanf(line, "SigPnd: %llx", &signals->own) != 1 &&
		    sscanf(line, "ShdPnd: %llx", &signals->shared) != 1)
			whole = sscanf(line, "SigBlk: %llx", &signals->blocked) == 1;
	fclose(told);
	return whole;
}

/*
 * Whether a signal waits for a thread that sleeps: 0 for none, 1 for one that the thread will see, 2 for one that another
 * thread of the process may see; -1 when it has gone. A signal for a process goes to its first thread unless that blocks
 * it (kernel/signal.c: complete_signal).
 */
int64_t pending(uint32_t pid)
{
	struct signals signals = { 0 }, leader = { 0 };
	unsigned long long shared;

	if (!signals_of(pid, &signals))
		return -1;
	shared = signals.shared & ~signals.blocked;
	if ((signals.own & ~signals.blocked) || (shared && signals.leader == pid))
		return 1;
	return shared && signals_of(signals.leader, &leader) && (shared & leader.blocked) ? 2 : 0;
}
