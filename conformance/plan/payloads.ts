/** Payloads: what a job runs, built where the kernel checks the format. A payload gives whole calls. */
import {
  type CallDescription,
  type DeviceMood,
  type DriverDescription,
  type FileKind,
  type Value,
  walk,
} from '../../schemas/index.ts';
import type { Argument } from './arguments.ts';
import type { CallMaker, GoodArguments, Pick } from './call-maker.ts';
import { accelrefPayloads } from './payloads/accelref.ts';
import { amdxdnaPayloads } from './payloads/amdxdna.ts';
import { ethosuPayloads } from './payloads/ethosu.ts';
import { habanalabsPayloads } from './payloads/habanalabs.ts';
import { ivpuPayloads } from './payloads/ivpu.ts';
import { qaicPayloads } from './payloads/qaic.ts';
import { rocketPayloads } from './payloads/rocket.ts';
import { syncobjPayloads } from './payloads/syncobj.ts';

export interface Payload {
  readonly label: string;
  /** The flat name of a buffer that the device writes, for a payload that makes it do so. */
  readonly works?: string;
  /** The flat name of a buffer that the same job only reads. */
  readonly reads?: string;
  /** The flat name of a buffer that can be in one job at a time: a second job beside the first gets its own. */
  readonly once?: string;
  /**
   * Members that make the device end the job so, for a driver whose jobs say themselves how they end; without it the
   * target has to make the device do so.
   */
  readonly moods?: Readonly<Partial<Record<DeviceMood, Readonly<Record<string, Argument>>>>>;
  /** Members that make a job last longer than any test; without it the target has to hang on the job. */
  readonly long?: Readonly<Record<string, Argument>>;
  /** Members that make the end of the job an event too, and what it then holds: 8 bytes at an offset. */
  readonly event?: {
    readonly values: Readonly<Record<string, Argument>>;
    readonly bytes: number;
    readonly at: number;
    readonly holds: bigint;
  };
  /** Members of a call that waits for the work, by the member of the work that has the same value. */
  readonly waits?: Readonly<Record<string, string>>;
  /** The kind of descriptor that the call gives, for a call that can give several. */
  readonly gives?: FileKind;
  /** The kind of handle that the call gives, for a call whose operations give several. */
  readonly makes?: string;
  /** The check that alone refuses it: no good call, but one that neither a change of one nor the description gives. */
  readonly breaks?: string;
  /** A good call of this kind; undefined when what it needs cannot be made. */
  build(maker: CallMaker, fd: Value, call: CallDescription, pick: Pick): GoodArguments | undefined;
}

const tables = [
  accelrefPayloads,
  amdxdnaPayloads,
  ethosuPayloads,
  habanalabsPayloads,
  ivpuPayloads,
  qaicPayloads,
  rocketPayloads,
  syncobjPayloads,
];

/** Whether the body of a call says that anything happens; where it does not, nobody has described what a job does. */
const acting = new WeakMap<CallDescription, boolean>();
function acts(call: CallDescription): boolean {
  let known = acting.get(call);
  if (known === undefined) {
    known = walk(call.semantics.body).some(rule => 'effect' in rule);
    acting.set(call, known);
  }
  return known;
}

/** Kinds that come from elsewhere than this kit, for a description that was made for them. */
const others = new WeakMap<CallDescription, readonly Payload[]>();

/** The description with more kinds of good calls, by the name of the call, behind those that the kit builds. */
export function withPayloads(
  driver: DriverDescription,
  more: ReadonlyMap<string, readonly Payload[]>,
): DriverDescription {
  const calls = new Map(driver.calls);
  for (const [name, list] of more) {
    const call = { ...driver.calls.get(name)! };
    calls.set(name, call);
    others.set(call, list);
  }
  return { ...driver, calls };
}

/** The kinds of good calls that the description alone cannot build; the first is the plainest that does work. */
export function payloads(call: CallDescription): readonly Payload[] {
  const all = tabled(call).filter(({ breaks }) => breaks === undefined);
  const own = all.some(({ works }) => works) && !acts(call) ? [] : all;
  const more = others.get(call);
  return more ? [...own, ...more] : own;
}

const tabled = (call: CallDescription): readonly Payload[] =>
  tables.find(table => table[call.name])?.[call.name] ?? [];

/** Calls that exactly this check refuses. */
export function breaking(call: CallDescription, check: string): readonly Payload[] {
  return tabled(call).filter(({ breaks }) => breaks === check);
}

/** Picks the first kind of good call that is such, or the plainest. */
export function kindThat(call: CallDescription, wanted: (payload: Payload) => boolean): Pick {
  return pickKind(Math.max(payloads(call).findIndex(wanted), 0));
}

const picks: Pick[] = [];

/** Picks a kind of good call by its number, and of everything else the plainest; the same function for the same kind. */
export function pickKind(kind: number): Pick {
  picks[kind] ??= (field, count) => (field === 'payload' ? kind % count : 0);
  return picks[kind];
}
