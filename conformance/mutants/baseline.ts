/**
 * What the strict reference of a driver ends with, and what each program of such a run comes to: a mutant can only
 * show in a program that comes to what it breaks, so that all others need not run on it.
 */
import { createReference } from '../../reference/index.ts';
import {
  catalogue,
  type DriverDescription,
  decodeRequest,
  type Link,
  type Program,
  type Rule,
} from '../../schemas/index.ts';
import { Draw } from '../families/draw.ts';
import type { judge } from '../judge/judge.ts';
import { rememberingJudge } from '../judge/remembered.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { caseName } from '../run/reporter.ts';
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
}

/** A driver with its strict verdicts, by `clause@instance`. */
export interface Baseline {
  readonly driver: DriverDescription;
  readonly verdicts: ReadonlyMap<string, VerdictName>;
  /** By the name of the case. */
  readonly reach: ReadonlyMap<string, Reach>;
  /** Of what the kit does first, to learn what the device is. */
  readonly identity: Reach;
  readonly judge: typeof judge;
  readonly draw: (context: PlanContext, index: number) => Case | undefined;
}

const nothing = (): Reach => ({ held: new Set(), looked: new Set(), numbers: new Set() });

/** Judges the strict reference of a driver with every program of the plan. */
export async function baselineOf(name: string, run: MatrixRun): Promise<Baseline> {
  const driver = catalogue().drivers.get(name)!;
  const profile = Object.keys(driver.manifest.profiles)[0]!;
  const identity = nothing();
  const reach = new Map<string, Reach>();
  let current = identity;
  const link = createReference({
    driver,
    profile,
    restarts: true,
    looked: (rule, held) => {
      current.looked.add(rule);
      if (held) current.held.add(rule);
    },
  });
  const baseline = { driver, judge: rememberingJudge(), draw: rememberedDraw() };
  const verdicts = await verdictsOf(
    `reference:${name}`,
    listened(link, program => numbers(program, current)),
    {
      ...baseline,
      ...run,
      skip: one => {
        // Cases of several families may have one name.
        current = reach.get(caseName(one)) ?? nothing();
        reach.set(caseName(one), current);
        return false;
      },
    },
  );
  return { ...baseline, verdicts, reach, identity };
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

/** The link, with a look at each program before it runs. */
function listened(link: Link, see: (program: Program) => void): Link {
  return {
    ...link,
    run: (program, onEvent) => {
      see(program);
      return link.run(program, onEvent);
    },
  };
}

function numbers({ steps }: Program, into: Reach): void {
  for (const { op, args } of steps) {
    const request = op === 'ioctl' ? args[1] : undefined;
    if (request?.kind === 'const') into.numbers.add(decodeRequest(Number(request.value)).number);
  }
}
