/** C17: a new descriptor is not the one that was asked for. */
import type { MutantSource } from './mutant.ts';
import { at, setPlaces } from './places.ts';

export const descriptor: MutantSource = driver =>
  setPlaces(driver).flatMap(place => {
    const { to } = place.rule;
    if (!('descriptor' in to) || !to.closeOnExec) return [];
    const kept = { descriptor: to.descriptor, object: to.object };
    return [
      at('inherited', place, {
        class: 'C17',
        clauses: ['output.field'],
        summary: `${place.call.name} gives a descriptor that survives exec, whatever the flags ask for.`,
        patch: [{ replace: place.id, with: [{ ...place.rule, to: kept }] }],
      }),
      at('closed-on-exec', place, {
        class: 'C17',
        clauses: ['output.field'],
        summary: `${place.call.name} gives a descriptor that exec closes, whatever the flags ask for.`,
        patch: [
          { replace: place.id, with: [{ ...place.rule, to: { ...kept, closeOnExec: { eq: [0, 0] } } }] },
        ],
      }),
    ];
  });
