/** Reserved members and undefined flags, one bit at a time. */

import { ProgramBuilder } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { checkCase, checksOf } from './rules.ts';

export function reservedFamily(context: PlanContext): Case[] {
  const all = checksOf(context, ['reserved.field', 'reserved.flags']);
  const cases = all.map(({ call, check }) => {
    const name = fieldNamed(check.when);
    // Several operations of one request may look at one member.
    const alike = all.filter(each => each.call === call && fieldNamed(each.check.when) === name);
    return checkCase(
      context,
      call,
      check,
      'reserved',
      check.clause as 'reserved.field' | 'reserved.flags',
      alike.length > 1 ? `${name}.${check.check}` : name,
    );
  });
  return [...cases, ...unchecked(context)];
}

function fieldNamed(when: object): string {
  const term = Object.values(when)[0] as { field?: string };
  return term.field ?? 'argument';
}

/** Members that are reserved by name while the core is known to ignore them: shown, not claimed. */
function unchecked(context: PlanContext): Case[] {
  const cases: Case[] = [];
  for (const call of offered(context, ioctls(context.driver))) {
    for (const [name, role] of Object.entries(call.semantics.fields)) {
      if (
        role.role !== 'reserved' ||
        checksOf(context, ['reserved.field']).some(
          other => other.call === call && fieldNamed(other.check.when) === name,
        )
      )
        continue;
      cases.push({
        name: `${call.semantics.key}.${name}`,
        family: 'reserved',
        program: new ProgramBuilder().build(),
        labels: [],
        instances: [
          {
            clause: 'reserved.field',
            instance: `${call.name}.${name}`,
            controls: [],
            probes: [],
            notClaimed: role.note ?? 'no document asks for it',
          },
        ],
      });
    }
  }
  return cases;
}
