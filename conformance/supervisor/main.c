/*
 * Answers the calls of an unmodified program on a node that is not there: seccomp user notification
 * (Documentation/userspace-api/seccomp_filter.rst). What a call means is the model's affair, on the other side of two
 * pipes; here is what only a C program can do: the filter, the memory of the client, descriptors, paths.
 *
 *   supervisor pipes FROM TO                            makes the two pipes
 *   supervisor run FROM TO TREE NODE MAJOR:MINOR COMMAND...
 */
#include "supervisor.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* SECCOMP_IOCTL_NOTIF_SET_FLAGS and SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP of include/uapi/linux/seccomp.h, Linux 6.6. */
#define WAKE_REQUEST _IOW('!', 4, uint64_t)
#define WAKE_IN_TURN 1ul

int listener = -1, in = -1, out = -1, memory = -1, ended, status;
const char *tree, *node;
unsigned int major_number, minor_number;
dev_t memory_dev;
ino_t memory_ino;
pid_t child;

void say(const char *what)
{
	fprintf(stderr, "accel-uapi run: %s\n", what);
}

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "accel-uapi run: %s: %s\n", what, strerror(errno));
	exit(4);
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
	if (reach((uint32_t)child, (uint64_t)(uintptr_t)&listener, &(char){ 0 }, 1, 0) != 1 && errno == EPERM)
		give_up("the memory of the command cannot be read; /proc/sys/kernel/yama/ptrace_scope must be 0 or 1");
	/* The two of them take turns: that is quicker on one processor. An older kernel does not know the request. */
	if (ioctl(listener, WAKE_REQUEST, WAKE_IN_TURN) < 0 && errno != EINVAL && errno != ENOTTY)
		give_up("seccomp");
	serve();
}
