/** Lanes: the steps of a program that run side by side, and what a program with lanes must be like. */
import { protocol } from '../generated/protocol.ts';
import { constant } from '../protocol/description.ts';
import type { Op, Program, Step, Value } from './program.ts';

export interface Lane {
  readonly first: number;
  /** The step behind its last one. */
  readonly end: number;
  /** Microseconds that it begins later than it could. */
  readonly offset: bigint;
}

/** A `parallel` with its lanes. */
export interface Section {
  readonly step: number;
  readonly lanes: readonly Lane[];
  /** The step behind the section. */
  readonly end: number;
}

const MAX_OFFSET = BigInt(constant(protocol, 'PROTO_MAX_OFFSET'));
const MAX_LANES = constant(protocol, 'PROTO_MAX_LANES');
/** What would reach into other lanes: the first two order steps, the others belong to the worker as a whole. */
const REFUSED: ReadonlySet<Op> = new Set(['parallel', 'repeat', 'identity', 'fork', 'kill']);

function constantOf(value: Value | undefined): bigint | undefined {
  return value?.kind === 'const' ? BigInt.asUintN(64, value.value) : undefined;
}

/** The section that a step begins, or what is wrong with it. */
function sectionAt({ steps }: Program, at: number): Section | string {
  const numbers = Array.from({ length: 2 * MAX_LANES }, (_, index) => constantOf(steps[at]!.args[index]));
  if (numbers.some(number => number === undefined))
    return `step ${at} is parallel and has an argument that is no constant`;
  const counts = (numbers.slice(0, MAX_LANES) as bigint[]).filter((count, index) => index < 2 || count > 0n);
  const offsets = numbers.slice(MAX_LANES) as bigint[];
  if (counts.some(count => count === 0n)) return `lane ${counts.indexOf(0n)} of step ${at} has no step`;
  if (counts.reduce((sum, count) => sum + count, 0n) > BigInt(steps.length - at - 1))
    return `the lanes of step ${at} have more steps than follow`;
  const late = offsets.findIndex(offset => offset > MAX_OFFSET);
  if (late >= 0)
    return `lane ${late} of step ${at} begins ${offsets[late]} us later; at most ${MAX_OFFSET} are possible`;
  const lanes: Lane[] = [];
  let first = at + 1;
  for (const [index, count] of counts.entries()) {
    lanes.push({ first, end: first + Number(count), offset: offsets[index]! });
    first += Number(count);
  }
  return { step: at, lanes, end: first };
}

/** The sections of a program that is right, in order. */
export function sectionsOf(program: Program): Section[] {
  const found: Section[] = [];
  for (let at = 0; at < program.steps.length; at += 1) {
    if (program.steps[at]!.op !== 'parallel') continue;
    const section = sectionAt(program, at);
    if (typeof section === 'string') throw new Error(section);
    found.push(section);
    at = section.end - 1;
  }
  return found;
}

const valuesOf = ({ args, patches = [] }: Step): Value[] => [...args, ...patches.map(({ value }) => value)];

/** The buffers that a step names. */
export function buffersOf(step: Step): number[] {
  const { fills = [], patches = [], captures = [] } = step;
  return [
    ...valuesOf(step).flatMap(value => (value.kind === 'address' ? [value.buffer] : [])),
    ...[...fills, ...patches].map(({ buffer }) => buffer),
    ...captures.flatMap(capture => (capture.from === 'buffer' ? [capture.buffer] : [])),
  ];
}

function wrongStep(program: Program, section: Section, lane: number, at: number): string | undefined {
  const { op, args } = program.steps[at]!;
  if (REFUSED.has(op)) return `step ${at} is ${op}, which cannot run in a lane`;
  if (op !== 'signal') return undefined;
  const target = constantOf(args[0]);
  return target === undefined || target === BigInt(lane) || target >= BigInt(section.lanes.length)
    ? `step ${at} signals no other lane of its section`
    : undefined;
}

/** Two lanes that name one buffer, or a slot that one of them captures. */
function shared(program: Program, { lanes }: Section): string | undefined {
  const buffers = new Map<number, number>();
  const slots = new Map<number, number>();
  const own = (owners: Map<number, number>, lane: number, each: number) => {
    if (!owners.has(each)) owners.set(each, lane);
    return owners.get(each) === lane;
  };
  const all = lanes.flatMap(({ first, end }, lane) =>
    program.steps.slice(first, end).map((step, index) => ({ step, lane, at: first + index })),
  );
  for (const { step, lane, at } of all) {
    const buffer = buffersOf(step).find(each => !own(buffers, lane, each));
    if (buffer !== undefined) return `step ${at} names buffer ${buffer}, which another lane names`;
    const slot = (step.captures ?? []).find(capture => !own(slots, lane, capture.slot))?.slot;
    if (slot !== undefined) return `step ${at} captures slot ${slot}, which another lane captures`;
  }
  for (const { step, lane, at } of all)
    for (const value of valuesOf(step))
      if (value.kind === 'slot' && slots.has(value.slot) && slots.get(value.slot) !== lane)
        return `step ${at} uses slot ${value.slot}, which another lane captures`;
  return undefined;
}

/** What is wrong with the lanes of a program, as one clause of a sentence; undefined when nothing is. */
export function wrongLanes(program: Program): string | undefined {
  for (let at = 0; at < program.steps.length; at += 1) {
    const { op } = program.steps[at]!;
    if (op === 'signal') return `step ${at} is a signal outside of any lane`;
    if (op !== 'parallel') continue;
    const section = sectionAt(program, at);
    if (typeof section === 'string') return section;
    for (const [lane, { first, end }] of section.lanes.entries())
      for (let step = first; step < end; step += 1) {
        const wrong = wrongStep(program, section, lane, step);
        if (wrong) return wrong;
      }
    const wrong = shared(program, section);
    if (wrong) return wrong;
    at = section.end - 1;
  }
  return undefined;
}
