/** Evaluation of terms and conditions: one formula, used by the reference to answer and by the judge to know. */
import { factToBigint } from '../layout/types.ts';
import type { Condition, Environment, Term } from './environment.ts';

const widths = { u32: 0xffffffffn, u64: 0xffffffffffffffffn } as const;

function wrap(value: bigint, width: 'u32' | 'u64' | 'exact' | undefined): bigint {
  return width === undefined || width === 'exact' ? value : value & widths[width];
}

function popcount(value: bigint): bigint {
  let bits = 0n;
  for (let rest = BigInt.asUintN(64, value); rest !== 0n; rest &= rest - 1n) bits += 1n;
  return bits;
}

function args(terms: readonly Term[] | undefined, env: Environment): bigint[] {
  return (terms ?? []).map(term => evaluate(term, env));
}

/** Printable ASCII without space (include/linux/ctype.h: isgraph for 7 bits), as the core wants names to be. */
const isGraph = (byte: number) => byte > 0x20 && byte < 0x7f;

/** The value of a term. Arithmetic is exact unless a width is given; then it wraps, as the kernel's does. */
export function evaluate(term: Term, env: Environment): bigint {
  if (typeof term === 'number' || typeof term === 'string') return factToBigint(term);
  if ('field' in term) return env.field(term.field);
  if ('const' in term) return env.constant(term.const);
  if ('param' in term) return env.param(term.param);
  if ('length' in term) return BigInt(new TextEncoder().encode(env.text(term.length)).length);
  if ('property' in term) {
    const [object, name] = split(term.property);
    return env.property(object, term.at === undefined ? name : `${name}.${evaluate(term.at, env)}`);
  }
  if ('index' in term) return env.index(term.index);
  if ('now' in term) return env.now();
  if ('argument' in term) return env.argument();
  if ('model' in term) return env.number(term.model, args(term.of, env));
  if ('signed' in term) return BigInt.asIntN(term.bits ?? 64, evaluate(term.signed, env));
  if ('or' in term) return evaluate(term.or[0], env) | evaluate(term.or[1], env);
  if ('sizeof' in term) return env.sizeof(term.sizeof);
  if ('popcount' in term) return popcount(evaluate(term.popcount, env));
  if ('add' in term) return wrap(evaluate(term.add[0], env) + evaluate(term.add[1], env), term.width);
  if ('sub' in term) return wrap(evaluate(term.sub[0], env) - evaluate(term.sub[1], env), term.width);
  if ('mul' in term) return wrap(evaluate(term.mul[0], env) * evaluate(term.mul[1], env), term.width);
  if ('and' in term) return evaluate(term.and[0], env) & evaluate(term.and[1], env);
  if ('min' in term) {
    const [a, b] = [evaluate(term.min[0], env), evaluate(term.min[1], env)];
    return a < b ? a : b;
  }
  const [value, step] = [evaluate(term.roundUp[0], env), evaluate(term.roundUp[1], env)];
  // A device parameter may be 0: only 0 is a multiple of it, and rounding changes nothing.
  return wrap(step === 0n ? value : ((value + step - 1n) / step) * step, term.width);
}

/** Whether a condition holds. */
export function holds(condition: Condition, env: Environment): boolean {
  if ('eq' in condition) return evaluate(condition.eq[0], env) === evaluate(condition.eq[1], env);
  if ('ne' in condition) return evaluate(condition.ne[0], env) !== evaluate(condition.ne[1], env);
  if ('lt' in condition) return evaluate(condition.lt[0], env) < evaluate(condition.lt[1], env);
  if ('le' in condition) return evaluate(condition.le[0], env) <= evaluate(condition.le[1], env);
  if ('gt' in condition) return evaluate(condition.gt[0], env) > evaluate(condition.gt[1], env);
  if ('ge' in condition) return evaluate(condition.ge[0], env) >= evaluate(condition.ge[1], env);
  if ('outside' in condition) {
    const value = evaluate(condition.outside[0], env);
    return value < evaluate(condition.outside[1], env) || value > evaluate(condition.outside[2], env);
  }
  if ('misaligned' in condition) {
    const [value, step] = [evaluate(condition.misaligned[0], env), evaluate(condition.misaligned[1], env)];
    return step === 0n ? value !== 0n : value % step !== 0n;
  }
  if ('nonzero' in condition) return evaluate(condition.nonzero, env) !== 0n;
  if ('unknownBits' in condition) {
    const known = env.values(condition.values).reduce((mask, value) => mask | value, 0n);
    return (BigInt.asUintN(64, evaluate(condition.unknownBits, env)) & ~known) !== 0n;
  }
  if ('unmatched' in condition)
    return !env.values(condition.values).includes(evaluate(condition.unmatched, env));
  if ('noHandle' in condition) return !env.handle(condition.resource, evaluate(condition.noHandle, env));
  if ('noMinor' in condition) return !env.minor(evaluate(condition.noMinor, env));
  if ('noCall' in condition) return !env.call(evaluate(condition.noCall, env));
  if ('unreadable' in condition)
    return !env.readable(evaluate(condition.unreadable[0], env), evaluate(condition.unreadable[1], env));
  if ('unwritable' in condition)
    return !env.writable(evaluate(condition.unwritable[0], env), evaluate(condition.unwritable[1], env));
  if ('state' in condition) {
    const [object, name] = split(condition.state);
    return env.property(object, name) !== 0n;
  }
  if ('model' in condition) return env.model(condition.model, args(condition.of, env), condition.object);
  if ('forbidden' in condition) return env.forbidden(evaluate(condition.forbidden, env));
  if ('unplugged' in condition) return env.unplugged();
  if ('noDescriptor' in condition)
    return !env.descriptor(evaluate(condition.noDescriptor, env), condition.kind);
  if ('absent' in condition) return env.absent(condition.absent);
  if ('same' in condition) return env.same(condition.same[0]!, condition.same[1]!);
  if ('attachedTwice' in condition) return env.attachedTwice(condition.attachedTwice);
  if ('broken' in condition || 'unreadFor' in condition) {
    const [at, length] = [evaluate(condition.at, env), evaluate(condition.length, env)];
    return 'broken' in condition
      ? env.predicate(condition.broken, at, length).broken !== undefined
      : env.predicate(condition.unreadFor, at, length).unread;
  }
  if ('unprintable' in condition) {
    const [at, length] = [evaluate(condition.unprintable[0], env), evaluate(condition.unprintable[1], env)];
    return env.bytes(at, length)?.some(byte => !isGraph(byte)) === true;
  }
  if ('all' in condition) return condition.all.every(part => holds(part, env));
  if ('any' in condition) return condition.any.some(part => holds(part, env));
  return !holds(condition.not, env);
}

/** Both halves of `object.property`. */
export function split(path: string): [string, string] {
  const dot = path.indexOf('.');
  return [path.slice(0, dot), path.slice(dot + 1)];
}
