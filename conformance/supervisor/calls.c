/* Calls on descriptors. What the kernel answers for every node or dma-buf alike needs no model. */
#include "supervisor.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <time.h>

static int go_on(const struct seccomp_notif *call)
{
	reply(call->id, 0, 0, 1);
	return 0;
}

static int refuse(const struct seccomp_notif *call, int error, const char *why)
{
	if (why)
		say(why);
	reply(call->id, 0, -error, 0);
	return 0;
}

/* A call on a served descriptor. */
static int on_served(const struct seccomp_notif *call, struct event *event, uint32_t what, int fd)
{
	int64_t file = resolve(call->pid, fd, &event->status);

	if (file <= 0)
		return 0;
	describe_call(event, call, what);
	event->fd = fd;
	event->file = (uint64_t)file;
	return 1;
}

/* What the request says of the argument: its bytes, and whether they may be written. */
static void bring_argument(struct event *event)
{
	unsigned int request = (unsigned int)event->args[1], size = _IOC_SIZE(request);

	if (_IOC_DIR(request) == _IOC_NONE || size > MOST_KNOWN)
		return;
	event->known = (uint32_t)reach(event->pid, event->args[2], event->bytes, size, 0);
	event->writable = (_IOC_DIR(request) & _IOC_READ) && allowed(event->pid, event->args[2], size, 1) ? size : 0;
}

/* One of the polled descriptors is served. */
static int polls_served(const struct seccomp_notif *call)
{
	struct pollfd polled[256];
	uint64_t count = call->data.args[1];

	for (uint64_t done = 0; done < count && done < MOST_FILES; done += ARRAY(polled)) {
		size_t part = count - done < ARRAY(polled) ? count - done : ARRAY(polled), bytes = part * sizeof(polled[0]);

		if (reach(call->pid, call->data.args[0] + done * sizeof(polled[0]), polled, bytes, 0) != (ssize_t)bytes)
			return 0;
		for (size_t at = 0; at < part; at++)
			if (resolve(call->pid, polled[at].fd, NULL) > 0)
				return 1;
	}
	return 0;
}

static int on_poll(const struct seccomp_notif *call, struct event *event)
{
	const __u64 *args = call->data.args;
	struct timespec limit = { -1, 0 };

	if (!polls_served(call))
		return go_on(call);
	describe_call(event, call, CALL_POLL);
	if (call->data.nr != SYS_ppoll)
		return 1;
	if (args[2])
		reach(call->pid, args[2], &limit, sizeof(limit), 0);
	event->args[2] = limit.tv_sec < 0 ? UINT64_MAX : (uint64_t)(limit.tv_sec * 1000 + limit.tv_nsec / 1000000);
	return 1;
}

/* One of the descriptors of the three sets is served; the time goes to the model in ns. */
static int on_select(const struct seccomp_notif *call, struct event *event)
{
	const __u64 *args = call->data.args;
	int most = (int)args[0] < FD_SETSIZE ? (int)args[0] : FD_SETSIZE, found = 0;
	size_t bytes = most > 0 ? (size_t)(most + 63) / 64 * 8 : 0;
	int64_t limit[2];
	fd_set set;

	for (int each = 1; each <= 3 && !found; each++) {
		if (!args[each] || reach(call->pid, args[each], &set, bytes, 0) != (ssize_t)bytes)
			continue;
		for (int fd = 0; fd < most && !found; fd++)
			found = FD_ISSET(fd, &set) && resolve(call->pid, fd, NULL) > 0;
	}
	if (!found)
		return go_on(call);
	describe_call(event, call, CALL_SELECT);
	event->args[0] = (uint64_t)most;
	if (!args[4] || reach(call->pid, args[4], limit, sizeof(limit), 0) != sizeof(limit))
		event->args[4] = UINT64_MAX;
	else
		event->args[4] = (uint64_t)(limit[0] * 1000000000 + limit[1] * (call->data.nr == SYS_pselect6 ? 1 : 1000));
	return 1;
}

/* With the kernel's errno where it has no such operation for a character device or an anonymous file. */
static int on_others(const struct seccomp_notif *call)
{
	const __u64 *args = call->data.args;
	int first = resolve(call->pid, (int)args[0], NULL) > 0;

	switch (call->data.nr) {
	case SYS_sendfile:
		if (first || resolve(call->pid, (int)args[1], NULL) > 0)
			return refuse(call, EINVAL, NULL);
		break;
	case SYS_splice:
	case SYS_copy_file_range:
		if (first || resolve(call->pid, (int)args[2], NULL) > 0)
			return refuse(call, EINVAL, NULL);
		break;
	case SYS_epoll_ctl:
		if (resolve(call->pid, (int)args[2], NULL) > 0)
			return refuse(call, EPERM, "epoll of a served descriptor is not served; use poll");
		break;
	case SYS_fallocate:
		if (first)
			return refuse(call, ENODEV, NULL);
		break;
	case SYS_pwrite64:
	case SYS_writev:
	case SYS_pwritev:
	case SYS_pwritev2:
	case SYS_ftruncate:
		if (first)
			return refuse(call, EINVAL, NULL);
		break;
	case SYS_readv:
	case SYS_preadv:
	case SYS_preadv2:
		if (first)
			return refuse(call, EOPNOTSUPP, "readv of a served descriptor is not served; use read");
		break;
	case SYS_fcntl:
		/* The lock by which a descriptor is known would be lost. */
		if (first)
			return refuse(call, EOPNOTSUPP, "locks of a served descriptor are not served");
		break;
	case SYS_io_uring_setup:
		return refuse(call, ENOSYS, "io_uring is not served");
	default:
		return -1;
	}
	return go_on(call);
}

int sort_out(const struct seccomp_notif *call, struct event *event)
{
	const __u64 *args = call->data.args;
	int done;

	switch (call->data.nr) {
	case SYS_ioctl:
		if (!on_served(call, event, CALL_IOCTL, (int)args[0]))
			return go_on(call);
		bring_argument(event);
		return 1;
	case SYS_mmap:
		return on_served(call, event, CALL_MMAP, (int)args[4]) ? 1 : go_on(call);
	case SYS_read:
	case SYS_pread64:
		return on_served(call, event, CALL_READ, (int)args[0]) ? 1 : go_on(call);
	case SYS_write:
		return on_served(call, event, CALL_WRITE, (int)args[0]) ? 1 : go_on(call);
	case SYS_lseek:
		return on_served(call, event, CALL_LSEEK, (int)args[0]) ? 1 : go_on(call);
#ifdef SYS_poll
	case SYS_poll:
#endif
	case SYS_ppoll:
		return on_poll(call, event);
#ifdef SYS_select
	case SYS_select:
#endif
	case SYS_pselect6:
		return on_select(call, event);
	default:
		done = on_others(call);
		return done < 0 ? on_path(call, event) : done;
	}
}
