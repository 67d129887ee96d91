/* The process that runs the steps of one program. Whatever it opened or mapped is gone when it ends. */
#include "executor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int worker_log_fd, worker_pipe_fd, worker_look_fd;

/*
 * What all workers have in common is done once, in the supervisor, because under emulation each call of a
 * worker counts: signals, limits, and the numbers of the descriptors that programs must not reach by counting up.
 */
void worker_prepare(void)
{
	const struct rlimit no_core = { 0, 0 };
	struct rlimit files;
	sigset_t none;
	int null;

	for (int number = 1; number < NSIG; number++)
		if (number != SIGINT && number != SIGTERM && number != SIGHUP)
			signal(number, SIG_DFL);
	/* A write op to a pipe without a reader shall give EPIPE. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setrlimit(RLIMIT_CORE, &no_core);
	umask(0);
	/* What workers fork becomes a child of the supervisor when its worker is gone, and can be waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	worker_log_fd = getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur > 1024 ? 1023 : (int)files.rlim_cur - 1;
	worker_pipe_fd = worker_log_fd - 1;
	worker_look_fd = worker_log_fd - 2;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || chdir("/"))
		fail(1, "/dev/null or / cannot be used: %s", strerror(errno));
	close(null);
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

uint32_t now_ms(void)
{
	return now_ns() / 1000000;
}

/* Cuts everything between the worker and the link; keeps what worker_prepare put at the top. */
static void isolate(pid_t supervisor)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(1);
	setsid();
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		signal(caught[i], SIG_DFL);
	fault_install();
	dup2(STDIN_FILENO, STDERR_FILENO);
	if (syscall(SYS_close_range, 3, worker_look_fd - 1, 0)) {
		/* Kernels before 5.9 lack close_range. */
		for (int fd = 3; fd < worker_look_fd; fd++)
			close(fd);
	}
}

/* Steps that cannot make the kernel say anything need no look at its log. */
static bool may_speak(uint32_t op, const uint64_t *arguments, const struct memory *memory)
{
	switch (op) {
	case PROTO_OP_NOP:
	case PROTO_OP_STAT:
	case PROTO_OP_MKNOD:
	case PROTO_OP_UNLINK:
	case PROTO_OP_READLINK:
	case PROTO_OP_LISTDIR:
	case PROTO_OP_HOLDERS:
	case PROTO_OP_EVENTFD:
	case PROTO_OP_CLOCK:
	case PROTO_OP_IDENTITY:
		return false;
	case PROTO_OP_LOAD:
	case PROTO_OP_STORE:
	case PROTO_OP_CHECKSUM:
	case PROTO_OP_FILL:
		return !memory_contains(memory, arguments[0], arguments[1]);
	case PROTO_OP_COPY:
		return !memory_contains(memory, arguments[0], arguments[2]) ||
		       !memory_contains(memory, arguments[1], arguments[2]);
	default:
		return true;
	}
}

void worker_send(const struct bytes *bytes)
{
	size_t done = 0;

	while (done < bytes->length) {
		ssize_t count = write(worker_pipe_fd, bytes->data + done, bytes->length - done);

		if (count < 0 && errno != EINTR)
			_exit(1);
		if (count > 0)
			done += count;
	}
}

static void add_result(struct bytes *out, struct proto_result *result, const struct changes *changes)
{
	size_t begin = frame_begin(out, PROTO_FRAME_RESULT);

	result->diff_count = changes->diffs.length / sizeof(struct proto_diff);
	result->hash_count = changes->hashes.length / sizeof(struct proto_hash);
	result->byte_count = changes->data.length;
	bytes_add(out, result, sizeof(*result));
	bytes_add(out, changes->diffs.data, changes->diffs.length);
	bytes_add(out, changes->hashes.data, changes->hashes.length);
	bytes_add(out, changes->data.data, changes->data.length);
	frame_end(out, begin);
}

void worker_step(struct steps *steps, uint32_t number, const uint64_t *arguments, struct runner *runner,
		 const struct owners *owners, uint8_t lane, struct bytes *out)
{
	struct proto_result result = { .program = steps->program->number, .step = number };
	struct changes changes = { 0 };
	struct outcome outcome;

	runner->before = now_ns();
	atomic_store(&runner->started, (uint32_t)(runner->before / 1000000));
	atomic_store(&runner->running, number + 1);
	result.before = now_ns();
	outcome = steps_run(steps, number, arguments);
	result.after = now_ns();
	atomic_store(&runner->running, 0);

	result.ret = outcome.ret;
	result.error = outcome.error;
	result.status = outcome.status;
	result.signal = outcome.signal;
	memory_changes(&steps->memory, &changes, owners, lane);
	steps_capture(steps, number, outcome.ret);
	add_result(out, &result, &changes);
	bytes_free(&changes.diffs);
	bytes_free(&changes.hashes);
	bytes_free(&changes.data);
}

void worker_run(const struct program *program, struct shared *shared, pid_t supervisor)
{
	struct bytes out = { 0 };
	struct steps steps;
	struct gathered *gathered = &shared->gathered;
	const char *why;

	isolate(supervisor);
	why = steps_build(&steps, program);
	if (why) {
		frame_error(&out, program->number, why);
		worker_send(&out);
		_exit(0);
	}
	for (uint32_t i = 0; i < program->step_count; i++) {
		uint64_t arguments[PROTO_MAX_ARGUMENTS] = { 0 };
		struct section section;
		bool speaks;

		steps_prepare(&steps, i, arguments);
		if (program->steps[i].op == PROTO_OP_PARALLEL && section_of(program, i, &section)) {
			gather_send(gathered, now_ns());
			if (kmsg_usable)
				kmsg_mark(program->number, i);
			lanes_run(&steps, &section, shared);
			i = section.end - 1;
			if (kmsg_usable)
				kmsg_mark(program->number, -1);
			continue;
		}
		/* Before the step: afterwards the memory that it names may not be the program's any more. */
		speaks = kmsg_usable && may_speak(program->steps[i].op, arguments, &steps.memory);
		out.length = 0;
		worker_step(&steps, i, arguments, &shared->main, NULL, 0, &out);
		if (speaks)
			kmsg_close_step(program->number, i);
		if (program->flags & PROTO_PROGRAM_FLAG_GATHER)
			gather_add(gathered, &out, shared->main.before);
		else
			worker_send(&out);
	}
	gather_send(gathered, 0);
	_exit(0);
}
