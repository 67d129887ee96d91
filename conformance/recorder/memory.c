/* Memory of the program. */
#define _GNU_SOURCE
#include "recorder.h"

#include <sys/uio.h>

int peek(pid_t pid, uint64_t at, void *to, size_t length)
{
	struct iovec here = { to, length }, there = { (void *)(uintptr_t)at, length };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)length ? 0 : -1;
}

/* Page by page: the text may end before a page that is not there. */
int peek_text(pid_t pid, uint64_t at, char *to, size_t most)
{
	for (size_t done = 0; done < most;) {
		size_t part = 4096 - (at + done) % 4096;

		if (part > most - done)
			part = most - done;
		if (peek(pid, at + done, to + done, part))
			return -1;
		if (memchr(to + done, '\0', part))
			return 0;
		done += part;
	}
	return -1;
}
