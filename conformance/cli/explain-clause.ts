/** A clause: what it says and rests on, where a violation shows, what tests it, and what to do about one. */
import { allMutants } from '../../reference/index.ts';
import { staticTests } from '../../schemas/index.ts';
import { type Clause, clause, isClauseId, sinceOf } from '../../spec/index.ts';
import { trace } from '../traceability/table.ts';
import { readVerdictFiles } from '../traceability/verdict-file.ts';
import { packageRoot } from './version.ts';

type Lines = [string, string][];

const SHOWS: Readonly<Record<Clause['observable'], string>> = {
  static: 'in a header or a description',
  dynamic: 'on a device, or on what stands in for one',
  process: 'in how a driver is brought and reviewed',
  no: 'nowhere that the kit can look',
};

function verdictLines(id: string): Lines {
  const { kernels, models } = trace(new Map(), [], readVerdictFiles(packageRoot())).find(
    row => row.id === id,
  )!;
  const lines = Object.entries({ ...kernels, ...models });
  return lines.map(([target, verdict]) => ['kept', `${target} ${verdict}`]);
}

function testLines({ id, observable }: Clause, rules: readonly string[]): Lines {
  if (observable === 'static') return [['tests', staticTests(id).join(', ')]];
  if (observable !== 'dynamic') return [];
  const dying = allMutants()
    .filter(mutant => mutant.clauses.includes(id))
    .map(mutant => mutant.id);
  return [
    ['rules', rules.join(', ') || 'no description cites it'],
    ['mutants', dying.join(', ') || 'none'],
    ...verdictLines(id),
  ];
}

function tryLines({ id, observable }: Clause): Lines {
  const tests = `accel-uapi list traceability --select ${id} names the families`;
  if (observable === 'dynamic')
    return [
      ['tests', tests],
      ['try', `accel-uapi validate reference:ethosu --select '${id}'`],
    ];
  if (observable !== 'static') return [];
  const [first] = staticTests(id);
  return [['try', first!.startsWith('npm') ? first! : `accel-uapi ${first!.split(' ')[0]}`]];
}

/** @param rulesOf ids of the rules of descriptions that cite a clause */
export function clauseLines(id: string, rulesOf: (id: string) => readonly string[]): Lines | undefined {
  if (!isClauseId(id)) return undefined;
  const found = clause(id);
  return [
    ['clause', found.id],
    ['level', found.level],
    ['since', sinceOf(id)],
    ['says', found.sentence],
    ['because', found.reason],
    ['basis', `${found.basis}: ${found.source}`],
    ['shows', found.why ? `${SHOWS[found.observable]}: ${found.why}` : SHOWS[found.observable]],
    ...testLines(found, rulesOf(id)),
    ...found.remedies.map((remedy): [string, string] => ['remedy', remedy]),
    ...(found.example ?? '')
      .split('\n')
      .filter(line => line !== '')
      .map((line, index): [string, string] => [index === 0 ? 'example' : '', line]),
    ...tryLines(found),
  ];
}
