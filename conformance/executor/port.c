/* Serves a two-way character device, in a virtual machine a virtio port. */
#include "executor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Milliseconds to wait for the host to connect: it starts the machine and then waits for HELLO. */
#define HOST_LIMIT 60000

int port_serve(const char *path)
{
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		fail(1, "%s cannot be opened: %s; give the device of the link", path, strerror(errno));
	/* A virtio port whose host side is not open reads as ended. */
	for (int waited = 0;; waited += 20) {
		struct pollfd item = { .fd = fd, .events = POLLOUT };

		if (poll(&item, 1, 0) < 0 || !(item.revents & POLLHUP))
			break;
		if (waited >= HOST_LIMIT)
			fail(1, "nobody opened the other end of %s within %d seconds", path, HOST_LIMIT / 1000);
		usleep(20000);
	}
	return link_serve(fd, fd, true);
}
