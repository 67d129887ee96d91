/** The rules of a body in order, each with the cases and loops that it stands in. */
import { type Body, type CheckRule, type Rule, ruleName } from '../../catalogue/rules.ts';
import type { Condition } from '../../generated/types/semantics.ts';

export interface Item {
  readonly name: string;
  readonly rule: Rule;
  /** The conditions of the cases around it. */
  readonly guards: readonly Condition[];
  /** The elements that the loops around it look at. */
  readonly loops: readonly string[];
}

export type CheckItem = Item & { readonly rule: CheckRule };

function* walkItems(body: Body, guards: readonly Condition[], loops: readonly string[]): Generator<Item> {
  for (const rule of body) {
    if ('select' in rule) {
      const earlier: Condition[] = [];
      for (const branch of rule.select) {
        yield* walkItems(branch.do, [...guards, ...earlier, branch.when], loops);
        earlier.push({ not: branch.when });
      }
      if (rule.otherwise) yield* walkItems(rule.otherwise, [...guards, ...earlier], loops);
      continue;
    }
    yield { name: ruleName(rule), rule, guards, loops };
    if ('each' in rule) yield* walkItems(rule.do, guards, [...loops, rule.each]);
    else if ('handler' in rule && rule.before) yield* walkItems(rule.before, guards, loops);
  }
}

export function itemsOf(body: Body): Item[] {
  return [...walkItems(body, [], [])];
}

export function isCheck(item: Item): item is CheckItem {
  return 'check' in item.rule;
}

/** Whether a rule changes something that stays when a later check refuses the call. */
export function isEffect({ rule }: Item): boolean {
  return ['create', 'release', 'assign', 'attach', 'effect', 'write', 'set'].some(key => key in rule);
}

/** When a check refuses: its own condition within the cases around it. */
export function refusal({ rule, guards }: CheckItem): Condition {
  const [first, ...others] = guards;
  return first ? { all: [first, ...others, rule.when] } : rule.when;
}
