/* The conversation with the model, over two pipes: a command, its answer. */
#include "supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

int whole(int fd, void *at, size_t length, int writing)
{
	while (length > 0) {
		ssize_t n = writing ? write(fd, at, length) : read(fd, at, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at = (char *)at + n;
		length -= (size_t)n;
	}
	return 0;
}

/* The command that is at work wants no answer. */
static int quiet;

static void answer(int64_t result, const void *bytes, uint64_t length)
{
	struct answer head = { result, length };
	char both[sizeof(head) + 4096];

	if (quiet)
		return;
	if (length <= 4096) {
		memcpy(both, &head, sizeof(head));
		if (length)
			memcpy(both + sizeof(head), bytes, length);
		if (whole(out, both, sizeof(head) + length, 1))
			exit(4);
		return;
	}
	if (whole(out, &head, sizeof(head), 1) || whole(out, (void *)bytes, length, 1))
		exit(4);
}

int valid(uint64_t id)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

void reply(uint64_t id, int64_t value, int error, int go_on)
{
	struct seccomp_notif_resp response = { .id = id, .val = value, .error = error };

	if (go_on)
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	/* A call that a signal has ended is no longer there to be answered. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* What has happened, with the files that are gone since. */
static void tell(struct event *event)
{
	static char both[sizeof(*event) + 4096];
	size_t brief = offsetof(struct event, bytes) + event->known;
	unsigned int told = event->gone > 512 ? 512 : event->gone;

	not_told(told, event->gone);
	event->gone = told;
	memcpy(both, event, brief);
	memcpy(both + brief, gone, told * sizeof(gone[0]));
	answer(0, both, brief + told * sizeof(gone[0]));
}

/* The rest of the time until the end, at most. */
static const struct timespec *left_until(int64_t limit, struct timespec *left)
{
	static const struct timespec often = { 0, 50000000 };
	struct timespec now;

	if (limit < 0)
		return served_any() ? &often : NULL;
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t rest = limit - (now.tv_sec * 1000000000ll + now.tv_nsec);

	if (rest < 0)
		rest = 0;
	if (served_any() && rest > often.tv_nsec)
		return &often;
	*left = (struct timespec){ rest / 1000000000, rest % 1000000000 };
	return left;
}

/* Nothing has called: the end of all processes, or of the time, or else 0. */
static int nothing_called(struct event *event, int hung_up, int64_t limit)
{
	struct timespec now;

	event->gone = sweep();
	if (hung_up) {
		if (!ended)
			waitpid(child, &status, 0);
		ended = 1;
		event->what = EVENT_END;
		event->args[0] = (uint64_t)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	return event->gone > 0 || (limit >= 0 && now.tv_sec * 1000000000ll + now.tv_nsec >= limit);
}

/* The next call for the model, until a time of CLOCK_MONOTONIC in ns. */
static void next(int64_t limit)
{
	for (;;) {
		struct pollfd wait = { listener, POLLIN, 0 };
		static struct event event;
		struct seccomp_notif call;
		struct timespec left;

		memset(&event, 0, offsetof(struct event, bytes));
		event.what = EVENT_TIMEOUT;
		int ready = ppoll(&wait, 1, left_until(limit, &left), NULL);
		if (!ended && waitpid(child, &status, WNOHANG) == child)
			ended = 1;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0 || !(wait.revents & POLLIN)) {
			if (!nothing_called(&event, wait.revents & (POLLHUP | POLLERR), limit))
				continue;
		} else {
			memset(&call, 0, sizeof(call));
			if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
				continue;
			if (!sort_out(&call, &event))
				continue;
			event.what = EVENT_CALL;
			event.gone = sweep();
		}
		tell(&event);
		return;
	}
}

/* What became of calls that sleep: -1 for one that is no longer there, else as pending() says. */
static void look_at_sleepers(char *bytes, size_t count)
{
	for (size_t at = 0; at < count; at++, bytes += 16) {
		uint64_t id, pid;
		int64_t found;

		memcpy(&id, bytes, 8);
		memcpy(&pid, bytes + 8, 8);
		found = valid(id) ? pending((uint32_t)pid) : -1;
		memcpy(bytes, &found, 8);
	}
}

_Noreturn void serve(void)
{
	struct command command;
	char *bytes = NULL;

	while (whole(in, &command, sizeof(command), 0) == 0) {
		size_t wanted = command.what == READ || command.what == PEEK ? command.d : command.length;

		if (wanted > MOST_BYTES)
			exit(4);
		free(bytes);
		bytes = malloc(wanted + 1);
		if (!bytes || (command.length && whole(in, bytes, command.length, 0)))
			exit(4);
		quiet = (command.what & QUIET) != 0;
		switch (command.what & ~QUIET) {
		case NEXT:
			next((int64_t)command.a);
			break;
		case READ: {
			ssize_t n = reach((uint32_t)command.b, command.c, bytes, command.d, 0);

			answer(valid(command.a) ? n : -1, bytes, (uint64_t)n);
			break;
		}
		case WRITE:
			answer(valid(command.a) ? reach((uint32_t)command.b, command.c, bytes, command.length, 1) : -1, NULL, 0);
			break;
		case RIGHTS:
			answer(allowed((uint32_t)command.a, command.b, command.c, command.d != 0), NULL, 0);
			break;
		case REPLY:
			reply(command.a, (int64_t)command.b, (int)command.c, command.d != 0);
			installed();
			answer(0, NULL, 0);
			break;
		case INSTALL:
			answer(install(&command), NULL, 0);
			break;
		case TEXT:
			answer(text(&command, bytes), NULL, 0);
			break;
		case RESOLVE:
			answer(resolve((uint32_t)command.a, (int)command.b, NULL), NULL, 0);
			break;
		case PUNCH:
			answer(fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)command.a, (off_t)command.b), NULL, 0);
			break;
		case CAPABILITIES:
			answer(capabilities((uint32_t)command.a), NULL, 0);
			break;
		case KIND:
			set_kind(command.a, (uint32_t)command.b, command.c);
			answer(0, NULL, 0);
			break;
		case POLL_OTHERS:
			poll_others((uint32_t)command.a, bytes, command.length / 8);
			answer(0, bytes, command.length);
			break;
		case PENDING:
			look_at_sleepers(bytes, command.length / 16);
			answer(0, bytes, command.length);
			break;
		case EVENTFD:
			answer(take_eventfd((uint32_t)command.a, (int)command.b), NULL, 0);
			break;
		case SIGNAL:
			signal_eventfd((int)command.a, command.b, command.c != 0);
			answer(0, NULL, 0);
			break;
		case PEEK:
			if (pread(memory, bytes, command.d, (off_t)command.a) != (ssize_t)command.d)
				exit(4);
			answer(0, bytes, command.d);
			break;
		case POKE:
			if (pwrite(memory, bytes, command.length, (off_t)command.a) != (ssize_t)command.length)
				exit(4);
			answer(0, NULL, 0);
			break;
		default:
			exit(4);
		}
	}
	/* The model has gone: the command would meet a device that never answers. */
	if (!ended)
		kill(child, SIGTERM);
	exit(0);
}
