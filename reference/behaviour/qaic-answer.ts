/**
 * What the control processor of qaic answers to the transactions of a message: the simulated one here, a real one where
 * a trace was seen. What it holds beyond its headers only the firmware knows, the channel of an activation included.
 */
import { type Transaction, transactionsIn } from '../../schemas/index.ts';

/** QAIC_TRANS_..._FROM_DEV */
const FROM_DEV: Readonly<Partial<Record<Transaction['name'], number>>> = {
  passthrough: 3,
  activate: 8,
  status: 14,
};
const HEADER_BYTES = 8;
/** struct qaic_manage_trans_activate_from_dev, and that of a status. */
const ANSWER_BYTES = 24;
const CHANNEL_AT = 12;
/** Of a message of 4 KiB with the header of the wire (drivers/accel/qaic/qaic_control.c:52 and 978). */
const MOST_BYTES = 4096 - 32;
/** The version of the protocol that the simulated firmware speaks. */
const MAJOR = 5;
const MINOR = 1;
/** Stands for any that is right. */
const NO_CHANNEL = 0xffff_ffff;
/** The code with which the simulated firmware refuses an activation: all channels are taken. */
const REFUSED = 1;

const bytesFor = ({ name, length }: Transaction) => (name === 'passthrough' ? length : ANSWER_BYTES);

/** The transactions of a message that the firmware answers, as many as fit. */
function answered(message: Uint8Array): Transaction[] {
  let room = MOST_BYTES;
  return transactionsIn(message).filter(transaction => {
    if (FROM_DEV[transaction.name] === undefined || bytesFor(transaction) > room) return false;
    room -= bytesFor(transaction);
    return true;
  });
}

export const answerBytes = (message: Uint8Array) =>
  answered(message).reduce((sum, transaction) => sum + bytesFor(transaction), 0);

/** How many transactions the answer has; a deactivation has one that the program does not see. */
export const answerCount = (message: Uint8Array) =>
  answered(message).length + transactionsIn(message).filter(({ name }) => name === 'deactivate').length;

/** @param channels those of the activations in their order, undefined where it is refused */
export function answer(message: Uint8Array, channels: readonly (bigint | undefined)[]): Uint8Array {
  const bytes = new Uint8Array(answerBytes(message));
  const view = new DataView(bytes.buffer);
  let at = 0;
  let activation = 0;
  for (const transaction of answered(message)) {
    const length = bytesFor(transaction);
    view.setUint32(at, FROM_DEV[transaction.name]!, true);
    view.setUint32(at + 4, length, true);
    if (transaction.name === 'passthrough')
      bytes.set(message.subarray(transaction.at + HEADER_BYTES, transaction.at + length), at + HEADER_BYTES);
    if (transaction.name === 'status') {
      view.setUint16(at + 8, MAJOR, true);
      view.setUint16(at + 10, MINOR, true);
    }
    if (transaction.name === 'activate') {
      const channel = channels[activation];
      activation += 1;
      if (channel === undefined) view.setUint32(at + 8, REFUSED, true);
      else view.setUint32(at + CHANNEL_AT, Number(channel), true);
    }
    at += length;
  }
  return bytes;
}

/** The channels that an answer gives. */
export function channelsIn(seen: Uint8Array): bigint[] {
  const view = new DataView(seen.buffer, seen.byteOffset, seen.byteLength);
  const found: bigint[] = [];
  for (let at = 0; at + HEADER_BYTES <= seen.length; ) {
    const length = view.getUint32(at + 4, true);
    const whole = at + ANSWER_BYTES <= seen.length;
    if (view.getUint32(at, true) === FROM_DEV.activate && whole && view.getUint32(at + 8, true) === 0)
      found.push(BigInt(view.getUint32(at + CHANNEL_AT, true)));
    if (length < HEADER_BYTES) break;
    at += length;
  }
  return found;
}

/**
 * What an answer has to be like that was seen: the headers of a message whose answers have a length of their own, and a
 * channel that exists and that no other client has; everything else is as it was seen.
 *
 * @param wrong whether a channel can be given to nobody
 */
export function plausible(
  message: Uint8Array,
  seen: Uint8Array,
  wrong: (channel: bigint) => boolean,
): Uint8Array {
  const bytes = seen.slice();
  const own = transactionsIn(message);
  // What the firmware answers to these, and whether it does, is its own affair.
  if (own.some(({ name }) => name === 'passthrough' || name === 'transfer' || name === 'deactivate'))
    return bytes;
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { name } of answered(message)) {
    if (at + HEADER_BYTES > bytes.length) break;
    view.setUint32(at, FROM_DEV[name]!, true);
    view.setUint32(at + 4, ANSWER_BYTES, true);
    const told =
      name === 'activate' && at + CHANNEL_AT + 4 <= bytes.length && view.getUint32(at + 8, true) === 0;
    if (told && wrong(BigInt(view.getUint32(at + CHANNEL_AT, true))))
      view.setUint32(at + CHANNEL_AT, NO_CHANNEL, true);
    at += ANSWER_BYTES;
  }
  return bytes;
}
