/** The steps of a program as C statements, for a loop that makes the very same calls without any kit. */
import type { Program, Step, Value } from '../../schemas/index.ts';
import type { Rounds } from './mix.ts';

/** Functions with the arguments of their op; the loop needs no others. */
const FUNCTIONS: Partial<Record<Step['op'], string>> = { open: 'open', close: 'close', ioctl: 'ioctl' };

const hex = (value: bigint) => `0x${BigInt.asUintN(64, value).toString(16)}ull`;

function expression(value: Value): string {
  if (value.kind === 'const') return hex(value.value);
  if (value.kind === 'address') return `(uintptr_t)buffer_${value.buffer} + ${hex(value.offset ?? 0n)}`;
  const mask = value.mask === undefined ? '' : ` & ${hex(value.mask)}`;
  return `((slot[${value.slot}] >> ${value.shift ?? 0})${mask}) + ${hex(value.add ?? 0n)}`;
}

function bytesOf(bytes: Uint8Array): string {
  return [...bytes].map(byte => `0x${byte.toString(16)}`).join(', ');
}

function statements(step: Step): string[] {
  const name = FUNCTIONS[step.op];
  if (!name) throw new Error(`the plain C loop cannot make a ${step.op}; add it to FUNCTIONS`);
  const at = (buffer: number, offset: number) => `buffer_${buffer} + ${offset}`;
  const fills = (step.fills ?? []).map(
    ({ buffer, offset, bytes }) =>
      `memcpy(${at(buffer, offset)}, (const unsigned char[]){ ${bytesOf(bytes)} }, ${bytes.length});`,
  );
  const patches = (step.patches ?? []).map(
    ({ buffer, offset, width, value }) =>
      `memcpy(${at(buffer, offset)}, &(uint64_t){ ${expression(value)} }, ${width});`,
  );
  const args = step.args.map(arg => `(uintptr_t)(${expression(arg)})`);
  // open takes a pointer, all the rest are numbers to C.
  if (step.op === 'open') args[0] = `(const char *)${args[0]}`;
  const call = `ret = ${name}(${args.join(', ')});\n\tfailed += ret == -1;`;
  const captures = (step.captures ?? []).map(capture =>
    capture.from === 'return'
      ? `slot[${capture.slot}] = ret;`
      : `slot[${capture.slot}] = 0;\n\tmemcpy(&slot[${capture.slot}], ${at(capture.buffer, capture.offset)}, ${capture.width});`,
  );
  return [...fills, ...patches, call, ...captures];
}

function cFunction(name: string, steps: readonly Step[]): string {
  const body = steps.flatMap(statements).map(statement => `\t${statement}\n`);
  return `static unsigned ${name}(void)\n{\n\tunsigned failed = 0;\n\tlong ret;\n\n${body.join('')}\treturn failed;\n}\n`;
}

function buffers(program: Program): string {
  return program.buffers
    .map(({ size, data }, index) => {
      const content = data.length === 0 ? '' : ` = { ${bytesOf(data)} }`;
      return `static unsigned char buffer_${index}[${size}] __attribute__((aligned(8), unused))${content};\n`;
    })
    .join('');
}

/**
 * The header that loop.c includes: `before()` and `one_round()` make the calls and give how many failed. The program
 * must have at least one round; `node` is what it opens.
 */
export function cRound({ program, before, length }: Rounds, node: string): string {
  return [
    '/* Made from a program of the kit. */',
    `#define NODE ${JSON.stringify(node)}`,
    `#define CALLS ${length}`,
    `static uint64_t slot[${Math.max(program.slots, 1)}] __attribute__((unused));`,
    buffers(program),
    cFunction('before', program.steps.slice(0, before)),
    cFunction('one_round', program.steps.slice(before, before + length)),
  ].join('\n');
}
