/* SIGSEGV and SIGBUS of our own accesses; any other one ends the worker as it should. */
#include "executor.h"

#include <signal.h>
#include <string.h>

_Thread_local sigjmp_buf fault_jump;
_Thread_local volatile sig_atomic_t fault_armed;

static void on_fault(int signal_number)
{
	if (fault_armed) {
		fault_armed = 0;
		siglongjmp(fault_jump, signal_number);
	}
	/* Not ours: the access is repeated on return and now kills. */
	signal(signal_number, SIG_DFL);
}

void fault_install(void)
{
	/* SA_NODEFER: the jump leaves the handler without restoring the signal mask. */
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

bool fault_copy(uint64_t address, const void *data, size_t length)
{
	if (address > UINTPTR_MAX || fault_guard())
		return false;
	memcpy((void *)(uintptr_t)address, data, length);
	fault_disarm();
	return true;
}
