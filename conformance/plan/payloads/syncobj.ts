/** Good calls on sync objects of every kind: with and without a fence, as a whole and by points of a timeline. */
import type { CallDescription, Value } from '../../../schemas/index.ts';
import type { Argument } from '../arguments.ts';
import { addressOf, slotValue } from '../builder.ts';
import type { CallMaker } from '../call-maker.ts';
import type { Payload } from '../payloads.ts';

const CREATE = 'DRM_IOCTL_SYNCOBJ_CREATE';
const TO_FD = 'DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD';
const TO_HANDLE = 'DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE';
const SIGNAL_POINT = 'DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL';
const EMPTY = 0n;
const SIGNALED = 1n;
/** DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_*, which those of FD_TO_HANDLE have the numbers of. */
const SYNC_FILE = 1n;
const TIMELINE = 2n;
/** DRM_SYNCOBJ_WAIT_FLAGS_WAIT_* */
const ALL = 1n;
const FOR_SUBMIT = 2n;
const AVAILABLE = 4n;
const LAST_SUBMITTED = 1n;
const HANDLE_BYTES = 4n;
const POINT_BYTES = 8n;

type Values = Record<string, Argument>;

class Maker {
  readonly setup: number[] = [];
  private readonly maker: CallMaker;
  private readonly fd: Value;

  constructor(maker: CallMaker, fd: Value) {
    this.maker = maker;
    this.fd = fd;
  }

  private run(name: string, values: Values, keep?: { field: string; slot: number }): void {
    const call = this.maker.context.driver.calls.get(name)!;
    const label = `${name} (for a sync object)`;
    this.setup.push(this.maker.call(this.fd, call, values, { label, ...(keep ? { keep } : {}) }));
  }

  syncobj(flags: bigint): Value {
    this.run(CREATE, { flags });
    return slotValue(this.maker.builder.lastSlot);
  }

  /** A sync object with these points, all over. */
  timeline(...points: bigint[]): Value {
    const syncobj = this.syncobj(EMPTY);
    const call = this.maker.context.driver.calls.get(SIGNAL_POINT)!;
    for (const point of points)
      this.run(SIGNAL_POINT, { ...this.several(call, [[syncobj, point]]), flags: 0n });
    return syncobj;
  }

  /** A descriptor of a sync object, or of its fence. */
  descriptor(handle: Value, flags: bigint): Value {
    const slot = this.maker.builder.slot();
    this.run(TO_FD, { handle, flags, pad: 0n, point: 0n }, { field: 'fd', slot });
    return slotValue(slot);
  }

  counter(): Value {
    const made = this.maker.freshDescriptor(this.fd, 'eventfd')!;
    this.setup.push(...made.steps);
    return made.fd;
  }

  /** The arrays of a call on several sync objects; memory for points that the call gives stays as it is. */
  several(call: CallDescription, entries: readonly (readonly [Value, bigint?])[]): Values {
    const count = BigInt(Math.max(entries.length, 1));
    const values: Values = {
      handles: addressOf(this.maker.target(call, 'handles', HANDLE_BYTES * count)),
      count_handles: BigInt(entries.length),
    };
    const timeline = call.semantics.fields['points'] !== undefined;
    if (timeline) values['points'] = addressOf(this.maker.target(call, 'points', POINT_BYTES * count));
    for (const [index, [handle, point]] of entries.entries()) {
      values[`handles[${index}]`] = handle;
      if (timeline && point !== undefined) values[`points[${index}]`] = point;
    }
    return values;
  }
}

type Kind = (made: Maker, call: CallDescription) => Values;

function kind(label: string, values: Kind, more: Partial<Payload> = {}): Payload {
  return {
    label,
    ...more,
    build: (maker, fd, call) => {
      const made = new Maker(maker, fd);
      return { values: values(made, call), setup: made.setup };
    },
  };
}

const file = (handle: Value, flags: bigint, point: bigint): Values => ({ handle, flags, pad: 0n, point });
const import_ = (made: Maker, flags: bigint, point: bigint): Values => ({
  ...file(made.syncobj(EMPTY), flags, point),
  fd: made.descriptor(made.syncobj(SIGNALED), SYNC_FILE),
});
const transfer = (source: Value, destination: Value, from: bigint, to: bigint, flags = 0n): Values => ({
  src_handle: source,
  dst_handle: destination,
  src_point: from,
  dst_point: to,
  flags,
  pad: 0n,
});
const wait = (values: Values, flags: bigint): Values => ({
  ...values,
  flags,
  timeout_nsec: 0n,
  pad: 0n,
  deadline_nsec: 0n,
});

/** Waits that either call can make. */
const waits = [
  kind('one that has signalled', (made, call) =>
    wait(made.several(call, [[made.syncobj(SIGNALED), 0n]]), 0n),
  ),
  kind('one of two', (made, call) =>
    wait(
      made.several(call, [
        [made.syncobj(EMPTY), 0n],
        [made.syncobj(SIGNALED), 0n],
      ]),
      FOR_SUBMIT,
    ),
  ),
  kind('all of two', (made, call) =>
    wait(
      made.several(call, [
        [made.syncobj(SIGNALED), 0n],
        [made.timeline(2n), 0n],
      ]),
      ALL,
    ),
  ),
  kind('none', (made, call) => wait(made.several(call, []), 0n)),
];

export const syncobjPayloads: Readonly<Record<string, readonly Payload[]>> = {
  [CREATE]: [
    kind('one that has signalled', () => ({ flags: SIGNALED })),
    kind('one without a fence', () => ({ flags: EMPTY })),
  ],
  [TO_FD]: [
    kind('a sync object', made => file(made.syncobj(EMPTY), 0n, 0n), { gives: 'syncobj' }),
    kind('a fence', made => file(made.syncobj(SIGNALED), SYNC_FILE, 0n), { gives: 'sync-file' }),
    kind('a point', made => file(made.timeline(1n, 3n), SYNC_FILE | TIMELINE, 2n), { gives: 'sync-file' }),
  ],
  [TO_HANDLE]: [
    kind('a sync object', made => ({
      ...file(made.syncobj(EMPTY), 0n, 0n),
      fd: made.descriptor(made.syncobj(SIGNALED), 0n),
    })),
    kind('a fence', made => import_(made, SYNC_FILE, 0n)),
    kind('a fence for a point', made => import_(made, SYNC_FILE | TIMELINE, 4n)),
  ],
  DRM_IOCTL_SYNCOBJ_TRANSFER: [
    kind('a fence', made => transfer(made.syncobj(SIGNALED), made.syncobj(EMPTY), 0n, 0n)),
    kind('a fence to a point', made => transfer(made.syncobj(SIGNALED), made.timeline(1n), 0n, 2n)),
    kind('a point', made => transfer(made.timeline(1n, 3n), made.syncobj(EMPTY), 2n, 0n)),
    kind('a point to a point', made => transfer(made.timeline(5n), made.timeline(7n), 5n, 6n)),
    kind('a fence that is there when it is waited for', made =>
      transfer(made.syncobj(SIGNALED), made.syncobj(EMPTY), 0n, 0n, FOR_SUBMIT),
    ),
  ],
  DRM_IOCTL_SYNCOBJ_WAIT: waits,
  DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT: [
    ...waits,
    kind('a point', (made, call) => wait(made.several(call, [[made.timeline(1n, 4n), 3n]]), 0n)),
    kind('points that are there', (made, call) =>
      wait(
        made.several(call, [
          [made.timeline(1n), 1n],
          [made.syncobj(SIGNALED), 0n],
        ]),
        ALL | AVAILABLE,
      ),
    ),
  ],
  [SIGNAL_POINT]: [
    kind('a point', (made, call) => ({ ...made.several(call, [[made.syncobj(EMPTY), 1n]]), flags: 0n })),
    kind('points out of order', (made, call) => {
      const syncobj = made.timeline(5n);
      const entries = [3n, 9n].map(point => [syncobj, point] as const);
      return { ...made.several(call, entries), flags: 0n };
    }),
  ],
  DRM_IOCTL_SYNCOBJ_QUERY: [
    kind('a timeline', (made, call) => ({ ...made.several(call, [[made.timeline(1n, 6n)]]), flags: 0n })),
    kind('two that hold other things', (made, call) => ({
      ...made.several(call, [[made.syncobj(SIGNALED)], [made.syncobj(EMPTY)]]),
      flags: 0n,
    })),
    kind('the last point', (made, call) => ({
      ...made.several(call, [[made.timeline(6n, 2n)]]),
      flags: LAST_SUBMITTED,
    })),
  ],
  DRM_IOCTL_SYNCOBJ_EVENTFD: ['has signalled', 'has no fence'].map((state, index) =>
    kind(`a sync object that ${state}`, made => ({
      handle: made.syncobj(index === 0 ? SIGNALED : EMPTY),
      flags: 0n,
      point: 0n,
      fd: made.counter(),
      pad: 0n,
    })),
  ),
};
