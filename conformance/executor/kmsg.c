/*
 * The kernel log: its records are read one by one, and marks that the worker writes between them tell to which
 * step they belong.
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
static int64_t current_step = -1;
static uint32_t sent;	/* LOG frames of the program */

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

void kmsg_mark(uint32_t program, int64_t step)
{
	char mark[120];
	/* Without the newline the kernel would hold the record back until the next one, to continue it. */
	int length = snprintf(mark, sizeof(mark), MARK_PRIORITY "accel-uapi %s program %u step %lld\n", token, program,
			      (long long)step);

	/* A mark that is lost costs an attribution, never the run. */
	if (write(worker_log_fd, mark, length) < 0)
		return;
}

/* One record as text; false when there is none now. A gap is returned as an empty record. */
static bool next_record(char *record)
{
	for (;;) {
		ssize_t length = read(read_fd, record, RECORD_MAX - 1);

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

/* The step of a mark of ours, -2 for anything else. */
static int64_t mark_step(const char *text)
{
	unsigned int program;
	long long step;
	char whose[sizeof(token)];

	if (sscanf(text, "accel-uapi %39s program %u step %lld", whose, &program, &step) == 3 &&
	    !strcmp(whose, token))
		return step;
	return -2;
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
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	read_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && dup3(fd, worker_log_fd, O_CLOEXEC) < 0)
		read_fd = -1;
	close(fd);
	if (fd < 0 || read_fd < 0 || lseek(read_fd, 0, SEEK_END) < 0)
		return;
	lift_limit();
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = now_ns();
	snprintf(token, sizeof(token), "%d-%016llx", (int)getpid(), (unsigned long long)random);
	/* Only a log that shows our mark can be used. */
	kmsg_mark(0, -1);
	while (next_record(record)) {
		const char *text = strchr(record, ';');

		kmsg_usable |= text && mark_step(text + 1) == -1;
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
static void add_log(struct bytes *out, uint32_t program, unsigned int level, const char *text, size_t length)
{
	static const char lost[] = "accel-uapi: records of the kernel log were lost";
	struct proto_log log = { .program = program, .step = current_step, .level = level, .text_length = length };
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

void kmsg_drain(struct bytes *out, uint32_t program)
{
	static char record[RECORD_MAX];

	for (int count = 0; kmsg_usable && count < DRAIN_LIMIT && next_record(record); count++) {
		/* priority,sequence,microseconds,flags[,...];text */
		unsigned int priority = strtoul(record, NULL, 10);
		char *text = strchr(record, ';');
		int64_t step;

		if (!record[0]) {
			add_log(out, program, 4, NULL, 0);
			continue;
		}
		if (!text)
			continue;
		text++;
		if (priority >> 3) {
			/* From a process, not from the kernel: a mark or nothing of interest. */
			step = mark_step(text);
			if (step != -2)
				current_step = step;
			continue;
		}
		add_log(out, program, priority & 7, text, plain_text(text));
	}
}

void kmsg_begin(void)
{
	current_step = -1;
	sent = 0;
	if (kmsg_usable)
		lift_limit();
}
