/** Waits for something that has not happened: a sync object without a fence, or a buffer that a job writes. */
import { ASKS_FOR_JOBS } from '../../reference/index.ts';
import type { CallDescription, DeviceMood, Value } from '../../schemas/index.ts';
import { addressOf, constant, slotValue } from '../plan/builder.ts';
import type { Argument, Arguments, CallMaker } from '../plan/call-maker.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { type Payload, payloads } from '../plan/payloads.ts';

/** DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT */
const FOR_SUBMIT = 2n;
const HANDLE_BYTES = 4n;
const POINT_BYTES = 8n;
const POINT = 1n;
const CREATE = 'DRM_IOCTL_SYNCOBJ_CREATE';
const SIGNALS: Readonly<Record<string, string>> = {
  DRM_IOCTL_SYNCOBJ_WAIT: 'DRM_IOCTL_SYNCOBJ_SIGNAL',
  DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT: 'DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL',
};

/** A call that waits, and what it waits for. */
export interface Waiting {
  readonly call: CallDescription;
  /** How the device has to work on jobs. */
  readonly device?: DeviceMood;
  /** Makes what is waited for, as good calls. */
  prepare(maker: CallMaker, fd: Value): Prepared | undefined;
}

export interface Prepared {
  readonly steps: readonly number[];
  /** Members of the wait; the maker is that of its lane. */
  values(maker: CallMaker, deadline: Value): Arguments;
  /** Makes it happen; absent where it happens by itself, soon. */
  readonly happens?: (maker: CallMaker, fd: Value) => number;
}

/** @param work how long the jobs last that are waited for: a while, or longer than any wait */
export function waitings(
  context: PlanContext,
  calls: readonly CallDescription[],
  work: 'late' | 'long' = 'late',
): Waiting[] {
  return calls.flatMap(call => {
    const signal = calls.find(({ name }) => name === SIGNALS[call.name]);
    if (signal) return [forObject(context, call, signal)];
    return forJob(calls, call, work);
  });
}

function forObject(context: PlanContext, call: CallDescription, signal: CallDescription): Waiting {
  const create = context.driver.calls.get(CREATE)!;
  return {
    call,
    prepare: (maker, fd) => {
      const step = maker.call(fd, create, { flags: 0n }, { label: `${CREATE} (to wait for)` });
      const handle = slotValue(maker.builder.lastSlot);
      const several = (own: CallMaker, of: CallDescription): Arguments => ({
        handles: addressOf(own.target(of, 'handles', HANDLE_BYTES)),
        count_handles: 1n,
        'handles[0]': handle,
        ...(of.semantics.fields.points
          ? { points: addressOf(own.target(of, 'points', POINT_BYTES)), 'points[0]': POINT }
          : {}),
      });
      return {
        steps: [step],
        values: (own, deadline) => ({
          ...several(own, call),
          timeout_nsec: deadline,
          flags: FOR_SUBMIT,
          pad: 0n,
          deadline_nsec: 0n,
        }),
        happens: (own, on) => own.call(on, signal, { ...several(own, signal), pad: 0n, flags: 0n }),
      };
    },
  };
}

/** The call that waits until no job uses a buffer, and its members. */
export function waiter(
  context: PlanContext,
): { call: CallDescription; handle: string; timeout: string } | undefined {
  for (const call of offered(context, nodeIoctls(context.driver))) {
    const [handle, timeout] = [memberOf(call, 'handle'), memberOf(call, 'timeout')];
    if (handle && timeout && ASKS_FOR_JOBS.test(JSON.stringify(call.semantics.body)))
      return { call, handle, timeout };
  }
  return undefined;
}

/** Waits for the buffer that a job writes. */
function forJob(calls: readonly CallDescription[], call: CallDescription, work: 'late' | 'long'): Waiting[] {
  if (!ASKS_FOR_JOBS.test(JSON.stringify(call.semantics.body))) return [];
  const [handle, timeout] = [memberOf(call, 'handle'), memberOf(call, 'timeout')];
  if (!handle || !timeout) return [];
  const waits = calls.flatMap((submit): Waiting[] => {
    const payload = payloads(submit).find(({ works }) => works);
    if (!payload) return [];
    const [members, mood] =
      work === 'late'
        ? ([payload.moods?.late, payload.moods ? undefined : 'late'] as const)
        : ([payload.long, payload.long ? undefined : 'hang'] as const);
    if (!members && !mood) return [];
    return [
      {
        call,
        ...(mood ? { device: mood } : {}),
        prepare: (maker: CallMaker, fd: Value) => {
          const made = payload.build(maker, fd, submit, () => 0);
          if (!made) return undefined;
          const values = { ...made.values, ...members };
          const step = maker.call(fd, submit, values, { label: `a ${work} job` });
          return {
            steps: [...made.setup, step],
            values: (_own: CallMaker, deadline: Value): Arguments => ({
              ...alike(payload, made.values),
              [handle]: made.values[payload.works!]!,
              [timeout]: deadline,
            }),
          };
        },
      },
    ];
  });
  // A wait is the same whichever call queued the job.
  return waits.slice(0, 1);
}

const memberOf = ({ semantics }: CallDescription, role: string) =>
  Object.entries(semantics.fields).find(([, field]) => field.role === role)?.[0];

/** Members of a wait that have the value of a member of the work. */
export const alike = ({ waits }: Payload, values: Arguments): Record<string, Argument> =>
  Object.fromEntries(Object.entries(waits ?? {}).map(([own, other]) => [own, values[other]!]));

const UNIT_NS: Readonly<Record<string, bigint>> = { ns: 1n, ms: 1_000_000n };

/** What a wait of so many ns says: a point of time, or how long, in the unit of its member. */
export function fromNow(maker: CallMaker, ns: bigint, call: CallDescription): Value {
  const timeout = memberOf(call, 'timeout');
  const { clock, unit } = timeout === undefined ? {} : call.semantics.fields[timeout]!;
  if (clock === 'relative') return constant(ns / UNIT_NS[unit ?? 'ns']!);
  const slot = maker.builder.slot();
  maker.builder.step('the time', 'clock', [], { captures: [{ slot, from: 'return' }] });
  return { kind: 'slot', slot, add: ns };
}
