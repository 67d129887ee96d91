/**
 * Whether the kit notices: validates every mutant, and tells which clause instances ended worse on it than on the
 * strict reference. The judge always has the strict description.
 */
import { allMutants, createMutant, type Mutant } from '../../reference/index.ts';
import { type ClauseId, isClauseId } from '../../spec/index.ts';
import type { Case } from '../plan/case.ts';
import { TargetError } from '../run/identity.ts';
import { UsageError } from '../run/usage-error.ts';
import type { VerdictName } from '../run/verdict.ts';
import { affects } from './affected.ts';
import { type Baseline, baselineName, baselineOf } from './baseline.ts';
import { keyOf, type MatrixRun, verdictsOf } from './verdicts.ts';

export interface MatrixOptions extends MatrixRun {
  /** Default: all. */
  readonly mutants?: readonly Mutant[];
  /**
   * How long a mutant is looked at: until every clause that it names has killed it; until it is known whether a
   * second family kills it too (the default); or until all programs ran that it can show in.
   */
  readonly until?: 'killed' | 'second-family' | 'end';
  /** Every program runs, also those that come to nothing that the mutant breaks. */
  readonly everything?: true;
  /** A family whose verdicts are taken away, to see whether it would be missed. */
  readonly blind?: string;
  /** Those that are known already, by driver, profile and ABI. */
  readonly baselines?: Map<string, Baseline>;
}

export interface MatrixRow {
  readonly id: string;
  /** The fault class, C01 to C40. */
  readonly class: string;
  /** The clauses that the mutant must die by. */
  readonly clauses: readonly ClauseId[];
  readonly driver: string;
  readonly killed: boolean;
  /** What killed it, as `clause@instance`, in the order in which it was seen. */
  readonly by: readonly string[];
  /** Clauses of `clauses` that did not kill it. */
  readonly missed: readonly ClauseId[];
  /** From the start until the first verdict that killed it under a clause that it names; else all of its run. */
  readonly millis: number;
  /** Declared: why nothing can tell it from the strict reference. */
  readonly equivalent?: string;
  /** Why the kit could not even start on it. */
  readonly refused?: string;
}

/** Verdicts that tell of another behaviour than the described one. */
const WORSE: readonly VerdictName[] = ['violates', 'violates (known)', 'drift'];
/** Clauses that every program of a run is looked at for; their verdicts come last. */
const OF_ALL = /^(?:kernel\.|model\.|argument\.(?:errno|fetch)$)/;
/** Ten thousand rounds a call: only for mutants that name it. */
const SLOW = 'handle.balance';

export function clauseOf(instance: string): string {
  return instance.slice(0, instance.indexOf('@'));
}

export function familyOf(instance: string): string {
  return instance.slice(0, instance.indexOf('.'));
}

/** Runs all mutants, one after the other; `onRow` sees each as soon as it is known. */
export async function runMatrix(
  options: MatrixOptions,
  onRow: (row: MatrixRow) => void = () => {},
): Promise<MatrixRow[]> {
  const baselines = options.baselines ?? new Map<string, Baseline>();
  const rows: MatrixRow[] = [];
  for (const mutant of options.mutants ?? allMutants()) {
    let baseline = baselines.get(baselineName(mutant));
    if (!baseline) {
      baseline = await baselineOf(mutant, runOf(options));
      baselines.set(baselineName(mutant), baseline);
    }
    const row = await tryMutant(mutant, baseline, options);
    rows.push(row);
    onRow(row);
  }
  return rows;
}

/** What the runs themselves are told of the options. */
export function runOf({ seed, runs, version, now }: MatrixRun): MatrixRun {
  return { seed, runs, version, now };
}

/** What is known of a mutant while its run goes on. */
class Sight {
  readonly by: string[] = [];
  /** When it was first killed under a clause that it names. */
  firstKill: number | undefined;
  private readonly mutant: Mutant;
  private readonly until: MatrixOptions['until'];
  /** The clauses that tell only at the end. */
  private readonly waits: boolean;

  constructor(mutant: Mutant, until: MatrixOptions['until']) {
    this.mutant = mutant;
    this.until = until;
    this.waits = mutant.clauses.some(clause => OF_ALL.test(clause));
  }

  kill(instance: string, now: number): void {
    this.by.push(instance);
    if (isNamed(this.mutant, clauseOf(instance))) this.firstKill ??= now;
  }

  get missed(): ClauseId[] {
    return this.mutant.clauses.filter(clause => !this.by.some(instance => clauseOf(instance) === clause));
  }

  /** Nothing that could still be seen is asked for. */
  get enough(): boolean {
    if (this.until === 'end' || this.waits || this.missed.length > 0) return false;
    return this.until === 'killed' || new Set(this.by.map(familyOf)).size > 1;
  }
}

function isNamed({ clauses }: Mutant, clause: string): boolean {
  return isClauseId(clause) && clauses.includes(clause);
}

async function tryMutant(mutant: Mutant, baseline: Baseline, options: MatrixOptions): Promise<MatrixRow> {
  const start = options.now();
  const { driver, judge, draw, reach, verdicts } = baseline;
  const sight = new Sight(mutant, options.until);
  const shows = affects(mutant, baseline);
  const slow = mutant.clauses.includes(SLOW);
  const named = (one: Case) => one.instances.some(({ clause }) => isNamed(mutant, clause));
  const runs = (one: Case) => {
    const known = reach.get(one.program);
    return (
      baseline.runs(one) &&
      (options.everything || known === undefined || shows(known)) &&
      (slow || one.instances.every(({ clause }) => clause !== SLOW))
    );
  };
  let refused: string | undefined;
  try {
    await verdictsOf(
      `reference:${mutant.driver},mutant=${mutant.id}`,
      createMutant(mutant, { restarts: true }),
      {
        ...runOf(options),
        ...{ driver, judge, draw },
        // What it names comes first, then what is quick.
        pick: cases =>
          cases
            .filter(runs)
            .sort(
              (a, b) =>
                Number(named(b)) - Number(named(a)) || a.program.steps.length - b.program.steps.length,
            ),
        skip: one => sight.enough || !runs(one),
      },
      event => {
        const instance = keyOf(event);
        if (!WORSE.includes(event.verdict) || event.verdict === verdicts.get(instance)) return;
        if (familyOf(instance) !== options.blind) sight.kill(instance, options.now());
      },
    );
  } catch (error) {
    if (!(error instanceof TargetError) && !(error instanceof UsageError)) throw error;
    refused = error.message;
  }
  return {
    id: mutant.id,
    class: mutant.class,
    clauses: mutant.clauses,
    driver: mutant.driver,
    killed: sight.by.length > 0,
    by: sight.by,
    missed: sight.missed,
    millis: Math.round((sight.firstKill ?? options.now()) - start),
    ...(mutant.equivalent === undefined ? {} : { equivalent: mutant.equivalent }),
    ...(refused === undefined ? {} : { refused }),
  };
}
