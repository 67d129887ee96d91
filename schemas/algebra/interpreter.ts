/**
 * Terms and conditions evaluated as they are read, with nothing kept: slow, and so plain that it is the oracle of
 * compile.ts in its tests and in the benchmark.
 */
import { factToBigint } from '../layout/types.ts';
import { split } from './compile.ts';
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
  return (terms ?? []).map(term => interpretTerm(term, env));
}

/** Printable ASCII without space (include/linux/ctype.h: isgraph for 7 bits), as the core wants names to be. */
const isGraph = (byte: number) => byte > 0x20 && byte < 0x7f;

/** The value of a term. Arithmetic is exact unless a width is given; then it wraps, as the kernel's does. */
export function interpretTerm(term: Term, env: Environment): bigint {
  if (typeof term === 'number' || typeof term === 'string') return factToBigint(term);
  if ('field' in term) return env.field(term.field);
  if ('const' in term) return env.constant(term.const);
  if ('param' in term) return env.param(term.param);
  if ('length' in term) return BigInt(new TextEncoder().encode(env.text(term.length)).length);
  if ('property' in term) {
    const [object, name] = split(term.property);
    return env.property(object, term.at === undefined ? name : `${name}.${interpretTerm(term.at, env)}`);
  }
  if ('index' in term) return env.index(term.index);
  if ('now' in term) return env.now();
  if ('argument' in term) return env.argument();
  if ('model' in term) return env.number(term.model, args(term.of, env));
  if ('signed' in term) return BigInt.asIntN(term.bits ?? 64, interpretTerm(term.signed, env));
  if ('or' in term) return interpretTerm(term.or[0], env) | interpretTerm(term.or[1], env);
  if ('sizeof' in term) return env.sizeof(term.sizeof);
  if ('popcount' in term) return popcount(interpretTerm(term.popcount, env));
  if ('add' in term)
    return wrap(interpretTerm(term.add[0], env) + interpretTerm(term.add[1], env), term.width);
  if ('sub' in term)
    return wrap(interpretTerm(term.sub[0], env) - interpretTerm(term.sub[1], env), term.width);
  if ('mul' in term)
    return wrap(interpretTerm(term.mul[0], env) * interpretTerm(term.mul[1], env), term.width);
  if ('and' in term) return interpretTerm(term.and[0], env) & interpretTerm(term.and[1], env);
  if ('min' in term) {
    const [a, b] = [interpretTerm(term.min[0], env), interpretTerm(term.min[1], env)];
    return a < b ? a : b;
  }
  if ('max' in term) {
    const [a, b] = [interpretTerm(term.max[0], env), interpretTerm(term.max[1], env)];
    return a > b ? a : b;
  }
  const [value, step] = [interpretTerm(term.roundUp[0], env), interpretTerm(term.roundUp[1], env)];
  // A device parameter may be 0: only 0 is a multiple of it, and rounding changes nothing.
  return wrap(step === 0n ? value : ((value + step - 1n) / step) * step, term.width);
}

/** Whether a condition holds. */
export function interpretCondition(condition: Condition, env: Environment): boolean {
  if ('eq' in condition) return interpretTerm(condition.eq[0], env) === interpretTerm(condition.eq[1], env);
  if ('ne' in condition) return interpretTerm(condition.ne[0], env) !== interpretTerm(condition.ne[1], env);
  if ('lt' in condition) return interpretTerm(condition.lt[0], env) < interpretTerm(condition.lt[1], env);
  if ('le' in condition) return interpretTerm(condition.le[0], env) <= interpretTerm(condition.le[1], env);
  if ('gt' in condition) return interpretTerm(condition.gt[0], env) > interpretTerm(condition.gt[1], env);
  if ('ge' in condition) return interpretTerm(condition.ge[0], env) >= interpretTerm(condition.ge[1], env);
  if ('outside' in condition) {
    const value = interpretTerm(condition.outside[0], env);
    return (
      value < interpretTerm(condition.outside[1], env) || value > interpretTerm(condition.outside[2], env)
    );
  }
  if ('misaligned' in condition) {
    const [value, step] = [
      interpretTerm(condition.misaligned[0], env),
      interpretTerm(condition.misaligned[1], env),
    ];
    return step === 0n ? value !== 0n : value % step !== 0n;
  }
  if ('nonzero' in condition) return interpretTerm(condition.nonzero, env) !== 0n;
  if ('unknownBits' in condition) {
    const known = env.values(condition.values).reduce((mask, value) => mask | value, 0n);
    return (BigInt.asUintN(64, interpretTerm(condition.unknownBits, env)) & ~known) !== 0n;
  }
  if ('unmatched' in condition)
    return !env.values(condition.values).includes(interpretTerm(condition.unmatched, env));
  if ('noHandle' in condition) return !env.handle(condition.resource, interpretTerm(condition.noHandle, env));
  if ('noMinor' in condition) return !env.minor(interpretTerm(condition.noMinor, env));
  if ('noCall' in condition) return !env.call(interpretTerm(condition.noCall, env));
  if ('unreadable' in condition)
    return !env.readable(
      interpretTerm(condition.unreadable[0], env),
      interpretTerm(condition.unreadable[1], env),
    );
  if ('unwritable' in condition)
    return !env.writable(
      interpretTerm(condition.unwritable[0], env),
      interpretTerm(condition.unwritable[1], env),
    );
  if ('state' in condition) {
    const [object, name] = split(condition.state);
    return env.property(object, name) !== 0n;
  }
  if ('model' in condition) return env.model(condition.model, args(condition.of, env), condition.object);
  if ('forbidden' in condition) return env.forbidden(interpretTerm(condition.forbidden, env));
  if ('unplugged' in condition) return env.unplugged();
  if ('noDescriptor' in condition)
    return !env.descriptor(interpretTerm(condition.noDescriptor, env), condition.kind);
  if ('absent' in condition) return env.absent(condition.absent);
  if ('same' in condition) return env.same(condition.same[0]!, condition.same[1]!);
  if ('attachedTwice' in condition) return env.attachedTwice(condition.attachedTwice);
  if ('broken' in condition || 'unreadFor' in condition) {
    const [at, length] = [interpretTerm(condition.at, env), interpretTerm(condition.length, env)];
    return 'broken' in condition
      ? env.predicate(condition.broken, at, length).broken !== undefined
      : env.predicate(condition.unreadFor, at, length).unread;
  }
  if ('unprintable' in condition) {
    const [at, length] = [
      interpretTerm(condition.unprintable[0], env),
      interpretTerm(condition.unprintable[1], env),
    ];
    return env.bytes(at, length)?.some(byte => !isGraph(byte)) === true;
  }
  if ('all' in condition) return condition.all.every(part => interpretCondition(part, env));
  if ('any' in condition) return condition.any.some(part => interpretCondition(part, env));
  return !interpretCondition(condition.not, env);
}
