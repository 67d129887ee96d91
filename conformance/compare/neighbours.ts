/**
 * Programs that differ from a given one in one thing: a bit of an argument, a handle, the size in a request number, a
 * descriptor that is closed. Nothing of the driver has to be known for it.
 */
import { type Buffer, decodeRequest, encodeRequest, type Program, type Step } from '../../schemas/index.ts';
import { addressOf, constant } from '../plan/builder.ts';
import type { Candidate } from './candidate.ts';

/** Neighbours of one program at most: a long one has hundreds, and each takes a run on both targets. */
export const MOST_NEIGHBOURS = 64;
/** Values that replace a number that a step before it gave. */
const NOBODY = [0n, 0xffff_fffen];
/** The largest size that a request can encode, in 14 bits. */
const LARGEST = 0x3fff;
const WORD = 4;

interface Change {
  readonly what: string;
  readonly at: number;
  readonly step: Step;
  readonly buffers?: readonly Buffer[];
}

/** All of them, or a selection that the seed decides; ioctls that `spares` tells of stay as they are. */
export function neighbours(
  candidate: Candidate,
  below: (count: number) => number,
  spares: (step: Step) => boolean = () => false,
): Candidate[] {
  const changes = candidate.program.steps.flatMap((step, at) =>
    step.op === 'ioctl' && !spares(step) ? changesOf(candidate.program, step, at) : [],
  );
  while (changes.length > MOST_NEIGHBOURS) changes.splice(below(changes.length), 1);
  return changes.map(change => applied(candidate, change));
}

function applied({ name, program, labels, ...rest }: Candidate, change: Change): Candidate {
  const steps = program.steps.map((step, at) => (at === change.at ? change.step : step));
  return {
    ...rest,
    name: `${name} with step ${change.at}: ${change.what}`,
    program: { ...program, steps, buffers: [...program.buffers, ...(change.buffers ?? [])] },
    labels: labels.map((label, at) => (at === change.at ? `${label}: ${change.what}` : label)),
  };
}

function changesOf(program: Program, step: Step, at: number): Change[] {
  const [fd, request, argument] = step.args;
  const found: Change[] = [];
  const add = (what: string, changed: Partial<Step>, buffers?: readonly Buffer[]) =>
    found.push({ what, at, step: { ...step, ...changed }, ...(buffers ? { buffers } : {}) });
  if (!fd || !request || !argument) return found;
  add('a descriptor that is not open', { args: [constant(1000), request, argument] });
  if (request.kind === 'const') {
    const parts = decodeRequest(request.value);
    const resized = (size: number) =>
      add(`size ${size} in the request`, {
        args: [fd, constant(encodeRequest({ ...parts, size })), argument],
      });
    if (parts.size > 8) resized(parts.size - 8);
    if (parts.size > 0 && parts.size + 8 <= LARGEST) resized(parts.size + 8);
  }
  if (argument.kind !== 'address') return found;
  add('a NULL argument', { args: [fd, request, constant(0)] });
  const hole: Buffer = { size: 4096, data: new Uint8Array(0), access: 'hole', align: 'start' };
  add('an argument that is not mapped', { args: [fd, request, addressOf(program.buffers.length)] }, [hole]);
  words(program, step, argument.buffer, add);
  for (const [index, patch] of (step.patches ?? []).entries()) {
    if (patch.buffer !== argument.buffer) continue;
    for (const value of patch.value.kind === 'address' ? [0n] : NOBODY)
      add(`${value} in the place of ${patch.value.kind === 'address' ? 'a pointer' : 'a handle'}`, {
        patches: step.patches!.map((each, place) =>
          place === index ? { ...each, value: constant(value) } : each,
        ),
      });
  }
  return found;
}

/** Changes a word of the argument that no relocation fills. */
function words(
  program: Program,
  step: Step,
  buffer: number,
  add: (what: string, changed: Partial<Step>) => void,
): void {
  const { size, access } = program.buffers[buffer]!;
  if (access === 'hole') return;
  const bytes = new Uint8Array(size);
  bytes.set(program.buffers[buffer]!.data);
  for (const fill of step.fills ?? []) if (fill.buffer === buffer) bytes.set(fill.bytes, fill.offset);
  const patched = (at: number) =>
    (step.patches ?? []).some(
      ({ buffer: other, offset, width }) => other === buffer && offset < at + WORD && at < offset + width,
    );
  for (let at = 0; at + WORD <= size; at += WORD) {
    if (patched(at)) continue;
    const view = new DataView(bytes.buffer);
    const was = view.getUint32(at, true);
    for (const [what, value] of [
      ['with bit 0 changed', was ^ 1],
      ['with bit 31 changed', was ^ 0x8000_0000],
      ['0', 0],
      ['all ones', 0xffff_ffff],
    ] as const) {
      if (value >>> 0 === was) continue;
      const word = new Uint8Array(WORD);
      new DataView(word.buffer).setUint32(0, value >>> 0, true);
      add(`argument byte ${at} ${what}`, {
        fills: [...(step.fills ?? []), { buffer, offset: at, bytes: word }],
      });
    }
  }
}
