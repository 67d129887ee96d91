/** English for terms, conditions and output rules. */
import type { OutputRule } from '../generated/types/semantics.ts';
import type { Condition, Term, ValueSet } from './environment.ts';

/** The name of a state or number of the model, with what it depends on. */
function words(name: string, of: readonly Term[] | undefined): string {
  const text = name.replaceAll('_', ' ');
  return of?.length ? `${text} (${of.map(printTerm).join(', ')})` : text;
}

export function printTerm(term: Term): string {
  if (typeof term === 'number' || typeof term === 'string') return String(term);
  if ('field' in term) return term.field;
  if ('const' in term) return term.const;
  if ('param' in term) return `device ${term.param}`;
  if ('length' in term) return `length of device ${term.length}`;
  if ('property' in term)
    return `${term.property.replace('.', "'s ")}${term.at === undefined ? '' : ` ${printTerm(term.at)}`}`;
  if ('index' in term) return `the number of ${term.index}`;
  if ('now' in term) return 'the time of the call';
  if ('argument' in term) return 'the address that ioctl() was given';
  if ('model' in term) return words(term.model, term.of);
  if ('signed' in term) return `${printTerm(term.signed)} as a signed number`;
  if ('or' in term) return `${printTerm(term.or[0])} | ${printTerm(term.or[1])}`;
  if ('sizeof' in term) return `size of struct ${term.sizeof}`;
  if ('popcount' in term) return `number of bits set in ${printTerm(term.popcount)}`;
  if ('min' in term) return `the smaller of ${printTerm(term.min[0])} and ${printTerm(term.min[1])}`;
  if ('max' in term) return `the larger of ${printTerm(term.max[0])} and ${printTerm(term.max[1])}`;
  if ('and' in term) return `${printTerm(term.and[0])} & ${printTerm(term.and[1])}`;
  if ('roundUp' in term) return `${printTerm(term.roundUp[0])} rounded up to ${printTerm(term.roundUp[1])}`;
  if ('add' in term) return `${printTerm(term.add[0])} + ${printTerm(term.add[1])}`;
  if ('sub' in term) return `${printTerm(term.sub[0])} - ${printTerm(term.sub[1])}`;
  return term.mul.map(factor).join(' * ');
}

function factor(term: Term): string {
  const sum = typeof term === 'object' && ('add' in term || 'sub' in term);
  return sum ? `(${printTerm(term)})` : printTerm(term);
}

function printSet(set: ValueSet): string {
  return set.enum ? `enum ${set.enum}` : (set.constants ?? []).join(', ');
}

export function printCondition(condition: Condition): string {
  if ('eq' in condition) return `${printTerm(condition.eq[0])} is ${printTerm(condition.eq[1])}`;
  if ('ne' in condition) return `${printTerm(condition.ne[0])} is not ${printTerm(condition.ne[1])}`;
  if ('lt' in condition) return `${printTerm(condition.lt[0])} is below ${printTerm(condition.lt[1])}`;
  if ('le' in condition) return `${printTerm(condition.le[0])} is at most ${printTerm(condition.le[1])}`;
  if ('gt' in condition) return `${printTerm(condition.gt[0])} is above ${printTerm(condition.gt[1])}`;
  if ('ge' in condition) return `${printTerm(condition.ge[0])} is at least ${printTerm(condition.ge[1])}`;
  if ('outside' in condition) {
    const [value, low, high] = condition.outside;
    return `${printTerm(value)} is outside ${printTerm(low)}..${printTerm(high)}`;
  }
  if ('misaligned' in condition)
    return `${printTerm(condition.misaligned[0])} is no multiple of ${printTerm(condition.misaligned[1])}`;
  if ('nonzero' in condition) return `${printTerm(condition.nonzero)} is not 0`;
  if ('unknownBits' in condition)
    return `${printTerm(condition.unknownBits)} has a bit outside ${printSet(condition.values)}`;
  if ('unmatched' in condition)
    return `${printTerm(condition.unmatched)} is none of ${printSet(condition.values)}`;
  if ('noHandle' in condition)
    return `${printTerm(condition.noHandle)} is no ${condition.resource} of this file`;
  if ('model' in condition)
    return `${condition.object ? `${condition.object}: ` : ''}${words(condition.model, condition.of)}`;
  if ('forbidden' in condition) return 'the caller lacks a permission that the call needs';
  if ('unplugged' in condition) return 'the device is gone';
  if ('noDescriptor' in condition)
    return `${printTerm(condition.noDescriptor)} is no descriptor${condition.kind ? ` of a ${condition.kind}` : ''}`;
  if ('absent' in condition) return `there is no ${condition.absent}`;
  if ('same' in condition) return `${condition.same[0]} and ${condition.same[1]} are the same`;
  if ('attachedTwice' in condition) return `one object is given to ${condition.attachedTwice} twice`;
  if ('broken' in condition)
    return `${printTerm(condition.at)} leads to no good ${condition.broken.replaceAll('_', ' ')}`;
  if ('unreadFor' in condition)
    return `what the check of the ${condition.unreadFor.replaceAll('_', ' ')} looks at cannot be read`;
  if ('unprintable' in condition)
    return `a byte at ${printTerm(condition.unprintable[0])} is no printable character`;
  if ('noMinor' in condition) return `${printTerm(condition.noMinor)} belongs to no device`;
  if ('noCall' in condition) return `${printTerm(condition.noCall)} is not defined`;
  if ('unreadable' in condition)
    return `${printTerm(condition.unreadable[1])} bytes at ${printTerm(condition.unreadable[0])} cannot be read`;
  if ('unwritable' in condition)
    return `${printTerm(condition.unwritable[1])} bytes at ${printTerm(condition.unwritable[0])} cannot be written`;
  if ('state' in condition) return `${condition.state.replace('.', ' is ')}`;
  if ('all' in condition) return condition.all.map(printCondition).join(' and ');
  if ('any' in condition) return condition.any.map(printCondition).join(' or ');
  return `not (${printCondition(condition.not)})`;
}

const multiple = (of: Term | undefined) => (of === undefined ? '' : `, a multiple of ${printTerm(of)}`);

export function printOutput(rule: OutputRule): string {
  if ('equals' in rule) return printTerm(rule.equals);
  if ('fresh' in rule) return `a new ${rule.fresh}, not 0 and not in use${multiple(rule.aligned)}`;
  if ('descriptor' in rule) return `a new ${rule.descriptor} descriptor`;
  if ('stable' in rule)
    return `a ${rule.in === undefined ? 'number' : 'place in the address space of the file'} that stays with the object${multiple(rule.aligned)}${rule.from === undefined ? '' : `, from ${printTerm(rule.from)} on`}${rule.upTo === undefined ? '' : `, up to ${printTerm(rule.upTo)}`}`;
  if ('range' in rule) return `a number from ${printTerm(rule.range[0])} to ${printTerm(rule.range[1])}`;
  return 'any number';
}
