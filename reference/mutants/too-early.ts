/** C15: an object gets its handle before the last check of the call, and keeps it when that check fails. */
import type { CreateRule, SetRule } from '../../schemas/index.ts';
import { ruleName } from '../../schemas/index.ts';
import type { MutantSource } from './mutant.ts';
import { at, checkPlaces, clausesOf, setPlaces } from './places.ts';

const STATE = /"(?:model|state)":/;

export const tooEarly: MutantSource = driver =>
  setPlaces(driver).flatMap(place => {
    const { call, rule } = place;
    const { body } = call.semantics;
    const create = body.find((each): each is CreateRule => 'create' in each);
    const last = checkPlaces(driver).findLast(each => each.call === call && body.includes(each.rule));
    // What is found, not made, was there before.
    if (!('fresh' in rule.to) || !create || !last || rule.to.object !== create.object) return [];
    const made: (CreateRule | SetRule)[] = [create, rule];
    return [
      at('early', place, {
        class: 'C15',
        // What only the device's state refuses is not tried for what it leaves behind.
        clauses: STATE.test(JSON.stringify(last.rule.when)) ? clausesOf(last) : ['output.nothing-changed'],
        summary: `${call.name} gives the handle out before it looks at: ${last.rule.check}.`,
        patch: [
          { remove: place.id },
          { remove: `${call.id}.${ruleName(create)}` },
          { before: last.id, insert: made },
        ],
      }),
    ];
  });
