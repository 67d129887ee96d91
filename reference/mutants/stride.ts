/** C07: elements are read as far apart as the driver's own struct is long, whatever the caller says. */
import type { MutantSource } from './mutant.ts';
import { at, eachPlaces } from './places.ts';

export const stride: MutantSource = driver =>
  eachPlaces(driver).flatMap(place => {
    const { stride: told, ...rule } = place.rule;
    if (told === undefined) return [];
    return [
      at('own-stride', place, {
        class: 'C07',
        clauses: ['argument.count'],
        summary: `${place.call.name} reads every ${rule.each} at its own size: one of a later header is cut.`,
        patch: [{ replace: place.id, with: [rule] }],
      }),
    ];
  });
