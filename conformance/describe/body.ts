/** The body of a call in English: one line a rule, in the order in which a call meets them. */
import { type Body, printCondition, printTerm, ruleName } from '../../schemas/index.ts';
import { ruleSentence } from '../cli/explain.ts';

export function bodyLines(body: Body, depth: number): string[] {
  const pad = '  '.repeat(depth);
  return body.flatMap(rule => {
    if ('select' in rule) {
      const branches = rule.select.flatMap((branch, index) => [
        `${pad}${index === 0 ? 'when' : 'or when'} ${printCondition(branch.when)}:`,
        ...bodyLines(branch.do, depth + 1),
      ]);
      return [
        ...branches,
        ...(rule.otherwise ? [`${pad}otherwise:`, ...bodyLines(rule.otherwise, depth + 1)] : []),
      ];
    }
    if ('check' in rule || 'set' in rule || 'write' in rule)
      return [`${pad}${ruleSentence(rule)} [${ruleName(rule)}; ${rule.basis}]`];
    if ('create' in rule) {
      const properties = Object.entries(rule.properties).map(([name, term]) => `${name} ${printTerm(term)}`);
      return [
        `${pad}a ${rule.create} comes to be${properties.length > 0 ? ` with ${properties.join(', ')}` : ''}`,
      ];
    }
    if ('find' in rule)
      return [`${pad}${rule.find} is the object of ${printTerm((rule.handle ?? rule.descriptor)!)}`];
    if ('each' in rule)
      return [
        `${pad}for each ${rule.each} of ${rule.member ?? printTerm(rule.at!)}${rule.count === undefined ? '' : `, ${printTerm(rule.count)} of them`}${rule.stride === undefined ? '' : `, ${printTerm(rule.stride)} bytes apart`}:`,
        ...(rule.refused === 'skipped'
          ? [`${pad}  (one that is refused is skipped, and nobody is told)`]
          : []),
        ...bodyLines(rule.do, depth + 1),
      ];
    if ('assign' in rule) return [`${pad}${rule.assign.replace('.', "'s ")} becomes ${printTerm(rule.to)}`];
    if ('attach' in rule) return [`${pad}${rule.to} refers to ${rule.attach}`];
    if ('effect' in rule)
      return [
        `${pad}${rule.effect.replaceAll('_', ' ')}${rule.of?.length ? ` (${rule.of.map(printTerm).join(', ')})` : ''}`,
      ];
    if ('release' in rule) return [`${pad}${printTerm(rule.release)} stops to be a ${rule.resource}`];
    return [...bodyLines(rule.before ?? [], depth), `${pad}the handler of the number runs`];
  });
}
