/** C05, C16, C19, C22 to C24: what a driver that maps at handles may do wrong with handles and mappings. */
import type { ClauseId } from '../../spec/index.ts';
import { mappingFaults, OF_ANY_OBJECT } from './mapping.ts';
import type { MutantSource } from './mutant.ts';
import { at, checkPlaces, setPlaces } from './places.ts';

const REUSED = 'A new object shows what one of the same size held that is gone.';

export const mappingByHandle: MutantSource = driver => {
  const call = driver.calls.get('mmap')!;
  if (!('offset' in call.semantics.fields)) return [];
  return [
    ...mappingFaults(
      driver,
      [...OF_ANY_OBJECT, ['reused', 'C22', 'isolation.secret', REUSED]],
      fault => `map-${fault}.${call.id}`,
    ),
    {
      id: `race-two.${call.id}`,
      class: 'C19',
      clauses: ['race.exclusive'],
      driver: driver.name,
      summary: 'mmap looks whether the object is mapped before it takes a lock: two lanes map it.',
      ops: ['parallel'],
      faults: { split: made => (made === 'mmap' ? 'checked' : undefined) },
    },
    ...onceForAll(driver),
    ...odd(driver),
  ];
};

/** A mark that nothing takes away again. */
const onceForAll: MutantSource = driver =>
  checkPlaces(driver).flatMap(place => {
    const { when } = place.rule;
    if (!('model' in when) || when.model !== 'mapped_now' || when.object === undefined) return [];
    const mark = `${when.object}.was_mapped`;
    return [
      at('for-ever', place, {
        class: 'C16',
        clauses: [place.rule.clause as ClauseId],
        summary: 'What was mapped once cannot be mapped again.',
        patch: [
          {
            replace: place.id,
            with: [
              { ...place.rule, when: { nonzero: { property: mark } } },
              { assign: mark, to: 1 },
            ],
          },
        ],
      }),
    ];
  });

/** Numbers between those that can be mapped at. */
const odd: MutantSource = driver =>
  setPlaces(driver).flatMap(place => {
    const { to } = place.rule;
    if (!('fresh' in to) || to.aligned === undefined) return [];
    const { aligned: _, ...counted } = to;
    return [
      at('counted', place, {
        class: 'C05',
        clauses: ['handle.fresh'],
        summary: `${place.call.name} counts its handles in steps of one.`,
        patch: [{ replace: place.id, with: [{ ...place.rule, to: counted }] }],
      }),
    ];
  });
