/** What lib/nlattr.c finds wrong with the attributes of a request, by the operation's list of attributes. */
import {
  attributeNumbers,
  FIXED_BYTES,
  findAttribute,
  findSet,
  type NetlinkFamily,
  type NetlinkOperation,
  type RawAttribute,
  readAttributes,
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

export function parseRequest(
  family: NetlinkFamily,
  operation: NetlinkOperation,
  mode: 'do' | 'dump',
  bytes: Uint8Array,
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
  const tests: Readonly<Record<string, (each: RawAttribute) => boolean>> = {
    'attribute-beyond': ({ number }) => number === 0 || number > most,
    'attribute-unlisted': ({ number }) => number > 0 && number <= most && !listed.has(number),
    'attribute-length': each => fixed(each) !== undefined && each.bytes.length !== fixed(each),
    'attribute-short': each =>
      each.bytes.length < (fixed(each) ?? 0) || (typeOf(each) === 'flag' && each.bytes.length > 0),
    'string-unterminated': each => typeOf(each) === 'string' && !each.bytes.includes(0),
  };
  const values = new Map<string, bigint | string>();
  for (const each of attributes) {
    const name = listed.get(each.number);
    if (name === undefined) continue;
    const width = fixed(each);
    if (typeOf(each) === 'string')
      values.set(name, new TextDecoder().decode(each.bytes).replace(/\0.*$/s, ''));
    else if (width !== undefined && each.bytes.length >= width)
      values.set(
        name,
        each.bytes.subarray(0, width).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
      );
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
