/**
 * Runs the ordered body of a call. First every rule is looked at without changing anything, so that all checks
 * that fail are known; then the oracle decides and the effects up to there happen.
 */
import {
  type Body,
  type CheckRule,
  type CitedRule,
  type Condition,
  type EachRule,
  type Environment,
  evaluate,
  type FileKind,
  holds,
  type OutputRule,
  type SetRule,
  split,
  type Term,
  type WriteRule,
} from '../../schemas/index.ts';
import { type KernelObject, newObject } from '../drm/objects.ts';
import type { Decision, Hit, Oracle, Place } from './oracle.ts';
import { type Behaviour, type Maybe, named, type Scene } from './scene.ts';
import { type BodyEnvironment, Unbound, Undetermined } from './unknown.ts';

/** The descriptors of the process that calls. */
export interface DescriptorTable {
  addDescriptor(descriptor: bigint, kind: FileKind, object: KernelObject, closeOnExec: boolean): void;
  lowestDescriptor(): bigint;
  descriptorInUse(descriptor: bigint): boolean;
}

/** What a body works on. */
export interface CallContext extends DescriptorTable {
  readonly name: string;
  readonly env: BodyEnvironment;
  readonly oracle: Oracle;
  readonly bindings: Map<string, KernelObject>;
  readonly environmental: readonly string[];
  /** Stores an output member. */
  setField(rule: SetRule, value: bigint): void;
  /** Where the number of an output member can be seen; undefined when it cannot. */
  visible(field: string): Place | undefined;
  /** Marks an output member whose number exists but cannot be seen. */
  unseen(rule: SetRule): void;
  writeUser(rule: WriteRule, address: bigint, bytes: Uint8Array): void;
  /** The call writes there what the driver decides. */
  unpredicted(rule: WriteRule, address: bigint, length: number): void;
  find(resource: string, handle: bigint): KernelObject | undefined;
  findDescriptor(descriptor: bigint, kind: FileKind): KernelObject | undefined;
  addHandle(resource: string, handle: bigint | undefined, object: KernelObject): void;
  removeHandle(resource: string, handle: bigint): void;
  lowestFree(resource: string, least: bigint): bigint;
  stable(name: string): Map<bigint, KernelObject>;
  encodeStruct(type: string, values: ReadonlyMap<string, bigint>): Uint8Array;
  /** What the model knows beyond the body. */
  readonly behaviour: Behaviour;
  readonly scene: Scene;
  /** The same call, looking at one element of an array. */
  element(rule: EachRule, element: Element): CallContext;
  /** Where an array member of the argument or of an outer element lies, and how many elements it has. */
  arrayOf(member: string): { bytes: Uint8Array; count: number; stride: number };
}

/** One element of an array that an each looks at. */
export interface Element {
  readonly name: string;
  readonly index: bigint;
  readonly bytes: Uint8Array;
}

export interface BodyResult {
  /** undefined on success. */
  readonly errno?: string;
  readonly rule?: CheckRule;
  readonly torn?: Hit['torn'];
}

interface Plan {
  readonly hits: Hit[];
  readonly effects: (() => void)[];
  /** Marks what each effect may have written when the call fails for a reason of the machine somewhere between. */
  readonly perhaps: (() => void)[];
  /** What checks could not decide, each with the hit that it led to. */
  readonly undecided: { readonly maybe: Maybe; readonly hit?: Hit }[];
  stopped: boolean;
}

function tornRange(condition: Condition, env: Environment): Hit['torn'] {
  if (!('unwritable' in condition)) return undefined;
  return { address: evaluate(condition.unwritable[0], env), length: evaluate(condition.unwritable[1], env) };
}

function planBody(body: Body, context: CallContext, plan: Plan): void {
  for (const rule of body) {
    if (plan.stopped) return;
    try {
      planRule(rule, context, plan);
    } catch (error) {
      if (!(error instanceof Unbound)) throw error;
    }
  }
}

function planRule(rule: Body[number], context: CallContext, plan: Plan): void {
  const { env } = context;
  if ('check' in rule) {
    env.undecided.length = 0;
    const held = holds(rule.when, env);
    const maybes = env.undecided.splice(0);
    if (!held) {
      for (const maybe of maybes) plan.undecided.push({ maybe });
      return;
    }
    const torn = tornRange(rule.when, env);
    const undecided = maybes.length > 0;
    const hit = {
      rule,
      effects: plan.effects.length,
      ...(torn ? { torn } : {}),
      ...(undecided ? { undecided } : {}),
    };
    plan.hits.push(hit);
    for (const maybe of maybes) plan.undecided.push({ maybe, hit });
    if (rule.pinned && !rule.optional && !undecided) plan.stopped = true;
  } else if ('select' in rule) {
    const branch = rule.select.find(candidate => holds(candidate.when, env));
    planBody(branch ? branch.do : (rule.otherwise ?? []), context, plan);
  } else if ('find' in rule) {
    const object =
      rule.descriptor === undefined
        ? context.find(rule.resource!, evaluate(rule.handle!, env))
        : context.findDescriptor(evaluate(rule.descriptor, env), rule.kind!);
    if (object) context.bindings.set(rule.find, object);
    else context.bindings.delete(rule.find);
  } else if ('create' in rule) {
    const properties = Object.entries(rule.properties).map(([name, term]): [string, bigint] => [
      name,
      evaluate(term as Term, env),
    ]);
    const { derive } = rule;
    const derived = derive
      ? context.env.derived(derive.predicate, evaluate(derive.at, env), evaluate(derive.length, env))
      : [];
    context.bindings.set(rule.object, newObject(rule.create, [...properties, ...derived]));
  } else if ('each' in rule) planEach(rule, context, plan);
  else if ('assign' in rule) {
    const [name, property] = split(rule.assign);
    plan.effects.push(() => bound(context, name).properties.set(property, evaluate(rule.to, env)));
  } else if ('attach' in rule) {
    const to = bound(context, rule.to);
    to.attached ??= [];
    to.attached.push({
      object: bound(context, rule.attach),
      as: rule.as === undefined ? 0n : evaluate(rule.as, env),
    });
  } else if ('effect' in rule) {
    const effect = named(context.behaviour.effects, rule.effect);
    plan.effects.push(() => effect(context.scene, terms(rule.of, env), objects(rule.objects, context)));
  } else if ('release' in rule) {
    const handle = evaluate(rule.release, env);
    plan.effects.push(() => context.removeHandle(rule.resource, handle));
  } else if ('set' in rule) {
    plan.perhaps.push(() => context.unseen(rule));
    plan.effects.push(() => {
      const value = outputValue(rule, rule.to, context);
      if (value !== undefined) context.setField(rule, value);
      else context.unseen(rule);
    });
  } else if ('write' in rule) {
    plan.effects.push(() => writeMemory(rule, context));
  }
}

/** An array of more elements than this is nothing that a test makes; the outcome is left open. */
const MOST_ELEMENTS = 4096n;

function planEach(rule: EachRule, context: CallContext, plan: Plan): void {
  const run = (index: bigint, bytes: Uint8Array) => {
    if (!plan.stopped) planBody(rule.do, context.element(rule, { name: rule.each, index, bytes }), plan);
  };
  if (rule.member !== undefined) {
    const { bytes, count, stride } = context.arrayOf(rule.member);
    const wanted = rule.count === undefined ? BigInt(count) : evaluate(rule.count, context.env);
    // A driver that counts further than the member goes reads what lies behind it.
    if (wanted > BigInt(count)) throw new Undetermined(`${rule.member} has only ${count} elements`);
    for (let at = 0; at < Number(wanted); at += 1)
      run(BigInt(at), bytes.subarray(at * stride, (at + 1) * stride));
    return;
  }
  const count = evaluate(rule.count!, context.env);
  const stride = BigInt(
    rule.struct === undefined ? (rule.element === 'u64' ? 8 : 4) : context.env.sizeof(rule.struct),
  );
  const start = evaluate(rule.at!, context.env);
  for (let index = 0n; index < count && !plan.stopped; index += 1n) {
    if (index === MOST_ELEMENTS) throw new Undetermined(`${count} elements`);
    const bytes = context.env.bytes(start + index * stride, stride);
    if (!bytes) return;
    run(index, bytes);
  }
}

function terms(list: readonly Term[] | undefined, env: Environment): bigint[] {
  return (list ?? []).map(term => evaluate(term, env));
}

function objects(names: readonly string[] | undefined, context: CallContext): KernelObject[] {
  return (names ?? []).map(name => bound(context, name));
}

function choose(
  rule: CitedRule,
  field: string,
  context: CallContext,
  what: Parameters<Oracle['choose']>[0]['what'],
  propose: () => bigint,
  wrong: (value: bigint) => string | undefined,
): bigint | undefined {
  return context.oracle.choose({ what, rule, field, propose, wrong }, context.visible(field));
}

function bound(context: CallContext, name: string): KernelObject {
  const object = context.bindings.get(name);
  if (!object) throw new Unbound(name);
  return object;
}

function outputValue(rule: SetRule, to: OutputRule, context: CallContext): bigint | undefined {
  const { env } = context;
  if ('equals' in to) return evaluate(to.equals, env);
  if ('model' in to) {
    const known = named(context.behaviour.numbers, to.model)(context.scene, terms(to.of, env));
    if (known !== undefined) return known;
    return choose(
      rule,
      rule.set,
      context,
      'opaque',
      () => 0n,
      () => undefined,
    );
  }
  if ('fresh' in to) {
    const object = bound(context, to.object);
    if (to.unless !== undefined) {
      const known = named(context.behaviour.numbers, to.unless)(context.scene, []);
      if (known === undefined)
        return choose(
          rule,
          rule.set,
          context,
          'opaque',
          () => 0n,
          () => undefined,
        );
      if (known !== 0n) return known;
    }
    const least =
      to.least === undefined ? 1n : (named(context.behaviour.numbers, to.least)(context.scene, []) ?? 1n);
    const handle = choose(
      rule,
      rule.set,
      context,
      'handle',
      () => context.lowestFree(to.fresh, least),
      value => {
        if (value < least) return `a handle must not be ${value}`;
        return context.find(to.fresh, value) ? `handle ${value} is already in use` : undefined;
      },
    );
    context.addHandle(to.fresh, handle, object);
    return handle;
  }
  if ('descriptor' in to) {
    const object = bound(context, to.object);
    const descriptor = choose(
      rule,
      rule.set,
      context,
      'descriptor',
      () => context.lowestDescriptor(),
      value => {
        const signed = BigInt.asIntN(32, value);
        if (signed < 0n) return `${signed} is no descriptor`;
        return context.descriptorInUse(signed) ? `descriptor ${signed} is already open` : undefined;
      },
    );
    if (descriptor !== undefined) {
      context.addDescriptor(
        BigInt.asIntN(32, descriptor),
        to.descriptor,
        object,
        to.closeOnExec ? holds(to.closeOnExec, env) : false,
      );
    }
    return descriptor;
  }
  if ('stable' in to) return stableValue(rule, to, context);
  if ('range' in to) {
    const [low, high] = [evaluate(to.range[0], env), evaluate(to.range[1], env)];
    return choose(
      rule,
      rule.set,
      context,
      'range',
      () => low,
      value => (value < low || value > high ? `${value} is outside ${low}..${high}` : undefined),
    );
  }
  return choose(
    rule,
    rule.set,
    context,
    'opaque',
    () => 0n,
    () => undefined,
  );
}

function lowestFrom(first: bigint, taken: ReadonlyMap<bigint, unknown>): bigint {
  let number = first;
  while (taken.has(number)) number += 1n;
  return number;
}

function stableValue(
  rule: SetRule,
  to: Extract<OutputRule, { stable: string }>,
  context: CallContext,
): bigint | undefined {
  const [objectName, property] = split(to.stable);
  const object = bound(context, objectName);
  const known = object.properties.get(property);
  if (known !== undefined) return known;
  const taken = context.stable(property);
  const step = to.aligned === undefined ? 1n : evaluate(to.aligned, context.env);
  const propose = () => {
    if (to.aligned === undefined) return lowestFrom(1n, taken);
    let next = 1n << 32n; // DRM_FILE_PAGE_OFFSET_START on 64-bit (include/drm/drm_vma_manager.h)
    for (const [start, other] of taken) {
      const end = start + (other.properties.get('size') ?? step);
      if (end > next) next = end;
    }
    return next;
  };
  const value = choose(rule, rule.set, context, 'stable', propose, candidate => {
    if (candidate === 0n) return 'it must not be 0';
    if (candidate % step !== 0n) return `${candidate} is no multiple of ${step}`;
    return taken.has(candidate) ? `0x${candidate.toString(16)} already belongs to another object` : undefined;
  });
  if (value === undefined) {
    context.scene.device.unseen.add(property);
    return undefined;
  }
  object.properties.set(property, value);
  taken.set(value, object);
  return value;
}

function writeMemory(rule: WriteRule, context: CallContext): void {
  const { env } = context;
  const address = evaluate(rule.at, env);
  const length = Number(evaluate(rule.length, env));
  const content = contentOf(rule.write, context);
  if (!content) {
    context.unpredicted(rule, address, length);
    return;
  }
  context.writeUser(rule, address, content.subarray(0, length));
  if (!rule.rest || rule.rest.becomes === 'kept') return;
  const rest = Number(evaluate(rule.rest.length, env)) - length;
  if (rest <= 0) return;
  const from = address + BigInt(length);
  const zero = rule.rest.becomes === 'zero' || context.oracle.rest(from, rest) === 'zero';
  if (zero) context.writeUser(rule, from, new Uint8Array(rest));
}

/** How the call ended tells what its checks could not know. */
function learn(plan: Plan, decision: Decision): void {
  for (const { maybe, hit } of plan.undecided) {
    if (decision.kind === 'success') maybe.learn(false);
    else if (decision.kind === 'hit' && decision.hit === hit) maybe.learn(true);
  }
}

/** undefined where it cannot be predicted. */
function contentOf(write: WriteRule['write'], context: CallContext): Uint8Array | undefined {
  const { env } = context;
  if ('text' in write) return new TextEncoder().encode(env.text(write.text));
  if ('number' in write) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, evaluate(write.number, env)), true);
    return bytes.subarray(0, write.width);
  }
  if ('model' in write)
    return named(context.behaviour.writes, write.model)(
      context.scene,
      terms(write.of, env),
      objects(write.objects, context),
    );
  return context.encodeStruct(
    write.struct,
    new Map(Object.entries(write.values).map(([name, term]) => [name, evaluate(term as Term, env)])),
  );
}

/** Evaluates the body and makes its effects happen, as far as the oracle lets the call get. */
export function runBody(body: Body, context: CallContext): BodyResult {
  const plan: Plan = { hits: [], effects: [], perhaps: [], undecided: [], stopped: false };
  planBody(body, context, plan);
  const decision = context.oracle.decide(context.name, plan.hits, context.environmental);
  learn(plan, decision);
  const last =
    decision.kind === 'hit' ? decision.hit.effects : decision.kind === 'success' ? plan.effects.length : 0;
  for (const effect of plan.effects.slice(0, last)) {
    try {
      effect();
    } catch (error) {
      if (!(error instanceof Unbound)) throw error;
    }
  }
  if (decision.kind === 'success') return {};
  if (decision.kind === 'errno') {
    for (const mark of plan.perhaps) mark();
    return { errno: decision.errno };
  }
  return {
    errno: decision.hit.rule.errno,
    rule: decision.hit.rule,
    ...(decision.hit.torn ? { torn: decision.hit.torn } : {}),
  };
}
