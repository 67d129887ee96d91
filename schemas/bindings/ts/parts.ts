/** The parts of a struct as TypeScript has them: their types. */
import type { Layout } from '../../layout/layout.ts';
import { isByte, ownFields, type Part, sharing } from '../../layout/parts.ts';
import { indented } from './text.ts';

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
