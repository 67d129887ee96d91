/*
 * The executor runs programs of system calls and reports what each step did. It knows nothing about any
 * driver. docs/protocol.md describes what it does; this header says which file does what.
 *
 * main.c -> link.c (frames in and out) -> supervisor.c (one worker per program) -> worker.c -> steps.c -> ops.c
 *                                         relay.c <- (results, in order) <-      worker.c, lanes.c, gather.c
 */
#ifndef EXECUTOR_H
#define EXECUTOR_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define _FILE_OFFSET_BITS 64

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <stddef.h>
#include <sys/types.h>

#include "generated/protocol.h"

/* --- say.c: sentences for people, on standard error ------------------------------------------------ */

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Says it and exits with the status: 1 a broken link or machine, 2 wrong usage. */
noreturn void fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- bytes.c: a growing run of bytes; no memory ends the process ------------------------------------ */

struct bytes {
	unsigned char *data;
	size_t length, capacity;
};

void bytes_add(struct bytes *bytes, const void *data, size_t length);
/* Removes the first bytes. */
void bytes_drop(struct bytes *bytes, size_t length);
/* Room for length more bytes at the end, for a read; the caller adds what came to bytes->length. */
unsigned char *bytes_room(struct bytes *bytes, size_t length);
void bytes_free(struct bytes *bytes);
uint32_t crc32(const void *data, size_t length);

/* --- frame.c ---------------------------------------------------------------------------------------- */

/* Starts a frame at the end of the bytes; what is added until frame_end is its payload. */
size_t frame_begin(struct bytes *bytes, enum proto_frame type);
void frame_end(struct bytes *bytes, size_t begin);
void frame_error(struct bytes *bytes, uint32_t program, const char *text);
/* Length of the whole frame at data once it is all there, 0 when more must come, -1 (and why) for nonsense. */
ssize_t frame_whole(const unsigned char *data, size_t length, const char **why);

/* --- program.c: a checked PROGRAM; the tables lie in the payload ------------------------------------- */

struct program {
	uint32_t number, slots, buffer_count, step_count, flags;
	const struct proto_buffer *buffers;
	const struct proto_step *steps;
	const struct proto_argument *arguments;
	const struct proto_fill *fills;
	const struct proto_patch *patches;
	const struct proto_capture *captures;
	const unsigned char *bytes;
};

/* The records of the tables that a step begins with. */
struct cursor {
	const struct proto_argument *argument;
	const struct proto_fill *fill;
	const struct proto_patch *patch;
	const struct proto_capture *capture;
	const unsigned char *bytes;
};

struct cursor cursor_start(const struct program *program);
/* Goes on to what the step after this one begins with. */
void cursor_pass(struct cursor *cursor, const struct proto_step *step);

/* NULL, or the sentence that says what is wrong; the payload must be aligned to 8 and outlive the program. */
const char *program_parse(struct program *program, const void *payload, size_t length);

/* --- sections.c: steps that run side by side ----------------------------------------------------------- */

/* A step parallel and its lanes, which are the steps behind it. */
struct section {
	uint32_t step, end, lanes;
	uint32_t first[PROTO_MAX_LANES], count[PROTO_MAX_LANES];
	uint64_t offset[PROTO_MAX_LANES];
};

/* Which lane names a buffer or captures a slot: its number plus one, 0 for none. */
struct owners {
	uint8_t buffers[PROTO_MAX_BUFFERS], slots[PROTO_MAX_SLOTS];
};

/* NULL, or what is wrong with the lanes of a program of which all else is right. */
const char *sections_check(const struct program *program);
/* The section that a step of a checked program begins or belongs to; false when it is outside of any. */
bool section_of(const struct program *program, uint32_t step, struct section *section);
/* The lane of a step within its section. */
uint32_t section_lane(const struct section *section, uint32_t step);
/* NULL, or which step has what another lane has. */
const char *section_owners(const struct program *program, const struct section *section, struct owners *owners);

/* --- memory.c: the buffers of a program ---------------------------------------------------------------- */

struct area {
	unsigned char *base;		/* first byte of the buffer */
	unsigned char *pages;		/* the pages it lies in */
	size_t pages_length;
	uint32_t size;
	uint32_t access;
	unsigned char *snapshot;	/* content when the step began; NULL when it cannot change */
};

struct memory {
	struct area *areas;
	uint32_t count;
};

/* NULL, or why the buffers cannot be made. */
const char *memory_build(struct memory *memory, const struct program *program);
/* Stores bytes whatever the access, without counting as a change. */
void memory_store(struct memory *memory, uint32_t buffer, uint32_t offset, const void *data, size_t length);
/* Little-endian number of width bytes, whatever the access. */
uint64_t memory_load(struct memory *memory, uint32_t buffer, uint32_t offset, uint32_t width);
/* Whether the bytes lie in one buffer. */
bool memory_contains(const struct memory *memory, uint64_t address, uint64_t length);

struct changes {
	struct bytes diffs, hashes, data;
};

/*
 * What changed since the last call, of all buffers or, with owners, of those of a lane (its number plus one); the new
 * content becomes what the next call compares with.
 */
void memory_changes(struct memory *memory, struct changes *changes, const struct owners *owners, uint8_t lane);

/* --- fault.c: SIGSEGV and SIGBUS of our own accesses ----------------------------------------------------- */

/* Each lane catches its own. */
extern _Thread_local sigjmp_buf fault_jump;
extern _Thread_local volatile sig_atomic_t fault_armed;
void fault_install(void);
/* Zero at first; the signal once an access until fault_disarm faulted. */
#define fault_guard() (fault_armed = 1, sigsetjmp(fault_jump, 0))
static inline void fault_disarm(void) { fault_armed = 0; }
/* Copies to memory of the program; false when that faults. */
bool fault_copy(uint64_t address, const void *data, size_t length);

/* --- ops.c, access.c, files.c, netlink.c, process.c -------------------------------------------------------------------- */

struct outcome {
	int64_t ret;
	uint32_t status, error, signal;
};

struct outcome outcome_of(int64_t ret);
struct outcome outcome_error(int error);
/* Any op but repeat, which steps.c has. */
struct outcome op_run(uint32_t op, const uint64_t *arguments);
struct outcome op_load(uint64_t address, uint64_t width);
struct outcome op_store(uint64_t address, uint64_t width, uint64_t number);
struct outcome op_checksum(uint64_t address, uint64_t length);
struct outcome op_fill(uint64_t address, uint64_t length, uint64_t byte);
struct outcome op_copy(uint64_t address, uint64_t source, uint64_t length);
struct outcome op_stat(uint64_t path, uint64_t address);
struct outcome op_readfile(uint64_t path, uint64_t address, uint64_t length);
struct outcome op_writefile(uint64_t path, uint64_t address, uint64_t length);
struct outcome op_listdir(uint64_t path, uint64_t address, uint64_t length);
struct outcome op_holders(uint32_t major, uint32_t minor);
struct outcome op_netlink(uint64_t protocol);
struct outcome op_membership(uint64_t fd, uint64_t group);
struct outcome op_identity(uint64_t uid, uint64_t capabilities);
struct outcome op_fork(void);
struct outcome op_kill(uint64_t pid, uint64_t number);

/* --- steps.c ------------------------------------------------------------------------------------------------ */

/* A program that runs. */
struct steps {
	const struct program *program;
	struct memory memory;
	uint64_t *slots;
	/* Where the records of each step begin, and how it ended: for repeat. */
	struct cursor *starts;
	struct outcome *outcomes;
};

/* NULL, or why the program cannot be run. */
const char *steps_build(struct steps *steps, const struct program *program);
/* Fills and patches the buffers for a step, and finds its arguments. */
void steps_prepare(struct steps *steps, uint32_t number, uint64_t *arguments);
struct outcome steps_run(struct steps *steps, uint32_t number, const uint64_t *arguments);
/* Keeps in slots what the step says. */
void steps_capture(struct steps *steps, uint32_t number, int64_t ret);

/* --- worker.c --------------------------------------------------------------------------------------------------- */

/* A thread that runs steps. */
struct runner {
	_Atomic uint32_t running;	/* number of the running step plus one; 0 between steps */
	_Atomic uint32_t started;	/* CLOCK_MONOTONIC milliseconds when it began, modulo 2^32 */
	_Atomic uint32_t tid;		/* of a lane */
	uint64_t before;		/* the start in nanoseconds, for the RESULT of a step that never ends */
};

/* RESULT frames of steps that ended, not yet in the pipe. */
struct gathered {
	_Atomic uint32_t held;		/* one of them works on it */
	_Atomic uint32_t length;
	uint64_t sent;			/* when the worker last wrote to the pipe, in nanoseconds */
	unsigned char bytes[32768];
};

/* What the supervisor sees of the worker at any time. */
struct shared {
	struct runner main, lanes[PROTO_MAX_LANES];
	_Atomic uint32_t moved;		/* milliseconds, as started, when a lane last did anything */
	uint64_t start;			/* when the lanes of a section were let go, in nanoseconds; 0 before */
	struct gathered gathered;
};

/* Runs a prepared step for one of the threads and adds its RESULT frame; owners and lane as for memory_changes. */
void worker_step(struct steps *steps, uint32_t number, const uint64_t *arguments, struct runner *runner,
		 const struct owners *owners, uint8_t lane, struct bytes *out);
void worker_send(const struct bytes *bytes);
/* Runs the steps and writes their RESULT frames to the pipe; those of lanes in any order. */
noreturn void worker_run(const struct program *program, struct shared *shared, pid_t supervisor);
/* To be called once in the supervisor, before the first worker; frees 0 and 1 for the workers. */
void worker_prepare(void);
/* Where a worker has the kernel log, its pipe and another look at the log: the three highest numbers. */
extern int worker_log_fd, worker_pipe_fd, worker_look_fd;

/* --- gather.c ----------------------------------------------------------------------------------------------------- */

/* Worker: keeps the frame of a step that ended, and sends what is kept when it is time. */
void gather_add(struct gathered *gathered, const struct bytes *frame, uint64_t now);
/* Worker: sends what is kept. */
void gather_send(struct gathered *gathered, uint64_t now);
/* Supervisor: whether it may take what is kept; the worker waits until gather_leave. A dead worker holds nobody up. */
bool gather_enter(struct gathered *gathered, bool dead);
void gather_leave(struct gathered *gathered);

/* --- lanes.c ---------------------------------------------------------------------------------------------------- */

/* Runs a section to its end and writes the RESULT frames of its steps. */
void lanes_run(struct steps *steps, const struct section *section, struct shared *shared);
/* The op signal, for the lane that calls. */
struct outcome op_signal(const uint64_t *arguments);

uint64_t now_ns(void);
uint32_t now_ms(void);

/* --- kmsg.c: the kernel log --------------------------------------------------------------------------------------- */

extern bool kmsg_usable;
/* Finds out whether the log can be read and marked, and sets it up. */
void kmsg_open(void);
/* Puts back what kmsg_open changed. */
void kmsg_close(void);
/* Worker: writes the mark of a step: what comes from now on belongs to it. */
void kmsg_mark(uint32_t program, int64_t step);
/* Worker: after a step, says in the log that what has come since the last mark belongs to it, if anything has. */
void kmsg_close_step(uint32_t program, int64_t step);
/* Adds a LOG frame for every new record of the kernel of which it is known to which step it belongs. */
void kmsg_drain(struct bytes *out, uint32_t program);
/* The same for those of which nothing more will be said: they belong to the step. */
void kmsg_settle(struct bytes *out, uint32_t program, int64_t step);
/* A program begins: what comes from now on belongs to none of its steps yet. */
void kmsg_begin(void);

/* --- hello.c -------------------------------------------------------------------------------------------------------- */

void hello_frame(struct bytes *out);
uint64_t taint(void);
/* Reads a small file as text without its last newline; false when that fails. */
bool read_text(const char *path, char *text, size_t size);

/* --- link.c ------------------------------------------------------------------------------------------------------------ */

struct link {
	int in, out;
	struct bytes input, output;
	mode_t out_type;	/* S_IFSOCK, S_IFIFO, ... */
	bool out_nonblocking;
	bool closed;		/* the peer has gone */
};

/* Says HELLO, runs what comes, returns the exit status once the other side is done or gone. */
int link_serve(int in, int out, bool out_nonblocking);
/* Writes what can be written without waiting; sets closed when the peer has gone. */
void link_flush(struct link *link);
extern volatile sig_atomic_t stop_signal;

/* --- relay.c ------------------------------------------------------------------------------------------------------------- */

struct relay {
	struct bytes *output;
	const struct program *program;
	struct bytes held;	/* RESULT frames of lanes that wait for those of earlier steps */
	uint32_t results;	/* RESULTs passed on */
	bool refused;		/* the worker sent ERROR instead of results */
};

/* Passes whole frames of the worker on, in the order of the steps; false once it sends something else. */
bool relay_frames(struct relay *relay, struct bytes *received);
/* Passes whole RESULT frames on, one a step in their order, but those that were passed on before. */
void relay_again(struct relay *relay, const unsigned char *data, size_t length);
/* Passes the held RESULT of the next step on; false when there is none. */
bool relay_held(struct relay *relay);
/* The RESULT of a step parallel. */
void add_start(struct bytes *out, uint32_t program, uint32_t step, int64_t ret, uint32_t error, uint64_t when);
/* The RESULT of the next step, which did not end; its thread knows when it began. */
void relay_unfinished(struct relay *relay, const struct runner *runner, enum proto_status status,
		      uint32_t signal_number);

/* --- supervisor.c --------------------------------------------------------------------------------------------------------- */

/* Forks a worker for the program and sees it through to END (or ERROR). */
void supervise(struct link *link, const struct program *program);

/* --- port.c, init.c --------------------------------------------------------------------------------------------------------- */

/* Opens a virtio port (or another two-way device) and serves it. */
int port_serve(const char *path);
/* Process 1 of an initramfs: mounts, loads modules, serves the port, powers off. */
noreturn void init_run(void);

#endif
