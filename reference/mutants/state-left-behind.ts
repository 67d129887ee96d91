/** C14: a call that is refused has done its work all the same, because the check comes too late. */
import { ruleName } from '../../schemas/index.ts';
import type { MutantSource } from './mutant.ts';
import { at, checkPlaces, clausesOf } from './places.ts';

export const stateLeftBehind: MutantSource = driver =>
  checkPlaces(driver).flatMap(place => {
    const { call, rule } = place;
    const { body } = call.semantics;
    const index = body.indexOf(rule);
    const works = body.slice(index + 1).some(later => 'set' in later || 'select' in later);
    const last = body.at(-1)!;
    // Without its object a call does nothing, and a pinned check ends the body where it stands.
    if (!call.request || index < 0 || !works || rule.pinned || 'noHandle' in rule.when) return [];
    return [
      at('late', place, {
        class: 'C14',
        clauses: clausesOf(place),
        summary: `${call.name} refuses at the end: ${rule.check}. What it did until then stays done.`,
        patch: [{ remove: place.id }, { after: `${call.id}.${ruleName(last)}`, insert: [rule] }],
      }),
    ];
  });
