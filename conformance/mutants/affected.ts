/** Which programs a mutant can show in: those that come to what it breaks. In all others it is the strict reference. */
import type { Mutant } from '../../reference/index.ts';
import { type DriverDescription, type Rule, ruleName, walk } from '../../schemas/index.ts';
import type { Baseline, Reach } from './baseline.ts';

type Edit = NonNullable<Mutant['patch']>[number];
type Test = (reach: Reach) => boolean;

function rulesOf(driver: DriverDescription, id: string): Rule[] {
  return [...driver.calls.values(), ...driver.files.values()]
    .filter(call => id.startsWith(`${call.id}.`))
    .flatMap(call => walk(call.semantics.body).filter(rule => `${call.id}.${ruleName(rule)}` === id));
}

/** Whether the new condition holds only where the old one does: it looks at a part of the bits, or asks for more. */
function isNarrower(old: unknown, now: unknown): boolean {
  if (typeof old !== 'object' || typeof now !== 'object' || old === null || now === null) return false;
  const [was, is] = [JSON.stringify(old), now as Record<string, unknown>];
  if (Array.isArray(is.all)) return is.all.some(each => JSON.stringify(each) === was);
  return ['nonzero', 'unknownBits'].some(name => {
    const [before, after] = [(old as Record<string, unknown>)[name], is[name]];
    const masked = (after as { and?: unknown[] } | undefined)?.and;
    return before !== undefined && JSON.stringify(masked?.[0]) === JSON.stringify(before);
  });
}

/** A missing check and a wrong errno matter where the condition holds; anything else where the rule is looked at. */
function shows(driver: DriverDescription, edit: Edit): Test {
  const id =
    'remove' in edit
      ? edit.remove
      : 'of' in edit
        ? edit.of
        : 'replace' in edit
          ? edit.replace
          : 'before' in edit
            ? edit.before
            : edit.after;
  const rules = rulesOf(driver, id);
  const narrower =
    'condition' in edit && rules.every(rule => 'check' in rule && isNarrower(rule.when, edit.condition));
  const held = 'remove' in edit || 'errno' in edit || narrower;
  return reach => rules.some(rule => (held ? reach.held : reach.looked).has(rule));
}

/** Whether a program can end another way on the mutant than on the strict reference. */
export function affects(mutant: Mutant, { driver }: Baseline): Test {
  const { patch, calls, ops } = mutant;
  if (patch) {
    const tests = patch.map(edit => shows(driver, edit));
    return reach => tests.some(test => test(reach));
  }
  if (calls) {
    const numbers = calls.map(name => driver.calls.get(name)!.request!.number);
    return reach => numbers.some(number => reach.numbers.has(number));
  }
  return reach => ops?.some(op => reach.ops.has(op)) ?? true;
}
