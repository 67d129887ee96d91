import type { FieldLayout, Layout } from './layout.ts';
import { elementOf, fieldOf } from './layout.ts';
import { LayoutError } from './type-table.ts';

/** Fields by path, each with its value; signed fields are negative where their sign bit is set. */
export type Values = Readonly<Record<string, bigint>>;

function scalarOf(field: FieldLayout): NonNullable<FieldLayout['scalar']> {
  if (!field.scalar)
    throw new LayoutError(`${field.path} is not a single number; name one of its fields or elements`);
  return field.scalar;
}

function within(bytes: Uint8Array, field: FieldLayout): void {
  if (field.offset < 0 || field.offset + field.size > bytes.length) {
    throw new RangeError(
      `${field.path} lies at bytes ${field.offset} to ${field.offset + field.size} of a buffer of ${bytes.length}`,
    );
  }
}

/** Turns halves into 64 bits and back; a view of the bytes themselves would cost more than reading them. */
const word = new DataView(new ArrayBuffer(8));

/** Reads the little-endian number at a field. Throws RangeError when it lies outside the bytes. */
export function readScalar(bytes: Uint8Array, field: FieldLayout): bigint {
  const scalar = scalarOf(field);
  within(bytes, field);
  const at = field.offset;
  let low = 0;
  for (let i = Math.min(scalar.bytes, 4) - 1; i >= 0; i--) low = low * 256 + bytes[at + i]!;
  let value = low;
  if (scalar.bytes === 8) {
    const high =
      (bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24)) >>> 0;
    // Most 64-bit values are small; one conversion is half the cost of two and a shift.
    if (high >= 1 << 21) {
      word.setUint32(0, low, true);
      word.setUint32(4, high, true);
      return scalar.signed ? word.getBigInt64(0, true) : word.getBigUint64(0, true);
    }
    value = high * 4294967296 + low;
  } else if (scalar.signed && value >= 2 ** (scalar.bytes * 8 - 1)) {
    value -= 2 ** (scalar.bytes * 8);
  }
  return BigInt(value);
}

/**
 * Writes a number little-endian at a field. A value may be given signed or unsigned; one that fits neither way, or
 * a field outside the bytes, throws RangeError.
 */
export function writeScalar(bytes: Uint8Array, field: FieldLayout, value: bigint): void {
  const scalar = scalarOf(field);
  within(bytes, field);
  const bits = scalar.bytes * 8;
  const stored = BigInt.asUintN(bits, value);
  if (stored !== value && BigInt.asIntN(bits, value) !== value) {
    throw new RangeError(`${value} does not fit in the ${bits} bits of ${field.path}`);
  }
  word.setBigUint64(0, stored, true);
  const low = word.getUint32(0, true);
  for (let i = 0; i < scalar.bytes && i < 4; i++) bytes[field.offset + i] = (low >>> (i * 8)) & 0xff;
  if (scalar.bytes === 8) {
    const high = word.getUint32(4, true);
    for (let i = 0; i < 4; i++) bytes[field.offset + 4 + i] = (high >>> (i * 8)) & 0xff;
  }
}

/**
 * Writes values at their paths, in their order, so that of overlapping union members the last one stays. Without
 * `into` the other bytes are zero. Returns the bytes.
 */
export function encodeStruct(layout: Layout, values: Values, into?: Uint8Array): Uint8Array {
  const bytes = into ?? new Uint8Array(layout.size);
  for (const path of Object.keys(values)) writeScalar(bytes, fieldOf(layout, path), values[path]!);
  return bytes;
}

function leavesOf(field: FieldLayout, prefix: string, base: number, limit: number, out: FieldLayout[]): void {
  const path = prefix + field.path;
  const offset = base + field.offset;
  if (field.scalar) {
    out.push({ ...field, path, offset });
  } else if (field.array) {
    const { length, stride } = field.array;
    // Elements without bytes hold no numbers, however many there are.
    if (length !== null && field.size === 0) return;
    // A flexible array goes on to the end of the bytes.
    const count = length ?? (stride > 0 ? Math.max(0, Math.floor((limit - offset) / stride)) : 0);
    for (let i = 0; i < count; i++) leavesOf(elementOf({ ...field, path, offset }, i), '', 0, limit, out);
  } else if (field.composite) {
    for (const inner of field.composite.fields) {
      if (!inner.composite) leavesOf(inner, path === '' ? '' : `${path}.`, offset, limit, out);
    }
  }
}

const fixedLeaves = new WeakMap<Layout, readonly FieldLayout[]>();

function hasFlexible(layout: Layout): boolean {
  return layout.fields.some(field => field.array?.length === null);
}

/**
 * All single numbers of a layout, array elements one by one, in the order of the header. `length` is the number of
 * bytes at hand, which says how many elements a flexible array has.
 */
export function scalarFields(layout: Layout, length = layout.size): readonly FieldLayout[] {
  const known = fixedLeaves.get(layout);
  if (known) return known;
  const leaves: FieldLayout[] = [];
  for (const field of layout.fields) if (!field.composite) leavesOf(field, '', 0, length, leaves);
  if (!hasFlexible(layout)) fixedLeaves.set(layout, leaves);
  return leaves;
}

/** Reads every number of a struct that lies within the bytes: a shorter buffer gives the fields it holds in full. */
export function decodeStruct(layout: Layout, bytes: Uint8Array): Record<string, bigint> {
  const values: Record<string, bigint> = {};
  for (const field of scalarFields(layout, bytes.length)) {
    if (field.offset + field.size <= bytes.length) values[field.path] = readScalar(bytes, field);
  }
  return values;
}
