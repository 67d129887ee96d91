/**
 * Recordings as seeds of a run: what an application did runs as it is, and with one thing changed at a time, judged like
 * random programs. What an application handed to a call that the kit cannot build is a kind of good call.
 */
import { candidatesOf, type NamedTrace } from '../compare/traces.ts';
import { callOfStep } from '../judge/step-call.ts';
import { type Case, isAtLeast, type Tier } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { waitsLong } from '../plan/waits.ts';
import type { Identity } from '../run/identity.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { mismatch } from '../trace/mismatch.ts';
import { readProgram } from '../trace/trace-file.ts';
import { recordedPayloads } from './payloads.ts';

export interface Seeds {
  /** With more kinds of good calls. */
  readonly identity: Identity;
  readonly cases: readonly Case[];
}

export function seedsOf(
  traces: readonly NamedTrace[],
  target: Target,
  identity: Identity,
  { seed, tier }: { readonly seed: number; readonly tier: Tier },
): Seeds {
  for (const { path, file } of traces) {
    const why = mismatch(path, file, target, identity);
    if (why !== undefined) throw new UsageError(why);
    const { program, labels } = readProgram(file, path);
    const worst = program.steps.findIndex(
      step => callOfStep(identity.driver, step)?.semantics.tier === 'destructive',
    );
    if (worst >= 0 && !isAtLeast(tier, 'destructive'))
      throw new UsageError(
        `${path}: step ${worst} (${labels[worst]}) may destroy something; leave it out, or name --tier destructive`,
      );
  }
  const { nodePath, minor, minors, params } = identity;
  const { hello } = target.link;
  const context: PlanContext = { driver: identity.driver, hello, nodePath, minor, minors, params, seed };
  const driver = recordedPayloads(context, traces);
  const cases = candidatesOf(traces, driver, seed)
    .filter(({ program }) => !waitsLong(model({ ...context, driver }, program)))
    .map(
      ({ name, ...candidate }): Case => ({
        ...candidate,
        name: name.slice(name.lastIndexOf('/') + 1),
        family: 'recorded',
        instances: [],
      }),
    );
  return { identity: { ...identity, driver }, cases };
}
