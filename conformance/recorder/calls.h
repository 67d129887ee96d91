/* One thread and the call that it is in. */
#ifndef CALLS_H
#define CALLS_H

#include "recorder.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define ABI "x86_64"
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#define ABI "aarch64"
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#define ABI "riscv64"
#else
#error "record serves 64-bit x86, ARM and RISC-V"
#endif

struct thread {
	pid_t tid, process;
	int inside, call;
	uint64_t args[6];
	/* The watched file of an ioctl, and when it began. */
	int64_t file, began;
	struct pieces pieces;
};

void on_entry(struct thread *thread);
void on_exit_of(struct thread *thread, int64_t ret);

#endif
