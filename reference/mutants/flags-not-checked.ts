/** C02: flags and values outside their set are accepted, or compared after they were cut to fewer bits. */
import type { CheckRule, DriverDescription } from '../../schemas/index.ts';
import { checksOfClass, droppedChecks, narrowedChecks } from './checks.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, carriesCore, clausesOf, type Place } from './places.ts';

export const flagsNotChecked: MutantSource = driver => [
  ...droppedChecks(driver, 'C02'),
  ...narrowedChecks(driver, 'C02'),
  ...truncatedValues(driver),
  ...(carriesCore(driver) ? [exclusiveOnlyForWriters(driver)] : []),
];

/** A selector that is compared by its low 16 bits. */
function truncatedValues(driver: DriverDescription): Mutant[] {
  return checksOfClass(driver, 'C02').flatMap((place: Place<CheckRule>) => {
    const { when } = place.rule;
    if (!('unmatched' in when)) return [];
    return [
      at('low-16', place, {
        class: 'C02',
        clauses: clausesOf(place),
        summary: `${place.call.name} compares the low 16 bits only.`,
        patch: [{ condition: { ...when, unmatched: { and: [when.unmatched, 0xffff] } }, of: place.id }],
      }),
    ];
  });
}

function exclusiveOnlyForWriters(driver: DriverDescription): Mutant {
  return {
    id: 'node.exclusive-reader',
    class: 'C02',
    clauses: ['node.exclusive'],
    driver: driver.name,
    summary: 'O_EXCL is refused only together with O_RDWR.',
    patch: [
      {
        condition: {
          all: [
            { nonzero: { and: [{ field: 'flags' }, { const: 'O_EXCL' }] } },
            { nonzero: { and: [{ field: 'flags' }, { const: 'O_RDWR' }] } },
          ],
        },
        of: 'drm.open.exclusive',
      },
    ],
  };
}
