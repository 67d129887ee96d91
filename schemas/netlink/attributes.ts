/** Attributes: bytes with a type and a length, and what they mean by a family's specification. */

import type { Ynl, YnlAttribute } from '../generated/types/ynl.ts';
import { littleEndian, littleEndianBytes } from '../layout/little-endian.ts';
import { findSet } from './family.ts';
import { align, join, viewOf } from './message.ts';
import { attributeNumbers } from './names.ts';

/** NLA_F_NESTED; NLA_F_NET_BYTEORDER is the bit below it (include/uapi/linux/netlink.h). */
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;
const ATTRIBUTE_BYTES = 4;
/** Bytes of the types of fixed size. */
export const FIXED_BYTES: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, bitfield32: 8 };

export interface RawAttribute {
  readonly number: number;
  readonly nested: boolean;
  /** Where its header lies in the bytes that were read. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export function encodeAttribute(number: number, bytes: Uint8Array, nested = false): Uint8Array {
  const whole = new Uint8Array(align(ATTRIBUTE_BYTES + bytes.length));
  const view = viewOf(whole);
  view.setUint16(0, ATTRIBUTE_BYTES + bytes.length, true);
  view.setUint16(2, number | (nested ? NESTED : 0), true);
  whole.set(bytes, ATTRIBUTE_BYTES);
  return whole;
}

/** What is no attribute ends it; `rest` are the bytes that are left then. */
export function readAttributes(bytes: Uint8Array): { attributes: RawAttribute[]; rest: number } {
  const view = viewOf(bytes);
  const attributes: RawAttribute[] = [];
  let at = 0;
  while (at + ATTRIBUTE_BYTES <= bytes.length) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_BYTES || length > bytes.length - at) break;
    const type = view.getUint16(at + 2, true);
    attributes.push({
      number: type & TYPE_MASK,
      nested: (type & NESTED) !== 0,
      offset: at,
      bytes: bytes.slice(at + ATTRIBUTE_BYTES, at + length),
    });
    at += align(length);
  }
  return { attributes, rest: Math.max(0, bytes.length - at) };
}

/** A bitfield32: which bits are meant, and what they are. */
export interface Bits {
  readonly value: number;
  readonly selector: number;
}

/** A number, a text, a flag that is there, bits, bytes, or attributes within it. */
export type FieldValue = bigint | string | true | Bits | Uint8Array | Fields;
/** Attributes in their order; one that may come several times does. */
export type Fields = readonly (readonly [name: string, value: FieldValue])[];

const utf8 = new TextEncoder();
const text = new TextDecoder();

function encodeValue(
  spec: Ynl,
  { type, name, 'nested-attributes': inner }: YnlAttribute,
  value: FieldValue,
): Uint8Array {
  const wrong = () => new Error(`the attribute ${name} of ${spec.name} takes no such value; it is a ${type}`);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'bigint') {
    if (type === 'uint') return littleEndianBytes(value, value > 0xffff_ffffn ? 8 : 4);
    const width = FIXED_BYTES[type ?? ''];
    if (width === undefined || type === 'bitfield32') throw wrong();
    return littleEndianBytes(value, width);
  }
  if (typeof value === 'string') return utf8.encode(type === 'string' ? `${value}\0` : value);
  if (value === true) return new Uint8Array(0);
  if ('selector' in value)
    return join([littleEndianBytes(BigInt(value.value), 4), littleEndianBytes(BigInt(value.selector), 4)]);
  if (inner === undefined) throw wrong();
  return encodeFields(spec, inner, value);
}

function setOf(spec: Ynl, name: string) {
  const found = findSet(spec, name);
  if (!found) throw new Error(`${spec.name} has no set of attributes named ${name}`);
  return { whole: found.whole, numbers: attributeNumbers(found.whole) };
}

/** The attributes as bytes. A value of type Uint8Array is taken as it is, whatever the type. */
export function encodeFields(spec: Ynl, set: string, fields: Fields): Uint8Array {
  const { whole, numbers } = setOf(spec, set);
  return join(
    fields.map(([name, value]) => {
      const attribute = whole.attributes.find(each => each.name === name);
      if (!attribute) throw new Error(`the set ${set} of ${spec.name} has no attribute ${name}`);
      return encodeAttribute(
        numbers.get(name)!,
        encodeValue(spec, attribute, value),
        attribute.type === 'nest',
      );
    }),
  );
}

/** A number that has no name keeps it with a #; bytes that do not fit the type stay bytes. */
export function decodeFields(spec: Ynl, set: string, bytes: Uint8Array): Fields {
  const { whole, numbers } = setOf(spec, set);
  const names = new Map([...numbers].map(([name, number]) => [number, name]));
  const { attributes, rest } = readAttributes(bytes);
  const fields = attributes.map(({ number, bytes: value }): [string, FieldValue] => {
    const name = names.get(number);
    const attribute = whole.attributes.find(each => each.name === name);
    return attribute ? [attribute.name, decodeValue(spec, attribute, value)] : [`#${number}`, value];
  });
  return rest > 0 ? [...fields, ['#rest', bytes.slice(bytes.length - rest)]] : fields;
}

function decodeValue(
  spec: Ynl,
  { type, 'nested-attributes': inner }: YnlAttribute,
  bytes: Uint8Array,
): FieldValue {
  if (type === 'nest' && inner !== undefined) return decodeFields(spec, inner, bytes);
  if (type === 'flag' && bytes.length === 0) return true;
  if (type === 'string' && bytes.at(-1) === 0) return text.decode(bytes.subarray(0, -1));
  if (type === 'uint' && (bytes.length === 4 || bytes.length === 8)) return littleEndian(bytes);
  if (type === undefined || FIXED_BYTES[type] !== bytes.length) return bytes;
  if (type === 'bitfield32')
    return {
      value: Number(littleEndian(bytes.subarray(0, 4))),
      selector: Number(littleEndian(bytes.subarray(4))),
    };
  return littleEndian(bytes);
}

/** The value of the first attribute of the name. */
export const fieldValue = (fields: Fields, name: string): FieldValue | undefined =>
  fields.find(([each]) => each === name)?.[1];
