/* Which calls the supervisor looks at. */
#include "supervisor.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#else
#error "run serves 64-bit x86, ARM and RISC-V"
#endif

/* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV of include/uapi/linux/seccomp.h, Linux 5.19. */
#define WAIT_KILLABLE (1ul << 5)

/* Each call that is looked at; mmap only of a file, fcntl only of locks. */
int install_filter(void)
{
	static const unsigned int calls[] = {
		SYS_ioctl, SYS_read, SYS_write, SYS_lseek, SYS_pread64, SYS_ppoll, SYS_pselect6, SYS_epoll_ctl, SYS_openat,
		SYS_openat2, SYS_newfstatat, SYS_statx, SYS_fstat, SYS_readlinkat, SYS_faccessat, SYS_faccessat2, SYS_getxattr,
		SYS_lgetxattr, SYS_listxattr, SYS_llistxattr, SYS_readv, SYS_preadv, SYS_preadv2, SYS_writev, SYS_pwrite64,
		SYS_pwritev, SYS_pwritev2, SYS_ftruncate, SYS_fallocate, SYS_sendfile, SYS_splice, SYS_copy_file_range,
		SYS_io_uring_setup,
#ifdef SYS_open
		SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_select,
#endif
	};
	static const unsigned int locks[] = {
		F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_ADD_SEALS,
	};
	struct sock_filter filter[13 + 2 * ARRAY(calls) + 2 * ARRAY(locks)];
	unsigned int n = 0;
	int fd;

	/* A program of another ABI has other numbers, and is left alone. */
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned int at = 0; at < ARRAY(calls); at++) {
		filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[at], 0, 1);
		filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 4);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3]));
	filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 1, 0);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 1, 0);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]));
	for (unsigned int at = 0; at < ARRAY(locks); at++) {
		filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, locks[at], 0, 1);
		filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { (unsigned short)n, filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	/*
	 * A call that the supervisor has seen is ended by nothing else but a fatal signal: none is done twice. What sleeps is
	 * ended by the model when a signal waits. Before Linux 5.19 every signal ends a call.
	 */
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE, &program);
	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return fd;
}
