/**
 * What the strict reference of a driver ends with, and what each program of such a run comes to: a mutant can only
 * show in a program that comes to what it breaks, so that all others need not run on it.
 */
import { allMutants, createReference, type Mutant } from '../../reference/index.ts';
import {
  type AbiName,
  catalogue,
  type DriverDescription,
  decodeRequest,
  type Op,
  type Program,
  type Rule,
} from '../../schemas/index.ts';
import { Draw } from '../families/draw.ts';
import type { judge } from '../judge/judge.ts';
import { rememberingJudge } from '../judge/remembered.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import type { VerdictName } from '../run/verdict.ts';
import { type MatrixRun, verdictsOf } from './verdicts.ts';

/** What a program came to. */
export interface Reach {
  /** Checks whose condition held. */
  readonly held: Set<Rule>;
  /** Rules that were looked at; what is no check was to happen when the call succeeds. */
  readonly looked: Set<Rule>;
  /** The numbers of its ioctls. */
  readonly numbers: Set<number>;
  /** What its steps are. */
  readonly ops: Set<Op>;
}

/** A driver with its strict verdicts, by `clause@instance`. */
export interface Baseline {
  /** The ABI of the programs; the kit's own without it. */
  readonly abi?: AbiName;
  /** Whether a program runs at all: for another ABI only what judges a clause that some mutant of it names. */
  readonly runs: (one: Case) => boolean;
  readonly driver: DriverDescription;
  readonly verdicts: ReadonlyMap<string, VerdictName>;
  /** A device that is taken for another one is met with other programs, of which none is known here. */
  readonly reach: ReadonlyMap<Program, Reach>;
  readonly judge: typeof judge;
  readonly draw: (context: PlanContext, index: number) => Case | undefined;
}

const reachOf = (program: Program): Reach => ({
  held: new Set(),
  looked: new Set(),
  numbers: new Set(numbersIn(program)),
  ops: new Set(program.steps.map(({ op }) => op)),
});

/** What the programs of a mutant run on. */
type Ran = Pick<Mutant, 'driver' | 'profile' | 'abi'>;

/** What tells the baselines apart. */
export const baselineName = ({ driver, profile, abi }: Ran): string =>
  [driver, ...(profile ? [`profile=${profile}`] : []), ...(abi ? [`abi=${abi}`] : [])].join(',');

/** Clauses that some mutant of the driver names in programs of that ABI. */
function clausesOf(name: string, abi: AbiName): ReadonlySet<string> {
  const own = allMutants().filter(mutant => mutant.driver === name && mutant.abi === abi);
  return new Set(own.flatMap(({ clauses }) => clauses));
}

/** Judges the strict reference of a driver with every program of the plan that runs. */
export async function baselineOf(ran: Ran, run: MatrixRun): Promise<Baseline> {
  const { driver: name, abi } = ran;
  const driver = catalogue().drivers.get(name)!;
  const profile = ran.profile ?? Object.keys(driver.manifest.profiles)[0]!;
  const reach = new Map<Program, Reach>();
  let current: Reach | undefined;
  const link = createReference({
    driver,
    profile,
    ...(abi ? { abi } : {}),
    restarts: true,
    looked: (rule, held) => {
      current?.looked.add(rule);
      if (held) current?.held.add(rule);
    },
  });
  const named = abi && clausesOf(name, abi);
  const baseline = {
    driver,
    judge: rememberingJudge(),
    draw: named ? () => undefined : rememberedDraw(),
    ...(abi ? { abi } : {}),
    runs: ({ instances }: Case) => named === undefined || instances.some(({ clause }) => named.has(clause)),
  };
  const verdicts = await verdictsOf(`reference:${baselineName(ran)}`, link, {
    ...baseline,
    ...run,
    pick: cases => cases.filter(baseline.runs),
    skip: ({ program }) => {
      current = reachOf(program);
      reach.set(program, current);
      return false;
    },
  });
  return { ...baseline, verdicts, reach };
}

/** One draw for all runs. */
function rememberedDraw(): Baseline['draw'] {
  let draw: Draw | undefined;
  const known: (Case | undefined)[] = [];
  return (context, index) => {
    draw ??= new Draw(context);
    while (known.length <= index) known.push(draw.next());
    return known[index];
  };
}

function numbersIn({ steps }: Program): number[] {
  return steps.flatMap(({ op, args }) => {
    const request = op === 'ioctl' ? args[1] : undefined;
    return request?.kind === 'const' ? [decodeRequest(Number(request.value)).number] : [];
  });
}
