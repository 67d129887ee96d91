/** Jobs for accelref, which does what the argument says: as long as it says, and ending as it says. */
import { errnoNumber, type Value } from '../../../schemas/index.ts';
import type { Argument } from '../arguments.ts';
import type { Payload } from '../payloads.ts';
import { JobMaker } from './job-maker.ts';

const SUBMIT = 'DRM_IOCTL_ACCELREF_SUBMIT';
const BUFFER = 'DRM_IOCTL_ACCELREF_BO_CREATE';
const SYNCOBJ = 'DRM_IOCTL_SYNCOBJ_CREATE';
const HANDLE_BYTES = 4n;
const WRITE = 1n;
const EVENT = 2n;
/** DRM_SYNCOBJ_CREATE_SIGNALED */
const SIGNALED = 1n;
const SHORT_NS = 200_000n;
const LATE_NS = 150_000_000n;
/** Long enough for a sync file to be made before the job fails, which is what tells how it ended. */
const FAILING_NS = 50_000_000n;
/** DRM_ACCELREF_MAX_DURATION_NS */
const LONG_NS = 10_000_000_000n;
const USER_DATA = 0x1122_3344_5566_7788n;
const EIO = BigInt(errnoNumber('EIO'));

class Maker extends JobMaker {
  override readonly values: Record<string, Argument> = {
    flags: 0n,
    duration_ns: SHORT_NS,
    result: 0n,
    pad: 0n,
    user_data: 0n,
  };

  buffer(): Value {
    return this.made(BUFFER, { size: 4096n, flags: 0n });
  }

  syncobj(flags: bigint): Value {
    return this.made(SYNCOBJ, { flags });
  }

  buffers(handles: readonly Value[]): void {
    this.array('bos', 'bo_count', HANDLE_BYTES, handles.length);
    for (const [index, handle] of handles.entries()) this.values[`bos[${index}]`] = handle;
  }

  syncs(name: 'syncs_in' | 'syncs_out', count: string, points: readonly (readonly [Value, bigint])[]): void {
    this.array(name, count, this.sizeOf('drm_accelref_sync'), points.length);
    for (const [index, [handle, point]] of points.entries()) {
      this.values[`${name}[${index}].handle`] = handle;
      this.values[`${name}[${index}].pad`] = 0n;
      this.values[`${name}[${index}].point`] = point;
    }
  }
}

type Shape = (made: Maker) => void;

function payload(label: string, shape: Shape, more: Partial<Payload> = {}): Payload {
  return {
    label,
    ...more,
    build: (maker, fd, call) => {
      const made = new Maker(maker, fd, call);
      made.buffers([]);
      made.syncs('syncs_in', 'in_count', []);
      made.syncs('syncs_out', 'out_count', []);
      shape(made);
      return made.done();
    },
  };
}

/** The plainest has one element of everything, so that every member can be made wrong. */
const write = payload(
  'one buffer, and a sync object on either side',
  made => {
    made.buffers([made.buffer()]);
    made.syncs('syncs_in', 'in_count', [[made.syncobj(SIGNALED), 0n]]);
    made.syncs('syncs_out', 'out_count', [[made.syncobj(0n), 0n]]);
    made.values['flags'] = WRITE;
  },
  {
    works: 'bos[0]',
    event: { values: { flags: WRITE | EVENT, user_data: USER_DATA }, bytes: 24, at: 8, holds: USER_DATA },
    long: { duration_ns: LONG_NS },
    moods: { complete: {}, late: { duration_ns: LATE_NS }, fault: { result: EIO, duration_ns: FAILING_NS } },
  },
);

const nothing = payload('nothing', () => {});

const reads = payload('two buffers that are read', made => made.buffers([made.buffer(), made.buffer()]));

const twice = payload('one buffer twice', made => {
  const handle = made.buffer();
  made.buffers([handle, handle]);
});

const timeline = payload('points of a timeline', made => {
  const syncobj = made.syncobj(0n);
  made.syncs('syncs_out', 'out_count', [
    [syncobj, 1n],
    [syncobj, 5n],
  ]);
});

const failing = payload('a job that fails', made => {
  made.buffers([made.buffer()]);
  made.values['flags'] = WRITE;
  made.values['result'] = EIO;
});

const telling = payload('a job with an event', made => {
  made.values['flags'] = EVENT;
  made.values['user_data'] = USER_DATA;
});

export const accelrefPayloads: Readonly<Record<string, readonly Payload[]>> = {
  [SUBMIT]: [write, nothing, reads, twice, timeline, failing, telling],
};
