/** Which class of faults a missing check belongs to, and the two edits that every check can suffer. */
import {
  type CallDescription,
  type CheckRule,
  type DriverDescription,
  fieldOf,
  layoutOf,
  printCondition,
  walk,
} from '../../schemas/index.ts';
import type { Mutant } from './mutant.ts';
import { at, checkPlaces, clausesOf, type Place } from './places.ts';

const ARITHMETIC = /"(?:roundUp|add|mul|sub)":/;

/** The class of the fault that is left when the check is missing. */
export function classOfCheck(check: CheckRule): string {
  const { when, clause } = check;
  if (clause === 'dispatch.permission' || clause === 'lifetime.shared-state') return 'C21';
  if ('noHandle' in when || 'noMinor' in when) return 'C05';
  if (clause === 'reserved.field') return 'C01';
  if ('unreadable' in when || 'unwritable' in when) return 'C12';
  if (clause === 'argument.feature' || /^dispatch\.(letter|number)$/.test(clause)) return 'C06';
  if ('state' in when) return 'C26';
  return ARITHMETIC.test(JSON.stringify(when)) ? 'C03' : 'C02';
}

export function checksOfClass(driver: DriverDescription, name: string): Place<CheckRule>[] {
  return checkPlaces(driver).filter(({ rule }) => classOfCheck(rule) === name);
}

/** One mutant a check of the class: the check is not made at all. */
export function droppedChecks(driver: DriverDescription, name: string): Mutant[] {
  return checksOfClass(driver, name).map(place =>
    at('drop', place, {
      class: name,
      clauses: clausesOf(place),
      summary: `${place.call.name} does not refuse: ${printCondition(place.rule.when)}.`,
      patch: [{ remove: place.id }],
    }),
  );
}

/** Bytes of a member of the argument, or of the elements of an each. */
function sizeOf(driver: DriverDescription, call: CallDescription, path: string): number {
  return placeOf(driver, call, path).size;
}

function placeOf(driver: DriverDescription, call: CallDescription, path: string): { readonly size: number } {
  const { types } = driver;
  const dot = path.indexOf('.');
  const [name, member] = dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  const each = walk(call.semantics.body).find(rule => 'each' in rule && rule.each === name);
  if (!each || !('each' in each)) return fieldOf(layoutOf(types, call.argument!, 'x86_64'), path);
  if (member !== undefined) return fieldOf(layoutOf(types, each.struct!, 'x86_64'), member);
  if (each.member === undefined) return { size: each.element === 'u64' ? 8 : 4 };
  return { size: arrayOf(driver, call, each.member).stride };
}

/** An array member of the argument, or of the struct that an each looks at. */
function arrayOf({ types }: DriverDescription, { argument, semantics }: CallDescription, path: string) {
  const dot = path.indexOf('.');
  const each = walk(semantics.body).find(rule => 'each' in rule && rule.each === path.slice(0, dot));
  const struct = each && 'each' in each ? each.struct : undefined;
  const [holder, member] = struct === undefined ? [argument!, path] : [struct, path.slice(dot + 1)];
  return fieldOf(layoutOf(types, holder, 'x86_64'), member).array!;
}

/** Mutants that look at a part of the member only: its low half, and all but its highest bit. */
export function narrowedChecks(driver: DriverDescription, name: string): Mutant[] {
  return checksOfClass(driver, name).flatMap(place => {
    const { when } = place.rule;
    const term = 'nonzero' in when ? when.nonzero : 'unknownBits' in when ? when.unknownBits : undefined;
    if (typeof term !== 'object' || !('field' in term) || !place.call.argument) return [];
    const bits = BigInt(8 * sizeOf(driver, place.call, term.field));
    return [
      { operator: 'half', what: `the low ${bits / 2n} bits`, mask: (1n << (bits / 2n)) - 1n },
      { operator: 'top-bit', what: `all but the highest bit`, mask: (1n << (bits - 1n)) - 1n },
    ].map(({ operator, what, mask }) => {
      const seen = { and: [term, `0x${mask.toString(16)}`] as [typeof term, string] };
      return at(operator, place, {
        class: name,
        clauses: clausesOf(place),
        summary: `${place.call.name} looks at ${what} of ${term.field} only.`,
        patch: [
          { condition: 'nonzero' in when ? { nonzero: seen } : { ...when, unknownBits: seen }, of: place.id },
        ],
      });
    });
  });
}
