/**
 * A trace as a C program that needs a C library and the kernel's headers only: the same system calls with the same
 * bytes. Constants have the names of the driver's header.
 */
import {
  type DriverDescription,
  decodeRequest,
  type Program,
  type Step,
  type Value,
} from '../../schemas/index.ts';
import type { TraceFile } from './trace-file.ts';

const CALLS: Readonly<Record<string, string>> = {
  open: 'SYS_openat, AT_FDCWD,',
  close: 'SYS_close,',
  dup: 'SYS_dup,',
  ioctl: 'SYS_ioctl,',
  mmap: 'SYS_mmap,',
  munmap: 'SYS_munmap,',
  read: 'SYS_read,',
  write: 'SYS_write,',
  lseek: 'SYS_lseek,',
  fcntl: 'SYS_fcntl,',
  eventfd: 'SYS_eventfd2,',
  mprotect: 'SYS_mprotect,',
  madvise: 'SYS_madvise,',
  mremap: 'SYS_mremap,',
};

/** Bytes a line of an initialiser. */
const A_LINE = 16;

function number(value: bigint): string {
  return value > 0xffffn ? `0x${value.toString(16)}ull` : `${value}`;
}

function expression(value: Value): string {
  if (value.kind === 'const') return number(BigInt.asUintN(64, value.value));
  if (value.kind === 'address') return `address(${value.buffer}, ${value.offset ?? 0n})`;
  const { slot, shift = 0, mask, add = 0n } = value;
  let text = `slot[${slot}]`;
  if (shift > 0) text = `(${text} >> ${shift})`;
  if (mask !== undefined && mask !== 0xffff_ffff_ffff_ffffn) text = `(${text} & ${number(mask)})`;
  return add === 0n ? text : `(${text} + ${number(BigInt.asUintN(64, add))})`;
}

/** The request by the name of its macro, when it is exactly that one. */
function request(driver: DriverDescription, step: Step): string {
  const value = step.args[1];
  if (value?.kind !== 'const') return expression(value!);
  const parts = decodeRequest(value.value);
  const call = [...driver.calls.values()].find(
    each =>
      each.request?.letter === parts.letter &&
      each.request.number === parts.number &&
      each.request.direction === parts.direction,
  );
  const text = number(value.value);
  return call ? `${text} /* ${call.name} */` : text;
}

function bytes(data: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += A_LINE)
    lines.push(
      [...data.subarray(at, at + A_LINE)].map(byte => `0x${byte.toString(16).padStart(2, '0')}`).join(', '),
    );
  return lines.join(',\n\t\t');
}

function call(driver: DriverDescription, step: Step): string {
  const args = step.args.map(expression);
  if (step.op === 'ioctl') args[1] = request(driver, step);
  switch (step.op) {
    case 'nop':
      return 'result = 0;';
    case 'sleep':
      return `result = usleep(1000 * (useconds_t)${args[0]});`;
    case 'clock':
      return 'result = now();';
    case 'load':
      return `result = 0; memcpy(&result, (void *)(uintptr_t)${args[0]}, ${args[1]});`;
    case 'store':
      return `{ uint64_t v = ${args[2]}; memcpy((void *)(uintptr_t)${args[0]}, &v, ${args[1]}); result = 0; }`;
    case 'poll':
      return `{ struct pollfd p = { .fd = (int)${args[0]}, .events = (short)${args[1]} }; result = poll(&p, 1, (int)${args[2]}); if (result >= 0) result = p.revents; }`;
    default: {
      const name = CALLS[step.op];
      if (!name)
        return `fprintf(stderr, "the step ${step.op} has no counterpart here and is left out\\n"); result = 0;`;
      return `result = syscall(${name} ${args.map(arg => `(long)${arg}`).join(', ')});`;
    }
  }
}

function stepText(driver: DriverDescription, step: Step, at: number, label: string): string[] {
  const lines = [`\t/* ${at}: ${label.replaceAll('*/', '* /')} */`];
  for (const { buffer, offset, bytes: data } of step.fills ?? []) {
    if (data.every(byte => byte === 0))
      lines.push(`\tmemset(buffers[${buffer}].at + ${offset}, 0, ${data.length});`);
    else
      lines.push(
        `\tmemcpy(buffers[${buffer}].at + ${offset}, (const unsigned char[]){\n\t\t${bytes(data)} }, ${data.length});`,
      );
  }
  for (const { buffer, offset, width, value } of step.patches ?? [])
    lines.push(`\tstore(${buffer}, ${offset}, ${width}, ${expression(value)});`);
  lines.push('\terrno = 0;', `\t${call(driver, step)}`, `\treport(${at}, result);`);
  for (const capture of step.captures ?? [])
    lines.push(
      capture.from === 'return'
        ? `\tslot[${capture.slot}] = (uint64_t)result;`
        : `\tslot[${capture.slot}] = load(${capture.buffer}, ${capture.offset}, ${capture.width});`,
    );
  return lines;
}

const PRELUDE = `#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
`;

const HELPERS = `
/* Every buffer lies between two pages that nothing can touch. */
static void make(unsigned int number)
{
	struct buffer *b = &buffers[number];
	size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (b->size + page - 1) / page * page;
	unsigned char *start = mmap(NULL, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED || mprotect(start + page, room, PROT_READ | PROT_WRITE))
		exit(2);
	b->at = start + page + (b->end ? room - b->size : 0);
}

static inline uint64_t address(unsigned int number, int64_t offset)
{
	return (uint64_t)(uintptr_t)buffers[number].at + (uint64_t)offset;
}

static inline void store(unsigned int number, size_t offset, size_t width, uint64_t value)
{
	memcpy(buffers[number].at + offset, &value, width);
}

static inline uint64_t load(unsigned int number, size_t offset, size_t width)
{
	uint64_t value = 0;

	memcpy(&value, buffers[number].at + offset, width);
	return value;
}

static inline int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void report(int step, int64_t result)
{
	printf("%2d  returned %lld%s%s\\n", step, (long long)result, result == -1 ? ", " : "",
	       result == -1 ? strerror(errno) : "");
}
`;

/** Programs compiled from it print every result; what was expected stands in its head. */
export function cProgram(
  file: TraceFile,
  program: Program,
  labels: readonly string[],
  driver: DriverDescription,
): string {
  const { finding, target } = file;
  const head = [
    '/*',
    ` * ${finding.clause} @ ${finding.instance}`,
    ` * found on ${target.driver}, Linux ${target.release}, ${target.abi}`,
    ` * step ${finding.step}: expected ${finding.expected}, seen ${finding.observed}`,
    ...(finding.source ? [` * ${finding.source}`] : []),
    ' */',
  ].map(line => line.replace(/(?<!^)\*\/(?=.)/g, '* /'));
  const access = { readwrite: 'PROT_READ | PROT_WRITE', read: 'PROT_READ', none: 'PROT_NONE', hole: '' };
  const buffers = program.buffers.map(
    ({ size, align }) => `\t{ .size = ${size}, .end = ${align === 'end' ? 1 : 0} },`,
  );
  const count = Math.max(program.buffers.length, 1);
  const setup = program.buffers.flatMap((buffer, at) => {
    const lines = [`\tmake(${at});`];
    if (buffer.data.length > 0)
      lines.push(
        `\tmemcpy(buffers[${at}].at, (const unsigned char[]){\n\t\t${bytes(buffer.data)} }, ${buffer.data.length});`,
      );
    return lines;
  });
  const guarded = program.buffers.flatMap((buffer, at) => {
    if (buffer.access === 'readwrite') return [];
    const start = `(void *)((uintptr_t)buffers[${at}].at & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1))`;
    return buffer.access === 'hole'
      ? [`\tmunmap(${start}, ${buffer.size});`]
      : [`\tmprotect(${start}, ${buffer.size}, ${access[buffer.access]});`];
  });
  return [
    ...head,
    PRELUDE,
    `static struct buffer {\n\tsize_t size;\n\tint end;\n\tunsigned char *at;\n} buffers[${count}] = {`,
    ...buffers,
    '};',
    `static uint64_t slot[${Math.max(program.slots, 1)}];`,
    HELPERS,
    'int main(void)\n{\n\tint64_t result = 0;\n',
    ...setup,
    ...guarded,
    ...program.steps.flatMap((step, at) => stepText(driver, step, at, labels[at] ?? '')),
    '\t(void)slot;\n\treturn 0;\n}\n',
  ].join('\n');
}
