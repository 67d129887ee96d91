/** From each clause to what tests it, to the mutants that die by it, and to what kernels came to. */
import type { Mutant } from '../../reference/index.ts';
import { staticTests, type VerdictFile } from '../../schemas/index.ts';
import { type Clause, clauses, type Level, sinceOf } from '../../spec/index.ts';
import type { VerdictName } from '../run/verdict.ts';
import { worstOf } from './verdict-file.ts';

export interface Traced {
  readonly id: string;
  readonly level: Level;
  readonly observable: Clause['observable'];
  readonly since: string;
  /** Families, or rules of lint and diff and scripts. */
  readonly tests: readonly string[];
  /** Ids of those that name the clause. */
  readonly mutants: readonly string[];
  /** The worst verdict by target. */
  readonly kernels: Readonly<Record<string, VerdictName>>;
  readonly models: Readonly<Record<string, VerdictName>>;
}

const NO_VERDICT: readonly VerdictName[] = ['not reached', 'not claimed'];

/** @param citations families by clause */
export function trace(
  citations: ReadonlyMap<string, readonly string[]>,
  mutants: readonly Pick<Mutant, 'id' | 'clauses'>[],
  files: readonly VerdictFile[],
): Traced[] {
  const met = (id: string, where: VerdictFile['met']) =>
    Object.fromEntries(
      files
        .filter(file => file.met === where && file.clauses[id] !== undefined)
        .map(file => [file.target, file.clauses[id]!.worst]),
    );
  return clauses.map(({ id, level, observable }) => ({
    id,
    level,
    observable,
    since: sinceOf(id),
    tests: observable === 'static' ? staticTests(id) : (citations.get(id) ?? []),
    mutants: mutants.filter(mutant => mutant.clauses.includes(id)).map(mutant => mutant.id),
    kernels: met(id, 'kernel'),
    models: met(id, 'model'),
  }));
}

/** Whether a kernel did something that the clause was judged by. */
export function metKernel({ kernels }: Traced): boolean {
  const verdicts = Object.values(kernels);
  return verdicts.length > 0 && !NO_VERDICT.includes(worstOf(verdicts));
}

/** A clause that can be observed, demands something, and is tested by nothing. */
export function untested(rows: readonly Traced[]): Traced[] {
  return rows.filter(
    ({ level, observable, tests }) =>
      level === 'MUST' && ['static', 'dynamic'].includes(observable) && tests.length === 0,
  );
}

export interface Group {
  readonly level: Level;
  readonly observable: Clause['observable'];
  readonly clauses: number;
  readonly tested: number;
  readonly mutants: number;
  readonly met: number;
}

export function groups(rows: readonly Traced[]): Group[] {
  const levels: readonly Level[] = ['MUST', 'SHOULD', 'FROZEN', 'ADVISORY'];
  const kinds = ['dynamic', 'static', 'process', 'no'] as const;
  return levels.flatMap(level =>
    kinds.flatMap(observable => {
      const own = rows.filter(row => row.level === level && row.observable === observable);
      if (own.length === 0) return [];
      return [
        {
          level,
          observable,
          clauses: own.length,
          tested: own.filter(({ tests }) => tests.length > 0).length,
          mutants: own.filter(({ mutants }) => mutants.length > 0).length,
          met: own.filter(metKernel).length,
        },
      ];
    }),
  );
}
