/** C05: a handle, an id or an index is used without being looked up, or looked up wrongly. */
import type { CheckRule, DriverDescription } from '../../schemas/index.ts';
import { checksOfClass, droppedChecks } from './checks.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, carriesCore, type Place } from './places.ts';

export const handleNotValidated: MutantSource = driver => [
  ...droppedChecks(driver, 'C05'),
  ...checksOfClass(driver, 'C05').flatMap(badLookups),
  ...(carriesCore(driver) ? issued(driver) : []),
];

/** Resources whose numbers all lie beyond 16 bits: cut, none of them names anything. */
const FAR = new Set(['cb', 'device_mapping', 'ts_buffer']);

function badLookups(place: Place<CheckRule>): Mutant[] {
  const { when } = place.rule;
  if (!('noHandle' in when)) return [];
  return [
    at('zero-handle', place, {
      class: 'C05',
      clauses: ['handle.zero'],
      summary: `${place.call.name} takes the handle 0 for "none" and succeeds.`,
      patch: [{ condition: { all: [{ nonzero: when.noHandle }, when] }, of: place.id }],
    }),
    at('short-handle', place, {
      class: 'C05',
      clauses: [FAR.has(when.resource) ? 'dispatch.valid-call' : 'handle.never-issued'],
      summary: `${place.call.name} looks up the low 16 bits of the handle.`,
      patch: [{ condition: { ...when, noHandle: { and: [when.noHandle, 0xffff] } }, of: place.id }],
    }),
  ];
}

/** Numbers that a new handle must not have. */
function issued({ name: driver }: DriverDescription): Mutant[] {
  return [
    {
      id: 'handle.first-is-zero',
      class: 'C05',
      clauses: ['handle.fresh'],
      driver,
      summary: 'The handles of a client start at 0.',
      faults: { issue: (_client, _resource, lowest) => lowest - 1n },
    },
    {
      id: 'handle.given-twice',
      class: 'C05',
      clauses: ['handle.fresh'],
      driver,
      summary: 'The fourth object of a client gets the handle of its third.',
      faults: { issue: (_client, _resource, lowest) => (lowest === 4n ? 3n : lowest) },
    },
    {
      id: 'handle.table-of-four',
      class: 'C05',
      clauses: ['handle.fresh'],
      driver,
      summary: 'Handle numbers start again at 1 after the fourth.',
      faults: { issue: (_client, _resource, lowest) => ((lowest - 1n) % 4n) + 1n },
    },
  ];
}
