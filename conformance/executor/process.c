/* Who the worker is, and the processes that it makes to hold what it has. */
#include "executor.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef SYS_setresuid32
#define CALL_SETRESUID SYS_setresuid32
#define CALL_SETRESGID SYS_setresgid32
#define CALL_SETGROUPS SYS_setgroups32
#else
#define CALL_SETRESUID SYS_setresuid
#define CALL_SETRESGID SYS_setresgid
#define CALL_SETGROUPS SYS_setgroups
#endif

/* More children than this are no test. */
#define MOST_CHILDREN 32

static pid_t children[MOST_CHILDREN];
static unsigned int child_count;

struct outcome op_identity(uint64_t uid, uint64_t capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	long id = (long)(uint32_t)uid;

	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = capabilities >> 32 * i;
	/* Without this a change from user 0 to another takes all capabilities away. */
	if (prctl(PR_SET_KEEPCAPS, 1) || syscall(CALL_SETGROUPS, 0L, 0L) || syscall(CALL_SETRESGID, id, id, id) ||
	    syscall(CALL_SETRESUID, id, id, id) || syscall(SYS_capset, &header, data))
		return outcome_of(-1);
	/* The change has reset it, and a step may be stuck for longer than the supervisor lives. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return outcome_of(0);
}

struct outcome op_fork(void)
{
	pid_t parent = getpid(), pid;

	if (child_count == MOST_CHILDREN)
		return outcome_error(EAGAIN);
	pid = fork();
	if (pid == -1)
		return outcome_of(-1);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(worker_pipe_fd);
		close(worker_log_fd);
		while (getppid() == parent)
			pause();
		_exit(0);
	}
	children[child_count++] = pid;
	return (struct outcome){ .ret = pid };
}

static void wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

struct outcome op_kill(uint64_t pid, uint64_t number)
{
	for (unsigned int i = 0; i < child_count; i++) {
		if ((uint64_t)children[i] != pid)
			continue;
		if (kill(children[i], (int)number))
			return outcome_of(-1);
		wait_for(children[i]);
		children[i] = children[--child_count];
		return outcome_of(0);
	}
	return outcome_error(ESRCH);
}

void end_children(void)
{
	while (child_count) {
		kill(children[--child_count], SIGKILL);
		wait_for(children[child_count]);
	}
}
