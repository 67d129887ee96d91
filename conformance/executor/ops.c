/* What each op does: system calls as they are, with no wrapper that would change a number on the way. */
#include "executor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef SYS_fcntl64
#define CALL_FCNTL SYS_fcntl64
#else
#define CALL_FCNTL SYS_fcntl
#endif

struct outcome outcome_of(int64_t ret)
{
	return (struct outcome){ .ret = ret, .error = ret == -1 ? errno : 0 };
}

struct outcome outcome_error(int error)
{
	return (struct outcome){ .ret = -1, .error = error };
}

/* A system call on the low bits of the arguments that the ABI's long holds. */
#define CALL(number, ...) outcome_of(syscall(number, __VA_ARGS__))
#define A(i) ((long)a[i])

static struct outcome op_mmap(const uint64_t *a)
{
#ifdef SYS_mmap2
	/* The unit of mmap2 is 4096 bytes whatever the page size. */
	unsigned long address;

	if (a[5] & 4095)
		return outcome_error(EINVAL);
	if (a[5] >> 44)
		return outcome_error(EOVERFLOW);
	address = syscall(SYS_mmap2, A(0), A(1), A(2), A(3), A(4), (long)(a[5] >> 12));
	if (address == (unsigned long)-1)
		return outcome_of(-1);
	return (struct outcome){ .ret = address };
#else
	return CALL(SYS_mmap, A(0), A(1), A(2), A(3), A(4), A(5));
#endif
}

static struct outcome op_poll(const uint64_t *a)
{
	struct pollfd item = { .fd = (int)a[0], .events = (short)a[1] };
	int ready = poll(&item, 1, (int)a[2]);

	/* An int to sign-extend from would make a negative number of POLL bits above 0x7fff. */
	return ready == -1 ? outcome_of(-1) : (struct outcome){ .ret = (unsigned short)item.revents };
}

static struct outcome op_mremap(const uint64_t *a)
{
	unsigned long address = syscall(SYS_mremap, A(0), A(1), A(2), A(3), 0L);

	return address == (unsigned long)-1 ? outcome_of(-1) : (struct outcome){ .ret = address };
}

static struct outcome op_sleep(uint64_t milliseconds)
{
	struct timespec rest = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 };

	while (nanosleep(&rest, &rest) == -1 && errno == EINTR)
		;
	return outcome_of(0);
}

/* The kernel's dev_t as a system call takes it: 12 bits of major within 20 of minor. */
static long device_number(uint64_t major, uint64_t minor)
{
	return (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xfff00) << 12;
}

struct outcome op_run(uint32_t op, const uint64_t *a)
{
	switch (op) {
	case PROTO_OP_NOP: return outcome_of(0);
	case PROTO_OP_OPEN: return CALL(SYS_openat, AT_FDCWD, A(0), A(1), A(2));
	case PROTO_OP_CLOSE: return CALL(SYS_close, A(0));
	case PROTO_OP_DUP: return CALL(SYS_dup, A(0));
	case PROTO_OP_IOCTL: return CALL(SYS_ioctl, A(0), A(1), A(2));
	case PROTO_OP_MMAP: return op_mmap(a);
	case PROTO_OP_MUNMAP: return CALL(SYS_munmap, A(0), A(1));
	case PROTO_OP_LOAD: return op_load(a[0], a[1]);
	case PROTO_OP_STORE: return op_store(a[0], a[1], a[2]);
	case PROTO_OP_READ: return CALL(SYS_read, A(0), A(1), A(2));
	case PROTO_OP_WRITE: return CALL(SYS_write, A(0), A(1), A(2));
	case PROTO_OP_LSEEK: return outcome_of(lseek((int)a[0], (off_t)a[1], (int)a[2]));
	case PROTO_OP_POLL: return op_poll(a);
	case PROTO_OP_FCNTL: return CALL(CALL_FCNTL, A(0), A(1), A(2));
	case PROTO_OP_STAT: return op_stat(a[0], a[1]);
	case PROTO_OP_MKNOD: return CALL(SYS_mknodat, AT_FDCWD, A(0), A(1), device_number(a[2], a[3]));
	case PROTO_OP_UNLINK: return CALL(SYS_unlinkat, AT_FDCWD, A(0), 0);
	case PROTO_OP_READLINK: return CALL(SYS_readlinkat, AT_FDCWD, A(0), A(1), A(2));
	case PROTO_OP_READFILE: return op_readfile(a[0], a[1], a[2]);
	case PROTO_OP_LISTDIR: return op_listdir(a[0], a[1], a[2]);
	case PROTO_OP_HOLDERS: return op_holders(a[0], a[1]);
	case PROTO_OP_SLEEP: return op_sleep(a[0]);
	case PROTO_OP_EVENTFD: return CALL(SYS_eventfd2, A(0), A(1));
	case PROTO_OP_WRITEFILE: return op_writefile(a[0], a[1], a[2]);
	case PROTO_OP_MPROTECT: return CALL(SYS_mprotect, A(0), A(1), A(2));
	case PROTO_OP_MREMAP: return op_mremap(a);
	case PROTO_OP_MADVISE: return CALL(SYS_madvise, A(0), A(1), A(2));
	case PROTO_OP_CHECKSUM: return op_checksum(a[0], a[1]);
	case PROTO_OP_FILL: return op_fill(a[0], a[1], a[2]);
	case PROTO_OP_COPY: return op_copy(a[0], a[1], a[2]);
	case PROTO_OP_CLOCK: return (struct outcome){ .ret = now_ns() };
	case PROTO_OP_IDENTITY: return op_identity(a[0], a[1]);
	case PROTO_OP_FORK: return op_fork();
	case PROTO_OP_KILL: return op_kill(a[0], a[1]);
	case PROTO_OP_SIGNAL: return op_signal(a);
	case PROTO_OP_NETLINK: return op_netlink(a[0]);
	case PROTO_OP_MEMBERSHIP: return op_membership(a[0], a[1]);
	default: return outcome_error(ENOSYS);
	}
}
