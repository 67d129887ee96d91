/** For every rule: good lists of transactions, and the one change to each that breaks the rule. */
import type { Witness } from '../predicate.ts';
import { TransactionBuilder } from './build.ts';
import type { RULES } from './rules.ts';

type RuleName = (typeof RULES)[number]['name'];
type Shape = (list: TransactionBuilder) => TransactionBuilder;

const pair = (title: string, control: Shape, broken: Shape): Witness => ({
  title,
  control: control(new TransactionBuilder()).bytes(),
  bytes: broken(new TransactionBuilder()).bytes(),
});

/** The last page of the address space: what begins there can end at its top, and not behind it. */
const LAST_PAGE = 0xffff_ffff_ffff_f000n;
const PAGE = 0x1000n;
const TOP = 0xffff_ffff_ffff_ffffn;
/** The most elements whose queues, with the gap and the rounding, stay below 4 GiB: (2^32 - 1 - 4352) / 68. */
const MOST_ELEMENTS = 63_161_219;

const one: Shape = list => list.status();
const eight = new Uint8Array(8);

const table: Readonly<Record<RuleName, readonly Witness[]>> = {
  'header-cut': [
    pair('half a header behind a status', one, list => list.status().raw(0, 0, 0, 0)),
    pair('nothing', one, list => list),
  ],
  'length-short': [
    pair('a status of 7 bytes', one, list => list.status({ says: 7 })),
    pair('a status without bytes', one, list => list.status({ says: 0 })),
  ],
  'length-beyond': [
    pair('a status one byte longer than the message', one, list => list.status({ says: 9 })),
    pair('a status of 4 GiB less one byte', one, list => list.status({ says: 0xffff_ffff })),
    pair(
      'a second status that does not end',
      list => list.status().status(),
      list => list.status().status({ says: 16 }),
    ),
  ],
  'type-unknown': [
    pair('type 0', one, list => list.status({ type: 0 })),
    pair('a status as the device sends it', one, list => list.status({ type: 14 })),
    pair('the type behind the last', one, list => list.status({ type: 21 })),
  ],
  'passthrough-padding': [
    pair(
      'a passthrough of 12 bytes',
      list => list.passthrough(eight),
      list => list.passthrough(eight.subarray(4)),
    ),
  ],
  'transfer-empty': [
    pair(
      'a transfer of nothing',
      list => list.transfer(1, PAGE, 1n),
      list => list.transfer(1, PAGE, 0n),
    ),
  ],
  'transfer-wraps': [
    pair(
      'a transfer that ends behind the last address',
      list => list.transfer(1, LAST_PAGE, 0xfffn),
      list => list.transfer(1, LAST_PAGE, 0x1000n),
    ),
    pair(
      'a transfer of all bytes there are',
      list => list.transfer(1, 0n, TOP - 1n),
      list => list.transfer(1, 0n, TOP),
    ),
  ],
  'activate-queue-empty': [
    pair(
      'queues without elements',
      list => list.activate(1),
      list => list.activate(0),
    ),
  ],
  'activate-pad': [
    pair(
      'padding of 1',
      list => list.activate(1),
      list => list.activate(1, { pad: 1 }),
    ),
  ],
  'activate-queue-wraps': [
    pair(
      'queues of 4 GiB',
      list => list.activate(MOST_ELEMENTS),
      list => list.activate(MOST_ELEMENTS + 1),
    ),
    pair(
      'as many elements as a member can hold',
      list => list.activate(1),
      list => list.activate(0xffff_ffff),
    ),
  ],
  'deactivate-pad': [
    pair(
      'padding of 1',
      list => list.deactivate(0),
      list => list.deactivate(0, 1),
    ),
  ],
};

export const witnesses: ReadonlyMap<string, readonly Witness[]> = new Map(Object.entries(table));
