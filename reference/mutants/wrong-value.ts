/** C10: a value, a size or a count is not what it says. */
import {
  type DriverDescription,
  fieldOf,
  layoutOf,
  type Patch,
  type SetRule,
  type Term,
} from '../../schemas/index.ts';
import { clauseByRefusal } from './by-refusal.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, type Place, setPlaces, writePlaces } from './places.ts';

export const wrongValue: MutantSource = driver => [
  ...setPlaces(driver).flatMap(offByOne),
  ...(driver.name === 'ethosu' ? ethosu(driver) : []),
];

/**
 * A parameter that the driver is asked for is whatever it answers: only a profile could tell a wrong one.
 * Everything else follows from the description.
 */
function isLearnt(term: Term, driver: DriverDescription): boolean {
  return typeof term === 'object' && 'param' in term && driver.manifest.params[term.param] !== undefined;
}

function offByOne(place: Place<SetRule>): Mutant[] {
  const { to } = place.rule;
  // An array is set as a whole, and only to zeros.
  if (place.call.semantics.fields[place.rule.set]?.role === 'array') return [];
  if (!('equals' in to) || isLearnt(to.equals, place.driver)) return [];
  return [
    at('off-by-one', place, {
      class: 'C10',
      clauses: [clauseOf(place, to.equals)],
      summary: `${place.call.name} gives one more than the right ${place.rule.set}.`,
      patch: [
        {
          replace: place.id,
          with: [{ ...place.rule, to: { equals: oneMore(place, to.equals) } }],
        },
      ],
    }),
  ];
}

/** In the width of the member: what is one more than its largest number is 0. */
function oneMore({ driver, call, rule }: Place<SetRule>, value: Term): Term {
  const more: Term = { add: [value, 1], width: 'u64' };
  const field = call.argument && fieldOf(layoutOf(driver.types, call.argument, 'x86_64'), rule.set);
  return field && field.size < 8 ? { and: [more, `0x${'f'.repeat(2 * field.size)}`] } : more;
}

/**
 * Where the wrong value shows: the length of a text that the driver is asked for is whatever it answers, but not so many
 * bytes come. The date is the same for all.
 */
function clauseOf(place: Place<SetRule>, value: Term): Mutant['clauses'][number] {
  const refusal = clauseByRefusal(place);
  if (refusal !== undefined) return refusal;
  const asked = typeof value === 'object' && 'length' in value && value.length !== 'version.date';
  return asked ? 'output.memory' : 'output.field';
}

function ethosu(driver: DriverDescription): Mutant[] {
  const mutant = (name: string, clauses: Mutant['clauses'], summary: string, patch: Patch): Mutant => ({
    id: `ethosu.${name}`,
    class: 'C10',
    clauses,
    driver: driver.name,
    summary,
    patch,
  });
  const info = writePlaces(driver).find(place => place.id === 'ethosu.dev_query.info')!.rule;
  const offset = setPlaces(driver).find(place => place.id === 'ethosu.bo_mmap_offset.offset')!.rule;
  return [
    mutant(
      'bo_create.size-not-rounded',
      ['output.field'],
      'A buffer has the size that was asked for, not whole pages.',
      [
        {
          replace: 'ethosu.bo_create.create-bo',
          with: [
            {
              create: 'gem_object',
              object: 'bo',
              properties: { size: { field: 'size' }, flags: { field: 'flags' } },
            },
          ],
        },
      ],
    ),
    mutant(
      'dev_query.size-as-sram',
      ['output.memory'],
      "The caller's size comes back as the size of the on-chip memory.",
      [
        {
          replace: 'ethosu.dev_query.info',
          with: [
            {
              ...info,
              write: {
                struct: 'drm_ethosu_npu_info',
                values: {
                  id: { param: 'npu.id' },
                  config: { param: 'npu.config' },
                  sram_size: { field: 'size' },
                  pmu_counters: { param: 'npu.pmu_counters' },
                },
              },
            },
          ],
        },
      ],
    ),
    mutant(
      'bo_mmap_offset.changes',
      ['output.field'],
      'The offset of a buffer is another one at every call.',
      [
        {
          replace: 'ethosu.bo_mmap_offset.offset',
          with: [
            {
              ...offset,
              // What the caller left in the member stands for a counter: it differs from call to call.
              to: { equals: { mul: [{ and: [{ field: 'offset' }, 0xff] }, { param: 'page_size' }] } },
            },
          ],
        },
      ],
    ),
  ];
}
