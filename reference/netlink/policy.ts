/** What lib/nlattr.c finds wrong with the attributes of a request, by the operation's list of attributes. */
import {
  attributeNumbers,
  FIXED_BYTES,
  findAttribute,
  findSet,
  littleEndian,
  type NetlinkFamily,
  type NetlinkOperation,
  type RawAttribute,
  readAttributes,
  type Ynl,
  type YnlAttribute,
} from '../../schemas/index.ts';

export interface Parsed {
  readonly attributes: readonly RawAttribute[];
  /** Bytes behind the last attribute, when no attribute is wrong. */
  readonly rest: number;
  /** Values of attributes that are as their type says, by name; the last one of a name counts. */
  readonly values: ReadonlyMap<string, bigint | string>;
  /** The first wrong attribute, when it is wrong in this way. */
  wrong(name: string): RawAttribute | undefined;
}

/** What the policy that ynl-regen makes of an attribute refuses besides its length. */
function beyond(
  spec: Ynl,
  attribute: YnlAttribute | undefined,
  bytes: Uint8Array,
): 'bits' | 'value' | undefined {
  const most = attribute?.checks?.max === 'u32-max' ? 0xffff_ffffn : undefined;
  if (most !== undefined && littleEndian(bytes) > most) return 'value';
  const entries = spec.definitions?.find(({ name }) => name === attribute?.enum);
  const first = Number(entries?.['value-start'] ?? 0);
  const values = (entries?.entries ?? []).map((each, index) =>
    BigInt((typeof each === 'object' ? each.value : undefined) ?? first + index),
  );
  if (attribute?.type === 'bitfield32' && bytes.length === 8) {
    const mask = values.reduce((sum, bit) => sum | (1n << bit), 0n);
    const [value, selector] = [littleEndian(bytes.subarray(0, 4)), littleEndian(bytes.subarray(4))];
    return (selector & ~mask) !== 0n || (value & ~mask) !== 0n || (value & ~selector) !== 0n
      ? 'bits'
      : undefined;
  }
  const width = FIXED_BYTES[attribute?.type ?? ''];
  if (width === undefined || attribute?.type === 'bitfield32' || bytes.length < width) return undefined;
  if (values.length === 0 || attribute?.['enum-as-flags']) return undefined;
  const value = littleEndian(bytes.subarray(0, width));
  return values.includes(value) ? undefined : 'value';
}

/** @param strict whether the operation refuses what it does not know */
export function parseRequest(
  family: NetlinkFamily,
  operation: NetlinkOperation,
  mode: 'do' | 'dump',
  bytes: Uint8Array,
  strict: boolean,
): Parsed {
  const { spec } = family;
  const set = operation.spec['attribute-set'];
  const numbers = attributeNumbers(findSet(spec, set)!.whole);
  const listed = new Map(
    (operation.spec[mode]?.request?.attributes ?? []).map(name => [numbers.get(name)!, name]),
  );
  const most = Math.max(0, ...listed.keys());
  const { attributes, rest } = readAttributes(bytes);
  const typeOf = (each: RawAttribute) => {
    const name = listed.get(each.number);
    return name === undefined ? undefined : findAttribute(spec, set, name)?.type;
  };
  const fixed = (each: RawAttribute) => FIXED_BYTES[typeOf(each) ?? ''];
  const attributeOf = (each: RawAttribute) => findAttribute(spec, set, listed.get(each.number) ?? '');
  const unknownHere: Readonly<Record<string, (each: RawAttribute) => boolean>> = {
    'attribute-beyond': ({ number }) => number === 0 || number > most,
    'attribute-unlisted': ({ number }) => number > 0 && number <= most && !listed.has(number),
    'attribute-length': each => fixed(each) !== undefined && each.bytes.length !== fixed(each),
  };
  const tests: Readonly<Record<string, (each: RawAttribute) => boolean>> = {
    ...(strict ? unknownHere : {}),
    'uint-length': each => typeOf(each) === 'uint' && each.bytes.length !== 4 && each.bytes.length !== 8,
    'attribute-short': each =>
      each.bytes.length < (fixed(each) ?? 0) ||
      (typeOf(each) === 'flag' && each.bytes.length > 0) ||
      // A longer one is no bitfield either.
      (typeOf(each) === 'bitfield32' && each.bytes.length > 8),
    'string-unterminated': each => typeOf(each) === 'string' && !each.bytes.includes(0),
    'bits-unknown': each => beyond(spec, attributeOf(each), each.bytes) === 'bits',
    'value-outside': each => beyond(spec, attributeOf(each), each.bytes) === 'value',
  };
  const values = new Map<string, bigint | string>();
  for (const each of attributes) {
    const name = listed.get(each.number);
    if (name === undefined) continue;
    const width = fixed(each);
    if (typeOf(each) === 'string')
      values.set(name, new TextDecoder().decode(each.bytes).replace(/\0.*$/s, ''));
    else if (typeOf(each) === 'uint') values.set(name, littleEndian(each.bytes));
    else if (typeOf(each) === 'bitfield32' && each.bytes.length === 8)
      values.set(name, littleEndian(each.bytes.subarray(0, 4)) & littleEndian(each.bytes.subarray(4)));
    else if (width !== undefined && each.bytes.length >= width)
      values.set(name, littleEndian(each.bytes.subarray(0, width)));
    else values.set(name, 0n);
  }
  // One attribute is looked at after the other, and the first that is wrong in any way ends it.
  const first = attributes.find(each => Object.values(tests).some(test => test(each)));
  return {
    attributes,
    rest: first ? 0 : rest,
    values,
    wrong: name => (first && tests[name]?.(first) ? first : undefined),
  };
}
