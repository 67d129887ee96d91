/** C24: offsets of mappings that are not whole pages, or that two objects share. */
import type { SetRule, Term } from '../../schemas/index.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, type Place, setPlaces } from './places.ts';

export const mappingRange: MutantSource = driver =>
  setPlaces(driver).flatMap(place => {
    const { to } = place.rule;
    // A number of a client is no place.
    if (!('stable' in to) || to.stable.startsWith('client.')) return [];
    const { from } = to;
    return [
      fixed(place, 'unaligned', 'output.field', 0x10800, 'an offset in the middle of a page'),
      fixed(place, 'shared', 'output.field', from ?? 0x10000, 'the same offset for every object'),
      ...(from === undefined
        ? []
        : [fixed(place, 'below', 'output.field', { sub: [from, 0x1000] }, 'a place below the lowest')]),
    ];
  });

function fixed(
  place: Place<SetRule>,
  operator: string,
  clause: Mutant['clauses'][number],
  value: Term,
  what: string,
): Mutant {
  return at(operator, place, {
    class: 'C24',
    clauses: [clause],
    summary: `${place.call.name} gives ${what}.`,
    patch: [{ replace: place.id, with: [{ ...place.rule, to: { equals: value } }] }],
  });
}
