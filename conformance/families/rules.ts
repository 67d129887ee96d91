/** Cases from the checks of a description: each violated alone, between two good calls. */

import {
  applyPatch,
  type CallDescription,
  type CheckRule,
  checks,
  type InversionEnvironment,
  type Proposal,
  ruleName,
  violations,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { roleOf, spotOf } from '../plan/arguments.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import type { Argument, Arguments, CallMaker, Pick } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { kindsToTry } from '../plan/kinds.ts';
import { type Ending, model } from '../plan/model.ts';
import { offered } from '../plan/outlook.ts';
import { breaking, pickKind } from '../plan/payloads.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { wayTo } from '../plan/way.ts';
import { endsOf } from './ends.ts';
import { memberOf } from './formula.ts';
import { poisonTargets } from './output.ts';
import { type Change, searched } from './search.ts';

function inversionEnvironment(
  context: PlanContext,
  call: CallDescription,
  good: Readonly<Record<string, Argument>>,
): InversionEnvironment {
  const { types } = context.driver;
  return {
    constant: name => types.constantValue(name),
    param: name =>
      name === 'page_size' ? BigInt(context.hello.pageSize) : BigInt(context.params.get(name) ?? 0),
    text: name => String(context.params.get(name) ?? ''),
    sizeof: () => 0n,
    values: set =>
      (set.constants ?? types.enums.get(set.enum!)!.members.map(member => member.name)).map(name =>
        types.constantValue(name),
      ),
    bits: field => {
      const member = memberOf(call, field);
      const spot = member && spotOf(context.driver, context.hello, call, member.name);
      return spot ? spot.field.size * 8 : 0;
    },
    field: path => {
      const value = good[memberOf(call, path)?.name ?? path];
      return typeof value === 'bigint' ? value : 0n;
    },
  };
}

/** Memory that a pointer member leads to, of the kind that a proposal asks for. */
function memory(maker: CallMaker, kind: Extract<Proposal, { kind: 'memory' }>['memory']): Argument {
  if (kind === 'kernel') return constant(0xffff_8000_0000_0000n);
  return addressOf(maker.builder.buffer(64, { access: kind, align: 'start' }));
}

/** A refusal that takes longer has waited for something that does not come. */
const SLOW_NS = 1_000_000_000n;

/** Which probes the model refuses by exactly this check: those at once, or else one that takes its time. */
function effective(ends: readonly Ending[], check: CheckRule): Omit<Start, 'pick' | 'way'> {
  const quick = ends.map(({ rule, took }) => rule === check && took < SLOW_NS);
  if (quick.some(Boolean)) return { kept: quick, slow: false };
  const first = ends.findIndex(({ rule }) => rule === check);
  return { kept: ends.map((_, index) => index === first), slow: first >= 0 };
}

/** The case of one check: every change that violates it and nothing else, with a good call before and after. */
export function checkCase(
  context: PlanContext,
  call: CallDescription,
  check: CheckRule,
  family: string,
  clause: ClauseId,
  name: string,
): Case {
  const caseName = `${call.semantics.key}.${check.check}`;
  if (context.wanted?.({ clause, instance: `${call.name}.${name}` }) === false)
    return { name: caseName, family, program: new ProgramBuilder().build(), labels: [], instances: [] };
  const start = bestStart(context, call, check);
  const sandwich = checkProgram(context, call, index => start.kept[index] === true, check, start);
  const { builder, good, probes } = sandwich;
  const instance: Instance = {
    clause,
    instance: `${call.name}.${name}`,
    ...sandwich.steps(),
    ...(good && probes.length === 0
      ? { notReached: 'no argument alone violates this check: it depends on the device' }
      : {}),
    ...('unknownBits' in check.when || 'unmatched' in check.when ? { newerMayDiffer: true } : {}),
  };
  return {
    name: caseName,
    family,
    program: builder.build(),
    labels: builder.labels,
    instances: [instance],
  };
}

/** The kind of good call to start from, and which of its changes break just the check. */
export interface Start {
  readonly pick: Pick | undefined;
  readonly kept: readonly boolean[];
  /** The one that is kept makes the call wait: nothing to be repeated. */
  readonly slow: boolean;
  /** No kind of good call takes the way to the check: each change picks the operation as well. */
  readonly way: boolean;
}

const VERSION = 'drm.version';

/** By driver and device: runs that differ in what answers only, such as those of mutants, need not search again. */
const starts = new WeakMap<CheckRule, Map<string, Start>>();

/**
 * The kind of good call of which some change breaks just this check; if there is one, a kind of which the change ends
 * in another way where the check is not made: nothing else would be refused with the same errno.
 */
export function bestStart(context: PlanContext, call: CallDescription, check: CheckRule): Start {
  let known = starts.get(check);
  if (!known) {
    known = new Map();
    starts.set(check, known);
  }
  const { hello, params, nodePath, driver } = context;
  // The texts that VERSION says of the driver no other call looks at; its numbers are among those that are tried.
  const own = [...params].filter(
    ([name, value]) => call.id === VERSION || typeof value === 'bigint' || !name.startsWith('version.'),
  );
  const key = [driver.name, hello.abi, hello.pageSize, nodePath, call.name, ...own].join(' ');
  let start = known.get(key);
  if (!start) {
    start = findStart(context, call, check);
    known.set(key, start);
  }
  return start;
}

function findStart(context: PlanContext, call: CallDescription, check: CheckRule): Start {
  const kinds = kindsToTry(context, call, [check]);
  const lax = {
    ...context,
    driver: applyPatch(context.driver, [{ remove: `${call.id}.${ruleName(check)}` }]),
  };
  let best: Start = { pick: undefined, kept: [], slow: false, way: false };
  for (const kind of kinds) {
    const pick = pickKind(kind);
    const from = { pick, way: false };
    const start = {
      ...from,
      ...effective(endsOf(context, call, pick, trialOf(call, check, false)).ends, check),
    };
    const { kept } = start;
    if (!kept.some(Boolean)) continue;
    if (!best.kept.some(Boolean)) best = start;
    if (kinds.length === 1) break;
    const alone = checkProgram(context, call, index => kept[index] === true, check, from, 'none');
    const unchecked = model(lax, alone.builder.build());
    if (alone.probes.some(probe => unchecked[probe]?.errno !== check.errno))
      return confirmed(context, call, check, start);
  }
  if (best.kept.some(Boolean)) return confirmed(context, call, check, best);
  const from = { pick: undefined, way: true };
  const { ends } = endsOf(context, call, undefined, trialOf(call, check, true));
  return confirmed(context, call, check, { ...from, ...effective(ends, check) });
}

/** What is still refused by the check among good calls: these give out numbers that nothing had before. */
function confirmed(context: PlanContext, call: CallDescription, check: CheckRule, start: Start): Start {
  if (!start.kept.some(Boolean)) return start;
  const { builder, probes } = checkProgram(context, call, index => start.kept[index]!, check, start);
  const outcomes = model(context, builder.build());
  const { kept, slow } = effective(
    probes.map(probe => outcomes[probe]!),
    check,
  );
  let at = 0;
  return { ...start, kept: start.kept.map(tried => tried && kept[at++]!), slow };
}

const trialOf = (call: CallDescription, check: CheckRule, way: boolean) => ({
  changes: (sandwich: Sandwich) => changesFor(sandwich, call, check, way),
  // The good call before has left its results there: a refused call that writes them again must show.
  before: ({ builder }: Sandwich, values: Arguments) => poisonTargets(builder, values, 0x5a),
});

function checkProgram(
  context: PlanContext,
  call: CallDescription,
  keep: (index: number) => boolean,
  check: CheckRule,
  { pick, way }: Omit<Start, 'kept' | 'slow'>,
  filling?: 'good calls' | 'none',
) {
  const sandwich = new Sandwich(context, call, pick, filling);
  const { changes, before } = trialOf(call, check, way);
  for (const [index, change] of changes(sandwich).entries()) {
    if (!keep(index)) continue;
    const values = sandwich.arguments();
    before(sandwich, values);
    sandwich.probe({ ...values, ...change.values(values) }, change.title);
  }
  return sandwich;
}

/**
 * Changes of the good call that may break the check.
 * @param way whether each picks the operation that looks at it as well
 */
export function changesFor(
  sandwich: Sandwich,
  call: CallDescription,
  check: CheckRule,
  way = false,
): Change[] {
  const { maker, good } = sandwich;
  if (!good) return [];
  const env = inversionEnvironment(maker.context, call, good);
  const changes = [
    ...violations(check.when, env).flatMap(proposal => changeOf(maker, call, proposal)),
    ...searched(sandwich, call, check, good),
    ...broken(sandwich, call, check),
  ];
  if (!way) return changes;
  const members = wayTo(maker.context.driver, call, rule => rule === check);
  if (Object.keys(members).length === 0) return [];
  const named = Object.entries(members).map(([name, value]) => `${name} = ${value}`);
  return [
    { title: named.join(', '), values: () => members },
    ...changes.map(({ title, values }) => ({
      title: `${named.join(', ')}, ${title}`,
      values: (all: Readonly<Record<string, Argument>>) => ({
        ...members,
        ...values({ ...all, ...members }),
      }),
    })),
  ];
}

/** Calls that are made to be refused by the check, where a state has to come before. */
function broken({ maker, fd, controls }: Sandwich, call: CallDescription, check: CheckRule): Change[] {
  return breaking(call, check.check).map(payload => ({
    title: payload.label,
    values: () => {
      const made = payload.build(maker, fd, call, () => 0);
      controls.push(...(made?.setup ?? []));
      return made?.values ?? {};
    },
  }));
}

/** A proposal as a change of the call: of the first element where it is about the elements of an array. */
function changeOf(maker: CallMaker, call: CallDescription, proposal: Proposal): Change[] {
  const member = memberOf(call, proposal.field);
  if (!member || mayBeGivenOut(call, member.name, proposal)) return [];
  return [
    {
      title: proposal.title,
      values: good => ({
        ...member.beside,
        ...lengthFor(call, proposal, good),
        [member.name]: proposal.kind === 'value' ? proposal.value : memory(maker, proposal.memory),
      }),
    },
  ];
}

/** Below this a number may name what some other call of the program was given. */
const GIVEN_OUT = 0x10000n;

function mayBeGivenOut(call: CallDescription, name: string, proposal: Proposal): boolean {
  const resource = roleOf(call, name)?.resource;
  if (resource === undefined || proposal.kind !== 'value') return false;
  return proposal.value > 0n && proposal.value < GIVEN_OUT;
}

/** How many bytes make a kernel look at a pointer, unless the good call has more. */
const SOME_BYTES = 16n;

/** A pointer is only looked at when its length is not 0; one that must be a multiple stays as it is. */
function lengthFor(
  call: CallDescription,
  proposal: Proposal,
  good: Readonly<Record<string, Argument>>,
): Record<string, bigint> {
  const bytes = call.semantics.fields[proposal.field]?.target?.bytes;
  if (proposal.kind !== 'memory' || !bytes) return {};
  const multiple = checks(call.semantics.body).some(({ when }) => {
    if (!('misaligned' in when)) return false;
    const [term] = when.misaligned;
    return typeof term === 'object' && 'field' in term && term.field === bytes;
  });
  const own = good[bytes];
  const more = typeof own === 'bigint' && own > SOME_BYTES;
  return more || (multiple && own) ? {} : { [bytes]: SOME_BYTES };
}

/** All checks of the ioctls whose clause is one of the given. */
export function checksOf(
  context: PlanContext,
  clauses: readonly string[],
): { call: CallDescription; check: CheckRule }[] {
  return offered(context, ioctls(context.driver)).flatMap(call =>
    checks(call.semantics.body)
      .filter(check => !check.optional && clauses.includes(check.clause))
      .map(check => ({ call, check })),
  );
}
