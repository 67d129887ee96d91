/** `accel-uapi lint`: what is wrong with an interface, whatever a driver does. */
import {
  type Lint,
  lintRules,
  lintWaived,
  readWaivers,
  validate,
  type Waived,
  type Waiver,
} from '../../schemas/index.ts';
import { collection, type LintInput, readInput } from '../lint/input.ts';
import { type Linted, lintJson, lintPretty } from '../lint/report.ts';
import { readData, withPositions } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';

export interface LintFlags {
  readonly waivers?: string;
  readonly include?: readonly string[];
  readonly rules?: boolean;
  readonly format?: 'pretty' | 'json';
}

function listRules(flags: LintFlags, write: (text: string) => void): number {
  const rules = lintRules.map(({ id, severity, summary, reason, source, needs }) => ({
    id,
    severity,
    summary,
    reason,
    source,
    needs: [...needs],
  }));
  if (flags.format === 'json') {
    write(`${JSON.stringify(validate<Lint>('lint', 'the rules', { rules }), null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...rules.map(({ id }) => id.length));
  for (const { id, severity, summary } of rules)
    write(`${id.padEnd(width)}  ${severity.padEnd(7)}  ${summary}\n`);
  return 0;
}

/** A file's waivers hold for every subject; one is unused when no subject needs it. */
function withFile(path: string, inputs: readonly LintInput[]): Linted[] {
  const data = readData(path);
  const waivers = withPositions({ [path]: data }, () => readWaivers(path, data, lintRules));
  const results = inputs.map(input => ({ input, result: lintWaived(input.subject, waivers) }));
  const used = new Set(results.flatMap(({ result }) => result.waived.map(({ waiver }) => waiver)));
  const unused = waivers.filter(waiver => !used.has(waiver));
  return results.map(({ input, result }, index) => ({
    input,
    result: { ...result, unused: index === 0 ? unused : [] },
  }));
}

function withOwn(input: LintInput): Linted {
  const { subject, strict } = input;
  const path = `schemas/drivers/${subject.name}/waivers.yaml`;
  const waivers: readonly Waiver[] = readWaivers(path, { waivers: input.waivers }, lintRules);
  const result: Waived = lintWaived(subject, waivers);
  return { input, result: strict ? result : { ...result, unused: [] } };
}

export async function runLint(
  words: readonly string[],
  flags: LintFlags,
  write: (text: string) => void,
): Promise<number> {
  if (flags.rules) {
    if (words.length > 0) throw new UsageError('--rules lists the rules and takes no path');
    return listRules(flags, write);
  }
  const inputs: LintInput[] = words.length === 0 ? [...collection()] : [];
  for (const word of words) inputs.push(...(await readInput(word, flags.include ?? [])));
  const all = flags.waivers === undefined ? inputs.map(withOwn) : withFile(flags.waivers, inputs);
  const run = validate<Lint>('lint', 'the report', lintJson(all));
  if (flags.format === 'json') write(`${JSON.stringify(run, null, 2)}\n`);
  else lintPretty(all, write);
  const { counts } = lintJson(all);
  return counts.error + counts.unused > 0 ? 1 : 0;
}
