/** Which calls make handles, descriptors and events, and which give them up. */
import {
  type Body,
  type CallDescription,
  type Condition,
  type DriverDescription,
  type FileKind,
  hasFeatures,
  walk,
} from '../../schemas/index.ts';
import type { PlanContext } from './context.ts';
import { wayTo } from './way.ts';

/** The member through which a call gives a new handle, and what it names. */
export interface Created {
  readonly field: string;
  readonly resource: string;
}

/** All of them, for a call whose operations make handles of several kinds; the first is that of the plainest. */
export function allCreatedBy(call: CallDescription): readonly Created[] {
  let all = created.get(call);
  if (!all) {
    all = findCreated(call);
    created.set(call, all);
  }
  return all;
}

const created = new WeakMap<CallDescription, readonly Created[]>();

function findCreated(call: CallDescription): Created[] {
  const found = new Map<string, Created>();
  for (const rule of walk(call.semantics.body)) {
    if (!('set' in rule)) continue;
    const named = 'stable' in rule.to ? call.semantics.fields[rule.set]?.resource : undefined;
    const resource = 'fresh' in rule.to ? rule.to.fresh : named;
    if (resource !== undefined && !found.has(resource)) found.set(resource, { field: rule.set, resource });
  }
  return [...found.values()];
}

/** @param resource for a call that makes several kinds */
export function createdBy(call: CallDescription, resource?: string): Created | undefined {
  return allCreatedBy(call).find(created => resource === undefined || created.resource === resource);
}

/** The member through which a call gives up a handle of the resource. */
export function releasedBy(call: CallDescription, resource?: string): string | undefined {
  for (const rule of walk(call.semantics.body)) {
    if (!('release' in rule) || (resource !== undefined && rule.resource !== resource)) continue;
    const { release } = rule;
    if (typeof release === 'object' && 'field' in release) return release.field;
  }
  return undefined;
}

/** A call that gives up handles. */
export interface Releaser {
  readonly call: CallDescription;
  readonly field: string;
  /** The other members that make it do so, where a selector picks the operation. */
  readonly beside: Readonly<Record<string, bigint>>;
}

export function releaserOf(driver: DriverDescription, resource: string): Releaser | undefined {
  for (const call of driver.calls.values()) {
    const field = call.request && releasedBy(call, resource);
    if (field === undefined) continue;
    const beside = wayTo(driver, call, rule => 'release' in rule && rule.resource === resource);
    return { call, field, beside };
  }
  return undefined;
}

/**
 * The calls that create a handle of the resource: first those that are there for it, of which giving up the handle leaves
 * nothing; of these, those that need nothing themselves and the driver's own.
 */
export function creatorsOf(context: PlanContext, resource: string): CallDescription[] {
  const needs = (call: CallDescription) =>
    Object.values(call.semantics.fields).filter(
      ({ role, direction, valid }) =>
        direction !== 'out' && valid === undefined && (role === 'handle' || role === 'descriptor'),
    );
  const core = (call: CallDescription) => (call.id.startsWith('drm.') ? 1 : 0);
  const beside = (call: CallDescription) => (createdBy(call)?.resource === resource ? 0 : 1);
  return [...context.driver.calls.values()]
    .filter(call => call.request && createdBy(call, resource) !== undefined)
    .filter(call => needs(call).every(role => role.role === 'handle' && role.resource !== resource))
    .filter(call => hasFeatures(context.driver, call))
    .sort(
      (a, b) =>
        beside(a) - beside(b) ||
        needs(a).length - needs(b).length ||
        core(a) - core(b) ||
        a.request!.number - b.request!.number,
    );
}

/** The member in which a call gives a new descriptor, of this kind when it is named. */
export function descriptorOf(call: CallDescription, kind?: FileKind): string | undefined {
  for (const rule of walk(call.semantics.body)) {
    if ('set' in rule && 'descriptor' in rule.to && (kind === undefined || rule.to.descriptor === kind))
      return rule.set;
  }
  return undefined;
}

/** The kind of file whose descriptor a call with these members gives. */
export function kindGiven(
  driver: DriverDescription,
  call: CallDescription,
  values: Readonly<Record<string, unknown>>,
): FileKind | undefined {
  const asked = (when: Condition): boolean => {
    if (!('nonzero' in when)) return false;
    const term = when.nonzero;
    if (typeof term !== 'object' || !('and' in term)) return false;
    const [member, bit] = term.and;
    if (typeof member !== 'object' || !('field' in member)) return false;
    if (typeof bit !== 'object' || !('const' in bit)) return false;
    const value = values[member.field];
    return typeof value === 'bigint' && (value & driver.types.constantValue(bit.const)) !== 0n;
  };
  const given = (body: Body): FileKind | undefined => {
    for (const rule of body) {
      if ('set' in rule && 'descriptor' in rule.to) return rule.to.descriptor;
      if (!('select' in rule)) continue;
      const found = given(rule.select.find(({ when }) => asked(when))?.do ?? rule.otherwise ?? []);
      if (found) return found;
    }
    return undefined;
  };
  return given(call.semantics.body);
}

/** Whether a call queues events on the caller's own file, which has room for so many only. */
export function queuesEvents(call: CallDescription): boolean {
  return walk(call.semantics.body).some(rule => 'effect' in rule && rule.effect === 'queue_events');
}
