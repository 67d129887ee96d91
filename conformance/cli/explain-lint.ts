/** A lint rule, with its examples as they stand. */
import { type Example, type LintRule, lintRules } from '../../schemas/index.ts';
import { wrapText } from '../report/wrap.ts';

function* codeOf({ header, beside, call, features }: Example): Generator<string> {
  yield* header.replaceAll('\t', '    ').trimEnd().split('\n');
  if (beside) yield* ['', 'beside a header with', '', ...beside.trimEnd().split('\n')];
  if (features) yield* ['', `in a driver with ${features.join(', ')}`];
  if (call) yield* ['', 'described as', '', ...call.trimEnd().split('\n')];
}

/** Prints the rule of that id; false when there is none. */
export function explainLintRule(id: string, width: number, write: (text: string) => void): boolean {
  const rule: LintRule | undefined = lintRules.find(one => one.id === id);
  if (!rule) return false;
  const put = (name: string, text: string) =>
    wrapText(text, width - 12).forEach((part, index) => {
      write(`${(index === 0 ? name : '').padEnd(12)}${part}\n`);
    });
  put('lint rule', rule.id);
  put('severity', rule.severity);
  put('finds', rule.summary);
  put('because', rule.reason);
  put('source', rule.source);
  if (rule.needs.length > 0) put('needs', rule.needs.map(need => NEEDS[need]).join(', '));
  for (const [name, example] of [
    ['breaks it', rule.breaks],
    ['holds it', rule.holds],
  ] as const) {
    write(`\n${name}\n\n`);
    for (const line of codeOf(example)) write(line === '' ? '\n' : `    ${line}\n`);
  }
  write('\n');
  put('try', 'accel-uapi lint');
  return true;
}

const NEEDS = {
  text: 'the text of the header',
  calls: 'described calls',
  manifest: 'the features of the driver',
} as const;
