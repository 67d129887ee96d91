/** `accel-uapi explain silence.NAME`: a question that no document settles, and every driver's answer. */
import { silences } from '../../spec/index.ts';

export function silenceLines(id: string): [string, string][] | undefined {
  const found = silences.find(each => each.id === id);
  if (!found) return undefined;
  return [
    ['silence', found.id],
    ['question', found.question],
    ['matters', found.why],
    ...(found.documents.length === 0
      ? [['documents', 'say nothing'] as [string, string]]
      : found.documents.map(({ says, source }): [string, string] => ['document', `${says} (${source})`])),
    ...found.drivers.map(({ driver, does, source, evidence }): [string, string] => [
      driver,
      `${does} (${source}, ${evidence})`,
    ]),
    ['recommended', found.recommends],
    ['clauses', found.clauses.join(', ') || 'none'],
  ];
}
