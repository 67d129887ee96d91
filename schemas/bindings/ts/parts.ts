/** The parts of a struct as TypeScript has them: which members it has, and their types. */
import type { FieldLayout, Layout } from '../../layout/layout.ts';
import { indented } from './text.ts';

/** A member, or an element of an array. */
export type Part = Pick<FieldLayout, 'size' | 'scalar' | 'array' | 'composite'>;

/** The fields of a layout that no other field of it holds. */
export function ownFields(layout: Layout): FieldLayout[] {
  const own: FieldLayout[] = [];
  let inside: string | undefined;
  for (const field of layout.fields) {
    if (inside !== undefined && field.path.startsWith(inside)) continue;
    own.push(field);
    inside = field.composite ? `${field.path}.` : undefined;
  }
  return own;
}

/** Fields that share bytes with another: members of a union. */
export function sharing(fields: readonly FieldLayout[]): ReadonlySet<FieldLayout> {
  const overlap = (a: FieldLayout, b: FieldLayout) =>
    a !== b && a.offset < b.offset + b.size && b.offset < a.offset + a.size;
  return new Set(fields.filter(field => fields.some(other => overlap(field, other))));
}

export const isByte = (part: Part) => part.scalar?.bytes === 1;

/** An array whose length the struct does not say. */
export const flexibleOf = (layout: Layout) => ownFields(layout).find(field => field.array?.length === null);

/**
 * The type of a part. A number that is wider on some ABI is a bigint on all of them: `wide` says whether a part is.
 */
export function typeOf(part: Part, wide: (path: string) => boolean, path: string): string {
  if (part.scalar) return wide(path) ? 'bigint' : 'number';
  if (part.array) {
    const { element } = part.array;
    if (isByte(element)) return 'Uint8Array';
    const type = typeOf(element, wide, `${path}[]`);
    return `${type}[]`;
  }
  const fields = ownFields(part.composite!);
  const optional = sharing(fields);
  const members = fields.map(
    field =>
      `${field.path}${optional.has(field) ? '?' : ''}: ${typeOf(field, wide, `${path}.${field.path}`)}`,
  );
  return `{\n${indented(members.map(member => `${member};\n`).join(''))}}`;
}

/** Paths of the numbers of 8 bytes, elements of arrays as `[]`. */
export function widePaths(layout: Layout, prefix = '', into = new Set<string>()): Set<string> {
  const visit = (part: Part, path: string) => {
    if (part.scalar?.bytes === 8) into.add(path);
    if (part.array) visit(part.array.element, `${path}[]`);
    if (part.composite) widePaths(part.composite, path, into);
  };
  for (const field of ownFields(layout)) visit(field, `${prefix}.${field.path}`);
  return into;
}
