/**
 * The profile that programs have to run on to get to a rule. What a device is decides some conditions by itself: a rule for one
 * kind of devices is broken on a profile of that kind.
 */
import {
  type Body,
  type CallDescription,
  type Condition,
  type DriverDescription,
  type Rule,
  ruleName,
  type Term,
  walk,
} from '../../schemas/index.ts';

type Holds = boolean | undefined;
type Numbers = (term: Term) => bigint | undefined;

const COMPARED: Readonly<Record<string, (left: bigint, right: bigint) => boolean>> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
};

/** What the parameters of a profile say alone; undefined for all that a call decides as well. */
function numbersOf(driver: DriverDescription, profile: string): Numbers {
  const values = driver.manifest.profiles[profile]!;
  return term => {
    if (typeof term !== 'object') return BigInt(term);
    if ('const' in term) return driver.types.constantValue(term.const);
    if (!('param' in term) || driver.manifest.params[term.param]?.type !== 'number') return undefined;
    const value = values[term.param];
    return value === undefined ? undefined : BigInt(value);
  };
}

function decided(condition: Condition, numbers: Numbers): Holds {
  if ('all' in condition || 'any' in condition) {
    const ends = 'any' in condition;
    const parts = ('all' in condition ? condition.all : condition.any).map(each => decided(each, numbers));
    if (parts.includes(ends)) return ends;
    return parts.includes(undefined) ? undefined : !ends;
  }
  if ('not' in condition) {
    const inner = decided(condition.not, numbers);
    return inner === undefined ? undefined : !inner;
  }
  for (const [name, compare] of Object.entries(COMPARED)) {
    const terms = (condition as Readonly<Record<string, readonly [Term, Term] | undefined>>)[name];
    const [left, right] = terms?.map(numbers) ?? [];
    if (left !== undefined && right !== undefined) return compare(left, right);
  }
  return undefined;
}

/** Whether calls may get to the rule, and its condition may hold. */
function reaches(body: Body, wanted: Rule, numbers: Numbers): boolean {
  for (const rule of body) {
    if (rule === wanted) return !('check' in rule) || decided(rule.when, numbers) !== false;
    if (!walk([rule]).includes(wanted)) continue;
    if ('each' in rule) return reaches(rule.do, wanted, numbers);
    if (!('select' in rule)) return true;
    for (const branch of rule.select) {
      const holds = decided(branch.when, numbers);
      if (walk(branch.do).includes(wanted)) return holds !== false && reaches(branch.do, wanted, numbers);
      if (holds) return false;
    }
    return reaches(rule.otherwise ?? [], wanted, numbers);
  }
  return true;
}

/** What is set where every profile comes, and shows only where what follows is refused. */
const SHOWS_ON: Readonly<Record<string, string>> = {
  'habanalabs.memory.block-cleared': 'gaudi',
  'habanalabs.memory.block-bytes-cleared': 'gaudi',
};

/** The first profile that gets to the rule, unless it is the driver's first or there is none. */
export function onlyOnProfile(
  driver: DriverDescription,
  { id, semantics: { body } }: CallDescription,
  rule: Rule,
): string | undefined {
  const shows = SHOWS_ON[`${id}.${ruleName(rule)}`];
  if (shows !== undefined) return shows;
  const profiles = Object.keys(driver.manifest.profiles);
  const found = profiles.findIndex(profile => reaches(body, rule, numbersOf(driver, profile)));
  return found > 0 ? profiles[found] : undefined;
}
