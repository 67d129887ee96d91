/*
 * Answers the calls of an unmodified program on a node that is not there: seccomp user notification
 * (Documentation/userspace-api/seccomp_filter.rst). What a call means is the model's affair, on the other side of two
 * pipes; here is what only a C program can do: the filter, the memory of the client, descriptors, paths.
 *
 *   supervisor pipes FROM TO                            makes the two pipes
 *   supervisor run FROM TO TREE NODE MAJOR:MINOR COMMAND...
 *
 * Every descriptor that is served is an open file description of one memfd. It carries a lock on the byte that is its
 * number: /proc/PID/fdinfo tells the lock, so that a descriptor is known wherever it was passed to, and the kernel drops
 * the lock with the last descriptor and the last mapping (fs/locks.c: locks_remove_file).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NEXT, READ, WRITE, RIGHTS, REPLY, INSTALL, TEXT, RESOLVE, PUNCH };
enum { EVENT_CALL, EVENT_TIMEOUT, EVENT_END };
enum { CALL_IOCTL, CALL_OPEN, CALL_MMAP, CALL_FDINFO, CALL_POLL };

struct command {
	uint32_t what, length;
	uint64_t a, b, c, d;
};

struct answer {
	int64_t result;
	uint64_t length;
};

struct event {
	uint32_t what, call, pid, gone;
	uint64_t id, args[6];
};

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#else
#error "run serves 64-bit x86, ARM and RISC-V"
#endif
#define MEMORY (1ull << 46)
#define MOST_FILES 65536
#define MOST_BYTES (1u << 26)
#define ARRAY(x) (sizeof(x) / sizeof((x)[0]))

static int listener = -1, in = -1, out = -1, memory = -1, made = -1;
static const char *tree, *node;
static unsigned int major_number, minor_number;
static uint64_t files[MOST_FILES], gone[MOST_FILES];
static unsigned int file_count;
static dev_t memory_dev;
static ino_t memory_ino;
static pid_t child;
static int status, ended;

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "accel-uapi run: %s: %s\n", what, strerror(errno));
	exit(4);
}

static int whole(int fd, void *at, size_t length, int writing)
{
	while (length > 0) {
		ssize_t n = writing ? write(fd, at, length) : read(fd, at, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at = (char *)at + n;
		length -= (size_t)n;
	}
	return 0;
}

static void answer(int64_t result, const void *bytes, uint64_t length)
{
	struct answer head = { result, length };
	char both[sizeof(head) + 4096];

	if (length <= 4096) {
		memcpy(both, &head, sizeof(head));
		if (length)
			memcpy(both + sizeof(head), bytes, length);
		if (whole(out, both, sizeof(head) + length, 1))
			exit(4);
		return;
	}
	if (whole(out, &head, sizeof(head), 1) || whole(out, (void *)bytes, length, 1))
		exit(4);
}

static int valid(uint64_t id)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static void reply(uint64_t id, int64_t value, int error, int go_on)
{
	struct seccomp_notif_resp response = { .id = id, .val = value, .error = error };

	if (go_on)
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	/* A call that a signal has ended is no longer there to be answered. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static int add(uint64_t id, int fd, int close_on_exec, int64_t at)
{
	struct seccomp_notif_addfd addfd = {
		.id = id,
		.srcfd = (uint32_t)fd,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0,
	};

	if (at >= 0) {
		addfd.flags = SECCOMP_ADDFD_FLAG_SETFD;
		addfd.newfd = (uint32_t)at;
	}
	int number = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd);
	return number < 0 ? -errno : number;
}

/* The number of a served file, 0 for another file, -1 where nothing is open. */
static int64_t resolve(uint32_t pid, int fd)
{
	char path[64], text[2048];
	struct stat info;
	const char *lock;
	long long number;

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%u/fd/%d", pid, fd);
	if (stat(path, &info))
		return errno == ENOENT ? -1 : 0;
	if (info.st_dev != memory_dev || info.st_ino != memory_ino)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/fdinfo/%d", pid, fd);
	int told = open(path, O_RDONLY | O_CLOEXEC);
	if (told < 0)
		return -1;
	ssize_t n = read(told, text, sizeof(text) - 1);
	close(told);
	text[n > 0 ? n : 0] = '\0';
	lock = strstr(text, "lock:");
	/* lock: 1: OFDLCK ADVISORY WRITE -1 00:01:1234 5 5 */
	if (!lock || sscanf(lock, "lock: %*d: %*s %*s %*s %*d %*s %lld", &number) != 1)
		return 0;
	return number;
}

static int is_gone(uint64_t number)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)number, .l_len = 1 };

	return fcntl(memory, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

static unsigned int sweep(void)
{
	unsigned int count = 0;

	for (unsigned int at = 0; at < file_count;) {
		if (is_gone(files[at])) {
			gone[count++] = files[at];
			files[at] = files[--file_count];
		} else {
			at++;
		}
	}
	return count;
}

/* A new open file description with a number, in the client at once. */
static int64_t install(const struct command *command)
{
	if (command->d != UINT64_MAX)
		return made < 0 ? -EBADF : add(command->a, made, (int)command->c, (int64_t)command->d);
	char path[64];
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)command->b, .l_len = 1 };

	if (file_count == MOST_FILES)
		return -ENFILE;
	if (made >= 0)
		close(made);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	made = open(path, O_RDWR | O_CLOEXEC);
	if (made < 0)
		return -errno;
	if (fcntl(made, F_OFD_SETLK, &lock))
		return -errno;
	int64_t number = add(command->a, made, (int)command->c, -1);
	if (number >= 0)
		files[file_count++] = command->b;
	return number;
}

static int64_t text(const struct command *command, const char *bytes)
{
	int fd = memfd_create("accel-uapi-text", MFD_CLOEXEC);
	int64_t number;

	if (fd < 0)
		return -errno;
	if (whole(fd, (void *)bytes, command->length, 1) || lseek(fd, 0, SEEK_SET))
		number = -errno;
	else
		number = add(command->a, fd, (int)command->b, -1);
	close(fd);
	return number;
}

/* Whether all of a range may be read or written, as the kernel's own copying would find it. */
static int allowed(uint32_t pid, uint64_t address, uint64_t length, int writing)
{
	char path[64], line[512];
	uint64_t at = address, end = address + length;
	FILE *maps;

	if (length == 0)
		return 1;
	if (end < address)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return 0;
	while (at < end && fgets(line, sizeof(line), maps)) {
		unsigned long long from, to;
		char rights[5];

		if (sscanf(line, "%llx-%llx %4s", &from, &to, rights) != 3 || to <= at)
			continue;
		if (from > at || rights[writing] != (writing ? 'w' : 'r'))
			break;
		at = to;
	}
	fclose(maps);
	return at >= end;
}

static ssize_t reach(uint32_t pid, uint64_t address, void *bytes, size_t length, int writing)
{
	size_t done = 0;

	/* Page by page, so that what comes before a fault is done. */
	while (done < length) {
		uint64_t here = address + done;
		size_t part = 4096 - here % 4096;
		struct iovec own = { (char *)bytes + done, 0 }, other = { (void *)(uintptr_t)here, 0 };

		if (part > length - done)
			part = length - done;
		own.iov_len = other.iov_len = part;
		if ((writing ? process_vm_writev((pid_t)pid, &own, 1, &other, 1, 0)
			     : process_vm_readv((pid_t)pid, &own, 1, &other, 1, 0)) != (ssize_t)part)
			break;
		done += part;
	}
	return (ssize_t)done;
}

static int path_of(uint32_t pid, uint64_t address, char *path, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t part = 4096 - (address + done) % 4096;

		if (part > size - done)
			part = size - done;
		if (reach(pid, address + done, path + done, part, 0) != (ssize_t)part)
			return 0;
		if (memchr(path + done, 0, part))
			return 1;
		done += part;
	}
	return 0;
}

static void describe_call(struct event *event, const struct seccomp_notif *call, uint32_t what)
{
	event->call = what;
	event->pid = call->pid;
	event->id = call->id;
	for (unsigned int at = 0; at < 6; at++)
		event->args[at] = call->data.args[at];
}

#include "paths.h"

/* Answers what needs no model; 1 when the call is for the model. */
static int sort_out(const struct seccomp_notif *call, struct event *event)
{
	const __u64 *args = call->data.args;
	int fd;

	switch (call->data.nr) {
	case SYS_ioctl:
		fd = (int)args[0];
		if (resolve(call->pid, fd) <= 0)
			break;
		describe_call(event, call, CALL_IOCTL);
		return 1;
	case SYS_mmap:
		if (resolve(call->pid, (int)args[4]) <= 0)
			break;
		describe_call(event, call, CALL_MMAP);
		return 1;
	default:
		return on_path(call, event);
	}
	reply(call->id, 0, 0, 1);
	return 0;
}

static void next(int64_t limit)
{
	struct timespec end = { limit / 1000000000, limit % 1000000000 }, now, left;

	for (;;) {
		struct pollfd wait = { listener, POLLIN, 0 };
		struct seccomp_notif call;
		struct event event = { .what = EVENT_TIMEOUT };
		struct timespec *most = NULL;
		struct timespec often = { 0, 50000000 };

		if (limit >= 0) {
			clock_gettime(CLOCK_MONOTONIC, &now);
			int64_t rest = (end.tv_sec - now.tv_sec) * 1000000000ll + (end.tv_nsec - now.tv_nsec);

			if (rest < 0)
				rest = 0;
			left = (struct timespec){ rest / 1000000000, rest % 1000000000 };
			most = &left;
		}
		if (file_count > 0 && (!most || most->tv_sec > 0 || most->tv_nsec > often.tv_nsec))
			most = &often;
		int ready = ppoll(&wait, 1, most, NULL);
		if (!ended && waitpid(child, &status, WNOHANG) == child)
			ended = 1;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0 || !(wait.revents & POLLIN)) {
			if (wait.revents & (POLLHUP | POLLERR)) {
				if (!ended)
					waitpid(child, &status, 0);
				ended = 1;
				event.what = EVENT_END;
				event.args[0] = (uint64_t)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
			} else if (most == &often && (event.gone = sweep()) == 0) {
				continue;
			}
			if (!event.gone)
				event.gone = sweep();
		} else {
			memset(&call, 0, sizeof(call));
			if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
				continue;
			if (!sort_out(&call, &event))
				continue;
			event.what = EVENT_CALL;
			event.gone = sweep();
		}
		char both[sizeof(event) + 4096];
		unsigned int told = event.gone > 512 ? 512 : event.gone;

		/* Those that do not fit are found again. */
		for (unsigned int at = told; at < event.gone; at++)
			files[file_count++] = gone[at];
		event.gone = told;
		memcpy(both, &event, sizeof(event));
		memcpy(both + sizeof(event), gone, told * sizeof(gone[0]));
		struct answer head = { 0, sizeof(event) + told * sizeof(gone[0]) };
		if (whole(out, &head, sizeof(head), 1) || whole(out, both, head.length, 1))
			exit(4);
		return;
	}
}

static void serve(void)
{
	struct command command;
	char *bytes = NULL;

	while (whole(in, &command, sizeof(command), 0) == 0) {
		size_t wanted = command.what == READ ? command.d : command.length;

		if (wanted > MOST_BYTES)
			exit(4);
		free(bytes);
		bytes = malloc(wanted + 1);
		if (!bytes || (command.length && whole(in, bytes, command.length, 0)))
			exit(4);
		switch (command.what) {
		case NEXT:
			next((int64_t)command.a);
			break;
		case READ: {
			ssize_t n = reach((uint32_t)command.b, command.c, bytes, command.d, 0);

			answer(valid(command.a) ? n : -1, bytes, (uint64_t)n);
			break;
		}
		case WRITE:
			answer(valid(command.a) ? reach((uint32_t)command.b, command.c, bytes, command.length, 1) : -1, NULL, 0);
			break;
		case RIGHTS:
			answer(allowed((uint32_t)command.a, command.b, command.c, command.d != 0), NULL, 0);
			break;
		case REPLY:
			reply(command.a, (int64_t)command.b, (int)command.c, command.d != 0);
			if (made >= 0)
				close(made);
			made = -1;
			answer(0, NULL, 0);
			break;
		case INSTALL:
			answer(install(&command), NULL, 0);
			break;
		case TEXT:
			answer(text(&command, bytes), NULL, 0);
			break;
		case RESOLVE:
			answer(resolve((uint32_t)command.a, (int)command.b), NULL, 0);
			break;
		case PUNCH:
			answer(fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)command.a, (off_t)command.b), NULL, 0);
			break;
		default:
			exit(4);
		}
	}
	/* The model has gone: the command would meet a device that never answers. */
	if (!ended)
		kill(child, SIGTERM);
	exit(0);
}

/* Each call that is looked at; mmap only of a file. */
static int install_filter(void)
{
	static const int calls[] = {
		SYS_ioctl, SYS_openat, SYS_newfstatat, SYS_statx, SYS_fstat, SYS_readlinkat, SYS_faccessat, SYS_faccessat2,
		SYS_ppoll,
#ifdef SYS_open
		SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll,
#endif
	};
	struct sock_filter filter[11 + 2 * ARRAY(calls)];
	unsigned int n = 0;

	/* A program of another ABI has other numbers, and is left alone. */
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned int at = 0; at < ARRAY(calls); at++) {
		filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)calls[at], 0, 1);
		filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3]));
	filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 1, 0);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { (unsigned short)n, filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void pass(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(int));
	if (sendmsg(socket, &message, 0) < 0)
		_exit(126);
}

static int receive(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) <= 0 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return fd;
}

int main(int argc, char **argv)
{
	struct stat info;
	int pair[2];

	if (argc == 4 && strcmp(argv[1], "pipes") == 0)
		return mkfifo(argv[2], 0600) || mkfifo(argv[3], 0600);
	if (argc < 8 || sscanf(argv[6], "%u:%u", &major_number, &minor_number) != 2)
		return 2;
	out = open(argv[2], O_WRONLY | O_CLOEXEC);
	in = open(argv[3], O_RDONLY | O_CLOEXEC);
	tree = argv[4];
	node = argv[5];
	memory = memfd_create("accel-uapi", MFD_CLOEXEC);
	if (out < 0 || in < 0 || memory < 0 || ftruncate(memory, MEMORY) || fstat(memory, &info))
		give_up("the device's memory");
	memory_dev = info.st_dev;
	memory_ino = info.st_ino;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		give_up("socketpair");
	child = fork();
	if (child < 0)
		give_up("fork");
	if (child == 0) {
		int fd = install_filter();

		if (fd < 0) {
			fprintf(stderr, "accel-uapi run: this kernel gives no seccomp listener: %s\n", strerror(errno));
			_exit(126);
		}
		pass(pair[1], fd);
		close(fd);
		execvp(argv[7], argv + 7);
		fprintf(stderr, "accel-uapi run: %s cannot be run: %s\n", argv[7], strerror(errno));
		_exit(127);
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	close(pair[1]);
	listener = receive(pair[0]);
	if (listener < 0)
		return 4;
	serve();
}
