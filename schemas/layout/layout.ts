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

/**
 * What no struct of a uAPI comes near, so that facts which are wrong end as an error and neither as a hang nor as an
 * overflow: an argument has at most 16 KiB (the 14 bits of a request number); what pointers lead to is larger. The
 * largest one described has 128 KiB.
 */
const MOST_BYTES = 1 << 24;
/** Single numbers of one layout, and fields in its list. */
const MOST_NUMBERS = 1 << 18;
const MOST_FIELDS = 1 << 14;
/** Types inside one another. */
const MOST_NESTED = 64;

/** What a type weighs: its single numbers, and how many types are inside one another. */
interface Weight {
  readonly numbers: number;
  readonly nested: number;
}

const weights = new WeakMap<Layout, Weight>();
const ONE: Weight = { numbers: 1, nested: 0 };

/** The weight of a field, of one element of a flexible array included. */
function weigh({ composite, array }: Pick<FieldLayout, 'composite' | 'array'>): Weight {
  if (composite) return weights.get(composite) ?? ONE;
  if (!array) return ONE;
  const element = weigh(array.element);
  return { numbers: element.numbers * (array.length ?? 1), nested: element.nested + 1 };
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
    const { length } = type;
    if (length !== null && !(Number.isInteger(length) && length >= 0))
      throw new LayoutError(`an array has ${length} elements; expected 0 or more`);
    // An element may have no bytes.
    if ((length ?? 0) * Math.max(stride, 1) > MOST_BYTES)
      throw new LayoutError(
        `an array of ${length} elements of ${stride} bytes is larger than any of a uAPI; expected at most ${MOST_BYTES} bytes`,
      );
    return { size: (length ?? 0) * stride, align, array: { length, stride, element } };
  }

  /** Goes into a type that others are made of. */
  private enter(name: string, what: string): void {
    if (this.open.has(name)) throw new LayoutError(`${name} ${what}`);
    if (this.open.size >= MOST_NESTED)
      throw new LayoutError(`${name} is inside more than ${MOST_NESTED} other types`);
    this.open.add(name);
  }

  private build(name: string): Layout {
    this.enter(name, 'contains itself');
    try {
      const composite = this.types.composites.get(name);
      if (composite) return this.shape(name, composite);
      const target = this.types.typedefs.get(name);
      if (!target) throw new LayoutError(`no header in this table defines a struct or union ${name}`);
      const { composite: layout } = this.typed(target);
      if (!layout) throw new LayoutError(`${name} is not a struct or union`);
      const named = { ...layout, name };
      weights.set(named, weights.get(layout) ?? ONE);
      return named;
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
    this.enter(spelling, 'is defined by itself');
    try {
      return this.typed(target);
    } finally {
      this.open.delete(spelling);
    }
  }

  private shape(name: string, shape: Shape): Layout {
    const fields: FieldLayout[] = [];
    let end = 0;
    let align = alignment(shape.align) ?? 1;
    let numbers = 0;
    let nested = 0;
    const limit = (value: number, most: number, what: string) => {
      if (value > most)
        throw new LayoutError(
          `${name || 'an anonymous type'} has more than ${most} ${what}, which is more than any of a uAPI`,
        );
    };
    for (const member of shape.members) {
      const typed = this.typed(member.type);
      const own = Math.max(shape.packed ? 1 : typed.align, alignment(member.align) ?? 1);
      const offset = shape.kind === 'union' ? 0 : roundUp(end, own);
      end = Math.max(end, offset + typed.size);
      align = Math.max(align, own);
      const weight = weigh(typed);
      numbers += weight.numbers;
      nested = Math.max(nested, weight.nested + 1);
      limit(end, MOST_BYTES, 'bytes');
      limit(numbers, MOST_NUMBERS, 'numbers');
      limit(nested, MOST_NESTED, 'types inside one another');
      limit(fields.length + (typed.composite?.fields.length ?? 0), MOST_FIELDS, 'fields');
      if (member.name !== null) fields.push({ path: member.name, offset, ...typed, align: own });
      const prefix = member.name === null ? '' : `${member.name}.`;
      for (const field of typed.composite?.fields ?? []) {
        fields.push({ ...field, path: prefix + field.path, offset: offset + field.offset });
      }
    }
    const size = roundUp(end, align);
    limit(size, MOST_BYTES, 'bytes');
    const layout = { name, size, align, fields, holes: holesOf(fields, size) };
    weights.set(layout, { numbers, nested });
    return layout;
  }
}

/** An alignment that a header gives. */
function alignment(bytes: number | undefined): number | undefined {
  if (bytes !== undefined && !(Number.isInteger(Math.log2(bytes)) && bytes >= 1 && bytes <= MOST_BYTES))
    throw new LayoutError(`an alignment of ${bytes} bytes is no power of two`);
  return bytes;
}

function cover(field: FieldLayout, base: number, covered: Uint8Array): void {
  const offset = base + field.offset;
  if (field.scalar) covered.fill(1, offset, offset + field.size);
  if (field.array && field.size > 0) {
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
