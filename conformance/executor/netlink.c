/* Sockets to the kernel's netlink families. What goes over them is the brain's. */
#include "executor.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

struct outcome op_netlink(uint64_t protocol)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, (int)protocol), one = 1;
	struct outcome failed;

	if (fd == -1)
		return outcome_of(-1);
	if (!setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) &&
	    !bind(fd, (struct sockaddr *)&any, sizeof(any)))
		return outcome_of(fd);
	failed = outcome_of(-1);
	close(fd);
	return failed;
}

struct outcome op_membership(uint64_t fd, uint64_t group)
{
	int number = (int)group;

	return outcome_of(setsockopt((int)fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number, sizeof(number)));
}
