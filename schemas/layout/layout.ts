import type { AbiName } from '../program/program.ts';
import { ABIS, type Abi } from './abi.ts';
import { builtinScalar, enumScalar, pointerScalar, type Scalar } from './scalars.ts';
import { LayoutError, type TypeTable } from './type-table.ts';
import type { CType, MemberFact } from './types.ts';
import { factToBigint } from './types.ts';

/** Where a field lies. All numbers are bytes; offsets count from the start of the layout that lists the field. */
export interface FieldLayout {
  /**
   * The name as C writes it behind the object: `request.type`, and `data[3].value` for what {@link fieldOf} finds.
   * A member of an anonymous struct or union goes by its own name.
   */
  readonly path: string;
  readonly offset: number;
  /** 0 for a flexible array. */
  readonly size: number;
  /** What its offset is a multiple of in the struct or union that declares it: 1 in a packed one. */
  readonly align: number;
  /** Present when the field is one number; a pointer is one, too. */
  readonly scalar?: Pick<Scalar, 'bytes' | 'signed'>;
  /** The number is a C pointer. */
  readonly pointer?: true;
  /** Present for an array; `element` stands for one of them, with an empty path at offset 0. */
  readonly array?: { readonly length: number | null; readonly stride: number; readonly element: FieldLayout };
  /** Present for a struct or union. Its fields also follow this one in the list, with the full path. */
  readonly composite?: Layout;
}

export interface Hole {
  readonly offset: number;
  readonly size: number;
}

export interface Layout {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  /** In the order of the header; the fields of a nested struct follow it. */
  readonly fields: readonly FieldLayout[];
  /** Bytes that no field covers, the tail included. */
  readonly holes: readonly Hole[];
}

/** A type before it has a place: what a field needs besides path and offset. */
type Typed = Omit<FieldLayout, 'path' | 'offset'>;

interface Shape {
  readonly kind: 'struct' | 'union';
  readonly members: readonly MemberFact[];
  readonly packed?: boolean;
  readonly align?: number;
}

const caches = new WeakMap<TypeTable, Map<AbiName, Map<string, Layout>>>();

function roundUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

/** Lays out the types of one table for one ABI. */
class LayoutEngine {
  private readonly types: TypeTable;
  private readonly abi: Abi;
  private readonly cache: Map<string, Layout>;
  private readonly open = new Set<string>();

  constructor(types: TypeTable, abi: AbiName) {
    this.types = types;
    this.abi = ABIS[abi];
    const ofTable = caches.get(types) ?? new Map<AbiName, Map<string, Layout>>();
    caches.set(types, ofTable);
    this.cache = ofTable.get(abi) ?? new Map();
    ofTable.set(abi, this.cache);
  }

  named(name: string): Layout {
    const known = this.cache.get(name);
    if (known) return known;
    const layout = this.build(name);
    this.cache.set(name, layout);
    return layout;
  }

  typed(type: CType): Typed {
    if ('scalar' in type) return this.spelled(type.scalar);
    if ('pointer' in type) return { ...this.number(pointerScalar(this.abi)), pointer: true };
    if ('named' in type) return this.whole(this.named(type.named));
    if ('anonymous' in type) return this.whole(this.shape('', { ...type, kind: type.anonymous }));
    const element: FieldLayout = { path: '', offset: 0, ...this.typed(type.array) };
    const { size: stride, align } = element;
    return { size: (type.length ?? 0) * stride, align, array: { length: type.length, stride, element } };
  }

  private build(name: string): Layout {
    if (this.open.has(name)) throw new LayoutError(`${name} contains itself`);
    this.open.add(name);
    try {
      const composite = this.types.composites.get(name);
      if (composite) return this.shape(name, composite);
      const target = this.types.typedefs.get(name);
      if (!target) throw new LayoutError(`no header in this table defines a struct or union ${name}`);
      const { composite: layout } = this.typed(target);
      if (!layout) throw new LayoutError(`${name} is not a struct or union`);
      return { ...layout, name };
    } finally {
      this.open.delete(name);
    }
  }

  private number({ bytes, signed, align }: Scalar): Typed {
    return { size: bytes, align, scalar: { bytes, signed } };
  }

  private whole(layout: Layout): Typed {
    return { size: layout.size, align: layout.align, composite: layout };
  }

  private spelled(spelling: string): Typed {
    const builtin = builtinScalar(spelling, this.abi);
    if (builtin) return this.number(builtin);
    if (spelling.startsWith('enum ')) {
      const members = this.types.enums.get(spelling.slice(5))?.members ?? [];
      return this.number(
        enumScalar(
          members.map(member => factToBigint(member.value)),
          this.abi,
        ),
      );
    }
    const target = this.types.typedefs.get(spelling);
    if (!target) throw new LayoutError(`no header in this table says what ${spelling} is`);
    if (this.open.has(spelling)) throw new LayoutError(`${spelling} is defined by itself`);
    this.open.add(spelling);
    try {
      return this.typed(target);
    } finally {
      this.open.delete(spelling);
    }
  }

  private shape(name: string, shape: Shape): Layout {
    const fields: FieldLayout[] = [];
    let end = 0;
    let align = shape.align ?? 1;
    for (const member of shape.members) {
      const typed = this.typed(member.type);
      const own = Math.max(shape.packed ? 1 : typed.align, member.align ?? 1);
      const offset = shape.kind === 'union' ? 0 : roundUp(end, own);
      end = Math.max(end, offset + typed.size);
      align = Math.max(align, own);
      if (member.name !== null) fields.push({ path: member.name, offset, ...typed, align: own });
      const prefix = member.name === null ? '' : `${member.name}.`;
      for (const field of typed.composite?.fields ?? []) {
        fields.push({ ...field, path: prefix + field.path, offset: offset + field.offset });
      }
    }
    const size = roundUp(end, align);
    return { name, size, align, fields, holes: holesOf(fields, size) };
  }
}

function cover(field: FieldLayout, base: number, covered: Uint8Array): void {
  const offset = base + field.offset;
  if (field.scalar) covered.fill(1, offset, offset + field.size);
  if (field.array) {
    for (let i = 0; i < (field.array.length ?? 0); i++) {
      cover(field.array.element, offset + i * field.array.stride, covered);
    }
  }
  for (const inner of field.composite?.fields ?? []) if (!inner.composite) cover(inner, offset, covered);
}

function holesOf(fields: readonly FieldLayout[], size: number): Hole[] {
  const covered = new Uint8Array(size);
  for (const field of fields) if (!field.composite) cover(field, 0, covered);
  const holes: Hole[] = [];
  for (let at = covered.indexOf(0); at >= 0; ) {
    const next = covered.indexOf(1, at);
    const end = next < 0 ? size : next;
    holes.push({ offset: at, size: end - at });
    at = next < 0 ? -1 : covered.indexOf(0, next);
  }
  return holes;
}

/**
 * The layout of a struct or union, by its tag or by the name of a typedef. Computed once for each table and ABI.
 * Throws {@link LayoutError} when the table lacks the type or one it is made of.
 */
export function layoutOf(types: TypeTable, name: string, abi: AbiName): Layout {
  return caches.get(types)?.get(abi)?.get(name) ?? new LayoutEngine(types, abi).named(name);
}

/** Size in bytes of any type. */
export function sizeOfType(types: TypeTable, type: CType, abi: AbiName): number {
  return 'named' in type
    ? layoutOf(types, type.named, abi).size
    : new LayoutEngine(types, abi).typed(type).size;
}

/** Element `index` of an array field; the index may lie outside, as in C. */
export function elementOf(field: FieldLayout, index: number): FieldLayout {
  if (!field.array) throw new LayoutError(`${field.path} is not an array`);
  const { element, stride } = field.array;
  return {
    ...element,
    path: `${field.path}[${index}]${element.path}`,
    offset: field.offset + index * stride,
  };
}

const paths = new WeakMap<Layout, Map<string, FieldLayout>>();

function find(layout: Layout, path: string): FieldLayout {
  const open = path.lastIndexOf('[');
  const close = path.indexOf(']', open);
  if (open > 0 && close > open) {
    const element = elementOf(fieldOf(layout, path.slice(0, open)), Number(path.slice(open + 1, close)));
    if (close === path.length - 1) return element;
    const inside = element.composite && fieldOf(element.composite, path.slice(close + 2));
    if (inside) return { ...inside, path, offset: element.offset + inside.offset };
  }
  throw new LayoutError(`${layout.name} has no field ${path}`);
}

/** The field at a path such as `request.type` or `data[3].value`. Throws {@link LayoutError} when there is none. */
export function fieldOf(layout: Layout, path: string): FieldLayout {
  let known = paths.get(layout);
  if (!known) {
    known = new Map(layout.fields.map(field => [field.path, field]));
    paths.set(layout, known);
  }
  const field = known.get(path) ?? find(layout, path);
  known.set(path, field);
  return field;
}
