/* Frames in and out. Output is queued and never waited for, so that a slow reader cannot hold up a deadline. */
#include "executor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* poll says that a pipe has room when one page is free: a write of at most this does not wait. */
#define PIPE_CHUNK 4096
/* A device without that promise is opened non-blocking; 32 KiB is what a virtio port takes at once. */
#define CHUNK 32768

volatile sig_atomic_t stop_signal;

static void on_stop(int signal_number)
{
	stop_signal = signal_number;
}

static bool writable(int fd)
{
	struct pollfd item = { .fd = fd, .events = POLLOUT };

	return poll(&item, 1, 0) == 1 && (item.revents & POLLOUT);
}

/* Writes some bytes without waiting; -1 with EAGAIN when none can be written now. */
static ssize_t write_some(struct link *link, const unsigned char *data, size_t length)
{
	size_t chunk = link->out_nonblocking ? CHUNK : PIPE_CHUNK;

	if (link->out_type == S_IFSOCK)
		return send(link->out, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (link->out_type == S_IFREG)
		return write(link->out, data, length);
	if (!link->out_nonblocking && !writable(link->out)) {
		errno = EAGAIN;
		return -1;
	}
	return write(link->out, data, length < chunk ? length : chunk);
}

void link_flush(struct link *link)
{
	size_t done = 0;

	while (done < link->output.length && !link->closed) {
		ssize_t count = write_some(link, link->output.data + done, link->output.length - done);

		if (count > 0)
			done += count;
		else if (count < 0 && errno == EINTR)
			continue;
		else if (count < 0 && errno != EAGAIN)
			link->closed = true;
		else
			break;
	}
	bytes_drop(&link->output, done);
}

/* Waits for input or for room to write. False when the input has ended. */
static bool wait_input(struct link *link)
{
	struct pollfd items[2] = {
		{ .fd = link->in, .events = POLLIN },
		{ .fd = link->out, .events = link->output.length ? POLLOUT : 0 },
	};
	ssize_t count;

	/* Not for ever: a signal may come just before the wait. */
	if (poll(items, 2, 1000) < 0)
		return errno == EINTR;
	if (link->output.length)
		link_flush(link);
	if (items[1].revents & (POLLERR | POLLHUP))
		link->closed = true;
	if (!items[0].revents || link->closed)
		return true;
	count = read(link->in, bytes_room(&link->input, 65536), 65536);
	if (count > 0)
		link->input.length += count;
	return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Handles one whole frame. False when the other side is done. */
static bool handle(struct link *link, const unsigned char *frame, size_t length)
{
	struct proto_header header;
	struct bytes payload = { 0 };
	struct program program;
	const char *why;

	memcpy(&header, frame, sizeof(header));
	if (header.type == PROTO_FRAME_BYE && !header.length)
		return false;
	if (header.type != PROTO_FRAME_PROGRAM) {
		frame_error(&link->output, PROTO_NO_PROGRAM,
			    header.type == PROTO_FRAME_BYE ?
				    "a BYE frame has no payload" :
				    "only PROGRAM and BYE frames can be sent to an executor");
		link_flush(link);
		return true;
	}
	/* A copy of its own is aligned. */
	bytes_add(&payload, frame + sizeof(header), length - sizeof(header));
	why = program_parse(&program, payload.data, payload.length);
	if (why)
		frame_error(&link->output, payload.length < sizeof(struct proto_program) ? PROTO_NO_PROGRAM : program.number, why);
	else
		supervise(link, &program);
	link_flush(link);
	bytes_free(&payload);
	return true;
}

/* Gives the rest of the output a last chance, for as long as the reader takes some. */
static void finish(struct link *link)
{
	const int patience = 5000;

	for (;;) {
		struct pollfd item = { .fd = link->out, .events = POLLOUT };

		link_flush(link);
		if (!link->output.length || link->closed || poll(&item, 1, patience) <= 0)
			return;
	}
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_stop };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

int link_serve(int in, int out, bool out_nonblocking)
{
	/* Copies, since workers need 0 and 1 for themselves. */
	struct link link = {
		.in = fcntl(in, F_DUPFD_CLOEXEC, 3),
		.out = fcntl(out, F_DUPFD_CLOEXEC, 3),
		.out_nonblocking = out_nonblocking,
	};
	struct stat file;
	const char *why = NULL;
	bool more = true;

	if (!fstat(out, &file))
		link.out_type = file.st_mode & S_IFMT;
	catch_signals();
	worker_prepare();
	kmsg_open();
	hello_frame(&link.output);
	link_flush(&link);
	while (more && !link.closed && !stop_signal) {
		size_t at = 0;
		ssize_t whole;

		more = wait_input(&link);
		do {
			whole = frame_whole(link.input.data + at, link.input.length - at, &why);
			if (whole > 0) {
				if (!handle(&link, link.input.data + at, whole))
					more = false;
				at += whole;
			}
		} while (whole > 0 && more && !link.closed && !stop_signal);
		bytes_drop(&link.input, at);
		if (whole < 0)
			break;
		if (!more && at == 0 && link.input.length)
			why = "the input ended within a frame";
	}
	if (why && !link.closed)
		frame_error(&link.output, PROTO_NO_PROGRAM, why);
	finish(&link);
	kmsg_close();
	if (why)
		say("%s", why);
	return why ? 1 : 0;
}
