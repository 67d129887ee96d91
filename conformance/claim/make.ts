/** A claim: one whole run of validate, with all that it takes to judge it again. */
import type { Claim, DriverDescription } from '../../schemas/index.ts';
import type { EndEvent, RunEvent, Sink, VerdictEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { validate } from '../run/validate.ts';
import type { ValidateOptions } from '../run/validate-options.ts';
import { madeWith } from './hashes.ts';
import { type KernelBuild, kernelBuild } from './kernel.ts';
import { recordTarget } from './record.ts';
import { packTape, type TapeEntry } from './tape.ts';

/** Verdicts after which nothing was judged: each says why. */
const SKIPPED: readonly string[] = ['not claimed', 'not reached', 'silent', 'unknown', 'kit error'];

export interface Judged {
  readonly run: RunEvent;
  readonly verdicts: readonly VerdictEvent[];
  readonly end: EndEvent;
  readonly kernel: KernelBuild;
}

/** Looks at the kernel, then runs everything; what the stream told. */
export async function judged(
  target: Target,
  options: ValidateOptions,
  sink: Sink = () => {},
): Promise<Judged> {
  const kernel = await kernelBuild(target.link);
  let run: RunEvent | undefined;
  const verdicts: VerdictEvent[] = [];
  const end = await validate(target, options, event => {
    if (event.event === 'run') run = event;
    if (event.event === 'verdict') verdicts.push(event);
    sink(event);
  });
  if (!run) throw new Error('a run told nothing');
  return { run, verdicts, end, kernel };
}

/** What a claim says of a run, and what a second judging has to say again. */
export function said({
  run,
  verdicts,
  end,
  kernel,
}: Judged): Pick<Claim, 'target' | 'kernel' | 'end' | 'verdicts' | 'skips'> {
  const { name, kind, release, abi, driver, node, minor, met, params, missing } = run.target;
  const lines = verdicts.map(({ clause, instance, level, verdict, reason, probes, deviations }) => ({
    clause,
    instance,
    level,
    verdict,
    reason,
    probes,
    deviations: [...deviations],
  }));
  return {
    target: {
      name,
      kind: kind as Claim['target']['kind'],
      abi,
      driver,
      node,
      minor,
      met,
      params: { ...params },
      missing: { ...missing },
    },
    kernel: { ...kernel, release },
    end: {
      complete: end.complete,
      reason: end.reason,
      status: end.status,
      steps: end.steps,
      counts: { ...end.counts },
    },
    verdicts: lines,
    skips: lines
      .filter(({ verdict }) => SKIPPED.includes(verdict))
      .map(({ clause, instance, verdict, reason }) => ({ clause, instance, verdict, reason })),
  };
}

/** The settings of a run that decide what is sent. */
export function settingsOf({
  seed,
  runs,
  rounds,
  tier,
  select,
}: Claim['run']): Omit<ValidateOptions, 'profile'> {
  return {
    seed,
    runs,
    ...(rounds === undefined ? {} : { rounds }),
    tier,
    select: new Selection(select || undefined),
    requireMust: false,
    version: '',
    now: () => 0,
  };
}

/** @param find the description that a driver's run was judged by, by its name */
export async function makeClaim(
  target: Target,
  options: ValidateOptions,
  select: string,
  find: (name: string) => DriverDescription | undefined,
  sink: Sink,
): Promise<{ claim: Claim; end: EndEvent }> {
  const tape: TapeEntry[] = [];
  const told = await judged(recordTarget(target, tape), options, sink);
  const driver = find(told.run.target.description);
  if (!driver)
    throw new UsageError(
      `the driver of ${target.name} has no description, so nothing can be claimed of it; name one with --descriptions`,
    );
  const { seed, runs, rounds, tier, profile } = options;
  const claim: Claim = {
    claim: 1,
    ...madeWith(driver),
    ...said(told),
    run: {
      seed,
      runs,
      ...(rounds === undefined ? {} : { rounds }),
      tier,
      select,
      profile: Object.fromEntries(
        [...(profile ?? [])].map(([name, value]) => [
          name,
          typeof value === 'bigint' ? Number(value) : value,
        ]),
      ),
      limits: {
        ...(target.nodePath === undefined ? {} : { node: target.nodePath }),
        ...(target.driver === undefined ? {} : { driver: target.driver }),
        strict: target.description !== undefined,
      },
    },
    recording: packTape(tape),
  };
  return { claim, end: told.end };
}
