/** A program that shows a difference, as a file: written when it is found, read when it is replayed. */

import {
  type Op,
  type Program,
  protocol,
  type Step,
  type TraceFile,
  type TraceStep,
  type TraceValue,
  type Value,
  validate,
} from '../../schemas/index.ts';

export type { TraceFile };

const hex = (bytes: Uint8Array) => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
const unhex = (text: string) =>
  Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );

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

const OPS: ReadonlySet<string> = new Set(
  protocol.ops.map(({ op }) => op.replace(/^PROTO_OP_/, '').toLowerCase()),
);

function readStep(step: TraceStep, path: string): Step {
  if (!OPS.has(step.op))
    throw new Error(
      `${path} has a step with the op ${step.op}, which this kit does not know; use a newer one`,
    );
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

export function readProgram(file: TraceFile, path: string): { program: Program; labels: string[] } {
  const { buffers, slots, steps } = file.program;
  return {
    program: {
      buffers: buffers.map(({ size, data, access, align }) => ({ size, data: unhex(data), access, align })),
      slots,
      steps: steps.map(step => readStep(step, path)),
    },
    labels: steps.map(({ label }) => label),
  };
}

/** Reads a file's content; throws InvalidData with one sentence. */
export function parseTrace(path: string, data: unknown): TraceFile {
  return validate<TraceFile>('trace', path, data);
}
