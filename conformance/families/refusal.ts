/** Ways to be refused by exactly one check, for families that look at what a refusal leaves behind. */
import { type CallDescription, type CheckRule, checks } from '../../schemas/index.ts';
import type { Pick } from '../plan/call-maker.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import type { Sandwich } from '../plan/sandwich.ts';
import { kindLookedUp, lookupsOf, unnamed } from './lookup.ts';
import { bestStart, changesFor } from './rules.ts';
import type { Change } from './search.ts';

export interface Refusal {
  readonly call: CallDescription;
  readonly check: CheckRule;
  /** The kind of good call that is changed. */
  readonly pick: Pick | undefined;
  /** The first change that the model refuses by the check, and the last: they are refused at different places. */
  changes(sandwich: Sandwich): Change[];
}

const known = new WeakMap<PlanContext, Map<CheckRule, Refusal | undefined>>();

/** Every check of every ioctl that some change of a good call breaks alone; the others are left out. */
export function refusals(
  context: PlanContext,
  wanted: (call: CallDescription, check: CheckRule) => boolean,
): readonly Refusal[] {
  return offered(context, ioctls(context.driver)).flatMap(call =>
    checks(call.semantics.body)
      .filter(check => !check.optional && wanted(call, check))
      .flatMap(check => refusal(context, call, check) ?? []),
  );
}

function refusal(context: PlanContext, call: CallDescription, check: CheckRule): Refusal | undefined {
  let found = known.get(context);
  if (!found) {
    found = new Map();
    known.set(context, found);
  }
  if (!found.has(check))
    found.set(check, inverted(context, call, check) ?? unknownHandle(context, call, check));
  return found.get(check);
}

function inverted(context: PlanContext, call: CallDescription, check: CheckRule): Refusal | undefined {
  const { pick, kept, slow, way } = bestStart(context, call, check);
  const chosen = [...new Set([kept.indexOf(true), kept.lastIndexOf(true)])];
  if (chosen[0] === -1 || slow) return undefined;
  const changes = (sandwich: Sandwich) => {
    const all = changesFor(sandwich, call, check, way);
    return chosen.map(index => all[index]!);
  };
  return { call, check, pick, changes };
}

function unknownHandle(context: PlanContext, call: CallDescription, check: CheckRule): Refusal | undefined {
  const lookup = lookupsOf(call).find(each => each.check === check);
  const pick = lookup && kindLookedUp(context, call, lookup);
  return lookup && pick ? { call, check, pick, changes: () => [unnamed(lookup)] } : undefined;
}
