/**
 * Makes a program that shows a difference smaller: steps are left out, then calls are made plainer, as long as the
 * same difference shows. Steps depend on each other through slots; a step whose slot is used stays.
 */
import type { Program, Step, Value } from '../../schemas/index.ts';

export interface Shrunk {
  readonly program: Program;
  readonly labels: readonly string[];
  /** Where the difference is now. */
  readonly step: number;
}

/** A part of the program that is shrunk. */
export interface Part extends Shrunk {
  /** The number that each step had at the start. */
  readonly steps: readonly number[];
}

export interface Smallest extends Part {
  /** The number that each buffer had at the start. */
  readonly buffers: readonly number[];
}

/** Runs a candidate and tells at which step the difference shows; undefined when it does not. */
export type Shows = (candidate: Part) => Promise<number | undefined>;

/** Runs that a shrink may take: each is a whole program on the target, which may be a slow machine. */
export const MOST_RUNS = 40;

function slotsOf(value: Value): number[] {
  return value.kind === 'slot' ? [value.slot] : [];
}

function usedSlots(step: Step): number[] {
  return [...step.args, ...(step.patches ?? []).map(patch => patch.value)].flatMap(slotsOf);
}

/** The steps that the step at `at` needs, itself included: those that fill the slots it uses, and so on. */
function needed(program: Program, at: number): Set<number> {
  const keep = new Set<number>();
  const visit = (index: number) => {
    if (keep.has(index)) return;
    keep.add(index);
    for (const slot of usedSlots(program.steps[index]!)) {
      for (let before = index - 1; before >= 0; before -= 1) {
        if (!program.steps[before]!.captures?.some(capture => capture.slot === slot)) continue;
        visit(before);
        break;
      }
    }
  };
  visit(at);
  return keep;
}

function pick(shrunk: Part, keep: ReadonlySet<number>): Part {
  const indices = shrunk.program.steps.map((_, index) => index).filter(index => keep.has(index));
  const place = new Map(indices.map((index, at) => [index, at]));
  const steps = indices.map(index => {
    const step = shrunk.program.steps[index]!;
    if (step.op !== 'repeat') return step;
    // A repeat names steps by their number.
    const first = step.args[0]!;
    const moved = first.kind === 'const' ? place.get(Number(first.value)) : undefined;
    return moved === undefined
      ? step
      : { ...step, args: [{ kind: 'const' as const, value: BigInt(moved) }, ...step.args.slice(1)] };
  });
  return {
    program: { ...shrunk.program, steps },
    labels: indices.map(index => shrunk.labels[index] ?? ''),
    steps: indices.map(index => shrunk.steps[index]!),
    step: place.get(shrunk.step)!,
  };
}

/** Leaves out buffers that no step uses any more. */
function withoutBuffers(shrunk: Part): Smallest {
  const used = new Set<number>();
  const note = (value: Value) => {
    if (value.kind === 'address') used.add(value.buffer);
  };
  for (const step of shrunk.program.steps) {
    step.args.forEach(note);
    for (const fill of step.fills ?? []) used.add(fill.buffer);
    for (const patch of step.patches ?? []) {
      used.add(patch.buffer);
      note(patch.value);
    }
    for (const capture of step.captures ?? []) if (capture.from === 'buffer') used.add(capture.buffer);
  }
  const place = new Map([...used].sort((a, b) => a - b).map((buffer, at) => [buffer, at]));
  const value = (each: Value): Value =>
    each.kind === 'address' ? { ...each, buffer: place.get(each.buffer)! } : each;
  const steps = shrunk.program.steps.map(step => ({
    ...step,
    args: step.args.map(value),
    fills: (step.fills ?? []).map(fill => ({ ...fill, buffer: place.get(fill.buffer)! })),
    patches: (step.patches ?? []).map(patch => ({
      ...patch,
      buffer: place.get(patch.buffer)!,
      value: value(patch.value),
    })),
    captures: (step.captures ?? []).map(capture =>
      capture.from === 'buffer' ? { ...capture, buffer: place.get(capture.buffer)! } : capture,
    ),
  }));
  const kept = [...place.keys()];
  const buffers = kept.map(buffer => shrunk.program.buffers[buffer]!);
  return { ...shrunk, program: { ...shrunk.program, buffers, steps }, buffers: kept };
}

/** The steps of a program that are to be kept, without the buffers that they do not use. */
export function kept(program: Program, labels: readonly string[], keep: ReadonlySet<number>): Smallest {
  const steps = program.steps.map((_, at) => at);
  return withoutBuffers(pick({ program, labels, step: Math.min(...keep), steps }, keep));
}

/** The smallest program found within the runs that it may take; the given one when nothing smaller shows it. */
export async function shrink(start: Shrunk, shows: Shows, mostRuns = MOST_RUNS): Promise<Smallest> {
  const steps = start.program.steps.map((_, at) => at);
  let best = pick({ ...start, steps }, new Set(steps.filter(at => at <= start.step)));
  let runs = 0;
  const attempt = async (candidate: Part): Promise<boolean> => {
    if (runs >= mostRuns) return false;
    runs += 1;
    const step = await shows(candidate);
    if (step === undefined) return false;
    const upTo = new Set(candidate.program.steps.map((_, at) => at).filter(at => at <= step));
    best = pick({ ...candidate, step }, upTo);
    return true;
  };
  // Most differences need nothing but the step and what it uses.
  await attempt(pick(best, needed(best.program, best.step)));
  for (
    let size = Math.ceil(best.program.steps.length / 2);
    size >= 1;
    size = size > 1 ? Math.ceil(size / 2) : 0
  ) {
    for (let from = best.program.steps.length - 1 - size; from > -size; from -= size) {
      const keep = new Set(best.program.steps.map((_, at) => at));
      for (let at = Math.max(from, 0); at < from + size; at += 1) if (at !== best.step) keep.delete(at);
      // What a kept step needs stays.
      for (const at of [...keep]) for (const before of needed(best.program, at)) keep.add(before);
      if (keep.size < best.program.steps.length) await attempt(pick(best, keep));
    }
  }
  return withoutBuffers(best);
}
