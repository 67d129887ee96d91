/** The parts of a struct, for what is generated from its layout. */
import type { FieldLayout, Layout } from './layout.ts';

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
