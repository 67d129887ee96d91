/* What the parts of the supervisor share. main.c tells what it is. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Commands of the model; channel.ts has the same numbers. */
enum { NEXT, READ, WRITE, RIGHTS, REPLY, INSTALL, TEXT, RESOLVE, PUNCH, CAPABILITIES, KIND, POLL_OTHERS, PENDING, EVENTFD, SIGNAL, PEEK, POKE };
/* One that gets no answer. */
#define QUIET 0x100u
enum { EVENT_CALL, EVENT_TIMEOUT, EVENT_END };
enum { CALL_IOCTL, CALL_OPEN, CALL_MMAP, CALL_FDINFO, CALL_POLL, CALL_READ, CALL_WRITE, CALL_LSEEK, CALL_SELECT };
/* What a served file is. */
enum { A_NODE, A_DMA_BUF, A_SYNC_FILE, A_SYNCOBJ };

struct command {
	uint32_t what, length;
	uint64_t a, b, c, d;
};

struct answer {
	int64_t result;
	uint64_t length;
};

/* What a call brings with it, so that most calls need no question: the file behind its descriptor, its argument. */
#define MOST_KNOWN 1024

struct event {
	uint32_t what, call, pid, gone;
	uint64_t id, args[6];
	uint64_t file;
	int32_t fd;
	/* status: the flags of the open file. */
	uint32_t known, writable, status;
	unsigned char bytes[MOST_KNOWN];
};

#define MEMORY (1ull << 46)
#define MOST_FILES 65536
#define MOST_BYTES (1u << 26)
#define ARRAY(x) (sizeof(x) / sizeof((x)[0]))

/* main.c */
extern int listener, in, out, memory, ended, status;
extern const char *tree, *node;
extern unsigned int major_number, minor_number;
extern dev_t memory_dev;
extern ino_t memory_ino;
extern pid_t child;

void say(const char *what);

/* files.c: descriptors */
struct served {
	uint64_t number, size;
	uint32_t kind;
};
extern uint64_t gone[MOST_FILES];
int64_t resolve(uint32_t pid, int fd, uint32_t *flags);
const struct served *served_file(int64_t number);
int add(uint64_t id, int fd, int close_on_exec, int64_t at);
unsigned int sweep(void);
void not_told(unsigned int from, unsigned int to);
int served_any(void);
int64_t install(const struct command *command);
int64_t text(const struct command *command, const char *bytes);
void installed(void);
void set_kind(uint64_t number, uint32_t kind, uint64_t size);

/* others.c: descriptors of a client that are not served */
void poll_others(uint32_t pid, void *polled, size_t count);
int64_t take_eventfd(uint32_t pid, int fd);
void signal_eventfd(int fd, uint64_t count, int last);

/* memory.c: the memory of a client */
int allowed(uint32_t pid, uint64_t address, uint64_t length, int writing);
ssize_t reach(uint32_t pid, uint64_t address, void *bytes, size_t length, int writing);
int path_of(uint32_t pid, uint64_t address, char *path, size_t size);
int64_t capabilities(uint32_t pid);
int64_t pending(uint32_t pid);

/* paths.c: paths, and what is told of a served descriptor */
void describe_call(struct event *event, const struct seccomp_notif *call, uint32_t what);
int on_path(const struct seccomp_notif *call, struct event *event);

/* calls.c: what needs no model is answered; 1 when the call is for the model */
int sort_out(const struct seccomp_notif *call, struct event *event);

/* serve.c: the conversation with the model */
int whole(int fd, void *at, size_t length, int writing);
int valid(uint64_t id);
void reply(uint64_t id, int64_t value, int error, int go_on);
_Noreturn void serve(void);

/* filter.c */
int install_filter(void);

#endif
