/** Calls that exactly one check of qaic refuses, where no change of one member of a good call does it. */
import { TransactionBuilder } from '../../../schemas/index.ts';
import type { Payload } from '../payloads.ts';
import {
  ATTACH,
  ELEMENTS,
  FROM_DEVICE,
  MANAGE,
  type Maker,
  MOST_TRANSACTIONS,
  PAGE,
  payload,
  TO_DEVICE,
} from './qaic-maker.ts';

/** QAIC_TRANS_ACTIVATE_FROM_USR */
const ACTIVATE = 7;
/** DBC_NUM (drivers/accel/qaic/qaic_drv.c:46) */
const CHANNELS = 16;

const breaks = (check: string, shape: (made: Maker) => void) =>
  payload(`what ${check} refuses`, shape, { breaks: check });

const sent = (check: string, fill: (list: TransactionBuilder) => TransactionBuilder) =>
  breaks(
    check,
    made => void Object.assign(made.values, made.message(fill(new TransactionBuilder()).bytes())),
  );

/** A channel that another client has, in the member of this name. */
const foreign = (check: string, member: string) =>
  breaks(check, made => {
    const others = made.others();
    made.values[member] = others.activated();
    made.setup.push(...others.setup);
  });

export const messageBreaks: readonly Payload[] = [
  // The last has a byte more than it needs.
  sent('length-beyond', list => {
    for (let count = 1; count < MOST_TRANSACTIONS; count += 1) list.status();
    return list.status({ says: 9 }).raw(0);
  }),
  breaks('transactions-broken', made => {
    Object.assign(made.values, { len: 0n, count: 0n });
  }),
  // What is read behind it as the size of the queue is the type of the status.
  sent('transaction-short', list => list.status({ type: ACTIVATE }).status()),
  sent('activates-twice', list => list.activate(ELEMENTS).activate(ELEMENTS)),
  sent('channel-beyond', list => list.deactivate(CHANNELS)),
  breaks('channel-of-another', made => {
    const others = made.others();
    made.deactivate(others.activated());
    made.setup.push(...others.setup);
  }),
  sent('transfer-unreadable', list => list.transfer(1, 0n, PAGE)),
  // All channels are taken.
  breaks('refused-by-device', made => {
    for (let count = 0; count < CHANNELS; count += 1) made.activated();
    Object.assign(made.values, made.activation());
  }),
];

export const slicingBreaks: readonly Payload[] = [
  breaks('already-sliced', made => {
    made.values['hdr.handle'] = made.sliced(FROM_DEVICE);
  }),
  foreign('channel-of-another', 'hdr.dbc_id'),
  breaks('empty-slice-outside', made => {
    Object.assign(made.values, made.slices(made.buffer(), made.channel(), TO_DEVICE, [{ offset: PAGE }]));
  }),
  breaks('queue-too-short', made => {
    const handle = made.buffer();
    Object.assign(made.values, made.slices(handle, made.activated(1), TO_DEVICE, [{}, {}]));
  }),
];

export const queueBreaks: readonly Payload[] = [
  foreign('channel-of-another', 'hdr.dbc_id'),
  breaks('sliced-for-another-channel', made => {
    made.queue([{ handle: made.sliced(FROM_DEVICE), dir: FROM_DEVICE }]);
    made.values['hdr.dbc_id'] = made.activated();
  }),
];

export const statsBreaks: readonly Payload[] = [
  breaks('not-sliced', made => {
    made.stats([made.buffer()]);
    made.values['hdr.dbc_id'] = 0n;
  }),
  breaks('sliced-for-another-channel', made => {
    made.stats([made.sliced(FROM_DEVICE)]);
    made.values['hdr.dbc_id'] = made.activated();
  }),
];

export const detachBreaks: readonly Payload[] = [
  breaks('busy', made => {
    made.values['handle'] = made.queued();
  }),
  // Deactivated: the channel is nobody's, and the buffer still sliced for it.
  breaks('channel-of-another', made => {
    const [handle, channel] = [made.buffer(), made.activated()];
    const values = made.slices(handle, channel, FROM_DEVICE, [{ size: PAGE }]);
    made.before(ATTACH, values);
    made.before(MANAGE, made.deactivation(channel));
    made.values['handle'] = handle;
  }),
];

export const waitBreaks: readonly Payload[] = [foreign('channel-of-another', 'dbc_id')];
