/**
 * Terms and conditions as functions, each made once: a check is looked at in every call of a program, by the reference
 * and again by the judge. No text is evaluated; a function is put together from those of its parts.
 */
import { factToBigint } from '../layout/types.ts';
import type { Condition, Environment, Term } from './environment.ts';

/** Every function here has no arguments but the environment, and changes nothing itself. */
export type TermFunction = (env: Environment) => bigint;
export type ConditionFunction = (env: Environment) => boolean;

const widths = { u32: 32, u64: 64 } as const;

/** Arithmetic is exact unless a width is given; then it wraps, as the kernel's does. */
function wrapping(value: TermFunction, width: 'u32' | 'u64' | 'exact' | undefined): TermFunction {
  if (width === undefined || width === 'exact') return value;
  const bits = widths[width];
  return env => BigInt.asUintN(bits, value(env));
}

function popcount(value: bigint): bigint {
  let bits = 0n;
  for (let rest = BigInt.asUintN(64, value); rest !== 0n; rest &= rest - 1n) bits += 1n;
  return bits;
}

/** Printable ASCII without space (include/linux/ctype.h: isgraph for 7 bits), as the core wants names to be. */
const isGraph = (byte: number) => byte > 0x20 && byte < 0x7f;

const isNumber = (term: Term): term is number | string =>
  typeof term === 'number' || typeof term === 'string';

const pair = ([a, b]: readonly [Term, Term]): [TermFunction, TermFunction] => [
  termFunction(a),
  termFunction(b),
];

function listFunction(terms: readonly Term[] | undefined): (env: Environment) => bigint[] {
  const parts = (terms ?? []).map(termFunction);
  return env => parts.map(part => part(env));
}

function makeTerm(term: Exclude<Term, number | string>): TermFunction {
  if ('field' in term) {
    const { field } = term;
    return env => env.field(field);
  }
  if ('const' in term) {
    const name = term.const;
    return env => env.constant(name);
  }
  if ('param' in term) {
    const { param } = term;
    return env => env.param(param);
  }
  if ('length' in term) {
    const { length } = term;
    let [known, bytes] = ['', 0n];
    return env => {
      const text = env.text(length);
      if (text !== known) [known, bytes] = [text, BigInt(new TextEncoder().encode(text).length)];
      return bytes;
    };
  }
  if ('property' in term) {
    const [object, name] = split(term.property);
    if (term.at === undefined) return env => env.property(object, name);
    const at = termFunction(term.at);
    return env => env.property(object, `${name}.${at(env)}`);
  }
  if ('index' in term) {
    const { index } = term;
    return env => env.index(index);
  }
  if ('now' in term) return env => env.now();
  if ('argument' in term) return env => env.argument();
  if ('model' in term) {
    const { model } = term;
    const of = listFunction(term.of);
    return env => env.number(model, of(env));
  }
  if ('signed' in term) {
    const [value, bits] = [termFunction(term.signed), term.bits ?? 64];
    return env => BigInt.asIntN(bits, value(env));
  }
  if ('sizeof' in term) {
    const type = term.sizeof;
    return env => env.sizeof(type);
  }
  if ('popcount' in term) {
    const value = termFunction(term.popcount);
    return env => popcount(value(env));
  }
  if ('or' in term) {
    const [a, b] = pair(term.or);
    return env => a(env) | b(env);
  }
  if ('add' in term) {
    const [a, b] = pair(term.add);
    return wrapping(env => a(env) + b(env), term.width);
  }
  if ('sub' in term) {
    const [a, b] = pair(term.sub);
    return wrapping(env => a(env) - b(env), term.width);
  }
  if ('mul' in term) {
    const [a, b] = pair(term.mul);
    return wrapping(env => a(env) * b(env), term.width);
  }
  if ('and' in term) {
    const [a, b] = pair(term.and);
    return env => a(env) & b(env);
  }
  if ('min' in term) {
    const [a, b] = pair(term.min);
    return env => {
      const [x, y] = [a(env), b(env)];
      return x < y ? x : y;
    };
  }
  if ('max' in term) {
    const [a, b] = pair(term.max);
    return env => {
      const [x, y] = [a(env), b(env)];
      return x > y ? x : y;
    };
  }
  const [value, step] = pair(term.roundUp);
  const rounded: TermFunction = env => {
    const [x, y] = [value(env), step(env)];
    // A device parameter may be 0: only 0 is a multiple of it, and rounding changes nothing.
    return y === 0n ? x : ((x + y - 1n) / y) * y;
  };
  return wrapping(rounded, term.width);
}

const COMPARED = {
  eq: (a: TermFunction, b: TermFunction) => (env: Environment) => a(env) === b(env),
  ne: (a: TermFunction, b: TermFunction) => (env: Environment) => a(env) !== b(env),
  lt: (a: TermFunction, b: TermFunction) => (env: Environment) => a(env) < b(env),
  le: (a: TermFunction, b: TermFunction) => (env: Environment) => a(env) <= b(env),
  gt: (a: TermFunction, b: TermFunction) => (env: Environment) => a(env) > b(env),
  ge: (a: TermFunction, b: TermFunction) => (env: Environment) => a(env) >= b(env),
} as const;

function makeComparison(condition: Condition): ConditionFunction | undefined {
  for (const name of ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const) {
    const terms = (condition as Partial<Record<typeof name, readonly [Term, Term]>>)[name];
    if (terms) return COMPARED[name](...pair(terms));
  }
  return undefined;
}

/** Conditions on numbers alone. */
function makeNumeric(condition: Condition): ConditionFunction | undefined {
  if ('outside' in condition) {
    const [value, least, most] = condition.outside.map(termFunction) as [
      TermFunction,
      TermFunction,
      TermFunction,
    ];
    return env => {
      const number = value(env);
      return number < least(env) || number > most(env);
    };
  }
  if ('misaligned' in condition) {
    const [value, step] = pair(condition.misaligned);
    return env => {
      const [number, by] = [value(env), step(env)];
      return by === 0n ? number !== 0n : number % by !== 0n;
    };
  }
  if ('nonzero' in condition) {
    const value = termFunction(condition.nonzero);
    return env => value(env) !== 0n;
  }
  if ('unknownBits' in condition) {
    const [value, { values }] = [termFunction(condition.unknownBits), condition];
    // An environment gives the same list again, so that its bits are joined once.
    let list: readonly bigint[] | undefined;
    let unknown = 0n;
    return env => {
      const now = env.values(values);
      if (now !== list) {
        list = now;
        unknown = ~now.reduce((mask, each) => mask | each, 0n);
      }
      return (BigInt.asUintN(64, value(env)) & unknown) !== 0n;
    };
  }
  if ('unmatched' in condition) {
    const [value, { values }] = [termFunction(condition.unmatched), condition];
    return env => !env.values(values).includes(value(env));
  }
  return undefined;
}

/** Conditions on the caller's memory. */
function makeMemory(condition: Condition): ConditionFunction | undefined {
  if ('unreadable' in condition) {
    const [at, length] = pair(condition.unreadable);
    return env => !env.readable(at(env), length(env));
  }
  if ('unwritable' in condition) {
    const [at, length] = pair(condition.unwritable);
    return env => !env.writable(at(env), length(env));
  }
  if ('broken' in condition || 'unreadFor' in condition) {
    const [at, length] = [termFunction(condition.at), termFunction(condition.length)];
    if ('broken' in condition) {
      const { broken } = condition;
      return env => env.predicate(broken, at(env), length(env)).broken !== undefined;
    }
    const { unreadFor } = condition;
    return env => env.predicate(unreadFor, at(env), length(env)).unread;
  }
  if ('unprintable' in condition) {
    const [at, length] = pair(condition.unprintable);
    return env => env.bytes(at(env), length(env))?.some(byte => !isGraph(byte)) === true;
  }
  return undefined;
}

/** Conditions on objects, descriptors and the state of the world. */
function makeWorldly(condition: Condition): ConditionFunction | undefined {
  if ('noHandle' in condition) {
    const [handle, { resource }] = [termFunction(condition.noHandle), condition];
    return env => !env.handle(resource, handle(env));
  }
  if ('noMinor' in condition) {
    const minor = termFunction(condition.noMinor);
    return env => !env.minor(minor(env));
  }
  if ('noCall' in condition) {
    const number = termFunction(condition.noCall);
    return env => !env.call(number(env));
  }
  if ('state' in condition) {
    const [object, name] = split(condition.state);
    return env => env.property(object, name) !== 0n;
  }
  if ('model' in condition) {
    const { model, object } = condition;
    const of = listFunction(condition.of);
    return env => env.model(model, of(env), object);
  }
  if ('forbidden' in condition) {
    const number = termFunction(condition.forbidden);
    return env => env.forbidden(number(env));
  }
  if ('unplugged' in condition) return env => env.unplugged();
  if ('noDescriptor' in condition) {
    const [descriptor, { kind }] = [termFunction(condition.noDescriptor), condition];
    return env => !env.descriptor(descriptor(env), kind);
  }
  if ('absent' in condition) {
    const { absent } = condition;
    return env => env.absent(absent);
  }
  if ('same' in condition) {
    const [a, b] = condition.same as [string, string];
    return env => env.same(a, b);
  }
  if ('attachedTwice' in condition) {
    const { attachedTwice } = condition;
    return env => env.attachedTwice(attachedTwice);
  }
  return undefined;
}

function makeJoined(condition: Condition): ConditionFunction {
  if ('all' in condition) {
    const parts = condition.all.map(conditionFunction);
    return env => {
      for (const part of parts) if (!part(env)) return false;
      return true;
    };
  }
  if ('any' in condition) {
    const parts = condition.any.map(conditionFunction);
    return env => {
      for (const part of parts) if (part(env)) return true;
      return false;
    };
  }
  const part = conditionFunction((condition as { readonly not: Condition }).not);
  return env => !part(env);
}

const terms = new WeakMap<object, TermFunction>();
const conditions = new WeakMap<object, ConditionFunction>();

/** The function of a term; descriptions do not change, so that it is made once. */
export function termFunction(term: Term): TermFunction {
  if (isNumber(term)) {
    const value = factToBigint(term);
    return () => value;
  }
  let made = terms.get(term);
  if (!made) {
    made = makeTerm(term);
    terms.set(term, made);
  }
  return made;
}

/** The function of a condition. */
export function conditionFunction(condition: Condition): ConditionFunction {
  let made = conditions.get(condition);
  if (!made) {
    made =
      makeComparison(condition) ??
      makeNumeric(condition) ??
      makeMemory(condition) ??
      makeWorldly(condition) ??
      makeJoined(condition);
    conditions.set(condition, made);
  }
  return made;
}

/** The value of a term. */
export function evaluate(term: Term, env: Environment): bigint {
  return termFunction(term)(env);
}

/** Whether a condition holds. */
export function holds(condition: Condition, env: Environment): boolean {
  return conditionFunction(condition)(env);
}

/** Both halves of `object.property`. */
export function split(path: string): [string, string] {
  const dot = path.indexOf('.');
  return [path.slice(0, dot), path.slice(dot + 1)];
}
