/** `accel-uapi mutants`: tries every mutant and tells which clauses notice. */
import { allMutants, faultClass, type Mutant } from '../../reference/index.ts';
import { wholeDrivers } from '../../schemas/index.ts';
import { parallelMatrix } from '../mutants/parallel.ts';
import { killMatrix, survivors } from '../mutants/summary.ts';
import { printKillMatrix } from '../report/kill-matrix.ts';
import { Selection } from '../run/select.ts';
import { UsageError } from '../run/usage-error.ts';
import { nearest } from './nearest.ts';
import { wholeNumber } from './numbers.ts';
import { Output } from './output.ts';
import { ticker } from './progress.ts';
import { version } from './version.ts';

export interface MutantsFlags {
  readonly driver?: string;
  readonly select?: string;
  readonly seed: string;
  readonly format?: 'pretty' | 'json';
  readonly out?: string;
}

/** Enough random programs for every fault that shows in sequences only. */
export const MATRIX_RUNS = 60;
/** More threads than this wait for each other's memory; each makes a baseline of its own. */
const MOST_THREADS = 2;
/** Below so many mutants a second baseline costs more than it saves. */
const WORTH_A_THREAD = 150;

/** The mutants of a query: classes such as C05, and clauses that they name. */
export function chosen(all: readonly Mutant[], query: string | undefined): Mutant[] {
  const parts = (query ?? '')
    .split(',')
    .map(text => text.trim())
    .filter(text => text !== '');
  if (parts.length === 0) return [...all];
  const classes = parts.filter(text => /^C\d+$/.test(text));
  const wrong = classes.find(id => !faultClass(id));
  if (wrong !== undefined)
    throw new UsageError(
      `--select ${wrong} is no fault class; expected C01 to C40, or clauses such as handle.zero`,
    );
  const clauses = new Selection(parts.filter(text => !classes.includes(text)).join(','));
  const found = all.filter(
    mutant =>
      classes.includes(mutant.class) ||
      (!clauses.all && mutant.clauses.map(clause => clauses.has({ clause, instance: '' })).some(Boolean)),
  );
  const [unused] = clauses.unused;
  if (unused !== undefined)
    throw new UsageError(
      `--select ${unused} matches no clause that a mutant names; accel-uapi list mutants shows them all`,
    );
  const empty = classes.find(id => !found.some(mutant => mutant.class === id));
  if (empty !== undefined)
    throw new UsageError(
      `--select ${empty} matches no mutant: ${faultClass(empty)!.none ?? 'none of this driver is of the class'}`,
    );
  return found;
}

function ofDriver(name: string | undefined): readonly Mutant[] {
  if (name === undefined) return allMutants();
  const drivers = wholeDrivers().map(driver => driver.name);
  if (!drivers.includes(name))
    throw new UsageError(
      `--driver ${name} is no driver that is described whole (level L3)${nearest(name, drivers)}; expected one of ${drivers.join(', ')}`,
    );
  return allMutants().filter(mutant => mutant.driver === name);
}

export async function runMutants(flags: MutantsFlags): Promise<number> {
  const seed = wholeNumber('--seed', flags.seed, 0);
  const wanted = chosen(ofDriver(flags.driver), flags.select);
  const out = new Output(flags.out);
  const live = ticker(`mutants of ${flags.driver ?? 'every driver'}`, wanted.length);
  const run = { seed, runs: MATRIX_RUNS, version };
  const threads = wanted.length < WORTH_A_THREAD ? 1 : MOST_THREADS;
  try {
    const trials = wanted.map(({ id }) => ({ id }));
    const rows = await parallelMatrix(trials, run, threads, { onRow: ({ id }) => live.next(id) });
    live.stop();
    const matrix = killMatrix(rows, run);
    if (flags.format === 'json') out.write(`${JSON.stringify(matrix, null, 1)}\n`);
    else
      printKillMatrix(out, matrix, {
        width: Math.min(process.stdout.columns ?? 80, 80),
        partial: flags.select !== undefined || flags.driver !== undefined,
      });
    return survivors(rows).length === 0 ? 0 : 1;
  } finally {
    live.stop();
    out.close();
  }
}
