/** Which members make a call take the way through its body on which a rule stands: the operation that a selector picks. */
import type { Body, CallDescription, Condition, DriverDescription, Rule, Term } from '../../schemas/index.ts';

type Members = Record<string, bigint>;

const fieldOf = (term: Term): string | undefined =>
  typeof term === 'object' && 'field' in term ? term.field : undefined;

function numberOf({ types }: DriverDescription, term: Term): bigint | undefined {
  if (typeof term === 'number' || typeof term === 'string') return BigInt(term);
  return 'const' in term ? types.constantValue(term.const) : undefined;
}

/** The members of a condition that one value alone meets: of a selector, and of a bit that is looked at. */
function meeting(driver: DriverDescription, when: Condition): Members {
  if ('all' in when) return Object.assign({}, ...when.all.map(each => meeting(driver, each)));
  if ('eq' in when) {
    const [field, value] = [fieldOf(when.eq[0]!), numberOf(driver, when.eq[1]!)];
    return field === undefined || value === undefined ? {} : { [field]: value };
  }
  if (!('nonzero' in when)) return {};
  const term = when.nonzero;
  if (typeof term !== 'object' || !('and' in term)) return {};
  const [field, bit] = [fieldOf(term.and[0]!), numberOf(driver, term.and[1]!)];
  return field === undefined || bit === undefined ? {} : { [field]: bit };
}

function search(driver: DriverDescription, body: Body, wanted: (rule: Rule) => boolean): Members | undefined {
  for (const rule of body) {
    if (wanted(rule)) return {};
    if ('each' in rule) {
      const found = search(driver, rule.do, wanted);
      if (found) return found;
    }
    if (!('select' in rule)) continue;
    for (const { when, do: inside } of rule.select) {
      const found = search(driver, inside, wanted);
      if (found) return { ...meeting(driver, when), ...found };
    }
    const found = search(driver, rule.otherwise ?? [], wanted);
    if (found) return found;
  }
  return undefined;
}

/** The members that lead to the first rule of a kind; none where it stands on every way. */
export function wayTo(
  driver: DriverDescription,
  call: CallDescription,
  wanted: (rule: Rule) => boolean,
): Readonly<Members> {
  return search(driver, call.semantics.body, wanted) ?? {};
}
