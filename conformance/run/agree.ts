/**
 * Runs the same random programs on a target and on the reference as found, and counts where they part: in the
 * errno of a step, and in anything that the as-found description does not allow.
 */
import { createReference } from '../../reference/index.ts';
import { errnoName, type Link, type Trace } from '../../schemas/index.ts';
import { randomCase } from '../families/model.ts';
import { judge } from '../judge/judge.ts';
import { LinkError } from '../link/link-error.ts';
import type { PlanContext } from '../plan/context.ts';
import { LONGEST_WAIT_NS } from '../plan/waits.ts';
import { type Judged, withWholeWaits } from './early-wait.ts';
import { deviate, inRange } from './explain.ts';
import { type Identity, identify } from './identity.ts';
import { KernelWatch } from './kernel-watch.ts';
import { describe } from './verdict.ts';

/** Programs in flight: enough that neither side waits for the other. */
const AHEAD = 8;

export interface Disagreement {
  /** Its number makes it again, with the same seed. */
  readonly program: number;
  /** -1 for what is said of the program as a whole. */
  readonly step: number;
  readonly label: string;
  readonly what: string;
}

export interface Agreement {
  readonly driver: string;
  readonly release: string;
  readonly programs: number;
  /** Programs that would have waited too long, and were not made. */
  readonly leftOut: number;
  readonly steps: number;
  /** Programs in which the machine caused an errno: only their judgement counts, not the errnos of the reference. */
  readonly environmental: number;
  /** Steps of every errno, on the target. */
  readonly errnos: Readonly<Record<string, number>>;
  readonly disagreements: readonly Disagreement[];
  /** Recorded deviations that the kernel log showed. */
  readonly logged: readonly string[];
  /** The machine is of no use any more: what it did not do is left to another one, from this program on. */
  readonly next?: number;
}

export interface AgreeOptions {
  readonly seed: number;
  /** Number of the first program. */
  readonly first?: number;
  /** How many are made. */
  readonly programs: number;
  readonly nodePath?: string;
}

/** The reference with the deviations of the target's kernel and the target's device parameters. */
function asFound(identity: Identity, link: Link): { driver: Identity['driver']; reference: Link } {
  const driver = deviate(identity.driver, inRange(identity.driver, link.hello.release));
  const [profile] = Object.keys(driver.manifest.profiles);
  return {
    driver,
    reference: createReference({ driver, profile: profile!, abi: link.hello.abi, params: identity.params }),
  };
}

/** The time from the first to the last step, in ns. */
function lasted({ results }: Trace): bigint {
  const [first, last] = [results[0], results.at(-1)];
  return first && last ? last.after - first.before : 0n;
}

/** Compares as many programs as are asked for, from the one with the number `first` on. */
export async function agree(
  link: Link,
  options: AgreeOptions,
  onProgram?: (done: number) => void,
): Promise<Agreement> {
  const identity = await identify(link, options.nodePath ? { nodePath: options.nodePath } : {});
  const { driver, reference } = asFound(identity, link);
  const { nodePath, minor, minors, params } = identity;
  const context: PlanContext = {
    driver: identity.driver,
    hello: link.hello,
    nodePath,
    minor,
    minors,
    params,
    seed: options.seed,
  };
  const setup = { driver, abi: link.hello.abi, pageSize: link.hello.pageSize, params, minor, nodePath };
  const watch = new KernelWatch(link.hello, inRange(identity.driver, link.hello.release));
  const disagreements: Disagreement[] = [];
  const errnos: Record<string, number> = {};
  let steps = 0;
  let programs = 0;
  let leftOut = 0;
  let made = 0;
  let index = options.first ?? 0;
  let environmental = 0;
  let next: number | undefined;
  // The target works on the next programs while this one is judged; answers come in order.
  const ahead: { number: number; labels: readonly string[]; seen: Promise<Trace>; modelled: Trace }[] = [];
  const start = async () => {
    while (made < options.programs) {
      const number = index;
      index += 1;
      const { program, labels } = randomCase(context, number);
      const modelled = await reference.run(program);
      if (lasted(modelled) > LONGEST_WAIT_NS) {
        leftOut += 1;
        continue;
      }
      const seen = link.run(program);
      // A link that fails is told where its answer is awaited.
      seen.catch(() => {});
      ahead.push({ number, labels, seen, modelled });
      made += 1;
      return;
    }
  };
  for (let count = 0; count < AHEAD; count += 1) await start();
  while (ahead.length > 0 && next === undefined) {
    await start();
    const { number, labels, modelled, ...answer } = ahead.shift()!;
    const note = (step: number, what: string) =>
      disagreements.push({ program: number, step, label: labels[step] ?? '', what });
    programs += 1;
    let seen: Judged;
    try {
      const judged = (trace: Trace): Judged => ({ trace, judgements: judge(trace, setup) });
      const again = async () => judged(await link.run(modelled.program));
      seen = await withWholeWaits(judged(await answer.seen), () => () => [], again);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      note(error.results.length, `the machine was lost here or soon after: ${error.message}`);
      next = number + 1;
      break;
    }
    const { trace, judgements } = seen;
    steps += trace.results.length;
    for (const result of trace.results) {
      const name = errnoName(result.errno);
      errnos[name] = (errnos[name] ?? 0) + 1;
    }
    for (const record of trace.log) {
      const fault = watch.fault(record);
      if (fault) note(record.step, `the kernel logged ${fault}`);
    }
    const caused = judgements.some(judgement => judgement.environmental);
    if (caused) environmental += 1;
    const differing = new Set<number>();
    for (const judgement of judgements)
      for (const difference of judgement.differences) {
        differing.add(difference.step);
        note(difference.step, describe(difference));
      }
    // From where only the device knew how a call ends, the two may have gone apart.
    const apart = judgements.findIndex(judgement => judgement.undecided);
    for (const { step, what } of errnoDifferences(trace, modelled))
      if (!caused && (apart < 0 || step < apart) && !differing.has(step)) note(step, what);
    // What a call that never returns left behind would be blamed on the next program.
    if (trace.results.some(({ status }) => status === 'unkillable')) next = number + 1;
    onProgram?.(programs);
  }
  return {
    driver: driver.name,
    release: link.hello.release,
    programs,
    leftOut,
    steps,
    environmental,
    errnos,
    disagreements,
    logged: watch.logged,
    ...(next === undefined ? {} : { next }),
  };
}

/** Steps that ended with another errno, or did not end on one side. */
function errnoDifferences(seen: Trace, modelled: Trace): { step: number; what: string }[] {
  return modelled.results.flatMap((expected, step) => {
    const result = seen.results[step];
    if (result && result.errno === expected.errno && result.status === expected.status) return [];
    const what = result ? `${errnoName(result.errno)} (${result.status})` : 'nothing';
    return [{ step, what: `the reference ended with ${errnoName(expected.errno)}, the target with ${what}` }];
  });
}
