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

/** The member through which a call gives a new handle, and what it names. */
export interface Created {
  readonly field: string;
  readonly resource: string;
}

export function createdBy(call: CallDescription): Created | undefined {
  for (const rule of walk(call.semantics.body)) {
    if (!('set' in rule)) continue;
    if ('fresh' in rule.to) return { field: rule.set, resource: rule.to.fresh };
    const { resource } = call.semantics.fields[rule.set] ?? {};
    if ('stable' in rule.to && resource !== undefined) return { field: rule.set, resource };
  }
  return undefined;
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

export function releaserOf(
  driver: DriverDescription,
  resource: string,
): { call: CallDescription; field: string } | undefined {
  for (const call of driver.calls.values()) {
    const field = call.request && releasedBy(call, resource);
    if (field !== undefined) return { call, field };
  }
  return undefined;
}

/** The calls that create a handle of the resource, those that need nothing themselves and the driver's own first. */
export function creatorsOf(context: PlanContext, resource: string): CallDescription[] {
  const needs = (call: CallDescription) =>
    Object.values(call.semantics.fields).filter(
      ({ role, direction, valid }) =>
        direction !== 'out' && valid === undefined && (role === 'handle' || role === 'descriptor'),
    );
  const core = (call: CallDescription) => (call.id.startsWith('drm.') ? 1 : 0);
  return [...context.driver.calls.values()]
    .filter(call => call.request && createdBy(call)?.resource === resource)
    .filter(call => needs(call).every(role => role.role === 'handle' && role.resource !== resource))
    .filter(call => hasFeatures(context.driver, call))
    .sort(
      (a, b) =>
        needs(a).length - needs(b).length || core(a) - core(b) || a.request!.number - b.request!.number,
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
