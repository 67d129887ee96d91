/** Walks the transactions of a message as encode_message() does (drivers/accel/qaic/qaic_control.c:780). */
import type { Decision } from '../predicate.ts';
import { HEADER_BYTES, STRUCT_BYTES, type TransactionName } from './build.ts';
import { Members, names } from './walk.ts';

/**
 * - transactions: how many there are; the message says it too
 * - short: those that are shorter than their structure. The driver does not compare them: it reads on, in what follows.
 * - highest_channel: the highest channel that a deactivation names, 0 without one
 * - the number of transactions of each kind that does more than ask
 */
export const PROPERTIES = [
  'transactions',
  'short',
  'transfers',
  'activations',
  'deactivations',
  'highest_channel',
] as const;

type Property = (typeof PROPERTIES)[number];

/** An element of the request queue and one of the response queue (drivers/accel/qaic/qaic_data.c:66 and 138). */
const QUEUE_ELEMENT_BYTES = 64n + 4n;
/** Between the two queues, and what their sum is rounded up to (qaic_control.c:30 and 31). */
const QUEUE_GAP = 256n;
const QUEUE_ALIGN = 4096n;
const PAGE = 4096n;
const TOP_32 = 1n << 32n;
const TOP_64 = 1n << 64n;

/** The rule of its kind that a transaction breaks. */
function brokenIn(name: TransactionName, length: number, members: Members): string | undefined {
  switch (name) {
    case 'passthrough':
      return length % 8 === 0 ? undefined : 'passthrough-padding';
    case 'transfer': {
      const [address, size] = [members.u64(16), members.u64(24)];
      if (size === 0n) return 'transfer-empty';
      if (address + size >= TOP_64 || size + (address % PAGE) >= TOP_64 - 1n) return 'transfer-wraps';
      return undefined;
    }
    case 'activate': {
      const elements = members.u32(8);
      if (elements === 0n) return 'activate-queue-empty';
      if (members.u32(20) !== 0n) return 'activate-pad';
      const bytes = elements * QUEUE_ELEMENT_BYTES;
      return bytes + QUEUE_GAP + QUEUE_ALIGN < TOP_32 ? undefined : 'activate-queue-wraps';
    }
    case 'deactivate':
      return members.u32(12) === 0n ? undefined : 'deactivate-pad';
    default:
      return undefined;
  }
}

export function decide(bytes: Uint8Array): Decision {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = Object.fromEntries(PROPERTIES.map(name => [name, 0n])) as Record<Property, bigint>;
  // The whole message is copied before any of it is looked at.
  const consumed = bytes.length;
  const broken = (rule: string): Decision => ({ broken: rule, properties: new Map(), consumed });
  let at = 0;
  do {
    if (bytes.length - at < HEADER_BYTES) return broken('header-cut');
    const members = new Members(view, at);
    const length = Number(members.u32(4));
    if (length < HEADER_BYTES) return broken('length-short');
    if (at + length > bytes.length) return broken('length-beyond');
    const name = names.get(Number(members.u32(0)));
    if (name === undefined) return broken('type-unknown');
    const rule = brokenIn(name, length, members);
    if (rule !== undefined) return broken(rule);
    found.transactions += 1n;
    if (length < STRUCT_BYTES[name]) found.short += 1n;
    if (name === 'transfer') found.transfers += 1n;
    if (name === 'activate') found.activations += 1n;
    if (name === 'deactivate') {
      found.deactivations += 1n;
      const channel = members.u32(8);
      if (channel > found.highest_channel) found.highest_channel = channel;
    }
    at += length;
  } while (at < bytes.length);
  return { properties: new Map(Object.entries(found)), consumed };
}
