/* Events are lines of JSON. Each is one write, so that what a killed program leaves ends with a whole line. */
#include "recorder.h"

#include <fcntl.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

static int out = -1;
static char *line;
static size_t used, room;

void events_to(const char *path)
{
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (out < 0) {
		fprintf(stderr, "accel-uapi record: %s cannot be written: %s\n", path, strerror(errno));
		exit(126);
	}
}

static void put(const void *from, size_t length)
{
	if (used + length + 2 > room) {
		room = 2 * (used + length + 256);
		line = realloc(line, room);
		if (!line) {
			fprintf(stderr, "accel-uapi record: no memory for an event\n");
			exit(126);
		}
	}
	memcpy(line + used, from, length);
	used += length;
}

void raw(const char *value)
{
	put(value, strlen(value));
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
	char part[160];
	va_list list;

	va_start(list, format);
	vsnprintf(part, sizeof(part), format, list);
	va_end(list);
	raw(part);
}

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void begin(const char *event, pid_t pid, pid_t tid)
{
	used = 0;
	print("{\"e\":\"%s\",\"pid\":%d,\"tid\":%d,\"time\":\"%lld\"", event, pid, tid, (long long)now_ns());
}

/* Beyond the 53 bits of a number of JSON. */
void decimal(const char *name, int64_t value)
{
	print(",\"%s\":\"%lld\"", name, (long long)value);
}

void number(const char *name, int64_t value)
{
	print(",\"%s\":%lld", name, (long long)value);
}

void hex_number(const char *name, uint64_t value)
{
	print(",\"%s\":\"0x%llx\"", name, (unsigned long long)value);
}

void text(const char *name, const char *value)
{
	print(",\"%s\":\"", name);
	for (; *value; value++) {
		if ((unsigned char)*value < 0x20 || *value == '"' || *value == '\\')
			print("\\u%04x", (unsigned char)*value);
		else
			put(value, 1);
	}
	raw("\"");
}

void bytes(const char *name, const void *value, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = value;

	print(",\"%s\":\"", name);
	for (size_t at = 0; at < length; at++) {
		char two[2] = { digits[from[at] >> 4], digits[from[at] & 15] };
		put(two, 2);
	}
	raw("\"");
}

void finish(void)
{
	raw("}\n");
	for (size_t done = 0; done < used;) {
		ssize_t n = write(out, line + done, used - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fprintf(stderr, "accel-uapi record: an event cannot be written: %s\n", strerror(errno));
			exit(126);
		}
		done += (size_t)n;
	}
}

/* Once for each call that is not recorded. */
void warn(const char *call)
{
	static const char *told[32];

	for (unsigned int at = 0; at < ARRAY(told); at++) {
		if (told[at] && !strcmp(told[at], call))
			return;
		if (!told[at]) {
			told[at] = call;
			break;
		}
	}
	fprintf(stderr, "accel-uapi record: not recorded: %s\n", call);
	begin("unrecorded", 0, 0);
	text("call", call);
	finish();
}
