/** `accel-uapi extract HEADER`: facts and a skeleton of semantics from a header, or what an updated one changes. */
import type { Remark } from '../../schemas/index.ts';
import { byAnswers } from '../extract/by-answers.ts';
import { type Extraction, extract } from '../extract/extract.ts';
import { findHeader, kernelRelease } from '../extract/find-header.ts';
import { lintExtracted } from '../extract/lint-extracted.ts';
import { writeTogether } from '../extract/write-together.ts';
import { UsageError } from '../run/usage-error.ts';

export interface ExtractFlags {
  readonly include?: string;
  readonly out: string;
  readonly kernel?: string;
  readonly packageVersion?: string;
  readonly questions?: boolean;
  readonly answers?: string;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function openQuestions({ manifest, described, driver }: Extraction): { at: string; ask: string }[] {
  const of = (name: string, questions: Extraction['described'][number]['semantics']['questions']) =>
    (questions ?? []).map(({ about, ask }) => ({ at: `${name} ${about}`, ask }));
  return [
    ...of(`${driver}`, manifest?.questions),
    ...described.flatMap(({ semantics }) => of(`${driver}.${semantics.key}`, semantics.questions)),
  ];
}

function byReason(unresolved: Extraction['unresolved']): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const { name, reason } of unresolved) out.set(reason, [...(out.get(reason) ?? []), name]);
  return out;
}

/** What differs from the header before, one line each: what is orphaned first, for it needs a hand. */
function differenceLines({ differences }: Extraction): string[] {
  return (['orphaned', 'changed', 'new'] as const).flatMap(kind =>
    differences
      .filter(each => each.kind === kind)
      .map(({ what, name, detail }) => `${kind} ${what} ${name}: ${detail}`),
  );
}

/**
 * @param lint what looks at the result; its remarks are printed
 * @returns 0, or 1 when descriptions no longer fit the header
 */
export async function runExtract(
  file: string,
  flags: ExtractFlags,
  write: (text: string) => void,
  lint: (made: Extraction, text: string) => readonly Remark[] = lintExtracted,
): Promise<number> {
  const found = findHeader(file, flags.include);
  const kernel = kernelRelease(flags.kernel, found.include);
  const from =
    flags.packageVersion === undefined ? {} : { package: 'linux-libc-dev', version: flags.packageVersion };
  const extracted = await extract(found, { kernel, ...from }, flags.out);
  const asked = flags.answers === undefined ? undefined : byAnswers(extracted, flags.answers, flags.out);
  const made = asked?.extraction ?? extracted;
  const { facts, unresolved, differences, files } = made;
  const questions = openQuestions(made);
  try {
    writeTogether(files);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${path ?? flags.out} cannot be written: ${code}; nothing was changed, name a folder that can be written with --out`,
    );
  }
  const constants = facts.constants.length + facts.enums.flatMap(each => each.members).length;
  write(
    `${facts.header}, Linux ${kernel}: ${[
      count(facts.ioctls.length, 'ioctl'),
      count(facts.types.length, 'type'),
      count(constants, 'constant'),
      `${unresolved.length} unresolved`,
      count(questions.length, 'open question'),
    ].join(', ')}\n`,
  );
  for (const [reason, names] of byReason(unresolved)) write(`  unresolved ${names.join(', ')}: ${reason}\n`);
  for (const line of differenceLines(made)) write(`  ${line}\n`);
  if (made.lostHistory)
    write(
      '  the facts no longer say since which release each item is there: npm run facts reads older headers too\n',
    );
  for (const { rule, message } of lint(made, found.text))
    write(`  ${rule.severity} ${rule.id}: ${message}\n`);
  if (asked) for (const line of asked.lines) write(`  ${line}\n`);
  if (flags.questions) for (const { at, ask } of questions) write(`  question ${at}: ${ask}\n`);
  for (const { path } of files) write(`  wrote ${path}\n`);
  return differences.some(({ kind }) => kind === 'orphaned') ? 1 : 0;
}
