/** C02: bounds that are off by one, inwards and outwards. */
import type { CheckRule, Condition, DriverDescription } from '../../schemas/index.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, checkPlaces, type Place } from './places.ts';

type Node = { [key: string]: Node } | Node[] | string | number | boolean;
/** What a comparison becomes when it refuses one number more, and one number fewer. */
const STRICTER: Readonly<Record<string, string>> = { gt: 'ge', lt: 'le' };
const LOOSER: Readonly<Record<string, (terms: Node[]) => Node[]>> = {
  gt: ([left, right]) => [left!, { add: [right!, 1] }],
  lt: ([left, right]) => [{ add: [left!, 1] }, right!],
};

function rewritten(node: Node, edit: (key: string, terms: Node[]) => [string, Node] | undefined): Node {
  if (Array.isArray(node)) return node.map(each => rewritten(each, edit));
  if (typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      const changed = Array.isArray(value) ? edit(key, value) : undefined;
      return changed ?? [key, rewritten(value, edit)];
    }),
  );
}

function changed(place: Place<CheckRule>, operator: 'stricter' | 'looser'): Mutant[] {
  const when = place.rule.when as unknown as Node;
  const condition = rewritten(when, (key, terms) => {
    if (operator === 'stricter') return STRICTER[key] ? [STRICTER[key], terms] : undefined;
    return LOOSER[key] ? [key, LOOSER[key](terms)] : undefined;
  });
  if (JSON.stringify(condition) === JSON.stringify(when)) return [];
  const more =
    operator === 'stricter' ? 'refuses the last number inside' : 'accepts the first number outside';
  return [
    at(operator, place, {
      class: 'C02',
      // A program says the size of its header's struct: no good call is left.
      clauses: [
        operator === 'stricter' && SIZE.test(JSON.stringify(when)) ? 'dispatch.valid-call' : 'argument.range',
      ],
      summary: `${place.call.name} ${more} the bound: ${place.rule.check}.`,
      patch: [{ condition: condition as unknown as Condition, of: place.id }],
    }),
  ];
}

/** The size of a struct that the caller names. */
const SIZE = /"lt":\[\{"field":"[^"]+"\},\{"sizeof":/;
/** Where other objects set the bound, the next number is a page away. */
const OBJECTS = /"property":/;
/** A bound that is 0 leaves no good call inside when it moves inwards. */
function emptied(driver: DriverDescription, { when }: CheckRule): boolean {
  const [profile] = Object.values(driver.manifest.profiles);
  const params = [...JSON.stringify(when).matchAll(/"param":"([^"]+)"/g)].map(match => match[1]!);
  return params.some(param => Number(profile![param]) === 0);
}

export const offByOne: MutantSource = driver =>
  checkPlaces(driver)
    .filter(({ rule }) => rule.clause === 'argument.range')
    .flatMap(place => [
      ...(emptied(driver, place.rule) ? [] : changed(place, 'stricter')),
      ...(OBJECTS.test(JSON.stringify(place.rule.when)) ? [] : changed(place, 'looser')),
    ]);
