/** C07: more or fewer bytes are copied than the caller's length allows. */
import type { MutantSource } from './mutant.ts';
import { at, carriesCore, writePlaces } from './places.ts';

export const copyLength: MutantSource = driver => [
  ...writePlaces(driver).flatMap(place => [
    at('terminated', place, {
      class: 'C07',
      clauses: ['output.memory'],
      summary: `${place.call.name} writes a zero after the bytes that it copies.`,
      patch: [
        {
          replace: place.id,
          with: [{ ...place.rule, rest: { length: { add: [place.rule.length, 1] }, becomes: 'zero' } }],
        },
      ],
    }),
  ]),
  ...(carriesCore(driver)
    ? [
        {
          id: 'dispatch.long-tail-cleared',
          class: 'C07',
          clauses: ['dispatch.long-argument'] as const,
          driver: driver.name,
          summary: 'Of a long argument only the known part is copied in, and all of it is copied out.',
          faults: {
            sizes: ({ defined, in: given, out }: { defined: number; in: number; out: number }) => ({
              in: Math.min(given, defined),
              out,
            }),
          },
        },
        {
          id: 'dispatch.definition-decides-size',
          class: 'C07',
          clauses: ['dispatch.short-argument'] as const,
          driver: driver.name,
          summary: 'The size in the request is ignored: always the whole structure is copied.',
          faults: {
            sizes: ({ defined, in: given, out }: { defined: number; in: number; out: number }) => ({
              in: given && defined,
              out: out && defined,
            }),
          },
        },
      ]
    : []),
];
