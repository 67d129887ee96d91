/** Two libraries for C structs, told of a struct by its layout: koffi in C++, typed-struct in JavaScript. */
import koffi, { type TypeObject } from 'koffi';
import { Struct } from 'typed-struct';
import { type FieldLayout, type Layout, LayoutError } from '../../schemas/index.ts';
import type { StructCodec } from './by-hand.ts';

export type Plain = Record<string, unknown>;

/** The fields of a struct, without those of structs inside it. */
function ownFields(layout: Layout): FieldLayout[] {
  return layout.fields.filter(
    field => !layout.fields.some(({ composite, path }) => composite && field.path.startsWith(`${path}.`)),
  );
}

const wordOf = ({ bytes, signed }: NonNullable<FieldLayout['scalar']>) =>
  `${signed ? '' : 'u'}int${bytes * 8}_t`;

function koffiType(layout: Layout): TypeObject {
  const members = ownFields(layout).map(({ path, scalar, array, composite }) => {
    if (scalar) return [path, wordOf(scalar)];
    if (composite) return [path, koffiType(composite)];
    if (!array?.element.scalar || array.length === null)
      throw new LayoutError(`${path} is no array of numbers`);
    return [path, koffi.array(wordOf(array.element.scalar), array.length)];
  });
  return koffi.struct(Object.fromEntries(members));
}

/** It writes into memory that it is given; the same each time. */
export function koffiCodec(layout: Layout): StructCodec<Plain> {
  const type = koffiType(layout);
  if (koffi.sizeof(type) !== layout.size) throw new LayoutError(`koffi has another size for ${layout.name}`);
  const bytes = new Uint8Array(layout.size);
  return {
    decode: from => koffi.decode(from, type) as Plain,
    encode: value => {
      koffi.encode(bytes, type, value);
      return bytes;
    },
  };
}

/** Its types follow every call of the chain, which a loop cannot write down. */
interface Builder {
  compile(): Made;
  seek(bytes: number): Builder;
  Struct(name: string, made: Made): Builder;
}
type Add = (name: string, length?: number) => Builder;
type Made = (new (bytes?: Buffer) => Plain) & { raw(struct: Plain): Buffer };

/** Its structs have no padding of their own: holes are skipped. */
function typedStruct(layout: Layout): Made {
  let struct = new Struct(layout.name) as unknown as Builder;
  let end = 0;
  for (const { path, offset, size, scalar, array, composite } of ownFields(layout)) {
    if (offset > end) struct = struct.seek(offset - end);
    end = offset + size;
    if (composite) {
      struct = struct.Struct(path, typedStruct(composite));
      continue;
    }
    const { bytes, signed } = (scalar ?? array?.element.scalar)!;
    const name = `${bytes === 8 ? 'Big' : ''}${signed ? '' : 'U'}Int${bytes * 8}`;
    const method = array ? `${name}Array` : `${name}${bytes === 1 ? '' : 'LE'}`;
    const add = (struct as unknown as Record<string, Add>)[method]!.bind(struct);
    struct = array ? add(path, array.length!) : add(path);
  }
  return (end < layout.size ? struct.seek(layout.size - end) : struct).compile();
}

interface Member {
  readonly name: string;
  readonly kind: 'number' | 'array' | 'struct';
  readonly members: readonly Member[];
}

function membersOf(layout: Layout): Member[] {
  return ownFields(layout).map(({ path, array, composite }) => ({
    name: path,
    kind: composite ? 'struct' : array ? 'array' : 'number',
    members: composite ? membersOf(composite) : [],
  }));
}

function readMembers(from: Plain, members: readonly Member[]): Plain {
  const value: Plain = {};
  for (const { name, kind, members: inner } of members)
    value[name] = kind === 'struct' ? readMembers(from[name] as Plain, inner) : from[name];
  return value;
}

function writeMembers(to: Plain, value: Plain, members: readonly Member[]): void {
  for (const { name, kind, members: inner } of members) {
    if (kind === 'struct') writeMembers(to[name] as Plain, value[name] as Plain, inner);
    else if (kind === 'array') (to[name] as Uint8Array).set(value[name] as number[]);
    else to[name] = value[name];
  }
}

/** Members are read and written where they lie, one by one. */
export function typedStructCodec(layout: Layout): StructCodec<Plain> {
  const Made = typedStruct(layout);
  const members = membersOf(layout);
  return {
    decode: bytes =>
      readMembers(new Made(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)), members),
    encode: value => {
      const made = new Made();
      writeMembers(made, value, members);
      return Made.raw(made);
    },
  };
}
