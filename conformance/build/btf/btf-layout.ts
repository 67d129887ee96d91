/** Where the members of a struct lie, and what the members of an enum are, as BTF says it. */
import { type Btf, BtfError, type BtfType, KIND, PART } from './read-btf.ts';

/** All kernels that are looked at have 64 bits. */
const POINTER_BYTES = 8;
const MODIFIERS: readonly number[] = [KIND.TYPEDEF, KIND.VOLATILE, KIND.CONST, KIND.RESTRICT, KIND.TYPE_TAG];
const COMPOSITES: readonly number[] = [KIND.STRUCT, KIND.UNION];

/** A member as C writes it behind the object: `a.b`, and `list[0].x` for the first element of an array. */
export interface Place {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
}

/** The type itself, without typedefs and qualifiers. */
function bare(btf: Btf, id: number): BtfType | undefined {
  let type = id === 0 ? undefined : btf.type(id);
  while (type && MODIFIERS.includes(type.kind)) {
    type = type.sizeOrType === 0 ? undefined : btf.type(type.sizeOrType);
  }
  return type;
}

function arrayOf({ rest }: BtfType): { element: number; length: number } {
  return { element: rest.getUint32(0, true), length: rest.getUint32(8, true) };
}

export function sizeOf(btf: Btf, id: number): number {
  const type = bare(btf, id);
  if (!type) throw new BtfError('void has no size');
  if (type.kind === KIND.PTR) return POINTER_BYTES;
  if (type.kind === KIND.ARRAY) {
    const { element, length } = arrayOf(type);
    return length * sizeOf(btf, element);
  }
  if (type.kind === KIND.FWD || type.kind === KIND.FUNC_PROTO || type.kind === KIND.FUNC)
    throw new BtfError(`type ${type.id} ${type.name} has no size`);
  return type.sizeOrType;
}

/** What lies inside a member of a struct: the members of a struct, and those of the first element of an array. */
function inside(btf: Btf, id: number, path: string, offset: number): Place[] {
  const type = bare(btf, id);
  if (!type) return [];
  if (COMPOSITES.includes(type.kind)) return placesIn(btf, type, path === '' ? '' : `${path}.`, offset);
  if (type.kind !== KIND.ARRAY) return [];
  return inside(btf, arrayOf(type).element, `${path}[0]`, offset);
}

function placesIn(btf: Btf, of: BtfType, prefix: string, base: number): Place[] {
  const places: Place[] = [];
  for (let i = 0; i < of.length; i++) {
    const at = i * PART[of.kind]!;
    const name = btf.text(of.rest.getUint32(at, true));
    const id = of.rest.getUint32(at + 4, true);
    const bits = of.rest.getUint32(at + 8, true);
    // Since a struct has a bit-field, the upper byte holds the width of each member, 0 for a plain one.
    if (of.flag && bits >>> 24 > 0) throw new BtfError(`${of.name} has the bit-field ${name}`);
    const offset = base + (of.flag ? bits & 0xffffff : bits) / 8;
    if (name !== '') places.push({ path: prefix + name, offset, size: sizeOf(btf, id) });
    places.push(...inside(btf, id, name === '' ? prefix.replace(/\.$/, '') : prefix + name, offset));
  }
  return places;
}

/** Every member of a struct or union that C can name, in the order of the header. */
export function places(btf: Btf, type: BtfType): Place[] {
  return placesIn(btf, type, '', 0);
}

/** The members of an enum: its values as unsigned 64-bit numbers, as {@link BigInt.asUintN} gives them. */
export function enumerators(btf: Btf, type: BtfType): { name: string; value: bigint }[] {
  const wide = type.kind === KIND.ENUM64;
  return Array.from({ length: type.length }, (_, i) => {
    const at = i * PART[type.kind]!;
    const low = type.rest.getUint32(at + 4, true);
    const high = wide ? type.rest.getUint32(at + 8, true) : 0;
    const value = (BigInt(high) << 32n) | BigInt(low);
    const sign = type.flag && !wide ? BigInt.asIntN(32, value) : value;
    return { name: btf.text(type.rest.getUint32(at, true)), value: BigInt.asUintN(64, sign) };
  });
}
