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

int worker_pipe_fd, worker_log_fd;

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
	worker_log_fd = getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur > 1024 ? 1023 : (int)files.rlim_cur - 1;
	worker_pipe_fd = worker_log_fd - 1;
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
	if (syscall(SYS_close_range, 3, worker_pipe_fd - 1, 0)) {
		/* Kernels before 5.9 lack close_range. */
		for (int fd = 3; fd < worker_pipe_fd; fd++)
			close(fd);
	}
}

static uint64_t evaluate(const struct proto_argument *value, const uint64_t *slots, const struct memory *memory)
{
	switch (value->kind) {
	case PROTO_VALUE_SLOT:
		return ((slots[value->index] >> value->shift) & value->mask) + value->number;
	case PROTO_VALUE_ADDRESS:
		return (uintptr_t)memory->areas[value->index].base + value->number;
	default:
		return value->number;
	}
}

/* Steps that cannot make the kernel say anything need no mark. */
static bool needs_mark(uint32_t op, const uint64_t *arguments, const struct memory *memory)
{
	switch (op) {
	case PROTO_OP_NOP:
	case PROTO_OP_STAT:
	case PROTO_OP_MKNOD:
	case PROTO_OP_UNLINK:
	case PROTO_OP_READLINK:
	case PROTO_OP_LISTDIR:
	case PROTO_OP_HOLDERS:
	case PROTO_OP_CLOCK:
		return false;
	case PROTO_OP_LOAD:
	case PROTO_OP_STORE:
		return !memory_contains(memory, arguments[0], arguments[1]);
	default:
		return true;
	}
}

static void write_all(int fd, const struct bytes *bytes)
{
	size_t done = 0;

	while (done < bytes->length) {
		ssize_t count = write(fd, bytes->data + done, bytes->length - done);

		if (count < 0 && errno != EINTR)
			_exit(1);
		if (count > 0)
			done += count;
	}
}

/* The next records of the tables. */
struct cursor {
	const struct proto_argument *argument;
	const struct proto_fill *fill;
	const struct proto_patch *patch;
	const struct proto_capture *capture;
	const unsigned char *bytes;
};

static struct cursor cursor_start(const struct program *program)
{
	struct cursor next = { program->arguments, program->fills, program->patches, program->captures,
			       program->bytes };

	for (uint32_t i = 0; i < program->buffer_count; i++)
		next.bytes += program->buffers[i].data_length;
	return next;
}

static void prepare(struct memory *memory, const struct proto_step *step, struct cursor *next, const uint64_t *slots)
{
	for (uint32_t i = 0; i < step->fill_count; i++, next->fill++) {
		memory_store(memory, next->fill->buffer, next->fill->offset, next->bytes, next->fill->length);
		next->bytes += next->fill->length;
	}
	for (uint32_t i = 0; i < step->patch_count; i++, next->patch++) {
		uint64_t number = evaluate(&next->patch->value, slots, memory);

		memory_store(memory, next->patch->buffer, next->patch->offset, &number, next->patch->width);
	}
}

static void capture(struct memory *memory, const struct proto_step *step, struct cursor *next, uint64_t *slots,
		    int64_t ret)
{
	for (uint32_t i = 0; i < step->capture_count; i++, next->capture++) {
		const struct proto_capture *one = next->capture;

		slots[one->slot] = one->source == PROTO_SOURCE_RETURN ?
					   (uint64_t)ret :
					   memory_load(memory, one->buffer, one->offset, one->width);
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

/* A worker at its program. */
struct run {
	const struct program *program;
	struct memory memory;
	uint64_t *slots;
	/* Where the records of every step begin, and how the step ended: for repeat. */
	struct cursor *starts;
	struct outcome *outcomes;
};

static void take_arguments(struct run *run, const struct proto_step *step, struct cursor *next, uint64_t *arguments)
{
	prepare(&run->memory, step, next, run->slots);
	for (uint32_t k = 0; k < step->argument_count; k++)
		arguments[k] = evaluate(next->argument++, run->slots, &run->memory);
}

/* One more run of a step; whether it ended as it was reported. */
static bool run_again(struct run *run, uint32_t number)
{
	const struct proto_step *step = &run->program->steps[number];
	const struct outcome *first = &run->outcomes[number];
	uint64_t arguments[PROTO_MAX_ARGUMENTS] = { 0 };
	struct cursor next = run->starts[number];
	struct outcome outcome;

	take_arguments(run, step, &next, arguments);
	outcome = op_run(step->op, arguments);
	capture(&run->memory, step, &next, run->slots, outcome.ret);
	return outcome.status == first->status && outcome.error == first->error;
}

static struct outcome op_repeat(struct run *run, uint32_t number, const uint64_t *a)
{
	/* Nanoseconds of four fifths of the deadline, which is in milliseconds. */
	uint64_t limit = now_ns() + run->program->steps[number].deadline * 800000ull, alike = 0;

	if (a[0] > number || a[1] > number - a[0])
		return outcome_error(EINVAL);
	for (uint64_t i = a[0]; i < a[0] + a[1]; i++)
		if (run->program->steps[i].op == PROTO_OP_REPEAT)
			return outcome_error(EINVAL);
	for (uint64_t round = 0; round < a[2] && now_ns() < limit; round++) {
		bool same = true;

		for (uint64_t i = a[0]; i < a[0] + a[1]; i++)
			same &= run_again(run, i);
		alike += same;
	}
	return (struct outcome){ .ret = alike };
}

void worker_run(const struct program *program, struct shared *shared, pid_t supervisor)
{
	struct cursor next = cursor_start(program);
	struct bytes out = { 0 };
	struct changes changes = { 0 };
	struct run run = {
		.program = program,
		.slots = calloc(program->slots + 1, sizeof(*run.slots)),
		.starts = calloc(program->step_count + 1, sizeof(*run.starts)),
		.outcomes = calloc(program->step_count + 1, sizeof(*run.outcomes)),
	};
	bool marked = false;
	const char *why;

	isolate(supervisor);
	why = run.slots && run.starts && run.outcomes ? memory_build(&run.memory, program) :
							"there is no memory for the slots of the program";
	if (why) {
		frame_error(&out, program->number, why);
		write_all(worker_pipe_fd, &out);
		_exit(0);
	}
	for (uint32_t i = 0; i < program->step_count; i++) {
		const struct proto_step *step = &program->steps[i];
		struct proto_result result = { .program = program->number, .step = i };
		uint64_t arguments[PROTO_MAX_ARGUMENTS] = { 0 };
		struct outcome outcome;

		run.starts[i] = next;
		take_arguments(&run, step, &next, arguments);
		if (kmsg_usable && needs_mark(step->op, arguments, &run.memory)) {
			kmsg_mark(program->number, i);
			marked = true;
		}

		shared->before = now_ns();
		atomic_store(&shared->started, (uint32_t)(shared->before / 1000000));
		atomic_store(&shared->running, i + 1);
		result.before = now_ns();
		outcome = step->op == PROTO_OP_REPEAT ? op_repeat(&run, i, arguments) : op_run(step->op, arguments);
		result.after = now_ns();
		atomic_store(&shared->running, 0);
		run.outcomes[i] = outcome;

		result.ret = outcome.ret;
		result.error = outcome.error;
		result.status = outcome.status;
		result.signal = outcome.signal;
		memory_changes(&run.memory, &changes);
		capture(&run.memory, step, &next, run.slots, outcome.ret);
		out.length = 0;
		add_result(&out, &result, &changes);
		write_all(worker_pipe_fd, &out);
	}
	end_children();
	/* What the kernel says while it closes what the program left open belongs to no step. */
	if (marked)
		kmsg_mark(program->number, -1);
	_exit(0);
}
