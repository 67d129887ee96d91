import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ABI_NAMES, type Facts } from '../../schemas/layout/index.ts';
import type { AbiName } from '../../schemas/program/program.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { buildProbe, type Probe, type Remark, SECTION, SUBJECTS, type Subject } from './abi-probe.ts';
import { headerPath } from './own-headers.ts';
import { typesFor } from './read-headers.ts';
import { CheckAbiError, compiledNumbers, compilerVersion } from './toolchains.ts';

export { CheckAbiError };

export interface Difference {
  readonly abi: AbiName;
  readonly header: string;
  readonly expression: string;
  readonly ours: bigint;
  readonly compiler: bigint;
}

/** What was compared of one header. */
export interface HeaderReport {
  readonly header: string;
  /** Names, by what they are: a field counts once, however many numbers were asked of it. */
  readonly names: Record<Subject, number>;
  /** Numbers compared, by what they are about. */
  readonly compared: Record<Subject, number>;
  readonly skipped: readonly Remark[];
  readonly assumed: readonly Remark[];
}

export interface AbiReport {
  readonly abi: AbiName;
  /** First line of what the compiler says of itself. */
  readonly compiler: string;
  readonly headers: readonly HeaderReport[];
  readonly differences: readonly Difference[];
}

function readFacts(folder: string, includeRoot: string): Facts[] {
  const names = readdirSync(folder).filter(name => name.endsWith('.json'));
  return names.sort().map(name => {
    const facts = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Facts;
    const header = headerPath(includeRoot, facts.header);
    if (!existsSync(header)) {
      throw new CheckAbiError(`${header} is no file; --include must name the folder that holds drm/`);
    }
    if (createHash('sha256').update(readFileSync(header)).digest('hex') !== facts.source.sha256) {
      const { package: from, version } = facts.source;
      throw new CheckAbiError(
        `${header} is not the header of ${from} ${version} that ${name} was taken from`,
      );
    }
    return facts;
  });
}

/** Gives the answers to a probe, in the order of its questions. */
export type Answer = (probe: Probe, abi: AbiName) => ArrayLike<bigint>;

function count(of: (subject: Subject) => number): Record<Subject, number> {
  return Object.fromEntries(SUBJECTS.map(subject => [subject, of(subject)])) as Record<Subject, number>;
}

/** Compares the answers to every question about a set of headers with ours, for one ABI. */
export function compareFacts(
  all: readonly Facts[],
  abi: AbiName,
  answer: Answer,
): Pick<AbiReport, 'headers' | 'differences'> {
  const differences: Difference[] = [];
  const headers = all.map(facts => {
    const { header } = facts;
    const probe = buildProbe(facts, typesFor(facts, all), abi);
    const answers = answer(probe, abi);
    for (const [i, { expression, expected }] of probe.questions.entries()) {
      const compiler = answers[i];
      if (compiler === undefined) throw new CheckAbiError(`the compiler gave no answer to ${expression}`);
      if (compiler !== expected) differences.push({ abi, header, expression, ours: expected, compiler });
    }
    const of = (subject: Subject) => probe.questions.filter(each => each.subject === subject);
    return {
      header,
      names: count(subject => new Set(of(subject).map(({ name }) => name)).size),
      compared: count(subject => of(subject).length),
      skipped: probe.skipped,
      assumed: probe.assumed,
    };
  });
  return { headers, differences };
}

/**
 * Asks the compiler of each ABI about every struct, union, field, hole, request number and constant and compares the
 * answers with ours. Nothing that was compiled is run. Throws {@link CheckAbiError} when a compiler or a header is
 * missing.
 */
export function checkAbi(includeRoot: string, factsFolder: string, abis = ABI_NAMES): AbiReport[] {
  const all = readFacts(factsFolder, includeRoot);
  const folder = mkdtempSync(join(tmpdir(), 'check-abi-'));
  try {
    return abis.map(abi => {
      const compiler = compilerVersion(abi);
      const numbers = ({ source }: Probe) => compiledNumbers(source, SECTION, abi, includeRoot, folder);
      return { abi, compiler, ...compareFacts(all, abi, numbers) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PLURAL: Readonly<Record<Subject, string>> = {
  type: 'types',
  field: 'fields',
  hole: 'holes',
  request: 'requests',
  constant: 'constants',
};

function counts(of: Readonly<Record<Subject, number>>): string {
  return SUBJECTS.map(subject => `${PLURAL[subject]} ${of[subject]}`).join(', ');
}

function remarks(word: string, all: readonly Remark[]): string[] {
  const reasons = [...new Set(all.map(({ reason }) => reason))];
  return reasons.map(reason => {
    const names = new Set(all.filter(each => each.reason === reason).map(({ name }) => name));
    return `    ${word}, ${reason}: ${[...names].join(' ')}`;
  });
}

/** The lines of a report: what was compared of each header, what was not and why, and the sums of each ABI. */
export function describeAbis(abis: readonly AbiReport[]): string[] {
  const lines: string[] = [];
  for (const [i, { header, names }] of (abis[0]?.headers ?? []).entries()) {
    lines.push(`  ${header}: ${counts(names)}`);
    const every = abis.flatMap(({ headers }) => headers[i]!);
    lines.push(
      ...remarks(
        'not compared',
        every.flatMap(({ skipped }) => skipped),
      ),
    );
    lines.push(
      ...remarks(
        'compared',
        every.flatMap(({ assumed }) => assumed),
      ),
    );
  }
  for (const { abi, compiler, headers, differences } of abis) {
    const sum = (subject: Subject) => headers.reduce((all, { compared }) => all + compared[subject], 0);
    const numbers = Object.fromEntries(SUBJECTS.map(subject => [subject, sum(subject)]));
    const total = SUBJECTS.reduce((all, subject) => all + sum(subject), 0);
    const found = `${differences.length} differences in ${total} numbers`;
    lines.push(`  ${abi.padEnd(8)} ${found} (${counts(numbers as Record<Subject, number>)}), ${compiler}`);
    for (const one of differences) {
      const [ours, theirs] = [one.ours.toString(16), one.compiler.toString(16)];
      lines.push(`    ${one.header}: ${one.expression}: ours 0x${ours}, compiler 0x${theirs}`);
    }
  }
  return lines;
}

function main(): number {
  const { values } = scriptArgs({
    options: {
      include: { type: 'string' },
      facts: { type: 'string', default: 'schemas/facts' },
      help: { type: 'boolean' },
    },
  });
  const usage =
    'usage: check-abi --include DIR [--facts DIR]\nexample: check-abi --include linux-libc-dev/usr/include';
  if (values.help || !values.include) {
    (values.help ? console.log : console.error)(usage);
    return values.help ? 0 : 2;
  }
  const abis = checkAbi(values.include, values.facts);
  for (const line of describeAbis(abis)) console.log(line);
  return abis.some(one => one.differences.length > 0) ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = error instanceof CheckAbiError ? 4 : 2;
  }
}
