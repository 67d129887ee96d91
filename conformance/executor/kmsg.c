/*
 * The kernel log: its records are read one by one, and marks that the worker writes between them tell to which
 * step they belong. A mark takes longer than most steps on an emulated machine, so the worker writes one only after a
 * step during which the kernel has spoken: until then the records wait.
 */
#include "executor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Larger than any record: the kernel's own limit is 8192 since 5.x (CONSOLE_EXT_LOG_MAX, PRINTK_MESSAGE_MAX). */
#define RECORD_MAX PROTO_MAX_LOG_TEXT
/* Facility user (1), level debug (7): kept, not shown on a console. */
#define MARK_PRIORITY "<15>"
/* Records read at once: more than the log holds, yet an end to it when the kernel never stops talking. */
#define DRAIN_LIMIT 65536
#define RATE_LIMIT "/proc/sys/kernel/printk_devkmsg"

bool kmsg_usable;
static int read_fd = -1;
static char token[40];
static char old_limit[16];
static int64_t current_step = -1;	/* to which what comes belongs; -1 while that is not known yet */
static uint32_t sent;	/* LOG frames of the program */
static struct bytes waiting;	/* struct waiting_record, each with its text behind it */
static uint32_t waiting_count;

static bool set_limit(const char *value)
{
	char line[sizeof(old_limit) + 1];
	/* The kernel refuses the word without a newline. */
	int length = snprintf(line, sizeof(line), "%s\n", value);
	int fd = open(RATE_LIMIT, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, line, length) == length;

	if (fd >= 0)
		close(fd);
	return done;
}

static void write_mark(uint32_t program, const char *word, int64_t step)
{
	char mark[120];
	/* Without the newline the kernel would hold the record back until the next one, to continue it. */
	int length = snprintf(mark, sizeof(mark), MARK_PRIORITY "accel-uapi %s program %u %s %lld\n", token, program, word,
			      (long long)step);

	/* A mark that is lost costs an attribution, never the run. */
	if (write(worker_log_fd, mark, length) < 0)
		return;
}

/* One record as text; false when there is none now. A gap is returned as an empty record. */
static bool next_record(int fd, char *record)
{
	for (;;) {
		ssize_t length = read(fd, record, RECORD_MAX - 1);

		if (length > 0) {
			record[length] = 0;
			return true;
		}
		/* Records were overwritten before we read them; the next read goes on after the gap. */
		if (length < 0 && errno == EPIPE) {
			record[0] = 0;
			return true;
		}
		if (length < 0 && errno == EINTR)
			continue;
		return false;
	}
}

/* Whether the record is one of the kernel itself; a gap may have held one. */
static bool is_kernels(const char *record)
{
	return !record[0] || !(strtoul(record, NULL, 10) >> 3);
}

void kmsg_mark(uint32_t program, int64_t step)
{
	write_mark(program, "step", step);
}

void kmsg_close_step(uint32_t program, int64_t step)
{
	static char record[RECORD_MAX];
	bool spoke = false;

	while (next_record(worker_look_fd, record))
		spoke |= is_kernels(record);
	if (spoke)
		write_mark(program, "end", step);
}

enum mark { NO_MARK, MARK_STEP, MARK_END };

/* What mark of ours the text is, and of which step. */
static enum mark mark_of(const char *text, int64_t *step)
{
	unsigned int program;
	long long number;
	char whose[sizeof(token)], word[8];

	if (sscanf(text, "accel-uapi %39s program %u %7s %lld", whose, &program, word, &number) != 4 ||
	    strcmp(whose, token))
		return NO_MARK;
	*step = number;
	return strcmp(word, "end") ? MARK_STEP : MARK_END;
}

/*
 * By default the kernel drops all but ten records of a process in five seconds. Looked at before each program,
 * since another executor that ends puts the limit back.
 */
static void lift_limit(void)
{
	static int fd = -1;
	char limit[sizeof(old_limit)];
	ssize_t length;

	if (fd < 0)
		fd = open(RATE_LIMIT, O_RDONLY | O_CLOEXEC);
	length = pread(fd, limit, sizeof(limit) - 1, 0);
	if (length <= 0)
		return;
	limit[length - (limit[length - 1] == '\n')] = 0;
	if (strcmp(limit, "on") && set_limit("on"))
		strcpy(old_limit, limit);
}

void kmsg_open(void)
{
	static char record[RECORD_MAX];
	uint64_t random = 0;
	int64_t step;
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	int look = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	read_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && dup3(fd, worker_log_fd, O_CLOEXEC) < 0)
		read_fd = -1;
	/* All workers share its position: each goes on where the one before has looked last. */
	if (look >= 0 && dup3(look, worker_look_fd, O_CLOEXEC) < 0)
		read_fd = -1;
	close(fd);
	close(look);
	if (fd < 0 || look < 0 || read_fd < 0 || lseek(read_fd, 0, SEEK_END) < 0 || lseek(worker_look_fd, 0, SEEK_END) < 0)
		return;
	lift_limit();
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = now_ns();
	snprintf(token, sizeof(token), "%d-%016llx", (int)getpid(), (unsigned long long)random);
	/* Only a log that shows our mark can be used. */
	kmsg_mark(0, -1);
	while (next_record(read_fd, record)) {
		const char *text = strchr(record, ';');

		kmsg_usable |= text && mark_of(text + 1, &step) == MARK_STEP;
	}
	if (!kmsg_usable)
		kmsg_close();
}

void kmsg_close(void)
{
	if (old_limit[0])
		set_limit(old_limit);
	old_limit[0] = 0;
}

/* Undoes the log's escapes (\xHH) and cuts the dictionary lines off. */
static size_t plain_text(char *text)
{
	char *to = text;

	for (char *from = text; *from && *from != '\n'; from++) {
		unsigned int byte;

		if (from[0] == '\\' && from[1] == 'x' && sscanf(from + 2, "%2x", &byte) == 1) {
			*to++ = byte;
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	return to - text;
}

/* The last record that a program may have says that more were lost. NULL as text says so too. */
static void add_log(struct bytes *out, uint32_t program, int64_t step, unsigned int level, const char *text,
		    size_t length)
{
	static const char lost[] = "accel-uapi: records of the kernel log were lost";
	struct proto_log log = { .program = program, .step = step, .level = level, .text_length = length };
	size_t begin;

	if (sent >= PROTO_MAX_LOG)
		return;
	if (++sent == PROTO_MAX_LOG || !text) {
		text = lost;
		log.level = 4;
		log.text_length = length = sizeof(lost) - 1;
	}
	begin = frame_begin(out, PROTO_FRAME_LOG);
	bytes_add(out, &log, sizeof(log));
	bytes_add(out, text, length);
	frame_end(out, begin);
}

struct waiting_record {
	uint32_t level, length;
	bool lost;
};

void kmsg_settle(struct bytes *out, uint32_t program, int64_t step)
{
	struct waiting_record record;

	for (size_t at = 0; at < waiting.length; at += sizeof(record) + record.length) {
		memcpy(&record, waiting.data + at, sizeof(record));
		add_log(out, program, step, record.level,
			record.lost ? NULL : (const char *)waiting.data + at + sizeof(record), record.length);
	}
	waiting.length = 0;
	waiting_count = 0;
}

/* A record whose step is known is passed on, another one waits; a kernel that never stops talking is not kept whole. */
static void take_record(struct bytes *out, uint32_t program, unsigned int level, const char *text, size_t length)
{
	const struct waiting_record record = { level, length, !text };

	if (current_step >= 0)
		return add_log(out, program, current_step, level, text, length);
	if (waiting_count == PROTO_MAX_LOG)
		return;
	waiting_count++;
	bytes_add(&waiting, &record, sizeof(record));
	bytes_add(&waiting, text, length);
}

void kmsg_drain(struct bytes *out, uint32_t program)
{
	static char record[RECORD_MAX];

	for (int count = 0; kmsg_usable && count < DRAIN_LIMIT && next_record(read_fd, record); count++) {
		/* priority,sequence,microseconds,flags[,...];text */
		unsigned int priority = strtoul(record, NULL, 10);
		char *text = strchr(record, ';');
		enum mark mark;
		int64_t step;

		if (!record[0]) {
			take_record(out, program, 4, NULL, 0);
			continue;
		}
		if (!text)
			continue;
		text++;
		if (priority >> 3) {
			/* From a process, not from the kernel: a mark or nothing of interest. */
			mark = mark_of(text, &step);
			if (mark == NO_MARK)
				continue;
			/* What the kernel said between two steps came after the one before. */
			kmsg_settle(out, program, mark == MARK_END ? step : step - 1);
			current_step = mark == MARK_END ? -1 : step;
			continue;
		}
		take_record(out, program, priority & 7, text, plain_text(text));
	}
}

void kmsg_begin(void)
{
	current_step = -1;
	sent = 0;
	waiting.length = waiting_count = 0;
	if (kmsg_usable)
		lift_limit();
}
