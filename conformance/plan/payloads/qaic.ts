/**
 * Work for a qaic device: buffers that are sliced for a channel and queued on it. The firmware of a real device gives a
 * channel only to a network that the vendor's runtime has loaded, so that an activation alone is refused there
 * (ECANCELED) and all that needs a channel is not reached; with the simulated firmware it is enough. Nothing is passed
 * through: only the firmware knows what that does.
 */
import { TransactionBuilder, type Value } from '../../../schemas/index.ts';
import { addressOf } from '../builder.ts';
import type { Payload } from '../payloads.ts';
import {
  detachBreaks,
  messageBreaks,
  queueBreaks,
  slicingBreaks,
  statsBreaks,
  waitBreaks,
} from './qaic-breaks.ts';
import {
  ATTACH,
  ELEMENTS,
  EXECUTE,
  FROM_DEVICE,
  MANAGE,
  type Maker,
  MOST_TRANSACTIONS,
  PAGE,
  PARTIAL,
  payload,
  type Slice,
  TO_DEVICE,
  WAIT,
} from './qaic-maker.ts';

const STATS = 'DRM_IOCTL_QAIC_PERF_STATS_BO';
const DETACH = 'DRM_IOCTL_QAIC_DETACH_SLICE_BO';

/** A message of these transactions. */
const message = (label: string, fill: (list: TransactionBuilder) => TransactionBuilder) =>
  payload(
    label,
    made => void Object.assign(made.values, made.message(fill(new TransactionBuilder()).bytes())),
  );

const deactivation = payload('a deactivation', made => made.deactivate(made.activated()));

/** Where a transfer has its address. */
const ADDRESS = 16;
const transfer = payload('a transfer', made => {
  const bytes = new TransactionBuilder().transfer(1, PAGE, PAGE).bytes();
  const room = made.room(PAGE);
  Object.assign(made.values, made.message(bytes, { [`${ADDRESS}:8`]: addressOf(room) }));
});

const slicing = (label: string, dir: bigint, slices: readonly Slice[]) =>
  payload(label, made => {
    const handle = made.buffer();
    Object.assign(made.values, made.slices(handle, made.channel(), dir, slices));
  });

const QUARTER = 1024n;

const one = payload(
  'one buffer from the device',
  made => made.queue([{ handle: made.sliced(FROM_DEVICE), dir: FROM_DEVICE, resize: 2n * QUARTER }]),
  {
    works: 'data[0].handle',
    once: 'data[0].handle',
    waits: { dbc_id: 'hdr.dbc_id' },
  },
);
const to = payload('one buffer to the device', made =>
  made.queue([{ handle: made.sliced(TO_DEVICE), dir: TO_DEVICE }]),
);
const both = payload('buffers to and from the device', made =>
  made.queue([
    { handle: made.sliced(TO_DEVICE), dir: TO_DEVICE },
    { handle: made.sliced(FROM_DEVICE), dir: FROM_DEVICE },
  ]),
);
const several = payload('a buffer of several slices', made =>
  made.queue([
    {
      handle: made.sliced(TO_DEVICE, [{ size: QUARTER }, { size: QUARTER, offset: 2n * QUARTER }, {}]),
      dir: TO_DEVICE,
    },
  ]),
);
const shrunk = payload('the first bytes of a buffer', made =>
  made.queue([{ handle: made.sliced(TO_DEVICE), dir: TO_DEVICE, resize: QUARTER }]),
);
const nothing = payload('nothing of a buffer', made =>
  made.queue([{ handle: made.sliced(TO_DEVICE), dir: TO_DEVICE, resize: 0n }]),
);

const wait = (label: string, handle: (made: Maker) => Value, timeout: bigint) =>
  payload(label, made => {
    Object.assign(made.values, { handle: handle(made), timeout, dbc_id: made.channel(), pad: 0n });
  });

const stats = (label: string, handles: (made: Maker) => readonly Value[]) =>
  payload(label, made => made.stats(handles(made)));

export const qaicPayloads: Readonly<Record<string, readonly Payload[]>> = {
  [MANAGE]: [
    message('a status', list => list.status()),
    message('an activation', list => list.activate(ELEMENTS)),
    deactivation,
    transfer,
    message('an activation between two others', list => list.status().activate(ELEMENTS).status()),
    message('the longest message', list => {
      for (let count = 0; count < MOST_TRANSACTIONS; count += 1) list.status();
      return list;
    }),
    ...messageBreaks,
  ],
  [ATTACH]: [
    slicing('a part of a buffer from the device', FROM_DEVICE, [{ size: QUARTER }]),
    slicing('a whole buffer from the device', FROM_DEVICE, [{ size: PAGE }]),
    slicing('a whole buffer to the device', TO_DEVICE, [{ size: PAGE }]),
    slicing('two slices', TO_DEVICE, [
      { size: QUARTER },
      { size: QUARTER, offset: QUARTER, dev_addr: QUARTER },
    ]),
    slicing('a slice without a transfer', TO_DEVICE, [{}]),
    slicing('semaphores and a doorbell', TO_DEVICE, [
      {
        size: PAGE,
        'sem0.val': 0xfffn,
        'sem0.index': 0x1fn,
        'sem0.presync': 1n,
        'sem0.cmd': 6n,
        'sem1.cmd': 2n,
        'sem1.flags': 3n,
        db_addr: 8n,
        db_data: 1n,
        db_len: 32n,
      },
    ]),
    ...slicingBreaks,
  ],
  [EXECUTE]: [one, to, both, several, ...queueBreaks],
  [PARTIAL]: [one, to, both, several, shrunk, nothing, ...queueBreaks],
  [WAIT]: [
    wait('a buffer that was never queued', made => made.sliced(FROM_DEVICE), 100n),
    wait('a buffer that the device has worked on', made => made.executed(), 1n),
    wait('a buffer without slices', made => made.buffer(), 1n),
    ...waitBreaks,
  ],
  [STATS]: [
    stats('a buffer that the device has worked on', made => [made.executed()]),
    stats('a buffer that was never queued', made => [made.sliced(TO_DEVICE)]),
    stats('two buffers', made => [made.sliced(TO_DEVICE), made.sliced(FROM_DEVICE)]),
    stats('no buffer', () => []),
    ...statsBreaks,
  ],
  [DETACH]: [
    payload('a buffer that was never queued', made => {
      Object.assign(made.values, { handle: made.sliced(FROM_DEVICE), pad: 0n });
    }),
    payload('a buffer that the device has worked on', made => {
      Object.assign(made.values, { handle: made.executed(), pad: 0n });
    }),
    ...detachBreaks,
  ],
};
