/** What an application handed to a call, as a kind of good call: with everything that the call needed, made anew. */
import {
  type CallDescription,
  type DriverDescription,
  fieldOf,
  type Layout,
  littleEndian,
  type Program,
  type Step,
  type Value,
} from '../../schemas/index.ts';
import type { NamedTrace } from '../compare/traces.ts';
import { callOfStep } from '../judge/step-call.ts';
import { type Argument, argumentLayout, elementLayout, type FieldRole, strideOf } from '../plan/arguments.ts';
import { addressOf, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker, type GoodArguments } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { outlook } from '../plan/outlook.ts';
import { type Payload, payloads, withPayloads } from '../plan/payloads.ts';
import { readProgram } from '../trace/trace-file.ts';

/** Kinds of one call that are taken from all traces together. */
const MOST_KINDS = 4;
/** Steps before a call that are made again for it: more is the work of the application, not what the call needs. */
const MOST_STEPS = 200;

const WRITES: ReadonlySet<string> = new Set(['ioctl', 'mmap', 'store', 'fill', 'copy', 'clock']);

const slotsOf = ({ args, patches = [] }: Step): number[] =>
  [...args, ...patches.map(({ value }) => value)].flatMap(value =>
    value.kind === 'slot' ? [value.slot] : [],
  );

/** The one descriptor of the node that everything is done on, and the steps before a call that it needs. */
interface Needs {
  readonly node: number;
  readonly steps: readonly number[];
}

/**
 * The steps that give what the call uses, and those that did nothing but with these things, such as what fills a buffer.
 * Undefined where they go through several descriptors of the node or through one that the program closed.
 */
function needsOf({ steps }: Program, at: number): Needs | undefined {
  const maker = new Map<number, number>();
  const wanted = new Set<number>();
  for (let step = 0; step < at; step += 1)
    for (const { slot } of steps[step]!.captures ?? []) maker.set(slot, step);
  const want = (step: number) => {
    for (const slot of slotsOf(steps[step]!)) {
      const before = maker.get(slot);
      if (before === undefined || wanted.has(before)) continue;
      wanted.add(before);
      want(before);
    }
  };
  want(at);
  const opens = [...wanted].filter(step => steps[step]!.op === 'open');
  const [opened] = opens;
  if (opened === undefined || opens.length > 1) return undefined;
  const node = steps[opened]!.captures?.[0]?.slot;
  if (node === undefined) return undefined;
  const mine = new Set([...wanted].flatMap(step => (steps[step]!.captures ?? []).map(({ slot }) => slot)));
  const request = steps[at]!.args[1];
  for (let step = 0; step < at; step += 1) {
    const { op, args, captures = [] } = steps[step]!;
    const slots = slotsOf(steps[step]!);
    const about = slots.some(slot => slot !== node) && slots.every(slot => mine.has(slot));
    const again =
      op === 'ioctl' &&
      request?.kind === 'const' &&
      args[1]?.kind === 'const' &&
      args[1].value === request.value;
    if (wanted.has(step) || !about || again || !WRITES.has(op)) continue;
    wanted.add(step);
    for (const { slot } of captures) mine.add(slot);
  }
  const kept = [...wanted].filter(step => step !== opened).sort((a, b) => a - b);
  return kept.length <= MOST_STEPS ? { node, steps: kept } : undefined;
}

/** Steps of a recorded program, made again in another one. */
class Again {
  private readonly slots = new Map<number, Value>();
  private readonly buffers = new Map<number, number>();
  private readonly program: Program;
  private readonly maker: CallMaker;

  constructor(program: Program, maker: CallMaker, node: number, fd: Value) {
    this.program = program;
    this.maker = maker;
    this.slots.set(node, fd);
  }

  step(at: number, label: string): number {
    const { op, args, deadline, fills = [], patches = [], captures = [] } = this.program.steps[at]!;
    const { builder } = this.maker;
    const options = {
      deadline,
      fills: fills.map(fill => ({ ...fill, buffer: this.buffer(fill.buffer) })),
      patches: patches.map(patch => ({
        ...patch,
        buffer: this.buffer(patch.buffer),
        value: this.value(patch.value),
      })),
    };
    const values = args.map(value => this.value(value));
    const kept = captures.map(capture => {
      const slot = builder.slot();
      return { capture, slot };
    });
    for (const { capture, slot } of kept) this.slots.set(capture.slot, { kind: 'slot', slot });
    return builder.step(`${label} (recorded)`, op, values, {
      ...options,
      captures: kept.map(({ capture, slot }) =>
        capture.from === 'return'
          ? { ...capture, slot }
          : { ...capture, slot, buffer: this.buffer(capture.buffer) },
      ),
    });
  }

  buffer(number: number): number {
    let made = this.buffers.get(number);
    if (made === undefined) {
      const { size, ...options } = this.program.buffers[number]!;
      made = this.maker.builder.buffer(size, options);
      this.buffers.set(number, made);
    }
    return made;
  }

  value(value: Value): Value {
    if (value.kind === 'address') return { ...value, buffer: this.buffer(value.buffer) };
    if (value.kind === 'const') return value;
    const slot = this.slots.get(value.slot)!;
    // Only the node's descriptor may be something else than a slot of its own, and nobody calculates with it.
    return slot.kind === 'slot' ? { ...value, slot: slot.slot } : slot;
  }
}

/** The members of a recorded call under their flat names. */
class Members {
  readonly values: Record<string, Argument> = {};
  private named = 0;
  private readonly context: PlanContext;
  private readonly call: CallDescription;
  private readonly step: Step;
  private readonly again: Again;

  constructor(context: PlanContext, call: CallDescription, step: Step, again: Again) {
    this.context = context;
    this.call = call;
    this.step = step;
    this.again = again;
    const argument = step.args[2];
    if (argument?.kind !== 'address') return;
    const layout = argumentLayout(context.driver, context.hello, call);
    this.struct('', layout, call.semantics.fields, argument.buffer, 0);
  }

  /** Whether every handle and pointer of the recorded call has a name. */
  get whole(): boolean {
    return this.named === (this.step.patches?.length ?? 0);
  }

  private struct(
    before: string,
    layout: Layout,
    roles: Readonly<Record<string, FieldRole>>,
    buffer: number,
    base: number,
  ): void {
    for (const [name, role] of Object.entries(roles)) {
      if (role.direction === 'out') continue;
      const field = fieldOf(layout, name);
      const element = field.array?.element;
      if (field.scalar) this.member(`${before}${name}`, role, buffer, base + field.offset, field.size);
      else if (element?.scalar)
        for (let index = 0; index < (field.array?.length ?? 0); index += 1) {
          const at = base + field.offset + index * element.size;
          this.member(`${before}${name}[${index}]`, role, buffer, at, element.size);
        }
    }
  }

  private bytes(buffer: number): Uint8Array {
    return (
      this.step.fills?.find(fill => fill.buffer === buffer && fill.offset === 0)?.bytes ?? new Uint8Array(0)
    );
  }

  private member(name: string, role: FieldRole, buffer: number, offset: number, size: number): void {
    const patch = this.step.patches?.find(each => each.buffer === buffer && each.offset === offset);
    if (patch) this.named += 1;
    const bytes = this.bytes(buffer);
    if (!patch) this.values[name] = littleEndian(bytes.subarray(offset, offset + size));
    else if (patch.value.kind === 'address' && role.target) this.pointer(name, role, patch.value.buffer);
    else this.values[name] = this.again.value(patch.value);
  }

  private pointer(name: string, role: FieldRole, target: number): void {
    const { driver, hello } = this.context;
    this.values[name] = addressOf(this.again.buffer(target));
    const bytes = this.bytes(target);
    this.values[`${name}[]`] = bytes;
    const element = elementLayout(driver, hello, role);
    if (!element) return;
    const stride = strideOf(this.call, name, element.size, this.values);
    const members =
      role.target!.struct === undefined ? {} : (this.call.semantics.structs?.[role.target!.struct] ?? {});
    for (let index = 0; (index + 1) * stride <= bytes.length; index += 1) {
      const start = index * stride;
      if (!element.layout) {
        this.member(`${name}[${index}]`, role, target, start, element.size);
        continue;
      }
      this.struct(`${name}[${index}].`, element.layout, members, target, start);
    }
  }
}

function payloadOf(
  path: string,
  program: Program,
  labels: readonly string[],
  at: number,
  needs: Needs,
): Payload {
  return {
    label: `step ${at} of ${path.slice(path.lastIndexOf('/') + 1)}`,
    build: (maker, fd, call): GoodArguments | undefined => {
      const again = new Again(program, maker, needs.node, fd);
      const setup = needs.steps.map(step => again.step(step, labels[step]!));
      const { values, whole } = new Members(maker.context, call, program.steps[at]!, again);
      return whole ? { values, setup } : undefined;
    },
  };
}

/** Whether an application knows better than the kit how to make the call: what is behind pointers is the device's matter. */
function wanted({ driver }: PlanContext, call: CallDescription): boolean {
  return (
    driver.manifest.level !== 'L3' ||
    payloads(call).some(({ works }) => works) ||
    Object.values(call.semantics.fields).some(
      ({ role, direction, target }) =>
        role === 'pointer' && direction !== 'out' && target?.predicate === undefined,
    )
  );
}

/** What the description alone can build stays a kind of its own beside what was recorded. */
const described: Payload = {
  label: 'as described',
  build: (maker, fd, call, pick) => maker.described(fd, call, pick),
};

function builds(context: PlanContext, call: CallDescription, payload: Payload): boolean {
  const builder = new ProgramBuilder();
  const { fd } = builder.open(context.nodePath, O_RDWR);
  return payload.build(new CallMaker(builder, context), fd, call, () => 0) !== undefined;
}

/** The description with the calls of the traces that ended well as further kinds of good calls. */
export function recordedPayloads(context: PlanContext, traces: readonly NamedTrace[]): DriverDescription {
  const { driver } = context;
  const found = new Map<string, Payload[]>();
  for (const { path, file } of traces) {
    const { results } = file.recorded ?? {};
    if (!results) continue;
    const { program, labels } = readProgram(file, path);
    for (const [at, step] of program.steps.entries()) {
      const call = callOfStep(driver, step);
      const known = call && (found.get(call.name) ?? []);
      if (!known || results[at]?.errno !== 0 || driver.calls.get(call.name) !== call) continue;
      if (known.length >= MOST_KINDS || !wanted(context, call)) continue;
      const needs = needsOf(program, at);
      const payload = needs && payloadOf(path, program, labels, at, needs);
      if (payload && builds(context, call, payload)) found.set(call.name, [...known, payload]);
    }
  }
  const kinds = [...found].map(([name, recorded]): [string, readonly Payload[]] => {
    const call = driver.calls.get(name)!;
    const plain = payloads(call).length === 0 && outlook(context, call).kind === 'succeeds';
    return [name, plain ? [...recorded, described] : recorded];
  });
  return withPayloads(driver, new Map(kinds));
}
