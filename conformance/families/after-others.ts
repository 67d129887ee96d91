/**
 * Changes for checks of a member that may name an object while the device is in some state: it names one, and a good
 * call of another kind comes first. The model tells which of them break just the check.
 */
import { type CallDescription, type CheckRule, walk } from '../../schemas/index.ts';
import type { Argument } from '../plan/arguments.ts';
import { nodeIoctls } from '../plan/context.ts';
import { outlook } from '../plan/outlook.ts';
import type { Sandwich } from '../plan/sandwich.ts';
import { fieldsIn } from './formula.ts';
import type { Change } from './search.ts';

/** A state of an object is that of the objects which the call names. */
function looksAtState(condition: unknown): boolean {
  if (Array.isArray(condition)) return condition.some(looksAtState);
  if (typeof condition !== 'object' || condition === null) return false;
  if ('model' in condition) return !('object' in condition);
  return Object.values(condition).some(looksAtState);
}

/** What a member names when it is not 0, although its role does not say so. */
export function namedBy(call: CallDescription, field: string): string | undefined {
  for (const rule of walk(call.semantics.body)) {
    if (!('check' in rule)) continue;
    const found = new RegExp(`"noHandle":\\{"field":"${field}"\\},"resource":"([a-z_]+)"`).exec(
      JSON.stringify(rule.when),
    );
    if (found) return found[1];
  }
  return undefined;
}

export function afterOthers(sandwich: Sandwich, call: CallDescription, check: CheckRule): Change[] {
  if (!looksAtState(check.when)) return [];
  const { maker, fd, controls } = sandwich;
  const { context } = maker;
  const members = fieldsIn(check.when).flatMap(field => {
    const resource = namedBy(call, field);
    return resource === undefined ? [] : [{ field, resource }];
  });
  // A state alone may pass by itself, as when the device is done with a job.
  if (members.length === 0) return [];
  return nodeIoctls(context.driver)
    .filter(other => other !== call && !other.id.startsWith('drm.'))
    .filter(other => outlook(context, other).kind === 'succeeds')
    .map(other => ({
      title: `after ${other.name}`,
      values: () => {
        const values: Record<string, Argument> = {};
        const before = maker.good(fd, other, { label: `${other.name} (for another state)` });
        if (before) controls.push(...before.setup, before.step);
        for (const { field, resource } of members) {
          const made = maker.freshHandle(fd, resource);
          if (!made) continue;
          controls.push(made.step);
          values[field] = made.handle;
        }
        return values;
      },
    }));
}
