/** Where the members of a struct lie on every ABI, with what they are. */
import {
  ABI_NAMES,
  type CType,
  type FieldLayout,
  fieldOf,
  LayoutError,
  layoutOf,
  type MemberFact,
  type TypeTable,
} from '../layout/index.ts';
import type { AbiName } from '../program/program.ts';

type PerAbi<T> = Readonly<Record<AbiName, T>>;

/** One element of a member: a number, a pointer, or a struct or union by its tag. */
export interface Shape {
  readonly kind: 'number' | 'pointer' | 'composite';
  readonly signed: boolean;
  /** Of one element. */
  readonly bytes: PerAbi<number>;
  /** Array lengths from the outside in; 0 for one that is flexible. */
  readonly lengths: readonly number[];
  readonly tag?: string;
}

export interface Place {
  readonly path: string;
  readonly line: number;
  readonly shape: Shape;
  readonly offset: PerAbi<number>;
  readonly size: PerAbi<number>;
}

export interface Places {
  readonly name: string;
  readonly size: PerAbi<number>;
  readonly members: ReadonlyMap<string, Place>;
}

const perAbi = <T>(make: (abi: AbiName) => T): PerAbi<T> =>
  Object.fromEntries(ABI_NAMES.map(abi => [abi, make(abi)])) as PerAbi<T>;

/** Members in order; those of a struct or union without a tag belong to the type that they stand in. */
function* flatten(members: readonly MemberFact[], prefix: string): Generator<[string, CType, number]> {
  for (const { name, type, line } of members) {
    const path = name === null ? prefix : `${prefix}${name}`;
    let inner: CType = type;
    let element = path;
    while ('array' in inner) {
      inner = inner.array;
      element += '[0]';
    }
    if (!('anonymous' in inner)) yield [path, type, line];
    else if (!('array' in type) || (type.length ?? 0) > 0)
      yield* flatten(inner.members, name === null ? prefix : `${element}.`);
  }
}

function elementOf(field: FieldLayout): FieldLayout {
  return field.array ? elementOf(field.array.element) : field;
}

function lengthsOf(field: FieldLayout): number[] {
  return field.array ? [field.array.length ?? 0, ...lengthsOf(field.array.element)] : [];
}

function shapeOf(fields: PerAbi<FieldLayout>): Shape {
  const field = fields.x86_64;
  const element = elementOf(field);
  const kind = element.pointer ? 'pointer' : element.composite ? 'composite' : 'number';
  return {
    kind,
    signed: element.scalar?.signed ?? false,
    bytes: perAbi(abi => elementOf(fields[abi]).size),
    lengths: lengthsOf(field),
    ...(element.composite ? { tag: element.composite.name } : {}),
  };
}

/** Undefined when a type that it is made of is in none of the headers at hand. */
export function placesOf(types: TypeTable, name: string): Places | undefined {
  const composite = types.composites.get(name);
  if (!composite) return undefined;
  try {
    const layouts = perAbi(abi => layoutOf(types, name, abi));
    const members = [...flatten(composite.members, '')].map(([path, , line]): [string, Place] => {
      const fields = perAbi(abi => fieldOf(layouts[abi], path));
      const offset = perAbi(abi => fields[abi].offset);
      return [path, { path, line, shape: shapeOf(fields), offset, size: perAbi(abi => fields[abi].size) }];
    });
    return { name, size: perAbi(abi => layouts[abi].size), members: new Map(members) };
  } catch (error) {
    if (error instanceof LayoutError) return undefined;
    throw error;
  }
}

/** A shape as a reader of the header would say it. */
export function shapeText({ kind, signed, bytes, lengths, tag }: Shape): string {
  const element =
    kind === 'composite'
      ? `struct ${tag}`
      : kind === 'pointer'
        ? 'pointer'
        : `${signed ? 's' : 'u'}${bytes.x86_64 * 8}`;
  return element + lengths.map(length => `[${length || ''}]`).join('');
}

/** Members that by their name mean nothing yet. */
export function isReserved(path: string): boolean {
  return /(^|_)(pad|padding|reserved|rsvd|resv|mbz|unused|spare)[0-9]*($|_|\[)/i.test(
    path.slice(path.lastIndexOf('.') + 1),
  );
}
