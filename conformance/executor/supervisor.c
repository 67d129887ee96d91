/*
 * Sees one program through: forks a worker, passes its results on, ends it when a step takes too long. The
 * supervisor itself never touches what programs touch, so nothing a driver does can hold it up.
 */
#include "executor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* How often the kernel log is looked at while a step runs, in milliseconds: soon enough for a person to follow. */
#define LOG_TICK 200
/* Output that the reader has not taken; above it the worker has to wait too. */
#define OUTPUT_LIMIT (8u << 20)

enum cause { ENDED, DEADLINE, PEER_GONE };

struct run {
	struct link *link;
	const struct program *program;
	struct shared *shared;
	pid_t worker;
	int pipe, pidfd;
	struct relay relay;
	struct bytes received;	/* from the worker, not yet a whole frame */
	uint32_t progress;	/* now_ms() when something last happened */
};

/* Reads what the worker wrote. False when it will write no more (or only nonsense). */
static bool receive(struct run *run)
{
	for (;;) {
		ssize_t count = read(run->pipe, bytes_room(&run->received, 65536), 65536);

		if (count > 0) {
			run->received.length += count;
			run->progress = now_ms();
			if (!relay_frames(&run->relay, &run->received))
				return false;
			if (count == 65536)
				continue;
			return true;
		}
		return count < 0 && (errno == EAGAIN || errno == EINTR);
	}
}

/* Takes what the worker keeps, unless it is just working on it. False when it will write no more (or only nonsense). */
static bool take_gathered(struct run *run, bool dead)
{
	struct gathered *gathered = &run->shared->gathered;
	bool more = true;

	if (!atomic_load(&gathered->length) || !gather_enter(gathered, dead))
		return true;
	/* What is in the pipe came before. */
	more = receive(run);
	/* A worker that was killed while it wrote has left the beginning of a frame there, and the whole of it here. */
	run->received.length = 0;
	relay_again(&run->relay, gathered->bytes, atomic_load(&gathered->length));
	atomic_store(&gathered->length, 0);
	gather_leave(gathered);
	run->progress = now_ms();
	return more;
}

static uint32_t left_of(uint32_t started, uint32_t limit)
{
	uint32_t spent = now_ms() - started;

	/* A start later than now: the worker began a step between the two readings. */
	if ((int32_t)spent < 0)
		spent = 0;
	/* Both readings are cut to whole milliseconds: one more, so that none is ended early. */
	return spent <= limit ? limit - spent + 1 : 0;
}

/* Milliseconds that the running step of a thread has left; false when it runs none. */
static bool step_left(const struct run *run, struct runner *runner, uint32_t *left)
{
	uint32_t running, started;

	do {
		running = atomic_load(&runner->running);
		started = atomic_load(&runner->started);
	} while (running != atomic_load(&runner->running));
	if (!running || running > run->program->step_count)
		return false;
	*left = left_of(started, run->program->steps[running - 1].deadline);
	return true;
}

/* Whether any thread of the worker runs a step, and the least that one has left. */
static bool steps_left(const struct run *run, uint32_t *left)
{
	struct shared *shared = run->shared;
	bool any = step_left(run, &shared->main, left);

	for (uint32_t i = 0; i < PROTO_MAX_LANES; i++) {
		uint32_t one;

		if (!step_left(run, &shared->lanes[i], &one))
			continue;
		*left = any && *left < one ? *left : one;
		any = true;
	}
	return any;
}

/* Milliseconds until the worker has to be ended; 0 when it is time. */
static uint32_t time_left(const struct run *run)
{
	uint32_t left, moved = atomic_load(&run->shared->moved);

	if (steps_left(run, &left))
		return left;
	return left_of(moved && (int32_t)(moved - run->progress) > 0 ? moved : run->progress, PROTO_SETUP_LIMIT);
}

/* Until the worker closes its pipe, a deadline passes, or the peer goes. */
static enum cause watch(struct run *run)
{
	for (;;) {
		struct link *link = run->link;
		bool full = link->output.length > OUTPUT_LIMIT;
		uint32_t left = time_left(run);
		struct pollfd items[2] = {
			{ .fd = full ? -1 : run->pipe, .events = POLLIN },
			{ .fd = link->out, .events = link->output.length ? POLLOUT : 0 },
		};
		bool more = true;

		/* While the reader of our output is slow the worker may be waiting for us. */
		if (full && !steps_left(run, &(uint32_t){ 0 })) {
			left = LOG_TICK;
			run->progress = now_ms();
		}
		if (poll(items, 2, left < LOG_TICK ? left : LOG_TICK) < 0 && errno != EINTR)
			return PEER_GONE;
		if (!full)
			kmsg_drain(&link->output, run->program->number);
		if (items[0].revents)
			more = receive(run);
		else
			more = take_gathered(run, false);
		link_flush(link);
		if (link->closed || (items[1].revents & (POLLERR | POLLHUP)) || stop_signal) {
			link->closed = true;
			return PEER_GONE;
		}
		if (!more)
			return ENDED;
		/* Time is up only when it was before the wait and nothing came in it. */
		if (!left && !items[0].revents && !time_left(run))
			return DEADLINE;
	}
}

/* Whether the worker is gone; then nothing that it forked lives on, or is at least told to end. */
static bool gone(struct run *run, int *status)
{
	siginfo_t info = { 0 };

	/* Not waited for at once: until it is, nobody else can get the number of its process group. */
	if (waitid(P_PID, run->worker, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
		return false;
	kill(-run->worker, SIGKILL);
	return waitpid(run->worker, status, 0) == run->worker;
}

/* Waits until what the worker forked, which the supervisor inherits, is gone; false when it stays. */
static bool reap_children(const struct run *run)
{
	uint32_t begin = now_ms();
	pid_t one;

	while ((one = waitpid(-run->worker, NULL, WNOHANG)) >= 0) {
		if (now_ms() - begin >= PROTO_REAP_LIMIT)
			return false;
		if (!one)
			poll(NULL, 0, 1);
	}
	return true;
}

/* Waits until the worker is gone; false after so many milliseconds. */
static bool reap(struct run *run, uint32_t limit, int *status)
{
	uint32_t begin = now_ms(), spent;

	for (;;) {
		struct pollfd item = { .fd = run->pidfd, .events = POLLIN };

		if (gone(run, status))
			return true;
		spent = now_ms() - begin;
		if (spent >= limit)
			return false;
		/* Without pidfd (before Linux 5.3) look again each millisecond. */
		poll(&item, 1, run->pidfd < 0 ? 1 : (int)(limit - spent));
	}
}

static bool kill_and_reap(struct run *run, int *status)
{
	kill(-run->worker, SIGKILL);
	kill(run->worker, SIGKILL);
	return reap(run, PROTO_REAP_LIMIT, status);
}

/* The thread whose running step is over its time. */
static struct runner *late_runner(const struct run *run)
{
	uint32_t left;

	for (uint32_t i = 0; i < PROTO_MAX_LANES; i++)
		if (step_left(run, &run->shared->lanes[i], &left) && !left)
			return &run->shared->lanes[i];
	return &run->shared->main;
}

/* RESULTs of all steps of the section that the worker left in it: those that ended have their own. */
static void add_section(struct run *run, const struct section *section, enum cause cause, bool ended,
			uint32_t signal_number)
{
	struct runner *late = cause == DEADLINE ? late_runner(run) : NULL;

	if (run->relay.results == section->step)
		add_start(run->relay.output, run->program->number, run->relay.results++, section->lanes, 0,
			  run->shared->start);
	while (run->relay.results < section->end) {
		struct runner *runner;
		bool stuck;

		if (relay_held(&run->relay))
			continue;
		runner = &run->shared->lanes[section_lane(section, run->relay.results)];
		stuck = runner == late && atomic_load(&runner->running) == run->relay.results + 1;
		if (!ended)
			relay_unfinished(&run->relay, runner, stuck || !late ? PROTO_STATUS_UNKILLABLE : PROTO_STATUS_DIED, 0);
		else if (stuck)
			relay_unfinished(&run->relay, runner, PROTO_STATUS_DEADLINE, SIGKILL);
		else
			relay_unfinished(&run->relay, runner, PROTO_STATUS_DIED, signal_number);
	}
}

static void add_end(struct run *run, enum proto_end_status status, bool ended)
{
	struct proto_end end = { .program = run->program->number, .status = status, .taint = taint() };
	struct bytes *out = &run->link->output;
	static char stack[16384];
	char path[64];
	size_t begin;

	stack[0] = 0;
	if (!ended) {
		uint32_t lane = atomic_load(&late_runner(run)->tid);

		snprintf(path, sizeof(path), "/proc/%d/task/%u/stack", (int)run->worker,
			 lane ? lane : (uint32_t)run->worker);
		read_text(path, stack, sizeof(stack));
	}
	end.stack_length = strlen(stack);
	begin = frame_begin(out, PROTO_FRAME_END);
	bytes_add(out, &end, sizeof(end));
	bytes_add(out, stack, end.stack_length);
	frame_end(out, begin);
}

/* Ends the worker if it has not ended itself, and says how everything went. */
static void conclude(struct run *run, enum cause cause)
{
	int status = 0;
	bool ended = cause == ENDED && reap(run, PROTO_EXIT_LIMIT, &status);
	bool clean = ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	uint32_t total = run->program->step_count, expected;
	uint32_t signal_number;
	struct section section;

	take_gathered(run, ended);
	expected = run->relay.results;
	if (!ended)
		ended = kill_and_reap(run, &status);
	if (ended)
		clean &= reap_children(run);
	/* What it wrote before it was killed. */
	receive(run);
	take_gathered(run, ended);
	/* Nothing of a program follows its ERROR; what the log holds then goes with the next program. */
	if (run->relay.refused || cause == PEER_GONE)
		return;
	kmsg_drain(&run->link->output, run->program->number);
	/* What the kernel says while it closes what the program left open belongs to no step. */
	kmsg_settle(&run->link->output, run->program->number, run->relay.results < total ? (int64_t)run->relay.results : -1);
	signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (run->relay.results < total) {
		clean = false;
		if (section_of(run->program, run->relay.results, &section) &&
		    (run->relay.results > section.step || run->shared->start))
			add_section(run, &section, cause, ended, signal_number);
		else if (!ended)
			relay_unfinished(&run->relay, &run->shared->main, PROTO_STATUS_UNKILLABLE, 0);
		else if (cause == DEADLINE && run->relay.results == expected)
			relay_unfinished(&run->relay, &run->shared->main, PROTO_STATUS_DEADLINE, SIGKILL);
		else
			relay_unfinished(&run->relay, &run->shared->main, PROTO_STATUS_DIED, signal_number);
	}
	add_end(run, clean ? PROTO_END_STATUS_COMPLETE : PROTO_END_STATUS_CUT, ended);
}

void supervise(struct link *link, const struct program *program)
{
	static struct shared *shared;
	struct run run = { .link = link,
			   .program = program,
			   .relay = { .output = &link->output, .program = program },
			   .progress = now_ms() };
	pid_t supervisor = getpid();
	int ends[2];

	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe2(ends, O_CLOEXEC)) {
		shared = shared == MAP_FAILED ? NULL : shared;
		frame_error(&link->output, program->number, "there is no memory or descriptor for a worker");
		return;
	}
	run.shared = shared;
	memset(shared, 0, sizeof(*shared) - sizeof(shared->gathered.bytes));
	shared->main.before = shared->gathered.sent = now_ns();
	kmsg_begin();
	/* What came since the last program belongs to no step of this one. */
	kmsg_drain(&link->output, program->number);
	kmsg_settle(&link->output, program->number, -1);
	/* The worker finds its end at a fixed number, and the supervisor has none at all. */
	run.worker = dup3(ends[1], worker_pipe_fd, O_CLOEXEC) < 0 ? -1 : fork();
	if (run.worker == 0)
		worker_run(program, shared, supervisor);
	close(ends[1]);
	close(worker_pipe_fd);
	if (run.worker < 0) {
		close(ends[0]);
		frame_error(&link->output, program->number, "no worker process could be made");
		return;
	}
	run.pipe = ends[0];
	fcntl(run.pipe, F_SETFL, O_NONBLOCK);
	run.pidfd = syscall(SYS_pidfd_open, run.worker, 0);
	conclude(&run, watch(&run));
	close(run.pipe);
	if (run.pidfd >= 0)
		close(run.pidfd);
	bytes_free(&run.received);
	bytes_free(&run.relay.held);
}
