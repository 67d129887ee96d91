/** What the rows of a matrix come to, by class, family and clause. */
import { type FaultClass, faultClasses } from '../../reference/index.ts';
import type { KillMatrix } from '../../schemas/index.ts';
import { clauses, judgedFamilies } from '../../spec/index.ts';
import { clauseOf, familyOf, type MatrixRow } from './matrix.ts';

/** Met over netlink, whose mutants conformance/netlink tries, or on a managed device, whose conformance/management does. */
const ELSEWHERE = ['ras', 'devlink', 'control', 'firmware', 'health'];

/** The families of drivers. */
export const matrixFamilies = judgedFamilies.filter(family => !ELSEWHERE.includes(family));

/** A mutant counts unless nothing can tell it from the strict reference. */
export function counted(rows: readonly MatrixRow[]): MatrixRow[] {
  return rows.filter(row => row.equivalent === undefined);
}

/** Mutants that are not killed as they should be. */
export function survivors(rows: readonly MatrixRow[]): MatrixRow[] {
  return counted(rows).filter(row => !row.killed || row.missed.length > 0);
}

export function familiesOf({ by }: MatrixRow): string[] {
  return [...new Set(by.map(familyOf))];
}

/** For every family how many mutants it kills, and how many only it does. */
export function byFamily(rows: readonly MatrixRow[]): KillMatrix['families'] {
  return matrixFamilies.map(family => {
    const killed = counted(rows).filter(row => familiesOf(row).includes(family));
    const only = killed.filter(row => familiesOf(row).length === 1);
    return { family, kills: killed.length, only: only.length };
  });
}

/** Families that would not be missed: fewer than so many mutants die by each of them alone. */
export function dispensable(rows: readonly MatrixRow[], least: number): string[] {
  return byFamily(rows).flatMap(({ family, only }) => (only < least ? [family] : []));
}

function byClass(
  rows: readonly MatrixRow[],
  { id, sentence, none }: FaultClass,
): KillMatrix['classes'][number] {
  const own = counted(rows).filter(row => row.class === id);
  const killed = own.filter(row => row.killed).length;
  return { id, sentence, mutants: own.length, killed, ...(none === undefined ? {} : { none }) };
}

/** The whole matrix as the command prints it. */
export function killMatrix(
  rows: readonly MatrixRow[],
  run: { readonly seed: number; readonly runs: number },
): KillMatrix {
  const killing = new Set(rows.flatMap(row => row.by.map(clauseOf)));
  return {
    seed: run.seed,
    runs: run.runs,
    mutants: rows.map(row => ({
      id: row.id,
      class: row.class,
      clause: row.clauses[0]!,
      driver: row.driver,
      killed: row.killed,
      by: [...new Set(row.by.map(clauseOf))],
      millis: row.millis,
      ...(row.missed.length > 0 && row.equivalent === undefined ? { missed: [...row.missed] } : {}),
      ...(row.equivalent === undefined ? {} : { equivalent: row.equivalent }),
      ...(row.refused === undefined ? {} : { refused: row.refused }),
    })),
    classes: faultClasses.map(each => byClass(rows, each)),
    families: byFamily(rows),
    untested: clauses
      .filter(({ id, observable }) => observable === 'dynamic' && !killing.has(id))
      .map(({ id }) => id),
  };
}
