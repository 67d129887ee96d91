/** C03: sums and rounded sizes that wrap, or leave their range, are not refused. */
import type { CheckRule, Condition } from '../../schemas/index.ts';
import { droppedChecks } from './checks.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, checkPlaces, type Place } from './places.ts';

/** A size that is computed from a member of the argument. */
const COMPUTED = /"(?:mul|add)":\[\{"field":"[^"]+"\}|"(?:mul|add)":\[[^\]]*\{"field":"[^"]+"\}\]/;

/** What the caller has no part in stays as it is. */
const OF_MEMBERS = /"(?:field|index)":/;

export const sizeArithmetic: MutantSource = driver => [
  ...droppedChecks(driver, 'C03'),
  ...checkPlaces(driver)
    .filter(({ rule }) => COMPUTED.test(JSON.stringify(rule.when)))
    .map(narrow),
];

/** The size is computed in 32 bits, and what is left of it passes for the whole. */
function narrow(place: Place<CheckRule>): Mutant {
  const condition = JSON.parse(JSON.stringify(place.rule.when), (_key, value: object) =>
    typeof value === 'object' && ('mul' in value || 'add' in value) && OF_MEMBERS.test(JSON.stringify(value))
      ? { ...value, width: 'u32' }
      : value,
  ) as Condition;
  return at('narrow', place, {
    class: 'C03',
    clauses: ['argument.arithmetic'],
    summary: `${place.call.name} computes a size in 32 bits: ${place.rule.check}.`,
    patch: [{ condition, of: place.id }],
  });
}
