/** Conditions of the checks of netlink operations: printed as English, and what they refer to. */
import type {
  OverlayCondition as Condition,
  OfAttribute,
  OverlayTerm as Term,
} from '../generated/types/netlink-overlay.ts';

export interface References {
  readonly attributes: Set<string>;
  readonly named: Set<string>;
  readonly constants: Set<string>;
}

/** The sentences of conditions that only a program can decide, by their name. */
export type Named = Readonly<Record<string, string>>;

const COMPARISONS = {
  eq: 'is',
  ne: 'is not',
  lt: 'is less than',
  gt: 'is greater than',
  ge: 'is at least',
} as const;
type Comparison = keyof typeof COMPARISONS;
const isOfAttribute = (term: Term): term is OfAttribute =>
  typeof term === 'object' && ('attr' in term || 'length' in term);

function listed(words: readonly string[], last: string): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

function printTerm(term: Term): string {
  if (typeof term === 'number') return String(term);
  if (isOfAttribute(term)) return term.length ? `the length of ${term.length}` : term.attr!;
  if ('const' in term) return term.const;
  const [object, property] = term.property.split('.');
  return `the ${object}'s ${property}`;
}

export function printNetlinkCondition(condition: Condition, named: Named): string {
  const print = (each: Condition) => printNetlinkCondition(each, named);
  const { missing, present, more, unknown, lacks, unprivileged } = condition;
  if (missing) return `${missing} is missing`;
  if (present) return `${present} is present`;
  if (more) return `more than one of ${listed(more, 'and')} is present`;
  if (unknown)
    return `${listed(unknown.by, 'and')} ${unknown.by.length > 1 ? 'name' : 'names'} no ${unknown.object}`;
  if (lacks) return `the driver lacks ${lacks}`;
  if (unprivileged) return `the caller lacks ${unprivileged}`;
  if (condition.named) return named[condition.named] ?? condition.named;
  if (condition.all) return condition.all.map(each => nested(each, 'any', named)).join(' and ');
  if (condition.any) return condition.any.map(each => nested(each, 'all', named)).join(' or ');
  if (condition.not) return negated(condition.not, named) ?? `it is not so that ${print(condition.not)}`;
  const [name, [left, right]] = Object.entries(condition)[0] as [Comparison, [Term, Term]];
  return `${printTerm(left)} ${COMPARISONS[name]} ${printTerm(right)}`;
}

function nested(condition: Condition, other: 'any' | 'all', named: Named): string {
  const text = printNetlinkCondition(condition, named);
  return condition[other] ? `(${text})` : text;
}

function negated({ unknown }: Condition, _named: Named): string | undefined {
  return (
    unknown && `${listed(unknown.by, 'and')} ${unknown.by.length > 1 ? 'name' : 'names'} a ${unknown.object}`
  );
}

/** Adds everything that a condition refers to. */
export function collectReferences(condition: Condition, into: References): void {
  const { missing, present, more, unknown, named, all, any, not } = condition;
  for (const name of [missing, present, ...(more ?? []), ...(unknown?.by ?? [])])
    if (name !== undefined) into.attributes.add(name);
  if (named) into.named.add(named);
  for (const each of [...(all ?? []), ...(any ?? []), ...(not ? [not] : [])]) collectReferences(each, into);
  for (const comparison of Object.keys(COMPARISONS) as Comparison[])
    for (const term of condition[comparison] ?? []) {
      if (typeof term === 'number') continue;
      if (isOfAttribute(term)) into.attributes.add((term.attr ?? term.length)!);
      else if ('const' in term) into.constants.add(term.const);
    }
}
