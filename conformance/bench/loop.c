/*
 * The calls of round.h (made from a program of the kit) in a plain loop: what the kit is measured beside. Says
 * "ready", then each line of input, a number of rounds, is answered with one line: calls made, calls that failed, nanoseconds of
 * CLOCK_MONOTONIC. As process 1 it prepares the machine as the executor does and talks over the same port.
 */
#include "executor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "round.h"

/* Milliseconds to wait for the driver to make its node, and for the host to open the port. */
#define LIMIT 60000
#define TICK 10

/* A line without its newline; false at the end of the input. */
static bool next_line(int in, char *line, size_t size)
{
	for (size_t at = 0; at + 1 < size; at++) {
		if (read(in, line + at, 1) != 1)
			return false;
		if (line[at] == '\n') {
			line[at] = 0;
			return true;
		}
	}
	return false;
}

static int serve(int in, int out)
{
	char line[32];

	if (before())
		fail(1, "the loop cannot open %s: %s", NODE, strerror(errno));
	dprintf(out, "ready\n");
	while (next_line(in, line, sizeof(line))) {
		unsigned long rounds = strtoul(line, NULL, 10);
		unsigned long failed = 0;
		uint64_t begin = now_ns();

		for (unsigned long i = 0; i < rounds; i++)
			failed += one_round();
		dprintf(out, "%lu %lu %llu\n", rounds * CALLS, failed, (unsigned long long)(now_ns() - begin));
	}
	return 0;
}

int port_serve(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);

	for (int waited = 0; fd >= 0 && waited < LIMIT; waited += TICK) {
		struct pollfd item = { .fd = fd };

		if (poll(&item, 1, 0) == 0 && !access(NODE, F_OK))
			return serve(fd, fd);
		usleep(TICK * 1000);
	}
	fail(1, "%s or %s was not there within %d seconds", path, NODE, LIMIT / 1000);
}

int main(void)
{
	if (getpid() == 1)
		init_run();
	return serve(STDIN_FILENO, STDOUT_FILENO);
}
