/** C17: a new descriptor is not the one that was asked for. */
import type { MutantSource } from './mutant.ts';
import { at, setPlaces } from './places.ts';

/** True whatever the caller asks for: such a descriptor is always closed by exec. */
const ALWAYS = { eq: [0, 0] } satisfies { eq: [number, number] };

export const descriptor: MutantSource = driver =>
  setPlaces(driver).flatMap(place => {
    const { to } = place.rule;
    if (!('descriptor' in to) || !to.closeOnExec) return [];
    const kept = { descriptor: to.descriptor, object: to.object };
    const inherited = at('inherited', place, {
      class: 'C17',
      clauses: ['output.field'],
      summary: `${place.call.name} gives a descriptor that survives exec, whatever the flags ask for.`,
      patch: [{ replace: place.id, with: [{ ...place.rule, to: kept }] }],
    });
    // No flags decide what drm_syncobj.c:684 and :785 give: O_CLOEXEC is what they do.
    if (JSON.stringify(to.closeOnExec) === JSON.stringify(ALWAYS)) return [inherited];
    const closed = at('closed-on-exec', place, {
      class: 'C17',
      clauses: ['output.field'],
      summary: `${place.call.name} gives a descriptor that exec closes, whatever the flags ask for.`,
      patch: [{ replace: place.id, with: [{ ...place.rule, to: { ...kept, closeOnExec: ALWAYS } }] }],
    });
    return [inherited, closed];
  });
