/**
 * A trace as a C program that needs a C library and the kernel's headers only: the same system calls with the same
 * bytes at the same addresses. What it cannot do as the executor does stands in its first comment.
 */
import { type DriverDescription, type Program, protocol, protocolConstant } from '../../schemas/index.ts';
import { helperText } from './c-helpers.ts';
import { expression, hasForm, opText } from './c-ops.ts';
import type { TraceFile } from './trace-file.ts';

/** Bytes a line of an initialiser. */
const A_LINE = 16;
/** Exit statuses of the program. */
const CANNOT_OPEN = 2;
const CANNOT_PLACE = 3;

/** Text within a comment or a string of C: printable ASCII, nothing that ends or begins either. */
export const plain = (text: string) => text.replace(/[^\x20-\x7e]/g, '?');
const comment = (text: string) => plain(text).replaceAll('*/', '* /').replaceAll('/*', '/ *');
export const quoted = (text: string) => `"${plain(text).replace(/["\\?]/g, '\\$&')}"`;

function bytes(data: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += A_LINE)
    lines.push(
      [...data.subarray(at, at + A_LINE)].map(byte => `0x${byte.toString(16).padStart(2, '0')}`).join(', '),
    );
  return `(const unsigned char[]){\n\t\t${lines.join(',\n\t\t')} }`;
}

function head(file: TraceFile, program: Program, labels: readonly string[], frame: Frame): string[] {
  const { finding, target, device } = file;
  const without = program.steps.flatMap((step, at) =>
    hasForm(step) ? [] : [`step ${at} (${step.op}: ${labels[at] ?? ''}) has no form in C and is left out.`],
  );
  const lines = [
    `${finding.clause} @ ${finding.instance}`,
    `found on ${target.driver}, Linux ${target.release}, ${target.abi}`,
    `step ${finding.step}: expected ${finding.expected}, seen ${finding.observed}`,
    ...(finding.source ? [finding.source] : []),
    '',
    ...(frame === PLAIN ? [`Compile it for ${target.abi}: cc -o replay replay.c`] : []),
    ...frame.about,
    ...(device && device !== 'complete'
      ? [`The device has to end its jobs so: ${device}. This program cannot make it.`]
      : []),
    ...without,
  ];
  return ['/*', ...lines.map(line => ` * ${comment(line)}`.trimEnd()), ' */'];
}

const PRELUDE = `#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef SYS_fcntl64
#define CALL_FCNTL SYS_fcntl64
#else
#define CALL_FCNTL SYS_fcntl
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* What a step did: a call that failed has ret -1 and its errno; an access that faulted has its signal. */
struct outcome {
	int64_t ret;
	int error;
	int signal;
};
`;

const arena = (bits: 32 | 64) =>
  `0x${protocolConstant(protocol, `PROTO_ARENA_${bits}`).toString(16)}${bits === 64 ? 'ull' : 'u'}`;

const PLACE = `/* Every buffer lies in pages of its own, between two that nothing can touch, always at the same place. */
static int place(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *at = (unsigned char *)(uintptr_t)(sizeof(void *) == 8 ? ${arena(64)} : ${arena(32)});

	for (unsigned int i = 0; i < sizeof(buffers) / sizeof(*buffers); i++) {
		struct buffer *b = &buffers[i];

		b->room = (b->size + page - 1) / page * page;
		b->pages = at + page;
		b->at = b->pages + (b->end ? b->room - b->size : 0);
		if (mmap(at, page + b->room, PROT_NONE, flags, -1, 0) != at ||
		    mprotect(b->pages, b->room, PROT_READ | PROT_WRITE))
			return -1;
		at = b->pages + b->room;
	}
	return mmap(at, page, PROT_NONE, flags, -1, 0) == at ? 0 : -1;
}
`;

/** Functions that touch buffers, by the name that calls them; each follows those that it needs. */
const BUFFER_FUNCTIONS: Readonly<Record<string, string>> = {
  address: `static uint64_t address(unsigned int number, int64_t offset)
{
	return (uint64_t)(uintptr_t)buffers[number].at + (uint64_t)offset;
}
`,
  put: `/* Works whatever a program may touch. */
static void put(unsigned int number, size_t offset, const void *data, size_t length)
{
	struct buffer *b = &buffers[number];

	if (b->protection != (PROT_READ | PROT_WRITE))
		mprotect(b->pages, b->room, PROT_READ | PROT_WRITE);
	memcpy(b->at + offset, data, length);
	if (b->protection != (PROT_READ | PROT_WRITE))
		mprotect(b->pages, b->room, b->protection);
}
`,
  store: `static void store(unsigned int number, size_t offset, size_t width, uint64_t value)
{
	put(number, offset, &value, width);
}
`,
  load: `static uint64_t load(unsigned int number, size_t offset, size_t width)
{
	struct buffer *b = &buffers[number];
	uint64_t value = 0;

	if (b->protection == PROT_NONE)
		mprotect(b->pages, b->room, PROT_READ);
	memcpy(&value, b->at + offset, width);
	if (b->protection == PROT_NONE)
		mprotect(b->pages, b->room, PROT_NONE);
	return value;
}
`,
};

/** Those that the steps call: a function that nothing calls is a warning. */
function bufferText(calls: string): string[] {
  const used = (name: string, text: string) => new RegExp(`\\b${name}\\(`).test(text);
  return Object.entries(BUFFER_FUNCTIONS).flatMap(([name, text]) =>
    used(name, calls) || (name === 'put' && used('store', calls)) ? [text] : [],
  );
}

const PROTECTION = {
  readwrite: 'PROT_READ | PROT_WRITE',
  read: 'PROT_READ',
  none: 'PROT_NONE',
  hole: 'PROT_NONE',
};

/** The buffers' first content and what the program may touch of them. */
export function setup(program: Program): string[] {
  return program.buffers.flatMap(({ data, access }, at) => [
    ...(data.length > 0 ? [`\tmemcpy(buffers[${at}].at, ${bytes(data)}, ${data.length});`] : []),
    ...(access === 'hole' ? [`\tmunmap(buffers[${at}].pages, buffers[${at}].room);`] : []),
    ...(access === 'read' || access === 'none'
      ? [`\tmprotect(buffers[${at}].pages, buffers[${at}].room, buffers[${at}].protection);`]
      : []),
  ]);
}

function stepText(program: Program, at: number, text: string): string {
  const { fills = [], patches = [], captures = [] } = program.steps[at]!;
  const before = [
    ...fills
      .filter(({ bytes: data }) => data.length > 0)
      .map(
        ({ buffer, offset, bytes: data }) => `\tput(${buffer}, ${offset}, ${bytes(data)}, ${data.length});`,
      ),
    ...patches.map(
      ({ buffer, offset, width, value }) => `\tstore(${buffer}, ${offset}, ${width}, ${expression(value)});`,
    ),
  ];
  const after = captures.map(capture =>
    capture.from === 'return'
      ? `\tslot[${capture.slot}] = (uint64_t)o.ret;`
      : `\tslot[${capture.slot}] = load(${capture.buffer}, ${capture.offset}, ${capture.width});`,
  );
  return [
    `static struct outcome step_${at}(void)\n{`,
    '\tstruct outcome o;\n',
    ...before,
    `\to = ${text};`,
    ...after,
    '\treturn o;\n}\n',
  ].join('\n');
}

/** What surrounds the steps. */
export interface Frame {
  /** How it is compiled and what it tells, for the first comment. */
  readonly about: readonly string[];
  readonly includes: readonly string[];
  /** `guarded` tells whether accesses that may fault are caught by a function `guard`. */
  main(file: TraceFile, program: Program, guarded: boolean): string;
}

const PLAIN: Frame = {
  about: [
    `Exit status: 0 every step ran, ${CANNOT_OPEN} the node cannot be opened, ${CANNOT_PLACE} there is no place for the buffers.`,
    'It prints what every step returned, and judges nothing; a step that hangs is not ended.',
  ],
  includes: [],
  main: mainText,
};

/** Programs compiled from it print every result; what was expected stands in its head. */
export function cProgram(
  file: TraceFile,
  program: Program,
  labels: readonly string[],
  driver: DriverDescription,
  frame: Frame = PLAIN,
): string {
  const { buffers, steps } = program;
  const ops = steps.map((_, at) => opText(driver, steps, at));
  const bodies = ops.map(({ text }, at) => stepText(program, at, text));
  const calls = bodies.join('');
  const helped = helperText(ops.flatMap(({ helper }) => (helper === undefined ? [] : [helper])));
  const table = steps.map((_, at) => `\t{ step_${at}, ${quoted(labels[at] ?? '')} },`);
  const areas = buffers.map(
    ({ size, align, access }) =>
      `\t{ .size = ${size}, .end = ${align === 'end' ? 1 : 0}, .protection = ${PROTECTION[access]} },`,
  );
  return [
    ...head(file, program, labels, frame),
    PRELUDE,
    ...(frame.includes.length > 0 ? [`${frame.includes.map(name => `#include ${name}`).join('\n')}\n`] : []),
    ...(buffers.length > 0
      ? [
          'static struct buffer {\n\tsize_t size, room;\n\tint end, protection;\n\tunsigned char *pages, *at;\n} buffers[] = {',
          ...areas,
          '};\n',
        ]
      : []),
    ...(calls.includes('slot[') ? [`static uint64_t slot[${Math.max(program.slots, 1)}];`] : []),
    `${steps.map((_, at) => `static struct outcome step_${at}(void);`).join('\n')}\n`,
    'static const struct {\n\tstruct outcome (*run)(void);\n\tconst char *label;\n} steps[] = {',
    ...table,
    '};\n',
    `static struct outcome done[${steps.length}];\n`,
    ...(ops.some(({ text }) => text.startsWith('outcome('))
      ? [
          'static struct outcome outcome(int64_t ret)\n{\n\treturn (struct outcome){ .ret = ret, .error = ret == -1 ? errno : 0 };\n}\n',
        ]
      : []),
    ...(buffers.length > 0 ? [PLACE, ...bufferText(calls)] : []),
    helped,
    ...bodies,
    frame.main(file, program, helped.includes('static void guard(')),
  ].join('\n');
}

function mainText({ target }: TraceFile, program: Program, guarded: boolean): string {
  const node = quoted(target.node);
  // A netlink family has no node.
  const opened = target.node.startsWith('/')
    ? [
        `\tint fd = open(${node}, O_RDWR | O_CLOEXEC);\n`,
        '\tif (fd == -1) {',
        `\t\tfprintf(stderr, "%s cannot be opened (%s); load the driver's module, or run as a user who may open it\\n",\n\t\t\t${node}, strerror(errno));`,
        `\t\treturn ${CANNOT_OPEN};\n\t}`,
        '\tclose(fd);',
      ]
    : [];
  return [
    'int main(void)\n{',
    ...opened,
    ...(program.buffers.length > 0
      ? [
          '\tif (place()) {',
          '\t\tfprintf(stderr, "there is no place for the buffers: %s\\n", strerror(errno));',
          `\t\treturn ${CANNOT_PLACE};\n\t}`,
        ]
      : []),
    ...setup(program),
    ...(guarded ? ['\tguard();'] : []),
    '\tsignal(SIGPIPE, SIG_IGN);',
    '\tumask(0);',
    '\tfor (unsigned int i = 0; i < sizeof(steps) / sizeof(*steps); i++) {',
    '\t\tstruct outcome o = done[i] = steps[i].run();\n',
    '\t\tprintf("%3u  %s: ", i, steps[i].label);',
    '\t\tif (o.signal)\n\t\t\tprintf("signal %d (%s)\\n", o.signal, strsignal(o.signal));',
    '\t\telse if (o.error)\n\t\t\tprintf("errno %d (%s)\\n", o.error, strerror(o.error));',
    '\t\telse\n\t\t\tprintf("returned %lld\\n", (long long)o.ret);',
    '\t\tfflush(stdout);',
    '\t}\n\treturn 0;\n}\n',
  ].join('\n');
}
