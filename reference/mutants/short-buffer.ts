/** C11: a buffer, or an argument, that is shorter or longer than the driver's own structure. */
import type { Term, WriteRule } from '../../schemas/index.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, carriesCore, type Place, writePlaces } from './places.ts';

export const shortBuffer: MutantSource = driver => [
  ...writePlaces(driver).flatMap(place => [...ignored(place), short(place)]),
  ...(carriesCore(driver) ? argument(driver.name) : []),
];

/** Everything that there is to write; undefined when there is no telling, or no choice. */
function whole({ write }: WriteRule): Term | undefined {
  if ('text' in write) return { length: write.text };
  return 'struct' in write ? { sizeof: write.struct } : undefined;
}

function ignored(place: Place<WriteRule>): Mutant[] {
  const length = whole(place.rule);
  if (length === undefined) return [];
  return [
    at('whole', place, {
      class: 'C11',
      clauses: ['output.memory'],
      summary: `${place.call.name} writes all it has, whatever room the caller gave.`,
      patch: [{ replace: place.id, with: [{ ...place.rule, length }] }],
    }),
  ];
}

function oneLess(rule: WriteRule): Term {
  const length = whole(rule);
  return length === undefined ? { sub: [rule.length, 1] } : { min: [rule.length, { sub: [length, 1] }] };
}

function short(place: Place<WriteRule>): Mutant {
  return at('one-less', place, {
    class: 'C11',
    clauses: ['output.memory'],
    summary: `${place.call.name} leaves out the last byte when all of it fits.`,
    patch: [
      {
        replace: place.id,
        with: [{ ...place.rule, length: oneLess(place.rule) }],
      },
    ],
  });
}

function argument(driver: string): Mutant[] {
  return [
    {
      id: 'dispatch.size-must-match',
      class: 'C11',
      clauses: ['dispatch.short-argument', 'dispatch.long-argument'],
      driver,
      summary: "An argument of another size than the kernel's is refused with EINVAL.",
      faults: {
        sizes: ({ encoded, defined, in: given, out }) => ({
          in: given,
          out,
          ...(encoded === defined ? {} : { refuse: 'EINVAL' }),
        }),
      },
    },
    {
      id: 'dispatch.long-refused',
      class: 'C11',
      clauses: ['dispatch.long-argument'],
      driver,
      summary: "An argument that is longer than the kernel's is refused with E2BIG.",
      faults: {
        sizes: ({ encoded, defined, in: given, out }) => ({
          in: given,
          out,
          ...(encoded > defined ? { refuse: 'E2BIG' } : {}),
        }),
      },
    },
  ];
}
