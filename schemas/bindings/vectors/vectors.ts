/** Bytes of every struct of a driver with the values that they hold, the same for the tests of all languages. */
import type { Catalogue, DriverDescription } from '../../catalogue/catalogue.ts';
import { protocol } from '../../generated/protocol.ts';
import type { LayoutVectors, StructVectors, Vector, Vectors } from '../../generated/types/vectors.ts';
import { ABI_NAMES } from '../../layout/abi.ts';
import { decodeStruct, readScalar, scalarFields, writeScalar } from '../../layout/codec.ts';
import { type FieldLayout, type Layout, layoutOf } from '../../layout/layout.ts';
import type { TypeTable } from '../../layout/type-table.ts';
import type { CompositeFact, Facts } from '../../layout/types.ts';
import { flexibleOf } from '../ts/parts.ts';
import { messageSets, messages } from './messages.ts';
import { edgesOf, type MemberSet, memberSets } from './sets.ts';

/** Elements that a flexible array has in a vector. */
const ELEMENTS = 2;
/** Up to so many numbers all of them get a value of their own in one vector; beyond it the ends of arrays do. */
const MANY = 256;
/** Spreads the values of neighbouring bytes; odd, so that none repeats within 256. */
const STEP = 37;

export const vectorFile = (name: string) => `${name}.vectors.json`;

/** The first and the last of the elements of every array, and all that stands in none. */
function ends(fields: readonly FieldLayout[]): FieldLayout[] {
  const groups = new Map<string, [FieldLayout, FieldLayout]>();
  for (const field of fields) {
    const key = field.path.replace(/\[\d+\]/g, '[]');
    groups.set(key, [groups.get(key)?.[0] ?? field, field]);
  }
  return [...groups.values()].flatMap(([first, last]) => (first === last ? [first] : [first, last]));
}

/** The numbers at the ends of the values that a member can hold. */
function boundaries({ scalar }: FieldLayout): [string, bigint][] {
  const bits = BigInt(scalar!.bytes * 8);
  const top = 1n << (bits - 1n);
  return [
    ['1', 1n],
    ['top-bit', top],
    ['below-top-bit', top - 1n],
    ['ones', (1n << bits) - 1n],
  ];
}

class StructMaker {
  private readonly layout: Layout;
  private readonly sets: readonly MemberSet[];
  private readonly length: number;
  private readonly fields: readonly FieldLayout[];
  readonly vectors: Vector[] = [];

  constructor(layout: Layout, sets: readonly MemberSet[]) {
    this.layout = layout;
    this.sets = sets;
    const flexible = flexibleOf(layout);
    this.length = flexible
      ? Math.max(layout.size, flexible.offset + ELEMENTS * flexible.array!.stride)
      : layout.size;
    this.fields = scalarFields(layout, this.length).filter(field => field.offset + field.size <= this.length);
  }

  all(): Vector[] {
    const chosen = this.fields.length > MANY ? ends(this.fields) : this.fields;
    this.add('zero', () => {});
    this.add('distinct', bytes => {
      for (const { offset, size } of chosen)
        for (let at = offset; at < offset + size; at += 1) bytes[at] = (at * STEP + 1) & 0xff;
    });
    for (const field of ends(this.fields))
      for (const [name, value] of boundaries(field)) this.set(`${field.path}: ${name}`, field, value);
    for (const set of this.sets) {
      const field = this.fields.find(({ path }) => path === set.path)!;
      for (const value of edgesOf(set, field)) this.set(`${set.path}: ${value}`, field, value);
    }
    for (const { offset, size } of this.layout.holes)
      for (let at = offset; at < offset + size; at += 1)
        this.add(
          `hole: byte ${at}`,
          bytes => {
            bytes[at] = 0xff;
          },
          'hole',
        );
    if (this.layout.size > 0)
      this.vectors.push({
        name: 'short',
        length: this.layout.size - 1,
        bytes: {},
        values: {},
        wrong: 'short',
      });
    return this.vectors;
  }

  private set(name: string, field: FieldLayout, value: bigint): void {
    if (!this.vectors.some(vector => vector.name === name))
      this.add(name, bytes => writeScalar(bytes, field, value));
  }

  private add(name: string, fill: (bytes: Uint8Array) => void, wrong = undefined as Vector['wrong']): void {
    const bytes = new Uint8Array(this.length);
    fill(bytes);
    const values: Record<string, string> = {};
    for (const [path, value] of Object.entries(decodeStruct(this.layout, bytes)))
      if (value !== 0n) values[path] = String(value);
    const found = wrong ?? this.wrong(bytes);
    const vector = { name, length: this.length, bytes: runs(bytes), values };
    this.vectors.push(found === undefined ? vector : { ...vector, wrong: found });
  }

  private wrong(bytes: Uint8Array): Vector['wrong'] {
    for (const { path, kind, allows } of this.sets) {
      const field = this.fields.find(each => each.path === path)!;
      if (!allows(readScalar(bytes, field))) return kind;
    }
    return undefined;
  }
}

function runs(bytes: Uint8Array): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0) continue;
    let end = at;
    while (end < bytes.length && bytes[end] !== 0) end += 1;
    found[at] = Array.from(bytes.subarray(at, end), byte => byte.toString(16).padStart(2, '0')).join('');
    at = end;
  }
  return found;
}

function structVectors(
  types: TypeTable,
  { name, kind }: CompositeFact,
  sets: readonly MemberSet[],
): StructVectors {
  const layouts: LayoutVectors[] = [];
  const known = new Map<string, LayoutVectors>();
  for (const abi of ABI_NAMES) {
    const layout = layoutOf(types, name, abi);
    const key = JSON.stringify([
      layout.size,
      layout.fields.map(({ path, offset, size }) => [path, offset, size]),
    ]);
    const same = known.get(key);
    if (same) {
      same.abis.push(abi);
      continue;
    }
    const made: LayoutVectors = {
      abis: [abi],
      size: layout.size,
      holes: layout.holes.map(({ offset, size }): [number, number] => [offset, size]),
      vectors: new StructMaker(layout, sets).all() as [Vector, ...Vector[]],
    };
    known.set(key, made);
    layouts.push(made);
  }
  return { name, kind, layouts: layouts as [LayoutVectors, ...LayoutVectors[]] };
}

function fileOf(driver: DriverDescription, name: string, headers: readonly Facts[]): Vectors {
  const { header, kernel } = headers[0]!;
  const types = headers.flatMap(facts => facts.types);
  return {
    driver: name,
    header,
    kernel,
    structs: types.map(type => structVectors(driver.types, type, memberSets(driver, type.name))),
  };
}

/** The records of the executor protocol; its version stands in for a kernel. */
function protocolFile(): Vectors {
  const { header, types, structs } = messages();
  return {
    driver: 'protocol',
    header,
    kernel: String(protocol.protocol),
    structs: structs.map(struct => structVectors(types, struct, messageSets(struct.name))),
  };
}

/** The vectors of drivers, of the core and of the executor protocol, by name. */
export function vectorsOf(
  { core, shared }: Pick<Catalogue, 'core' | 'shared'>,
  drivers: readonly DriverDescription[],
): Map<string, Vectors> {
  const headers = ['drm/drm.h', 'drm/drm_mode.h'].map(name => shared.find(({ header }) => header === name)!);
  return new Map([
    ['drm', fileOf(core, 'drm', headers)],
    ['protocol', protocolFile()],
    ...drivers.map((driver): [string, Vectors] => [driver.name, fileOf(driver, driver.name, [driver.facts])]),
  ]);
}

/** File name -> text. The same catalogue gives the same bytes. */
export function vectorFiles(
  of: Pick<Catalogue, 'core' | 'shared'>,
  drivers: readonly DriverDescription[],
): Map<string, string> {
  return new Map(
    [...vectorsOf(of, drivers)].map(([name, vectors]) => [
      vectorFile(name),
      `${JSON.stringify(vectors, null, 1)}\n`,
    ]),
  );
}
