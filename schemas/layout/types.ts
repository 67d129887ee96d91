import type { AbiName } from '../program/program.ts';

/**
 * The shape of facts, as `schemas/meta/facts.schema.json` describes it. The extractor writes these objects, the
 * layout engine reads them.
 */

/** An integer; from 2^53 on, and from -2^53 down, a hexadecimal string such as `0xffffffffffffffff`. */
export type FactNumber = number | string;

export type CType = ScalarType | NamedType | PointerType | ArrayType | AnonymousType;

/** A C scalar as the header spells it: `__u32`, `unsigned int`, `enum NAME`, a typedef; `enum` when it has no tag. */
export interface ScalarType {
  readonly scalar: string;
}

/** A struct or union, by tag. */
export interface NamedType {
  readonly named: string;
}

/** A C pointer; `pointer` is what it points to, as the header spells it. */
export interface PointerType {
  readonly pointer: string;
}

/** `length` is null for a flexible array member, 0 for the older `[0]`. */
export interface ArrayType {
  readonly array: CType;
  readonly length: number | null;
}

/** A struct or union without a tag. */
export interface AnonymousType {
  readonly anonymous: 'struct' | 'union';
  readonly members: readonly MemberFact[];
  readonly packed?: boolean;
  readonly align?: number;
}

export interface MemberFact {
  /** null for an anonymous struct or union, whose members belong to the enclosing type. */
  readonly name: string | null;
  readonly type: CType;
  readonly line: number;
  /** Bytes, from an `aligned` attribute. */
  readonly align?: number;
  readonly since?: string;
}

export interface CompositeFact {
  readonly name: string;
  readonly kind: 'struct' | 'union';
  readonly line: number;
  readonly since?: string;
  readonly members: readonly MemberFact[];
  readonly packed?: boolean;
  /** Bytes, from an `aligned` attribute. */
  readonly align?: number;
}

export interface ConstantFact {
  readonly name: string;
  readonly value: FactNumber;
  /** The value on those ABIs where it is another one: `~0UL`, or what an architecture's own header says. */
  readonly abi?: Readonly<Partial<Record<AbiName, FactNumber>>>;
  /** Names the value rests on that no included header defines; see `schemas/extract/externals.ts`. */
  readonly externals?: readonly string[];
  readonly line: number;
  readonly since?: string;
}

export interface EnumFact {
  readonly name: string | null;
  readonly line: number;
  readonly since?: string;
  readonly members: readonly ConstantFact[];
}

export interface TypedefFact {
  readonly name: string;
  readonly type: CType;
  readonly line: number;
  readonly since?: string;
}

export interface IoctlFact {
  readonly name: string;
  /** As in `_IOR` (the kernel writes the argument) and `_IOW` (the kernel reads it). */
  readonly direction: 'none' | 'read' | 'write' | 'readwrite';
  readonly letter: number;
  readonly number: number;
  readonly argument: CType | null;
  readonly line: number;
  readonly since?: string;
}

export interface UnresolvedFact {
  readonly name: string;
  readonly line: number;
  readonly reason: string;
}

export interface SourceFact {
  readonly package: string;
  readonly version: string;
  readonly sha256: string;
  readonly license: string;
}

/** A kernel release that was looked at, such as `6.12`; `header` is null when it has none. */
export interface ReleaseFact {
  readonly release: string;
  readonly header: string | null;
  readonly package?: string;
  readonly version?: string;
}

export type ItemKind = 'constant' | 'enum' | 'type' | 'member' | 'typedef' | 'ioctl';

/** What an entry says: a value, a size or a place, a type, a request. */
export type Said = FactNumber | CType | Pick<IoctlFact, 'direction' | 'letter' | 'number' | 'argument'>;

/** What an older release has and the newest has not. */
export interface GoneFact {
  readonly kind: ItemKind;
  readonly name: string;
  readonly since?: string;
  readonly until: string;
  readonly was?: Said;
}

/** What says something else since a release. */
export interface ChangeFact {
  readonly kind: ItemKind;
  readonly name: string;
  readonly release: string;
  readonly what: 'value' | 'type' | 'request' | 'size' | 'align' | 'offset';
  readonly from: Said;
  readonly to: Said;
}

export interface Facts {
  readonly header: string;
  readonly kernel: string;
  readonly source: SourceFact;
  /** Oldest first, the one of the facts last. An entry without `since` is in the oldest. */
  readonly releases?: readonly ReleaseFact[];
  readonly constants: readonly ConstantFact[];
  readonly enums: readonly EnumFact[];
  readonly types: readonly CompositeFact[];
  readonly typedefs: readonly TypedefFact[];
  readonly ioctls: readonly IoctlFact[];
  readonly unresolved: readonly UnresolvedFact[];
  readonly gone?: readonly GoneFact[];
  readonly changes?: readonly ChangeFact[];
}

const EXACT = 1n << 53n;

/** A fact's number as a bigint. */
export function factToBigint(value: FactNumber): bigint {
  if (typeof value === 'number') return BigInt(value);
  return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
}

/** A bigint as facts write it. */
export function bigintToFact(value: bigint): FactNumber {
  if (value < EXACT && value > -EXACT) return Number(value);
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
