/** What a call writes: numbers that are given or chosen, and memory behind pointers. */
import {
  type CitedRule,
  type Environment,
  evaluate,
  holds,
  type OutputRule,
  type SetRule,
  split,
  type Term,
  type WriteRule,
} from '../../schemas/index.ts';
import type { KernelObject } from '../drm/objects.ts';
import type { CallContext } from './body.ts';
import type { Oracle } from './oracle.ts';
import { named } from './scene.ts';
import { UNBOUND } from './unknown.ts';

export function terms(list: readonly Term[] | undefined, env: Environment): bigint[] {
  return (list ?? []).map(term => evaluate(term, env));
}

export function objects(names: readonly string[] | undefined, context: CallContext): KernelObject[] {
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

export function bound(context: CallContext, name: string): KernelObject {
  const object = context.bindings.get(name);
  if (!object) throw UNBOUND;
  return object;
}

export function outputValue(rule: SetRule, to: OutputRule, context: CallContext): bigint | undefined {
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
    const step = to.aligned === undefined ? 1n : evaluate(to.aligned, env);
    const handle = choose(
      rule,
      rule.set,
      context,
      'handle',
      () => context.lowestFree(to.fresh, least, step),
      value => {
        if (value < least) return `a handle must not be ${value}`;
        if (value % step !== 0n) return `handle ${value} is no multiple of ${step}`;
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
    if (descriptor === undefined) context.descriptorUnseen();
    else {
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
  // Where each file has a space of its own, the object has a place in each.
  const name = to.in === undefined ? property : `${property} of ${context.scene.client?.id}`;
  const known = object.properties.get(name);
  if (known !== undefined) return known;
  const taken = context.stable(name);
  const step = to.aligned === undefined ? 1n : evaluate(to.aligned, context.env);
  const first = to.from === undefined ? undefined : evaluate(to.from, context.env);
  const last = to.upTo === undefined ? undefined : evaluate(to.upTo, context.env);
  const propose = () => {
    if (to.aligned === undefined && to.in === undefined) return lowestFrom(first ?? 1n, taken);
    let next = first ?? (to.in === undefined ? 1n << 32n : 0n); // DRM_FILE_PAGE_OFFSET_START on 64-bit (include/drm/drm_vma_manager.h)
    for (const [start, other] of taken) {
      // Another part of the same address space, for other kinds of objects.
      if ((first !== undefined && start < first) || (last !== undefined && start > last)) continue;
      const end = start + (other.properties.get('size') ?? step);
      if (end > next) next = end;
    }
    return ((next + step - 1n) / step) * step;
  };
  const value = choose(rule, rule.set, context, 'stable', propose, candidate => {
    if (candidate === 0n && to.in === undefined) return 'it must not be 0';
    if (first !== undefined && candidate < first) return `${candidate} is below ${first}`;
    if (last !== undefined && candidate > last) return `${candidate} is above ${last}`;
    if (candidate % step !== 0n) return `${candidate} is no multiple of ${step}`;
    const end = (start: bigint, of: KernelObject) =>
      start + (to.in === undefined ? 1n : (of.properties.get('size') ?? 1n));
    const other = [...taken].find(
      ([start, each]) => candidate < end(start, each) && start < end(candidate, object),
    )?.[1];
    return other && !context.mayBeGone(other)
      ? `0x${candidate.toString(16)} already belongs to another object`
      : undefined;
  });
  if (value === undefined) {
    context.scene.device.unseen.add(property);
    return undefined;
  }
  object.properties.set(name, value);
  taken.set(value, object);
  return value;
}

export function writeMemory(rule: WriteRule, context: CallContext): void {
  const { env } = context;
  const address = evaluate(rule.at, env);
  const length = Number(evaluate(rule.length, env));
  const content = contentOf(rule.write, context);
  if (!content) {
    context.unpredicted(rule, address, length);
    return;
  }
  writeParts(rule, context, address, content, length);
  if (!rule.rest || rule.rest.becomes === 'kept') return;
  const rest = Number(evaluate(rule.rest.length, env)) - length;
  if (rest <= 0) return;
  const from = address + BigInt(length);
  const zero = rule.rest.becomes === 'zero' || context.oracle.rest(from, rest) === 'zero';
  if (zero) context.writeUser(rule, from, new Uint8Array(rest));
}

/** Bytes of a struct, and where the members lie that only the driver knows. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly unknown: readonly { readonly offset: number; readonly size: number }[];
}

/** What is known up to the first unknown member, that member, and what follows it. */
function writeParts(
  rule: WriteRule,
  context: CallContext,
  address: bigint,
  { bytes, unknown }: Encoded,
  length: number,
): void {
  let from = 0;
  for (const { offset, size } of unknown) {
    if (offset >= length) break;
    if (offset > from) context.writeUser(rule, address + BigInt(from), bytes.subarray(from, offset));
    const own = Math.min(size, length - offset);
    context.unpredicted(rule, address + BigInt(offset), own);
    from = offset + own;
  }
  if (from < length || from === 0)
    context.writeUser(rule, address + BigInt(from), bytes.subarray(from, length));
}

const whole = (bytes: Uint8Array): Encoded => ({ bytes, unknown: [] });

/** undefined where it cannot be predicted. */
function contentOf(write: WriteRule['write'], context: CallContext): Encoded | undefined {
  const { env } = context;
  if ('opaque' in write) return undefined;
  if ('text' in write) return whole(new TextEncoder().encode(env.text(write.text)));
  if ('number' in write) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, evaluate(write.number, env)), true);
    return whole(bytes.subarray(0, write.width));
  }
  if ('model' in write) {
    const known = named(context.behaviour.writes, write.model);
    const bytes = known(context.scene, terms(write.of, env), objects(write.objects, context));
    return bytes && whole(bytes);
  }
  return context.encodeStruct(
    write.struct,
    new Map(Object.entries(write.values).map(([name, term]) => [name, evaluate(term as Term, env)])),
    write.unknown ?? [],
  );
}
