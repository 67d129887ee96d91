/** The message that the reporter `dummy` of netdevsim puts together (health.c: nsim_dev_dummy_fmsg_put()). */
import type { Fields, FieldValue } from '../../../schemas/index.ts';

/** enum devlink_var_attr_type. */
const TYPE = { u8: 1n, u32: 3n, u64: 4n, flag: 6n, string: 10n, binary: 11n } as const;
const MEMBERS = 10;
/** A longer value is cut, as the kernel cuts one at DEVLINK_FMSG_MAX_SIZE; where it does is its business. */
const VALUE_MOST = 3000;
/** What there is of a page for the items of a message. */
const PIECE = 3700;

type Item = readonly [name: string, value: FieldValue];
const OBJECT: Item = ['fmsg-obj-nest-start', true];
const PAIR: Item = ['fmsg-pair-nest-start', true];
const ARRAY: Item = ['fmsg-arr-nest-start', true];
const END: Item = ['fmsg-nest-end', true];

const little = (value: number, width: number): Uint8Array =>
  Uint8Array.from({ length: width }, (_, index) => Math.floor(value / 2 ** (8 * index)) & 0xff);
const value = (type: keyof typeof TYPE, bytes: Uint8Array): Item[] => [
  ['fmsg-obj-value-type', TYPE[type]],
  ['fmsg-obj-value-data', bytes],
];
const named = (name: string, inner: readonly Item[]): Item[] => [
  PAIR,
  ['fmsg-obj-name', name],
  ...inner,
  END,
];
const text = (words: string) => value('string', new TextEncoder().encode(`${words}\0`));

function binaries(length: number): Item[] {
  const rest = Math.max(0, length - VALUE_MOST);
  if (length === 0) return [];
  return [...value('binary', new Uint8Array(length - rest)), ...binaries(rest)];
}

const bytesOf = ([, inner]: Item): number =>
  4 + (inner instanceof Uint8Array ? inner.length + 3 : typeof inner === 'string' ? inner.length + 4 : 4);

/** @param split whether a type may stay behind without its value, as long as it comes again */
export function splitMessage(message: Fields, split: boolean): Fields[] {
  const parts: Item[][] = [[]];
  let length = 0;
  for (const [index, item] of message.entries()) {
    const [name] = item;
    const value = name === 'fmsg-obj-value-type' ? message[index + 1] : undefined;
    const needs = bytesOf(item) + (value ? bytesOf(value) : 0);
    if (length + needs > PIECE) {
      if (value && split) parts.at(-1)!.push(item);
      parts.push([]);
      length = 0;
    }
    parts.at(-1)!.push(item);
    length += bytesOf(item);
  }
  return parts;
}

export interface DummyMessage {
  /** A first pair. */
  readonly first?: readonly [name: string, text: string];
  /** Bytes of chance. */
  readonly binary: number;
  /** An object and an array too many end behind the nest (health.c:89). */
  readonly unbalanced: boolean;
}

export function dummyMessage({ first, binary, unbalanced }: DummyMessage): Fields {
  const numbers = Array.from({ length: MEMBERS }, (_, index) => value('u32', little(index, 4)));
  const objects = Array.from({ length: MEMBERS }, (_, index) => [
    OBJECT,
    ...named('in_array_nested_test_bool', value('flag', little(0, 1))),
    ...named('in_array_nested_test_u8', value('u8', little(index, 1))),
    END,
  ]);
  return [
    OBJECT,
    ...(first ? named(first[0], text(first[1])) : []),
    ...named('test_bool', value('flag', little(1, 1))),
    ...named('test_u8', value('u8', little(1, 1))),
    ...named('test_u32', value('u32', little(3, 4))),
    ...named('test_u64', value('u64', little(4, 8))),
    ...named('test_string', text('somestring')),
    ...named('test_binary', [ARRAY, ...binaries(binary), END]),
    ...named('test_nest', [
      OBJECT,
      ...named('nested_test_bool', value('flag', little(0, 1))),
      ...named('nested_test_u8', value('u8', little(0, 1))),
      END,
    ]),
    ...(unbalanced ? [END, END] : []),
    ...named('test_u32_array', [ARRAY, ...numbers.flat(), END]),
    ...named('test_array_of_objects', [ARRAY, ...objects.flat(), END]),
    END,
  ];
}

/** Of the reporter `empty`. */
export const EMPTY_MESSAGE: Fields = [OBJECT, END];
