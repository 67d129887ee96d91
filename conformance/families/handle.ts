/** Handles that name nothing: zero, never given out, closed, another client's; and handles that are given out. */
import { type CallDescription, checks, type Value } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker, type Pick } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { kindHere } from '../plan/kinds.ts';
import { offered, outlook } from '../plan/outlook.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import { derive, Random } from '../plan/random.ts';
import { allCreatedBy, type Created, creatorsOf } from '../plan/resources.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { kindLookedUp, type Lookup, lookupsOf } from './lookup.ts';
import { checkCase } from './rules.ts';
import { emptyCase, type Title } from './tried.ts';

export function handleFamily(context: PlanContext): Case[] {
  const cases: Case[] = [];
  for (const call of offered(context, ioctls(context.driver))) {
    const lookups = lookupsOf(call).filter(({ resource }) => creatorsOf(context, resource).length > 0);
    for (const lookup of lookups)
      for (const [clause, make] of DEVICE_WIDE.has(lookup.resource) ? KINDS.slice(0, 2) : KINDS)
        cases.push(unknownHandle(context, call, lookup, clause, make));
    for (const check of checks(call.semantics.body))
      for (const clause of NO_LOOKUPS)
        if (check.clause === clause && !check.optional && !lookups.some(each => each.check === check))
          cases.push(checkCase(context, call, check, 'handle', clause, check.check));
    // A name that stays with the object is no fresh handle.
    if (outlook(context, call).kind === 'succeeds')
      for (const [index, created] of allCreatedBy(call).entries())
        cases.push(fresh(context, call, created, index === 0 ? '' : `.${created.resource}`));
  }
  return cases;
}

/** What names an object without being a handle may be nobody's, and another client's. */
const NO_LOOKUPS = ['handle.never-issued', 'handle.foreign'] as const;

/** What every client of the device can name, and nothing gives up. */
const DEVICE_WIDE = new Set(['gem_name']);

interface Scene {
  readonly maker: CallMaker;
  readonly fd: Value;
  readonly resource: string;
  readonly context: PlanContext;
}

/** Handles to try, with the steps that must succeed first. */
type Make = (scene: Scene) => { handles: [string, Value][]; controls: number[] };

/** Bits that no handle of a few objects has, at the edges of the sizes that numbers are cut to. */
const FAR_BITS = [8, 16, 24, 31];

const zero: Make = () => ({ handles: [['handle 0', constant(0)]], controls: [] });

/** Far numbers, and a good handle with one bit more, which a table that looks at fewer bits takes for the good one. */
const neverIssued: Make = ({ maker, fd, resource, context }) => {
  const random = new Random(derive(context.seed, 'handles'));
  const numbers = [1000, 0x7fffffff, 0x80000000, 0xffffffff, 4096 + random.below(1 << 20)];
  const made = maker.freshHandle(fd, resource)!;
  return {
    handles: [
      ...numbers.map((number): [string, Value] => [`handle ${number}, never given out`, constant(number)]),
      ...FAR_BITS.map((bit): [string, Value] => [
        `a good handle with bit ${bit}, never given out`,
        { ...(made.handle as Extract<Value, { kind: 'slot' }>), add: 1n << BigInt(bit) },
      ]),
    ],
    controls: [made.step],
  };
};

const closed: Make = ({ maker, fd, resource }) => {
  const made = maker.freshHandle(fd, resource)!;
  const { call, field, beside } = maker.releaser(resource)!;
  const label = `${call.name} (makes the handle stale)`;
  const step = maker.call(fd, call, { ...beside, [field]: made.handle }, { label });
  return { handles: [['a closed handle', made.handle]], controls: [made.step, step] };
};

/** More objects than a good call and the controls around it make. */
const OTHERS = 16;

const foreign: Make = ({ maker, resource, context }) => {
  const other = maker.builder.open(context.nodePath, O_RDWR, 'open another client');
  // The other client's later handles have numbers that this client does not have.
  const made = Array.from({ length: OTHERS }, () => maker.freshHandle(other.fd, resource)!);
  return {
    handles: [['a handle of another client', made.at(-1)!.handle]],
    controls: [other.step, ...made.map(each => each.step)],
  };
};

const KINDS: readonly [ClauseId, Make][] = [
  ['handle.zero', zero],
  ['handle.never-issued', neverIssued],
  ['handle.closed', closed],
  ['handle.foreign', foreign],
];

function unknownHandle(
  context: PlanContext,
  call: CallDescription,
  lookup: Lookup,
  clause: ClauseId,
  make: Make,
): Case {
  const { check, field, resource, several } = lookup;
  const which = several ? `.${check.check}` : '';
  const title: Title = {
    clause,
    instance: `${call.name}.${field}${which}`,
    case: `${call.semantics.key}.${clause.slice(7)}${which}`,
    family: 'handle',
  };
  if (context.wanted?.(title) === false) return emptyCase(title);
  const sandwich = new Sandwich(context, call, kindLookedUp(context, call, lookup));
  const { builder, maker, fd, controls } = sandwich;
  if (sandwich.good) {
    // Before the bad handle is made: a new object would get the number of a closed one.
    const values = sandwich.arguments();
    const made = make({ maker, fd, resource, context });
    controls.push(...made.controls);
    for (const [index, [label, handle]] of made.handles.entries()) {
      // The good call after a probe may have used up what it was made of.
      const good = index === 0 ? values : sandwich.arguments();
      sandwich.probe({ ...good, [field]: handle }, label);
    }
  }
  return {
    name: title.case,
    family: title.family,
    program: builder.build(),
    labels: builder.labels,
    instances: [{ clause, instance: title.instance, ...sandwich.steps() }],
  };
}

/** The kinds of a call that make such handles here, where it makes others too. */
function kindsThatMake(context: PlanContext, call: CallDescription, resource: string): Pick[] {
  return [...payloads(call).entries()]
    .filter(([kind, { makes }]) => makes === resource && kindHere(context, call, kind) === kind)
    .map(([kind]) => pickKind(kind));
}

/** Several handles, of every kind in turn, one of them closed in between. */
function fresh(
  context: PlanContext,
  call: CallDescription,
  { field, resource }: Created,
  which: string,
): Case {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const probes: number[] = [];
  const handles: Value[] = [];
  const kinds = kindsThatMake(context, call, resource);
  const create = () => {
    const made = maker.freshHandle(fd, resource, call.name, kinds[handles.length % kinds.length])!;
    probes.push(made.step);
    handles.push(made.handle);
  };
  for (let count = 0; count < 4; count += 1) create();
  const close = maker.releaser(resource);
  if (close)
    maker.call(
      fd,
      close.call,
      { ...close.beside, [close.field]: handles[1]! },
      { label: `${close.call.name} (frees one number)` },
    );
  for (let count = 0; count < 3; count += 1) create();
  return {
    name: `${call.semantics.key}.fresh${which}`,
    family: 'handle',
    program: builder.build(),
    labels: builder.labels,
    instances: [
      {
        clause: 'handle.fresh',
        instance: `${call.name}.${field}${which}`,
        controls: [step],
        probes,
        about: difference => difference.kind === 'choice' || difference.kind === 'outcome',
      },
    ],
  };
}
