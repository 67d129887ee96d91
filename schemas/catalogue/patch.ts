/** Edits of a body: what makes a deviation out of a description, and a mutant. */
import type { Edit } from '../generated/types/deviations.ts';
import type { CallDescription, DriverDescription } from './catalogue.ts';
import { type Body, type Rule, ruleName } from './rules.ts';

export type Patch = readonly Edit[];

/** The full ids of the rules that a patch edits. */
export function editedRules(patch: Patch): string[] {
  return patch.map(target);
}

function target(edit: Edit): string {
  if ('remove' in edit) return edit.remove;
  if ('of' in edit) return edit.of;
  if ('replace' in edit) return edit.replace;
  return 'before' in edit ? edit.before : edit.after;
}

function editRule(rule: Rule, edit: Edit): Rule[] {
  if ('remove' in edit) return [];
  if ('replace' in edit) return edit.with as Rule[];
  if ('before' in edit) return [...(edit.insert as Rule[]), rule];
  if ('after' in edit) return [rule, ...(edit.insert as Rule[])];
  if ('refused' in edit) {
    if (!('each' in rule)) throw new Error(`${target(edit)} is no each, so it has no elements to skip`);
    return [{ ...rule, refused: edit.refused }];
  }
  if (!('check' in rule))
    throw new Error(`${target(edit)} is no check, so its errno and condition cannot be changed`);
  return [
    { ...rule, ...('errno' in edit ? { errno: edit.errno } : { when: edit.condition as typeof rule.when }) },
  ];
}

function editBody(body: Body, name: string, edit: Edit, found: { count: number }): Rule[] {
  return body.flatMap(rule => {
    if (ruleName(rule) === name) {
      found.count += 1;
      return editRule(rule, edit);
    }
    if ('each' in rule) return [{ ...rule, do: editBody(rule.do, name, edit, found) }];
    if ('handler' in rule && rule.before)
      return [{ ...rule, before: editBody(rule.before, name, edit, found) }];
    if (!('select' in rule)) return [rule];
    return [
      {
        ...rule,
        select: rule.select.map(branch => ({
          ...branch,
          do: editBody(branch.do, name, edit, found),
        })) as typeof rule.select,
        ...(rule.otherwise ? { otherwise: editBody(rule.otherwise, name, edit, found) } : {}),
      },
    ];
  });
}

/** The description with the edits made, in order; an edit whose rule does not exist is an error. */
export function applyPatch(driver: DriverDescription, patch: Patch): DriverDescription {
  const calls = new Map(driver.calls);
  const files = new Map(driver.files);
  for (const edit of patch) {
    const id = target(edit);
    const call = [...calls.values(), ...files.values()].find(candidate => id.startsWith(`${candidate.id}.`));
    const found = { count: 0 };
    if (call) {
      const name = id.slice(call.id.length + 1);
      const patched: CallDescription = {
        ...call,
        semantics: { ...call.semantics, body: editBody(call.semantics.body, name, edit, found) },
      };
      (files.has(call.name) ? files : calls).set(call.name, patched);
    }
    if (found.count !== 1)
      throw new Error(
        `${id} names ${found.count} rules of ${driver.name}, expected one; see describe ${driver.name}`,
      );
  }
  return { ...driver, calls, files };
}
