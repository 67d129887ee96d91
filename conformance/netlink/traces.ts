/** Keeps what a verdict on a netlink family rests on as a file, shrunk on the target, and looks at it again. */
import { type Link, netlinkFamilies, type Program, type Trace } from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import { UsageError } from '../run/usage-error.ts';
import { type Part, shrink } from '../shrink/shrink.ts';
import type { Found } from '../trace/keep.ts';
import { type TraceFile, traceTarget, writeProgram } from '../trace/trace-file.ts';
import type { NetlinkPeer, NetlinkProfile } from './profile.ts';

/** Runs of a shrink; those that leave out what comes before the first socket are none. */
const MOST_RUNS = 200;
const FAMILY = 'family';

/** Which of the answers differ is told by the field; the kernel's choices in them differ from run to run. */
const isSame = (a: Pick<Difference, 'kind' | 'field' | 'expected' | 'observed'>, b: typeof a): boolean =>
  a.kind === b.kind &&
  a.field === b.field &&
  (a.field !== undefined || (a.expected === b.expected && a.observed === b.observed));

/** The steps that bring a target into the state in which the model begins. */
const prelude = ({ steps }: Program): number =>
  Math.max(
    0,
    steps.findIndex(({ op }) => op === 'netlink'),
  );

/** A difference is told at the step that acts and shows in what is read behind it. */
function lastRead({ steps }: Program, step: number): number {
  const next = steps.findIndex(({ op }, at) => at > step && op !== 'read');
  return (next < 0 ? steps.length : next) - 1;
}
const actOf = ({ steps }: Program, read: number): number =>
  steps.findLastIndex(({ op }, at) => at <= read && op !== 'read');

/** The family in the place of a driver and its node. */
export function familyTarget(profile: NetlinkProfile, peer: NetlinkPeer) {
  const { name } = netlinkFamilies().get(profile.key)!.spec;
  const params = new Map([...profile.params(peer), [FAMILY, BigInt(peer.family)] as const]);
  return { driver: { name }, nodePath: `generic netlink ${name}`, minor: 0, params };
}

export async function netlinkTrace(
  profile: NetlinkProfile,
  peer: NetlinkPeer,
  { case: one, difference, clause, instance }: Found,
  link: Link,
  about: { readonly kit: string; readonly target: string },
): Promise<TraceFile> {
  const first = prelude(one.program);
  const shows = async ({ program, steps }: Part) => {
    if (steps.filter(step => step < first).length < first) return undefined;
    const judged = await profile.judge(await link.run(program), peer);
    const found = judged.flatMap(({ differences }) => differences).find(each => isSame(each, difference));
    if (!found) return undefined;
    // Where a kernel cuts a long answer is its own business: an answer that is not read to its end tells nothing.
    const [last, before] = [lastRead(program, found.step), steps[found.step]!];
    return last - found.step === lastRead(one.program, before) - before ? last : undefined;
  };
  const start = { program: one.program, labels: one.labels, step: lastRead(one.program, difference.step) };
  const small = await shrink(start, shows, MOST_RUNS);
  const target = familyTarget(profile, peer);
  return {
    trace: 1,
    kit: about.kit,
    target: traceTarget(about.target, link.hello, target),
    finding: {
      clause,
      instance,
      case: `${one.family}/${one.name}`,
      step: actOf(small.program, small.step),
      kind: difference.kind,
      expected: difference.expected,
      observed: difference.observed,
      ...(difference.field === undefined ? {} : { field: difference.field }),
    },
    program: writeProgram(small.program, small.labels),
  };
}

/** Every difference of one run of a kept program, and whether it is that of the file. */
export async function netlinkOutcome(
  profile: NetlinkProfile,
  file: TraceFile,
  path: string,
  peer: NetlinkPeer,
  trace: Trace,
): Promise<{ readonly same: boolean; readonly differences: readonly Difference[] }> {
  const number = file.target.params[FAMILY];
  if (number !== String(peer.family))
    throw new UsageError(
      `${path} speaks to the family with the number ${number ?? '?'}, which is ${peer.family} on this target; keep a trace of this one with validate --traces`,
    );
  const judged = await profile.judge(trace, peer);
  const differences = judged.flatMap(each => each.differences);
  return { same: differences.some(each => isSame(each, file.finding as Difference)), differences };
}
