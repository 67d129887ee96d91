/*
 * recorder EVENTS TABLE COMMAND...: runs a command with its threads and children, stopped at every system call, and writes
 * what they do with accel and render nodes. Ends as the command does.
 */
#define _GNU_SOURCE
#include "recorder.h"

#include <linux/audit.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

static pid_t process_of(pid_t tid)
{
	char path[64], row[256];
	pid_t process = tid;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	file = fopen(path, "re");
	while (file && fgets(row, sizeof(row), file))
		if (sscanf(row, "Tgid: %d", &process) == 1)
			break;
	if (file)
		fclose(file);
	return process;
}

static struct thread **threads;
static unsigned int thread_count;

static struct thread *thread_at(pid_t tid)
{
	struct thread *made;

	for (unsigned int at = 0; at < thread_count; at++)
		if (threads[at]->tid == tid)
			return threads[at];
	made = calloc(1, sizeof(*made));
	threads = realloc(threads, (thread_count + 1) * sizeof(*threads));
	if (!made || !threads)
		exit(126);
	made->tid = tid;
	made->process = process_of(tid);
	threads[thread_count++] = made;
	return made;
}

static void forget(pid_t tid)
{
	for (unsigned int at = 0; at < thread_count; at++) {
		if (threads[at]->tid != tid)
			continue;
		drop_pieces(&threads[at]->pieces);
		free(threads[at]);
		threads[at] = threads[--thread_count];
		return;
	}
}

static void start(char **command)
{
	raise(SIGSTOP);
	execvp(command[0], command);
	fprintf(stderr, "accel-uapi record: %s cannot be run: %s\n", command[0], strerror(errno));
	_exit(127);
}

static void on_system_call(struct thread *thread)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		thread->inside = info.arch == NATIVE;
		if (!thread->inside) {
			warn("calls of a 32-bit program");
			return;
		}
		thread->call = (int)info.entry.nr;
		for (unsigned int at = 0; at < 6; at++)
			thread->args[at] = info.entry.args[at];
		on_entry(thread);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && thread->inside) {
		thread->inside = 0;
		on_exit_of(thread, info.exit.rval);
		drop_pieces(&thread->pieces);
	}
}

/* The signal that the thread is to get. */
static int on_stop(pid_t tid, int status)
{
	struct thread *thread = thread_at(tid);
	int signal = WSTOPSIG(status), event = status >> 16;
	unsigned long other = 0;

	if (signal == (SIGTRAP | 0x80)) {
		on_system_call(thread);
		return 0;
	}
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		ptrace(PTRACE_GETEVENTMSG, tid, NULL, &other);
		if (other && thread_at((pid_t)other)->process == (pid_t)other)
			share_process(thread->process, (pid_t)other);
		return 0;
	case PTRACE_EVENT_EXEC:
		thread->inside = 0;
		after_exec(thread->process);
		return 0;
	case PTRACE_EVENT_STOP:
		return 0;
	default:
		return event ? 0 : signal;
	}
}

static int end_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACEEXEC;
	int status, result = 126;
	pid_t child;

	if (argc < 4) {
		fprintf(stderr, "usage: recorder EVENTS TABLE COMMAND...\n");
		return 126;
	}
	events_to(argv[1]);
	read_table(argv[2]);
	child = fork();
	if (child == 0)
		start(argv + 3);
	if (child < 0 || waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SEIZE, child, NULL, options)) {
		fprintf(stderr, "accel-uapi record: the command cannot be traced: %s\n", strerror(errno));
		if (child > 0)
			kill(child, SIGKILL);
		return 126;
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	begin("start", child, child);
	text("abi", ABI);
	number("page", sysconf(_SC_PAGESIZE));
	finish();
	kill(child, SIGCONT);
	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			break;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			struct thread *thread = thread_at(tid);
			/* The first thread is reported when it is the last. */
			if (thread->process == tid)
				drop_process(tid);
			if (tid == child)
				result = end_of(status);
			forget(tid);
			continue;
		}
		int deliver = on_stop(tid, status);
		/* A stop of the whole group stays one. */
		int stopped = status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGCONT;
		ptrace(stopped ? PTRACE_LISTEN : PTRACE_SYSCALL, tid, NULL, (void *)(long)deliver);
	}
	begin("end", child, child);
	number("status", result);
	finish();
	return result;
}
