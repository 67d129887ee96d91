/** `accel-uapi explain ID`: a clause, a rule of a description, a deviation, a mutant, a silence or a rule of lint or diff. */
import { allMutants } from '../../reference/index.ts';
import {
  type CallDescription,
  type CitedRule,
  catalogue,
  diffRules,
  lintRules,
  printCondition,
  printOutput,
  printTerm,
  ruleName,
  type Written,
  walk,
} from '../../schemas/index.ts';
import { clauses, silences } from '../../spec/index.ts';
import { wrapText } from '../report/wrap.ts';
import { UsageError } from '../run/usage-error.ts';
import { clauseLines } from './explain-clause.ts';
import { explainDiffRule } from './explain-diff.ts';
import { explainLintRule } from './explain-lint.ts';
import { silenceLines } from './explain-silence.ts';
import { nearest } from './nearest.ts';

type Lines = [string, string][];

function allRules(): { id: string; call: CallDescription; rule: CitedRule }[] {
  const seen = new Map<string, { id: string; call: CallDescription; rule: CitedRule }>();
  for (const driver of [catalogue().core, ...catalogue().drivers.values()]) {
    for (const call of [...driver.calls.values(), ...driver.files.values()]) {
      for (const rule of walk(call.semantics.body)) {
        const id = `${call.id}.${ruleName(rule)}`;
        if ('check' in rule || 'set' in rule || 'write' in rule) seen.set(id, { id, call, rule });
      }
    }
  }
  return [...seen.values()];
}

function rulesOf(clause: string): string[] {
  return allRules()
    .filter(({ rule }) => rule.clause === clause)
    .map(({ id }) => id);
}

function writtenText(write: Written): string {
  if ('text' in write) return `device ${write.text}`;
  if ('struct' in write) return `struct ${write.struct}`;
  if ('opaque' in write) return 'what only the device knows';
  return 'number' in write ? printTerm(write.number) : write.model.replaceAll('_', ' ');
}

/** What a rule says, in English. */
export function ruleSentence(rule: CitedRule): string {
  if ('check' in rule)
    return `${rule.optional ? 'may be refused' : 'refused'} with ${rule.errno} when ${printCondition(rule.when)}`;
  if ('set' in rule) return `${rule.set} is set to ${printOutput(rule.to)}`;
  const what = writtenText(rule.write);
  const rest = rule.rest
    ? `; the bytes up to ${printTerm(rule.rest.length)} ${rule.rest.becomes === 'open' ? 'may be kept or cleared' : rule.rest.becomes === 'zero' ? 'are cleared' : 'are kept'}`
    : '';
  return `${printTerm(rule.length)} bytes of ${what} are written at ${printTerm(rule.at)}${rest}`;
}

function ruleLines(id: string): Lines | undefined {
  const found = allRules().find(each => each.id === id);
  if (!found) return undefined;
  const { rule, call } = found;
  const deviations = [...catalogue().drivers.values()]
    .flatMap(driver => driver.deviations)
    .filter(deviation => deviation.rule === id);
  return [
    ['rule', id],
    ['call', call.name],
    ['says', ruleSentence(rule)],
    ['basis', `${rule.basis}${rule.binding ? ' (binding)' : ''}: ${rule.source}`],
    ['evidence', rule.evidence === 'seen' ? 'seen on a running kernel' : 'read in the source'],
    ['clause', rule.clause],
    ...(rule.note ? ([['note', rule.note]] as Lines) : []),
    ['deviations', deviations.map(deviation => deviation.id).join(', ') || 'none'],
  ];
}

function deviationLines(id: string): Lines | undefined {
  const found = [...catalogue().drivers.values()]
    .flatMap(driver => driver.deviations)
    .find(deviation => deviation.id === id);
  if (!found) return undefined;
  return [
    ['deviation', id],
    ['rule', found.rule],
    ['clause', found.clause],
    ['documented', found.says],
    ['enforced', found.does],
    ['kernels', `from ${found.since}${found.until ? ` until ${found.until}` : ''}`],
    ['source', found.source],
    ['evidence', found.evidence === 'seen' ? 'seen on a running kernel' : 'read in the source'],
    ...found.remedies.map((remedy): [string, string] => ['remedy', remedy]),
  ];
}

function mutantLines(id: string): Lines | undefined {
  const found = allMutants().find(mutant => mutant.id === id);
  if (!found) return undefined;
  return [
    ['mutant', id],
    ['class', found.class],
    ['does', found.summary],
    ['dies by', found.clauses.join(', ')],
    ['try', `accel-uapi validate reference:ethosu,mutant=${id}`],
  ];
}

export function runExplain(id: string, width: number, write: (text: string) => void): number {
  if (explainLintRule(id, width, write) || explainDiffRule(id, width, write)) return 0;
  const lines =
    clauseLines(id, rulesOf) ?? ruleLines(id) ?? deviationLines(id) ?? mutantLines(id) ?? silenceLines(id);
  if (!lines) {
    const known = [
      ...clauses.map(each => each.id as string),
      ...allRules().map(each => each.id),
      ...allMutants().map(mutant => mutant.id),
      ...silences.map(each => each.id),
      ...lintRules.map(rule => rule.id),
      ...diffRules.map(rule => rule.id),
    ];
    throw new UsageError(
      `nothing has the id ${id}${nearest(id, known)}; accel-uapi list shows clauses, list mutants, list deviations, list silences, lint --rules and diff --rules the others`,
    );
  }
  for (const [name, text] of lines) {
    wrapText(text, width - 12).forEach((part, index) => {
      write(`${index === 0 ? name.padEnd(12) : ' '.repeat(12)}${part}\n`);
    });
  }
  return 0;
}
