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

static pid_t children[PROTO_MAX_CHILDREN];
static uint32_t child_count;

struct outcome op_identity(uint64_t uid, uint64_t capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	const long id = (long)(uint32_t)uid;
	const pid_t supervisor = getppid();
	struct outcome outcome;

	/* All ones means to leave a number as it is. */
	if (uid >= UINT32_MAX)
		return outcome_error(EINVAL);
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = capabilities >> 32 * i;
	/* Without this a change from user 0 to another takes all capabilities away. */
	prctl(PR_SET_KEEPCAPS, 1);
	outcome = outcome_of((getgroups(0, NULL) && syscall(CALL_SETGROUPS, 0L, 0L)) ||
			     syscall(CALL_SETRESGID, id, id, id) || syscall(CALL_SETRESUID, id, id, id) ||
			     syscall(SYS_capset, &header, data) ? -1 : 0);
	prctl(PR_SET_KEEPCAPS, 0);
	/* The change has reset both; a program that a user starts may look at itself in /proc. */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(1);
	return outcome;
}

/* Holds what it was born with, and nothing by which the worker speaks to the supervisor. */
static noreturn void sleep_until_killed(pid_t worker, const sigset_t *before)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != worker)
		_exit(1);
	/* Those that the worker handles or ignores; any signal that kill sends has its default. */
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	close(worker_pipe_fd);
	close(worker_log_fd);
	sigprocmask(SIG_SETMASK, before, NULL);
	for (;;)
		pause();
}

struct outcome op_fork(void)
{
	pid_t worker = getpid(), child;
	struct outcome outcome;
	sigset_t all, before;

	if (child_count == PROTO_MAX_CHILDREN)
		return outcome_error(EAGAIN);
	/* A signal that comes before the child is ready for it shall wait. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (child == 0)
		sleep_until_killed(worker, &before);
	outcome = outcome_of(child);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (child > 0)
		children[child_count++] = child;
	return outcome;
}

struct outcome op_kill(uint64_t pid, uint64_t number)
{
	for (uint32_t i = 0; i < child_count; i++) {
		if ((uint64_t)children[i] != pid)
			continue;
		if (kill(children[i], (int)number))
			return outcome_of(-1);
		/* A process can be waited for once its descriptors and mappings are gone (kernel/exit.c: do_exit). */
		while (waitpid(children[i], NULL, 0) == -1 && errno == EINTR)
			;
		children[i] = children[--child_count];
		return outcome_of(0);
	}
	return outcome_error(ESRCH);
}
