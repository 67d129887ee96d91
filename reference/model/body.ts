/**
 * Runs the ordered body of a call. First every rule is looked at without changing anything, so that all checks
 * that fail are known; then the oracle decides and the effects up to there happen.
 */
import {
  type Body,
  type CheckRule,
  type CitedRule,
  type Condition,
  type Environment,
  evaluate,
  holds,
  type OutputRule,
  type SetRule,
  split,
  type Term,
  type WriteRule,
} from '../../schemas/index.ts';
import { type KernelObject, newObject } from '../drm/objects.ts';
import type { Hit, Oracle, Place } from './oracle.ts';

/** The descriptors of the process that calls. */
export interface DescriptorTable {
  addDescriptor(
    descriptor: bigint,
    kind: 'dma-buf' | 'node',
    object: KernelObject,
    closeOnExec: boolean,
  ): void;
  lowestDescriptor(): bigint;
  descriptorInUse(descriptor: bigint): boolean;
}

/** What a body works on. */
export interface CallContext extends DescriptorTable {
  readonly name: string;
  readonly env: Environment;
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
  find(resource: string, handle: bigint): KernelObject | undefined;
  addHandle(resource: string, handle: bigint | undefined, object: KernelObject): void;
  removeHandle(resource: string, handle: bigint): void;
  lowestFree(resource: string): bigint;
  stable(name: string): Map<bigint, KernelObject>;
  encodeStruct(type: string, values: ReadonlyMap<string, bigint>): Uint8Array;
}

export interface BodyResult {
  /** undefined on success. */
  readonly errno?: string;
  readonly rule?: CheckRule;
  readonly torn?: Hit['torn'];
}

/** Whether a lookup finds something depends on a handle whose number could not be seen. */
export class Undetermined extends Error {
  override name = 'Undetermined';
}

/** A term needs an object that the call did not find. */
export class Unbound extends Error {
  override name = 'Unbound';
}

interface Plan {
  readonly hits: Hit[];
  readonly effects: (() => void)[];
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
    if (!holds(rule.when, env)) return;
    const torn = tornRange(rule.when, env);
    plan.hits.push({ rule, effects: plan.effects.length, ...(torn ? { torn } : {}) });
    if (rule.pinned && !rule.optional) plan.stopped = true;
  } else if ('select' in rule) {
    const branch = rule.select.find(candidate => holds(candidate.when, env));
    planBody(branch ? branch.do : (rule.otherwise ?? []), context, plan);
  } else if ('find' in rule) {
    const object = context.find(rule.resource, evaluate(rule.handle, env));
    if (object) context.bindings.set(rule.find, object);
    else context.bindings.delete(rule.find);
  } else if ('create' in rule) {
    const properties = Object.entries(rule.properties).map(([name, term]): [string, bigint] => [
      name,
      evaluate(term as Term, env),
    ]);
    context.bindings.set(rule.object, newObject(rule.create, properties));
  } else if ('release' in rule) {
    const handle = evaluate(rule.release, env);
    plan.effects.push(() => context.removeHandle(rule.resource, handle));
  } else if ('set' in rule) {
    plan.effects.push(() => {
      const value = outputValue(rule, rule.to, context);
      if (value !== undefined) context.setField(rule, value);
      else context.unseen(rule);
    });
  } else if ('write' in rule) {
    plan.effects.push(() => writeMemory(rule, context));
  }
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
  if ('fresh' in to) {
    const object = bound(context, to.object);
    const handle = choose(
      rule,
      rule.set,
      context,
      'handle',
      () => context.lowestFree(to.fresh),
      value => {
        if (value === 0n) return 'a handle must not be 0';
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
    let next = 1n << 32n; // DRM_FILE_PAGE_OFFSET_START on 64-bit (include/drm/drm_vma_manager.h)
    for (const [start, other] of taken) {
      const end = start + (other.properties.get('size') ?? step);
      if (end > next) next = end;
    }
    return next;
  };
  const value = choose(rule, rule.set, context, 'stable', propose, candidate => {
    if (candidate % step !== 0n) return `${candidate} is no multiple of ${step}`;
    return taken.has(candidate) ? `0x${candidate.toString(16)} already belongs to another object` : undefined;
  });
  if (value !== undefined) {
    object.properties.set(property, value);
    taken.set(value, object);
  }
  return value;
}

function writeMemory(rule: WriteRule, context: CallContext): void {
  const { env } = context;
  const address = evaluate(rule.at, env);
  const length = Number(evaluate(rule.length, env));
  const content =
    'text' in rule.write
      ? new TextEncoder().encode(env.text(rule.write.text))
      : context.encodeStruct(
          rule.write.struct,
          new Map(
            Object.entries(rule.write.values).map(([name, term]) => [name, evaluate(term as Term, env)]),
          ),
        );
  context.writeUser(rule, address, content.subarray(0, length));
  if (!rule.rest || rule.rest.becomes === 'kept') return;
  const rest = Number(evaluate(rule.rest.length, env)) - length;
  if (rest <= 0) return;
  const from = address + BigInt(length);
  const zero = rule.rest.becomes === 'zero' || context.oracle.rest(from, rest) === 'zero';
  if (zero) context.writeUser(rule, from, new Uint8Array(rest));
}

/** Evaluates the body and makes its effects happen, as far as the oracle lets the call get. */
export function runBody(body: Body, context: CallContext): BodyResult {
  const plan: Plan = { hits: [], effects: [], stopped: false };
  planBody(body, context, plan);
  const decision = context.oracle.decide(context.name, plan.hits, context.environmental);
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
  if (decision.kind === 'errno') return { errno: decision.errno };
  return {
    errno: decision.hit.rule.errno,
    rule: decision.hit.rule,
    ...(decision.hit.torn ? { torn: decision.hit.torn } : {}),
  };
}
