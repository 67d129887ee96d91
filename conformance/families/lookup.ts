/** Checks that a member names an object, and the kind of good call in which a call makes them. */
import { type CallDescription, type CheckRule, checks } from '../../schemas/index.ts';
import { flatName } from '../plan/arguments.ts';
import { constant } from '../plan/builder.ts';
import type { Pick } from '../plan/call-maker.ts';
import type { PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import { Sandwich } from '../plan/sandwich.ts';
import type { Change } from './search.ts';

/** A number that no handle of a test comes near. */
const FAR = 0x7ffffffe;

export interface Lookup {
  readonly check: CheckRule;
  /** The flat name of the member. */
  readonly field: string;
  readonly resource: string;
  /** Other checks look the same member up, on other ways through the call, as with the flags of SYNCOBJ_HANDLE_TO_FD. */
  readonly several: boolean;
}

export function lookupsOf(call: CallDescription): Lookup[] {
  const found = checks(call.semantics.body).flatMap(check => {
    const { when } = check;
    if (check.optional || !('noHandle' in when) || typeof when.noHandle !== 'object') return [];
    const field = 'field' in when.noHandle ? flatName(call, when.noHandle.field) : undefined;
    return field === undefined ? [] : [{ check, field, resource: when.resource }];
  });
  return found.map(lookup => ({
    ...lookup,
    several: found.filter(({ field }) => field === lookup.field).length > 1,
  }));
}

/** The member names nothing. */
export function unnamed({ field }: Lookup): Change {
  return { title: `${field} never given out`, values: () => ({ [field]: constant(FAR) }) };
}

const known = new WeakMap<PlanContext, Map<CheckRule, Pick | undefined>>();

/** The first kind of good call that this check alone refuses when the member names nothing; undefined when none is. */
export function kindLookedUp(context: PlanContext, call: CallDescription, lookup: Lookup): Pick | undefined {
  let kinds = known.get(context);
  if (!kinds) {
    kinds = new Map();
    known.set(context, kinds);
  }
  if (!kinds.has(lookup.check)) kinds.set(lookup.check, find(context, call, lookup));
  return kinds.get(lookup.check);
}

function find(context: PlanContext, call: CallDescription, lookup: Lookup): Pick | undefined {
  const count = Math.max(payloads(call).length, 1);
  for (let choice = 0; choice < count; choice += 1) {
    const pick = pickKind(choice);
    const sandwich = new Sandwich(context, call, pick);
    if (!sandwich.good) return undefined;
    const values = sandwich.arguments();
    const change = unnamed(lookup);
    sandwich.probe({ ...values, ...change.values(values) }, change.title);
    const outcome = model(context, sandwich.builder.build())[sandwich.probes[0]!];
    if (outcome?.rule === lookup.check) return pick;
  }
  return undefined;
}
