/** C09: bytes come back, or are looked at, that nobody set. */
import { type CallDescription, type DriverDescription, layoutOf, type SetRule } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { clauseByRefusal } from './by-refusal.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { at, carriesCore, type Place, setPlaces, workingCalls, writePlaces } from './places.ts';

export const uninitialisedBytes: MutantSource = driver => [
  ...setPlaces(driver).map(place =>
    at('unset', place, {
      class: 'C09',
      clauses: clausesOfSet(place),
      summary: `${place.call.name} succeeds without setting ${place.rule.set}.`,
      patch: [{ remove: place.id }],
    }),
  ),
  ...writePlaces(driver).map(place =>
    at('unwritten', place, {
      class: 'C09',
      clauses: ['output.memory'],
      summary: `${place.call.name} succeeds without writing the memory behind the pointer.`,
      patch: [{ remove: place.id }],
    }),
  ),
  ...workingCalls(driver).flatMap(call => scribbled(driver, call)),
  ...(carriesCore(driver) ? passedOn(driver) : []),
];

/** Where it shows that an output is not set. */
function clausesOfSet(place: Place<SetRule>): ClauseId[] {
  const { id, rule } = place;
  const refusal = clauseByRefusal(place);
  if (refusal !== undefined) return [refusal];
  // A handle that comes back for the same buffer is not fresh.
  if (id === 'drm.prime_fd_to_handle.handle') return ['output.field'];
  // As many events as were asked for, unless the file has no room for them.
  if (rule.clause === 'file.room') return ['file.room'];
  // What was in memory may lie in the range by chance; among random programs it does not always.
  if ('range' in rule.to) return ['model.outcome'];
  return 'fresh' in rule.to ? ['handle.fresh'] : ['output.field'];
}

/** A structure inside the argument has no role of its own: its members have. */
const isInput = (role: CallDescription['semantics']['fields'][string] | undefined) =>
  role?.direction === 'in' || role?.direction === 'unused';

/** Input members that come back changed. */
function scribbled(driver: DriverDescription, call: CallDescription): Mutant[] {
  if (!call.argument || !call.request?.direction.includes('read')) return [];
  const layout = layoutOf(driver.types, call.argument, 'x86_64');
  const told = layout.fields.filter(({ path }) => {
    const role = call.semantics.fields[path];
    return role?.direction === 'out' && role.role === 'handle';
  });
  // Where a new handle lies over it in a union, the handle is lost as well, and with it all good calls.
  const covered = (field: { readonly offset: number; readonly size: number }) =>
    told.some(out => out.offset < field.offset + field.size && field.offset < out.offset + out.size);
  return layout.fields
    .filter(field => isInput(call.semantics.fields[field.path]) && !covered(field))
    .map(field => ({
      id: `clobber.${call.id}.${field.path}`,
      class: 'C09',
      clauses: ['output.untouched'],
      driver: driver.name,
      calls: [call.name],
      summary: `${call.name} copies what happens to lie in its copy of ${field.path} back to the caller.`,
      faults: {
        scribble: (argument, name) => {
          if (name === call.name) argument.fill(0x6b, field.offset, field.offset + field.size);
        },
      },
    }));
}

/** What the core hands to a handler beyond what the caller passed. */
function passedOn({ name: driver }: DriverDescription): Mutant[] {
  return [
    {
      id: 'dispatch.short-tail-garbage',
      class: 'C09',
      clauses: ['dispatch.short-argument', 'dispatch.direction'],
      driver,
      summary: 'What a short argument lacks is not cleared before the handler sees it.',
      faults: { extend: rest => void rest.fill(0x6b) },
    },
    {
      id: 'dispatch.write-bit-ignored',
      class: 'C09',
      clauses: ['dispatch.direction'],
      driver,
      summary: 'The argument is copied in although the request lacks the write bit.',
      faults: { sizes: ({ encoded, out }) => ({ in: encoded, out }) },
    },
    {
      id: 'dispatch.read-bit-ignored',
      class: 'C09',
      clauses: ['dispatch.direction'],
      driver,
      summary: 'The argument is copied out although the request lacks the read bit.',
      faults: { sizes: ({ encoded, in: given }) => ({ in: given, out: encoded }) },
    },
  ];
}
