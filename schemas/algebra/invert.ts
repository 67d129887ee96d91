/** The other direction of a formula: values that make a condition true, one field changed at a time. */

import { evaluate } from './compile.ts';
import type { Condition, Environment, Term } from './environment.ts';

/** One change to a good call. */
export type Proposal =
  | { readonly kind: 'value'; readonly field: string; readonly value: bigint; readonly title: string }
  /** The pointer member leads to memory of this kind. */
  | {
      readonly kind: 'memory';
      readonly field: string;
      readonly memory: 'hole' | 'none' | 'read' | 'kernel';
      readonly title: string;
    };

/** What inversion needs to know: values of sets and constants, and the bits of a field. */
export interface InversionEnvironment
  extends Pick<Environment, 'constant' | 'param' | 'text' | 'sizeof' | 'values'> {
  bits(field: string): number;
  /** The field's value in the good call. */
  field(path: string): bigint;
}

/** The member that a term is about: itself, or rounded. */
function fieldOfTerm(term: Term): string | undefined {
  if (typeof term !== 'object') return undefined;
  if ('field' in term) return term.field;
  return 'roundUp' in term ? fieldOfTerm(term.roundUp[0]) : undefined;
}

/** The member of which a term takes some bits, and these. */
function maskedField(term: Term, env: InversionEnvironment): { field: string; mask: bigint } | undefined {
  if (typeof term !== 'object' || !('and' in term)) return undefined;
  const field = fieldOfTerm(term.and[0]);
  const mask = numberOfTerm(term.and[1], env);
  return field === undefined || mask === undefined ? undefined : { field, mask };
}

function numberOfTerm(term: Term, env: InversionEnvironment): bigint | undefined {
  try {
    return evaluate(term, env as unknown as Environment);
  } catch {
    return undefined;
  }
}

/** Every bit of the field outside the mask, one at a time, on top of the good value. */
function bitByBit(field: string, mask: bigint, env: InversionEnvironment): Proposal[] {
  const proposals: Proposal[] = [];
  for (let bit = 0; bit < env.bits(field); bit += 1) {
    const value = 1n << BigInt(bit);
    if (mask & value) continue;
    proposals.push({
      kind: 'value',
      field,
      value: env.field(field) | value,
      title: `${field} with bit ${bit}`,
    });
  }
  return proposals;
}

function around(field: string, values: readonly bigint[], env: InversionEnvironment): Proposal[] {
  const limit = 1n << BigInt(env.bits(field));
  return [...new Set(values)]
    .filter(value => value >= 0n && value < limit)
    .map(value => ({
      kind: 'value',
      field,
      value,
      title: `${field} = ${value > 0xffffn ? `0x${value.toString(16)}` : value}`,
    }));
}

/** Proposals that make the condition true; an empty list when nothing of this call can. Each is to be checked by evaluation. */
export function violations(condition: Condition, env: InversionEnvironment): Proposal[] {
  if ('all' in condition) return condition.all.flatMap(part => violations(part, env));
  if ('any' in condition) return condition.any.flatMap(part => violations(part, env));
  if ('nonzero' in condition) {
    const field = fieldOfTerm(condition.nonzero);
    if (field) return bitByBit(field, 0n, env);
    const masked = maskedField(condition.nonzero, env);
    return masked ? bitByBit(masked.field, ~masked.mask, env) : [];
  }
  if ('unknownBits' in condition) {
    const field = fieldOfTerm(condition.unknownBits);
    return field
      ? bitByBit(
          field,
          env.values(condition.values).reduce((mask, value) => mask | value, 0n),
          env,
        )
      : [];
  }
  if ('unmatched' in condition) {
    const field = fieldOfTerm(condition.unmatched);
    if (!field) return [];
    const known = env.values(condition.values);
    const top = known.reduce((high, value) => (value > high ? value : high), 0n);
    const ones = (1n << BigInt(env.bits(field))) - 1n;
    // A good value with a bit more is taken for the good one by a comparison of fewer bits.
    const wide = [16n, 32n].flatMap(bit => known.map(value => value | (1n << bit)));
    return around(
      field,
      [0n, top + 1n, top + 2n, 0x7fffffffn, ones, ones >> 1n, ...wide].filter(
        value => !known.includes(value),
      ),
      env,
    );
  }
  if ('unreadFor' in condition) {
    const field = fieldOfTerm(condition.at);
    if (!field) return [];
    return (['hole', 'none', 'kernel'] as const).map(memory => ({
      kind: 'memory',
      field,
      memory,
      title: `${field} to memory: ${memory}`,
    }));
  }
  if ('unwritable' in condition || 'unreadable' in condition) {
    const field = fieldOfTerm('unwritable' in condition ? condition.unwritable[0] : condition.unreadable[0]);
    if (!field) return [];
    const kinds =
      'unwritable' in condition
        ? (['hole', 'none', 'read', 'kernel'] as const)
        : (['hole', 'none', 'kernel'] as const);
    return kinds.map(memory => ({ kind: 'memory', field, memory, title: `${field} to memory: ${memory}` }));
  }
  return compared(condition, env);
}

function compared(condition: Condition, env: InversionEnvironment): Proposal[] {
  const sides = (terms: [Term, Term]): [string, bigint] | undefined => {
    const field = fieldOfTerm(terms[0]);
    const value = numberOfTerm(terms[1], env);
    return field === undefined || value === undefined ? undefined : [field, value];
  };
  // What is rounded up wraps near the top.
  const terms = Object.values(condition)[0] as unknown;
  if (!Array.isArray(terms)) return [];
  const [left] = terms as Term[];
  const rounded = typeof left === 'object' && 'roundUp' in left;
  const offsets: Record<string, (value: bigint, ones: bigint, good: bigint) => bigint[]> = {
    // Rounding up gives 0 only by wrapping.
    eq: (value, ones) => (rounded ? [ones] : [value]),
    ne: (value, ones) => [value + 1n, value - 1n, ones],
    lt: value => [value - 1n, 0n, value / 2n],
    le: value => [value, 0n],
    gt: (value, ones) => (rounded ? [value + 1n] : [value + 1n, ones]),
    ge: (value, ones) => [value, ones],
    // Near what the good call has, so that nothing else is wrong with it.
    misaligned: (step, _ones, good) => [good + 1n, good + step / 2n, good + step - 1n],
  };
  for (const [name, candidates] of Object.entries(offsets)) {
    if (!(name in condition)) continue;
    const found = sides((condition as unknown as Record<string, [Term, Term]>)[name]!);
    if (!found) return [];
    const [field, value] = found;
    return around(field, candidates(value, (1n << BigInt(env.bits(field))) - 1n, env.field(field)), env);
  }
  return [];
}
