/** C14, C17: a call that is refused has done its work all the same, because the check comes too late. */
import { type CheckRule, ruleName, walk } from '../../schemas/index.ts';
import type { MutantSource } from './mutant.ts';
import { at, checkPlaces, clausesOf } from './places.ts';

const waits = (rule: CheckRule) => rule.clause === 'argument.deadline';

export const stateLeftBehind: MutantSource = driver =>
  checkPlaces(driver).flatMap(place => {
    const { call, rule } = place;
    const { body } = call.semantics;
    const index = body.indexOf(rule);
    const rest = [...walk(body.slice(index + 1))];
    const writes = rest.some(later => 'set' in later || 'write' in later);
    const releases = rest.some(later => 'release' in later || 'effect' in later);
    const gives = rest.some(later => 'set' in later && 'descriptor' in later.to);
    const last = body.at(-1)!;
    // Without its object a call does nothing, and a pinned check ends the body where it stands.
    if (!call.request || index < 0 || !(writes || releases) || rule.pinned || 'noHandle' in rule.when)
      return [];
    return [
      at('late', place, {
        class: gives ? 'C17' : 'C14',
        // What is gone shows only when the call is made again, a descriptor only in the number of the next one.
        // A wait whose time is over writes what it tells of work that is done, while its job still runs.
        clauses: waits(rule)
          ? ['job.completion']
          : gives || !writes
            ? ['output.nothing-changed']
            : clausesOf(place),
        summary: `${call.name} refuses at the end: ${rule.check}. What it did until then stays done.`,
        patch: [{ remove: place.id }, { after: `${call.id}.${ruleName(last)}`, insert: [rule] }],
      }),
    ];
  });
