/* Records the calls of a program on accel and render nodes. */
#ifndef RECORDER_H
#define RECORDER_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define ARRAY(array) (sizeof(array) / sizeof((array)[0]))
/* Most bytes of memory that one call is recorded with, and of a mapping that is watched. */
#define MOST_PIECE (1u << 22)
#define MOST_MAP (1u << 24)
#define MOST_PIECES 256

/* events.c: a line for each event, written at once. */
void events_to(const char *path);
void begin(const char *event, pid_t pid, pid_t tid);
void number(const char *name, int64_t value);
void decimal(const char *name, int64_t value);
int64_t now_ns(void);
void hex_number(const char *name, uint64_t value);
void text(const char *name, const char *value);
void bytes(const char *name, const void *value, size_t length);
void raw(const char *value);
void finish(void);
void warn(const char *call);

/* memory.c: memory of the program. */
int peek(pid_t pid, uint64_t at, void *to, size_t length);
int peek_text(pid_t pid, uint64_t at, char *to, size_t most);

/* pieces.c: what an argument leads to, by the table of the descriptions. */
struct piece {
	uint64_t at;
	uint32_t length, stride;
	int layout;
	unsigned char *before;
};

struct descriptor {
	uint64_t at;
	int before;
};

struct pieces {
	struct piece of[MOST_PIECES];
	unsigned int count;
	struct descriptor descriptors[MOST_PIECES];
	unsigned int descriptor_count;
	int cut;
};

void read_table(const char *path);
void gather(pid_t pid, uint64_t request, uint64_t argument, struct pieces *out);
void drop_pieces(struct pieces *pieces);

/* files.c: which descriptors and mappings of each process are watched. */
int64_t file_of(pid_t process, int fd);
int64_t add_file(pid_t process, int fd);
void add_descriptor(pid_t process, int fd, int64_t file);
void drop_descriptor(pid_t process, int fd, pid_t tid);
void share_process(pid_t parent, pid_t child);
void after_exec(pid_t process);
void drop_process(pid_t process);
int holds_any(pid_t process);

/* maps.c */
int64_t add_map(pid_t process, int fd, uint64_t at, uint64_t length, uint64_t offset, int shared);
int drop_map(pid_t process, uint64_t at, uint64_t length, pid_t tid);
void drop_maps(pid_t process);
void share_maps(pid_t parent, pid_t child);
int touches_map(pid_t process, uint64_t at, uint64_t length);
/* What was written since the last look; with tell as events, else only noted. */
void look(pid_t process, pid_t tid, int tell);

#endif
