/** Ways in which a node for information can be wrong, one at a time. */
import {
  type CallDescription,
  fieldOf,
  layoutOf,
  readScalar,
  walk,
  writeScalar,
} from '../../schemas/index.ts';
import type { IoctlHost } from '../drm/host.ts';
import type { IoctlResult } from '../drm/ioctl.ts';
import type { Client, Device } from '../drm/objects.ts';

export type ControlFault =
  | 'takes-objects'
  | 'takes-work'
  | 'takes-settings'
  | 'takes-all'
  | 'other-errno'
  | 'two-errnos'
  | 'looks-first'
  | 'unknown-is-invalid'
  | 'busy-opens'
  | 'one-opener'
  | 'busy-answers'
  | 'work-blocks'
  | 'counts-as-client'
  | 'close-ends-clients'
  | 'query-lost'
  | 'other-answer'
  | 'short-refused'
  | 'long-refused'
  | 'faults-ignored'
  | 'tells-clients'
  | 'tells-handles'
  | 'tells-names'
  | 'tells-the-past'
  | 'fdinfo-tells'
  | 'maps'
  | 'reads'
  | 'writes'
  | 'node-stays'
  | 'stale';

/** A call on the node, and whether its list has it. */
export interface OnControl {
  readonly host: IoctlHost;
  readonly client: Client;
  readonly call: CallDescription | undefined;
  readonly takes: boolean;
  readonly address: bigint;
  /** Bytes of the argument that the caller passes, and those that there are. */
  readonly size: number;
}

const rulesOf = (call: CallDescription) => walk(call.semantics.body);
const makes = (call: CallDescription) => rulesOf(call).some(rule => 'set' in rule && 'fresh' in rule.to);
const acts = (call: CallDescription) => rulesOf(call).some(rule => 'effect' in rule);
const works = (call: CallDescription) => rulesOf(call).some(rule => 'create' in rule) && !makes(call);
const isCore = (call: CallDescription) => call.id.startsWith('drm.');

/** An errno that the call is refused with, true when it is taken, undefined for what is right. */
export function controlFault(
  fault: ControlFault | undefined,
  { host, client, call, takes, address, size }: OnControl,
): string | true | undefined {
  const handles = [...client.device.clients].some(each => [...each.table('gem_handle')].length > 0);
  const defined = call?.argument ? layoutOf(host.driver.types, call.argument, host.abi).size : 0;
  switch (fault) {
    case 'takes-all':
      return true;
    case 'takes-objects':
      return call && makes(call) ? true : undefined;
    case 'takes-work':
      return call && works(call) ? true : undefined;
    case 'takes-settings':
      return call && acts(call) && !works(call) && !makes(call) ? true : undefined;
    case 'other-errno':
      return takes ? undefined : 'EACCES';
    case 'two-errnos':
      return takes || !call || isCore(call) ? undefined : 'EPERM';
    case 'looks-first':
      return !takes && !host.memory.readable(address, BigInt(size)) ? 'EFAULT' : undefined;
    case 'unknown-is-invalid':
      return call ? undefined : 'EINVAL';
    case 'busy-answers':
      return takes && handles ? 'EBUSY' : undefined;
    case 'work-blocks':
      return takes && pending(client.device, host) ? 'EAGAIN' : undefined;
    case 'query-lost':
      return takes && call && !isCore(call) ? 'ENOTTY' : undefined;
    case 'short-refused':
      return takes && size < defined ? 'EINVAL' : undefined;
    case 'long-refused':
      return takes && size > defined ? 'EINVAL' : undefined;
    default:
      return undefined;
  }
}

/** Whether a buffer of some client is still worked on. */
function pending(device: Device, { behaviour, clock }: IoctlHost): boolean {
  return [...device.clients].some(client =>
    [...client.table('gem_handle').values()].some(
      object => behaviour.holds?.(device, object, clock) === true,
    ),
  );
}

/** What a fault adds to a member of the answer of VERSION, where it tells that much. */
function added({ control }: IoctlHost['faults'], { clients, nextClient }: Device): number {
  const others = [...clients].filter(client => !client.control);
  switch (control) {
    case 'other-answer':
      return 1;
    case 'tells-clients':
      return others.length;
    case 'tells-handles':
      return others.reduce((sum, client) => sum + [...client.table('gem_handle')].length, 0);
    case 'tells-names':
      return others.filter(({ name }) => name !== '').length;
    case 'tells-the-past':
      return nextClient;
    default:
      return 0;
  }
}

/** A machine whose answers tell more. */
export function telling(host: IoctlHost, { device }: Client): IoctlHost {
  const more = BigInt(added(host.faults, device));
  if (more === 0n) return host;
  const scribble = (argument: Uint8Array, name: string): void => {
    if (name !== 'DRM_IOCTL_VERSION') return;
    const call = host.driver.calls.get(name)!;
    const field = fieldOf(layoutOf(host.driver.types, call.argument!, host.abi), 'version_patchlevel');
    writeScalar(argument, field, readScalar(argument, field) + more);
  };
  return Object.create(host, { faults: { value: { ...host.faults, scribble } } });
}

/** The fault `faults-ignored`. */
export function ignored({ faults }: IoctlHost, result: IoctlResult): IoctlResult {
  if (faults.control !== 'faults-ignored' || result.errno !== 'EFAULT') return result;
  const { errno: _, rule: __, ...well } = result;
  return well;
}
