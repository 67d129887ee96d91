/**
 * Calls that take a list of objects: when its last element is refused nothing was done for those before it, and an
 * object that it names twice has the result that the description has.
 */
import type { CallDescription, DeviceMood, Value } from '../../schemas/index.ts';
import { type Argument, type Arguments, elementLayout } from '../plan/arguments.ts';
import { addressOf, constant, slotValue } from '../plan/builder.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { emptyCase, type Title } from './tried.ts';
import { alike, waiter } from './wait-scene.ts';

/** A number that no handle of a test comes near. */
const FAR = 0x7ffffffe;
const WAIT = 'DRM_IOCTL_SYNCOBJ_WAIT';
const CREATE = 'DRM_IOCTL_SYNCOBJ_CREATE';
/** DRM_SYNCOBJ_CREATE_SIGNALED */
const SIGNALED = 1n;
/** With jobs that last, one that was begun is seen to run. */
const MOOD: DeviceMood = 'late';
const HANDLE_BYTES = 4n;

/** A list of objects: the pointer, the count, and the member of an element that names one, empty for a bare handle. */
interface List {
  readonly name: string;
  readonly count: string;
  readonly member: string;
}

export function listsOf(call: CallDescription): List[] {
  const { fields, structs = {} } = call.semantics;
  return Object.entries(fields).flatMap(([name, { target }]) => {
    if (target?.count === undefined) return [];
    if (target.handle !== undefined) return [{ name, count: target.count, member: '' }];
    const named = Object.entries(structs[target.struct ?? ''] ?? {}).find(
      ([, { role }]) => role === 'handle',
    );
    return named ? [{ name, count: target.count, member: `.${named[0]}` }] : [];
  });
}

export function listFamily(context: PlanContext): Case[] {
  return offered(context, nodeIoctls(context.driver)).flatMap(call =>
    listsOf(call).flatMap(list => [batch(context, call, list), twice(context, call, list)]),
  );
}

/** The members of a call whose list has a second element like its first; undefined when it has no first. */
function doubled(
  { maker }: Sandwich,
  call: CallDescription,
  list: List,
  good: Arguments,
): Record<string, Argument> | undefined {
  if (good[list.count] === 0n || good[`${list.name}[0]${list.member}`] === undefined) return undefined;
  const { driver, hello } = maker.context;
  const values: Record<string, Argument> = { ...good, [list.count]: 2n };
  for (const [name, role] of Object.entries(call.semantics.fields)) {
    if (role.target?.count !== list.count || good[name] === 0n) continue;
    const { size } = elementLayout(driver, hello, role)!;
    values[name] = addressOf(maker.target(call, name, 2n * BigInt(size)));
    const first = `${name}[0]`;
    for (const [key, value] of Object.entries(good))
      if (key.startsWith(first)) values[`${name}[1]${key.slice(first.length)}`] = value;
  }
  return values;
}

/** The objects of the first element, whose state tells whether something was done. */
function objectsOf(values: Arguments, { name }: List): Value[] {
  const found = Object.entries(values).flatMap(([key, value]) =>
    key.startsWith(`${name}[0]`) && typeof value === 'object' && 'kind' in value && value.kind === 'slot'
      ? [value]
      : [],
  );
  return found;
}

/** Looks at an object without waiting: whether a job uses a buffer, whether a sync object has signalled. */
function look(sandwich: Sandwich, resource: string, object: Value, more: Arguments): number[] {
  const { maker, fd } = sandwich;
  const { context } = maker;
  const label = 'look at the object of the first element';
  if (resource === 'syncobj_handle') {
    const call = context.driver.calls.get(WAIT)!;
    const handles = addressOf(maker.target(call, 'handles', HANDLE_BYTES));
    return [maker.call(fd, call, { handles, 'handles[0]': object, count_handles: 1n }, { label })];
  }
  const wait = resource === 'gem_handle' ? waiter(context) : undefined;
  const values = wait && { ...more, [wait.handle]: object, [wait.timeout]: 0n };
  return wait && values ? [maker.call(fd, wait.call, values, { label })] : [];
}

function resourceOf(call: CallDescription, { name, member }: List): string {
  const { handle, struct } = call.semantics.fields[name]!.target!;
  return handle ?? call.semantics.structs![struct!]![member.slice(1)]!.resource!;
}

/** A sync object is looked at with a fence and without one: a call may give it one, or take it away. */
function firsts({ maker, fd, controls }: Sandwich, resource: string): (Value | undefined)[] {
  const create = maker.context.driver.calls.get(CREATE);
  if (resource !== 'syncobj_handle' || !create) return [undefined];
  return [0n, SIGNALED].map(flags => {
    controls.push(maker.call(fd, create, { flags }, { label: `${CREATE} (of the first element)` }));
    return slotValue(maker.builder.lastSlot);
  });
}

function batch(context: PlanContext, call: CallDescription, list: List): Case {
  const title: Title = {
    clause: 'errno.batch',
    instance: `${call.name}.${list.name}`,
    case: `${call.semantics.key}.${list.name}.partly`,
    family: 'list',
  };
  if (context.wanted?.(title) === false) return emptyCase(title);
  const sandwich = new Sandwich(context, call);
  const [payload] = payloads(call);
  const looks: number[] = [];
  const resource = resourceOf(call, list);
  const good = sandwich.good && { ...sandwich.arguments(), ...payload?.moods?.[MOOD] };
  const values = good && doubled(sandwich, call, list, good);
  for (const object of values ? firsts(sandwich, resource) : []) {
    const named = object ? { [`${list.name}[0]${list.member}`]: object } : {};
    const bad = { ...values, ...named, [`${list.name}[1]${list.member}`]: constant(FAR) };
    const label = `the second element of ${list.name} names nothing`;
    sandwich.probes.push(sandwich.maker.call(sandwich.on, call, bad, { label: `${call.name}: ${label}` }));
    for (const each of objectsOf(bad, list))
      looks.push(...look(sandwich, resource, each, payload ? alike(payload, bad) : {}));
  }
  const steps = sandwich.steps();
  const about: Instance['about'] = ({ kind }) => kind === 'outcome' || kind === 'bytes';
  return {
    name: title.case,
    family: title.family,
    program: sandwich.builder.build(),
    labels: sandwich.builder.labels,
    ...(payload?.works !== undefined && !payload.moods ? { device: MOOD } : {}),
    instances: [
      {
        clause: title.clause,
        instance: title.instance,
        ...steps,
        probes: [...steps.probes, ...looks],
        about,
        ...(steps.notReached === undefined && looks.length === 0 ? { notReached: UNSEEN } : {}),
      },
    ],
  };
}

const UNSEEN = 'nothing tells what the call did to the object of the first element';

function twice(context: PlanContext, call: CallDescription, list: List): Case {
  const title: Title = {
    clause: 'lifetime.same-twice',
    instance: `${call.name}.${list.name}`,
    case: `${call.semantics.key}.${list.name}.twice`,
    family: 'list',
  };
  if (context.wanted?.(title) === false) return emptyCase(title);
  const sandwich = new Sandwich(context, call);
  // A result that depends on what happened before is not one documented result.
  for (let time = 0; time < 2 && sandwich.good; time += 1) {
    const values = doubled(sandwich, call, list, sandwich.arguments());
    if (values) sandwich.probe(values, `${list.name} names one object twice`);
  }
  const steps = sandwich.steps();
  return {
    name: title.case,
    family: title.family,
    program: sandwich.builder.build(),
    labels: sandwich.builder.labels,
    instances: [
      {
        clause: title.clause,
        instance: title.instance,
        ...steps,
        about: ({ kind }) => kind === 'outcome',
        ...(steps.notReached === undefined && steps.probes.length === 0
          ? { notReached: 'no good call has an element in this list' }
          : {}),
      },
    ],
  };
}
