/**
 * Runs the same random programs on a target and on the reference as found, and counts where they part: in the
 * errno of a step, and in anything that the as-found description does not allow.
 */
import { createReference } from '../../reference/index.ts';
import { errnoName, type Link, type Trace } from '../../schemas/index.ts';
import { randomCase } from '../families/model.ts';
import { judge } from '../judge/judge.ts';
import type { PlanContext } from '../plan/context.ts';
import { deviate, inRange } from './explain.ts';
import { type Identity, identify } from './identity.ts';
import { describe } from './verdict.ts';

/** Programs in flight: enough that neither side waits for the other. */
const AHEAD = 4;

export interface Disagreement {
  readonly program: number;
  readonly step: number;
  readonly label: string;
  readonly what: string;
}

export interface Agreement {
  readonly driver: string;
  readonly release: string;
  readonly programs: number;
  readonly steps: number;
  /** Steps whose errno the machine caused on one side only. */
  readonly environmental: number;
  /** Steps of every errno, on the target. */
  readonly errnos: Readonly<Record<string, number>>;
  readonly disagreements: readonly Disagreement[];
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

export async function agree(
  link: Link,
  options: { seed: number; programs: number; nodePath?: string },
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
  const disagreements: Disagreement[] = [];
  const errnos: Record<string, number> = {};
  let steps = 0;
  let environmental = 0;
  // The target works on the next programs while this one is judged; answers come in order.
  const ahead: { labels: readonly string[]; seen: Promise<Trace>; modelled: Promise<Trace> }[] = [];
  const start = (index: number) => {
    if (index >= options.programs) return;
    const { program, labels } = randomCase(context, index);
    const seen = link.run(program);
    // A link that fails is told where its answer is awaited.
    seen.catch(() => {});
    ahead.push({ labels, seen, modelled: reference.run(program) });
  };
  for (let index = 0; index < AHEAD; index += 1) start(index);
  for (let index = 0; index < options.programs; index += 1) {
    start(index + AHEAD);
    const { labels, ...traces } = ahead.shift()!;
    const [seen, modelled] = await Promise.all([traces.seen, traces.modelled]);
    const judgements = judge(seen, setup);
    steps += seen.results.length;
    for (const result of seen.results) {
      const name = errnoName(result.errno);
      errnos[name] = (errnos[name] ?? 0) + 1;
    }
    const caused = new Set(
      judgements.filter(judgement => judgement.environmental).map(judgement => judgement.step),
    );
    environmental += caused.size;
    const note = (step: number, what: string) =>
      disagreements.push({ program: index, step, label: labels[step] ?? '', what });
    for (const judgement of judgements)
      for (const difference of judgement.differences) note(difference.step, describe(difference));
    // From where only the device knew how a call ends, the two may have gone apart.
    const apart = judgements.findIndex(judgement => judgement.undecided);
    for (const { step, what } of errnoDifferences(seen, modelled))
      if (caused.size === 0 && (apart < 0 || step < apart)) note(step, what);
    onProgram?.(index + 1);
  }
  return {
    driver: driver.name,
    release: link.hello.release,
    programs: options.programs,
    steps,
    environmental,
    errnos,
    disagreements,
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
