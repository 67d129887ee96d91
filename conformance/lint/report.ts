/** How what lint found is printed. */
import type { LintedSubject, LintRun, Remark, Severity, Waived } from '../../schemas/index.ts';
import type { LintInput } from './input.ts';

export interface Linted {
  readonly input: LintInput;
  readonly result: Waived;
}

/** `FILE:LINE`, with the path that the user gave instead of the header's own name. */
function placeOf({ input: { file, subject } }: Linted, { at }: Remark): string | undefined {
  const { header } = subject.facts;
  return file && at?.startsWith(`${header}:`) ? `${file}${at.slice(header.length)}` : at;
}

function subjectJson(linted: Linted): LintedSubject {
  const { subject } = linted.input;
  const remarkJson = (remark: Remark, reason?: string) => {
    const at = placeOf(linted, remark);
    return {
      rule: remark.rule.id,
      severity: remark.rule.severity,
      subject: remark.subject,
      message: remark.message,
      ...(at === undefined ? {} : { at }),
      ...(reason === undefined ? {} : { waived: reason }),
    };
  };
  return {
    name: subject.name,
    header: subject.facts.header,
    calls: subject.calls.length,
    text: subject.text !== undefined,
    remarks: [
      ...linted.result.remarks.map(remark => remarkJson(remark)),
      ...linted.result.waived.map(({ remark, waiver }) => remarkJson(remark, waiver.reason)),
    ],
    unused: linted.result.unused.map(({ rule, subject: of, reason }) => ({ rule, subject: of, reason })),
  };
}

/** What `--format json` prints, in the shape of `schemas/meta/lint.schema.json`. */
export function lintJson(all: readonly Linted[]): LintRun {
  const subjects = all.map(subjectJson);
  const left = subjects.flatMap(({ remarks }) => remarks.filter(({ waived }) => waived === undefined));
  const count = (severity: Severity) => left.filter(remark => remark.severity === severity).length;
  return {
    subjects,
    counts: {
      error: count('error'),
      warning: count('warning'),
      info: count('info'),
      waived: subjects.reduce((sum, { remarks }) => sum + remarks.length, 0) - left.length,
      unused: subjects.reduce((sum, { unused }) => sum + unused.length, 0),
    },
  };
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** One line a remark, as compilers print them, so that editors find the place: never wrapped. */
export function lintPretty(all: readonly Linted[], write: (text: string) => void): void {
  const put = (text: string) => write(`${text}\n`);
  for (const linted of all) {
    const { subject, note } = linted.input;
    const { remarks, waived, unused } = linted.result;
    const looked = [
      'facts',
      ...(subject.text === undefined ? [] : ['comments']),
      ...(subject.calls.length > 0 ? [plural(subject.calls.length, 'described call')] : []),
    ];
    put(
      `${subject.name}: ${looked.join(', ')}; ${plural(remarks.length, 'remark')}${waived.length > 0 ? `, ${waived.length} waived` : ''}`,
    );
    if (note) put(`note: ${note}`);
    for (const remark of remarks)
      put(
        `${placeOf(linted, remark) ?? linted.input.file ?? subject.facts.header}: ${remark.rule.severity}: ${remark.message} [${remark.rule.id}]`,
      );
    for (const { rule, subject: of } of unused)
      put(`error: nothing needs the waiver of ${rule} for ${of} any more; delete it`);
  }
  const { counts } = lintJson(all);
  write(
    `\n${plural(all.length, 'header')}: ${plural(counts.error, 'error')}, ${plural(counts.warning, 'warning')}, ${counts.info} for information; ${counts.waived} waived${counts.unused > 0 ? `, ${plural(counts.unused, 'waiver')} unused` : ''}\n`,
  );
}
