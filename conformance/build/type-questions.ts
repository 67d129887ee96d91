/** What a compiler is asked about one struct or union. */
import type { FieldLayout, Hole, Layout } from '../../schemas/layout/index.ts';
import type { Question } from './abi-probe.ts';

/** The paths of a layout that `offsetof` can name, also those inside the first element of an array of structs. */
export function askable(layout: Layout): FieldLayout[] {
  return layout.fields.flatMap(field => {
    const inside = field.array?.element.composite;
    if (!inside) return [field];
    const first = askable(inside).map(inner => ({
      ...inner,
      path: `${field.path}[0].${inner.path}`,
      offset: field.offset + inner.offset,
    }));
    return [field, ...first];
  });
}

const offsetOf = (type: string, { path }: FieldLayout): string => `__builtin_offsetof(${type}, ${path})`;

/** How many elements an array has, and each of those that are arrays themselves. */
function lengthQuestions(name: string, member: string, { array, size }: FieldLayout): Question[] {
  if (!array || array.length === null || array.stride === 0 || size === 0) return [];
  const expression = `sizeof(${member}) / sizeof(${member}[0])`;
  const inner = lengthQuestions(name, `${member}[0]`, array.element);
  return [{ subject: 'field', name, expression, expected: BigInt(array.length) }, ...inner];
}

function fieldQuestions(name: string, type: string, field: FieldLayout): Question[] {
  const member = `((${type} *)0)->${field.path}`;
  const ask = (expression: string, expected: number | bigint): Question => {
    return { subject: 'field', name: `${name}.${field.path}`, expression, expected: BigInt(expected) };
  };
  const questions = [
    ask(offsetOf(type, field), field.offset),
    // Of the member, not of its type: a packed struct and i386 place a 64-bit number at less (GCC manual, 6.44).
    ask(`__alignof__(${member})`, field.align),
  ];
  if (field.array?.length === null) return [...questions, ask(`sizeof(${member}[0])`, field.array.stride)];
  questions.push(
    ask(`sizeof(${member})`, field.size),
    ...lengthQuestions(`${name}.${field.path}`, member, field),
  );
  if (field.scalar && !field.pointer) {
    questions.push(ask(`((__typeof__(${member}))-1) < 0`, field.scalar.signed ? 1n : 0n));
  }
  return questions;
}

/** Whether a hole lies in an element of an array behind the first, where it is a copy of the first one's. */
function isRepeated(fields: readonly FieldLayout[], { offset }: Hole): boolean {
  return fields.some(({ array, offset: start, size }) => {
    const inside = array?.element.composite && offset >= start && offset < start + size;
    return inside && offset >= start + array!.stride;
  });
}

/** A hole is what lies between the end of one member and the start of the next, or the end of all. */
function holeQuestion(
  name: string,
  type: string,
  fields: readonly FieldLayout[],
  layout: Layout,
  hole: Hole,
) {
  const leaves = fields.filter(({ composite, array }) => !composite && !array?.element.composite);
  const before = leaves.find(({ offset, size }) => size > 0 && offset + size === hole.offset);
  const after = leaves.find(({ offset }) => offset === hole.offset + hole.size);
  // Behind the last member of an array's element comes the next element, which has no name of its own.
  const list = fields.find(
    ({ array, offset }) => array?.element.composite && offset + array.stride === hole.offset + hole.size,
  );
  const isTail = hole.offset + hole.size === layout.size;
  if (!before || (!after && !list && !isTail)) return undefined;
  const end = `${offsetOf(type, before)} + sizeof(((${type} *)0)->${before.path})`;
  const next = after
    ? offsetOf(type, after)
    : list
      ? `${offsetOf(type, list)} + sizeof(((${type} *)0)->${list.path}[0])`
      : `sizeof(${type})`;
  const expression = `${next} - (${end})`;
  return {
    subject: 'hole',
    name: `${name}+${hole.offset}`,
    expression,
    expected: BigInt(hole.size),
  } as const;
}

/**
 * Size and alignment of a type, offset, alignment, size, length and sign of every member that can be named, and every
 * hole. `cannot` takes the reason why a hole is not asked about.
 */
export function typeQuestions(
  name: string,
  type: string,
  layout: Layout,
  cannot: (reason: string) => void,
): Question[] {
  const fields = askable(layout);
  const holes = layout.holes
    .filter(hole => !isRepeated(fields, hole))
    .flatMap(hole => {
      const question = holeQuestion(name, type, fields, layout, hole);
      if (!question) cannot(`no member ends where the hole at ${hole.offset} begins`);
      return question ?? [];
    });
  return [
    { subject: 'type', name, expression: `sizeof(${type})`, expected: BigInt(layout.size) },
    { subject: 'type', name, expression: `_Alignof(${type})`, expected: BigInt(layout.align) },
    ...fields.flatMap(field => fieldQuestions(name, type, field)),
    ...holes,
  ];
}
