/** A program that shows a difference, as a file: written when it is found, read when it is replayed. */

import {
  checked,
  type Hello,
  type Op,
  type Program,
  parseSource,
  type Step,
  type TraceFile,
  type TraceStep,
  type TraceValue,
  type Value,
  validate,
} from '../../schemas/index.ts';
import { checkProgram } from './check-program.ts';

export type { TraceFile };

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** Buffers have megabytes, of which no list of digits is made at once. */
const CHUNK = 1 << 14;

function hex(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    let part = '';
    for (const byte of bytes.subarray(at, at + CHUNK)) part += DIGITS[byte];
    parts.push(part);
  }
  return parts.join('');
}

/** The schema lets digits of lower case through, and nothing else. */
const digit = (code: number) => (code < 58 ? code - 48 : code - 87);

function unhex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at += 1)
    bytes[at] = 16 * digit(text.charCodeAt(2 * at)) + digit(text.charCodeAt(2 * at + 1));
  return bytes;
}

function writeValue(value: Value): TraceValue {
  if (value.kind === 'const') return { const: String(value.value) };
  if (value.kind === 'address')
    return {
      buffer: value.buffer,
      ...(value.offset === undefined ? {} : { offset: String(value.offset) }),
    };
  const { slot, shift, mask, add } = value;
  return {
    slot,
    ...(shift === undefined ? {} : { shift }),
    ...(mask === undefined ? {} : { mask: String(mask) }),
    ...(add === undefined ? {} : { add: String(add) }),
  };
}

function readValue(value: TraceValue): Value {
  if ('const' in value) return { kind: 'const', value: BigInt(value.const) };
  if ('buffer' in value)
    return {
      kind: 'address',
      buffer: value.buffer,
      ...(value.offset === undefined ? {} : { offset: BigInt(value.offset) }),
    };
  const { slot, shift, mask, add } = value;
  return {
    kind: 'slot',
    slot,
    ...(shift === undefined ? {} : { shift }),
    ...(mask === undefined ? {} : { mask: BigInt(mask) }),
    ...(add === undefined ? {} : { add: BigInt(add) }),
  };
}

function writeStep(step: Step, label: string): TraceStep {
  return {
    label,
    op: step.op,
    args: step.args.map(writeValue),
    deadline: step.deadline,
    ...(step.fills?.length
      ? { fills: step.fills.map(({ buffer, offset, bytes }) => ({ buffer, offset, bytes: hex(bytes) })) }
      : {}),
    ...(step.patches?.length
      ? { patches: step.patches.map(patch => ({ ...patch, value: writeValue(patch.value) })) }
      : {}),
    ...(step.captures?.length
      ? {
          captures: step.captures.map(capture =>
            capture.from === 'return'
              ? { slot: capture.slot }
              : { slot: capture.slot, buffer: capture.buffer, offset: capture.offset, width: capture.width },
          ),
        }
      : {}),
  };
}

function readStep(step: TraceStep): Step {
  return {
    op: step.op as Op,
    args: step.args.map(readValue),
    deadline: step.deadline,
    fills: (step.fills ?? []).map(({ buffer, offset, bytes }) => ({ buffer, offset, bytes: unhex(bytes) })),
    patches: (step.patches ?? []).map(patch => ({ ...patch, value: readValue(patch.value) })),
    captures: (step.captures ?? []).map(({ slot, buffer, offset, width }) =>
      buffer === undefined || offset === undefined || width === undefined
        ? { slot, from: 'return' }
        : { slot, from: 'buffer', buffer, offset, width },
    ),
  };
}

/** A program and its labels in the form of the file. */
export function writeProgram(program: Program, labels: readonly string[]): TraceFile['program'] {
  return {
    buffers: program.buffers.map(({ size, data, access, align }) => ({
      size,
      data: hex(data),
      access,
      align,
    })),
    slots: program.slots,
    steps: program.steps.map((step, at) =>
      writeStep(step, labels[at] ?? ''),
    ) as TraceFile['program']['steps'],
  };
}

/** The program of a file; throws an InvalidData when a part of it leads nowhere. */
export function readProgram(file: TraceFile, path: string): { program: Program; labels: string[] } {
  checkProgram(file.program, path);
  const { buffers, slots, steps } = file.program;
  return {
    program: {
      buffers: buffers.map(({ size, data, access, align }) => ({ size, data: unhex(data), access, align })),
      slots,
      steps: steps.map(readStep),
    },
    labels: steps.map(({ label }) => label),
  };
}

/** Bytes of a trace at most: hexadecimal text of buffers makes most of it. */
const MOST_BYTES = 1 << 26;

/** Reads a trace from the bytes of a file; throws InvalidData with the line and column. */
export function loadTrace(path: string, content: string | Uint8Array): TraceFile {
  return checked(parseSource(path, content, { format: 'json', most: MOST_BYTES }), data => {
    const file = parseTrace(path, data);
    checkProgram(file.program, path);
    return file;
  });
}

/** Checks a file's data; throws InvalidData with one sentence. */
export function parseTrace(path: string, data: unknown): TraceFile {
  return validate<TraceFile>('trace', path, data);
}

/** How a file names the target that its finding was seen on. */
export function traceTarget(
  name: string,
  { release, abi }: Pick<Hello, 'release' | 'abi'>,
  about: {
    readonly driver: { readonly name: string };
    readonly nodePath: string;
    readonly minor: number;
    readonly params: ReadonlyMap<string, string | bigint>;
  },
): TraceFile['target'] {
  const params = Object.fromEntries([...about.params].map(([param, value]) => [param, String(value)]));
  return { name, release, driver: about.driver.name, abi, node: about.nodePath, minor: about.minor, params };
}
