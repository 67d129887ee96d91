import { EXTERNALS } from '../../schemas/extract/index.ts';
import {
  ABIS,
  builtinScalar,
  type Facts,
  type FieldLayout,
  type Layout,
  LayoutError,
  layoutOf,
  requestNumber,
  type TypeTable,
} from '../../schemas/layout/index.ts';
import type { AbiName } from '../../schemas/program/program.ts';
import { programHeader } from '../extract/asm-folders.ts';

/** What a question is about. */
export type Subject = 'type' | 'field' | 'request' | 'constant';

/** A number that the compiler and the layout engine must both give. */
export interface Question {
  readonly subject: Subject;
  /** How it is named in a report, and the C expression that gives it. */
  readonly expression: string;
  /** Our answer, as an unsigned 64-bit number. */
  readonly expected: bigint;
}

export interface Probe {
  /** C source; the answers lie as 64-bit numbers, in the order of `questions`, in the section `SECTION`. */
  readonly source: string;
  readonly questions: readonly Question[];
  /** What no program can ask for, each with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export const SECTION = '.probe';

/** The paths of a layout that `offsetof` can name, also those inside the first element of an array of structs. */
function askable(layout: Layout): FieldLayout[] {
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

function fieldQuestions(type: string, field: FieldLayout): Question[] {
  const member = `((${type} *)0)->${field.path}`;
  const ask = (expression: string, expected: number | bigint): Question => {
    return { subject: 'field', expression, expected: BigInt(expected) };
  };
  const questions = [ask(`__builtin_offsetof(${type}, ${field.path})`, field.offset)];
  if (field.array?.length === null) return [...questions, ask(`sizeof(${member}[0])`, field.array.stride)];
  questions.push(ask(`sizeof(${member})`, field.size));
  if (field.scalar && !field.pointer) {
    questions.push(ask(`((__typeof__(${member}))-1) < 0`, field.scalar.signed ? 1n : 0n));
  }
  return questions;
}

function typeQuestions(type: string, layout: Layout): Question[] {
  return [
    { subject: 'type', expression: `sizeof(${type})`, expected: BigInt(layout.size) },
    { subject: 'type', expression: `_Alignof(${type})`, expected: BigInt(layout.align) },
    ...askable(layout).flatMap(field => fieldQuestions(type, field)),
  ];
}

/** Every question about one header, with our answers for one ABI. `types` must know what the header includes. */
export function buildProbe(facts: Facts, types: TypeTable, abi: AbiName): Probe {
  const questions: Question[] = [];
  const skipped: { name: string; reason: string }[] = [];
  // A struct we cannot lay out, such as one with bit-fields, takes what is made of it along.
  const ask = (name: string, make: () => Question[]): void => {
    try {
      questions.push(...make());
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      skipped.push({ name, reason: error.message });
    }
  };
  for (const { name, kind } of facts.types) {
    ask(name, () => typeQuestions(`${kind} ${name}`, layoutOf(types, name, abi)));
  }
  for (const { name, type } of facts.typedefs) {
    if ('anonymous' in type) ask(name, () => typeQuestions(name, layoutOf(types, name, abi)));
    const scalar = 'scalar' in type ? builtinScalar(type.scalar, ABIS[abi]) : undefined;
    if (scalar)
      questions.push({ subject: 'type', expression: `sizeof(${name})`, expected: BigInt(scalar.bytes) });
  }
  for (const ioctl of facts.ioctls) {
    ask(ioctl.name, () => {
      const expected = BigInt(requestNumber(ioctl, types, abi));
      return [{ subject: 'request', expression: `(unsigned int)(${ioctl.name})`, expected }];
    });
  }
  for (const constant of [...facts.constants, ...facts.enums.flatMap(one => one.members)]) {
    const kernelOnly = constant.externals?.filter(name => !EXTERNALS.find(one => one.name === name)?.header);
    if (kernelOnly && kernelOnly.length > 0) {
      skipped.push({ name: constant.name, reason: `${kernelOnly.join(', ')} is in no exported header` });
      continue;
    }
    const expected = BigInt.asUintN(64, types.constantValue(constant.name, abi));
    questions.push({ subject: 'constant', expression: constant.name, expected });
  }
  const externals = new Set(facts.constants.flatMap(one => one.externals ?? []));
  const headers = EXTERNALS.filter(one => externals.has(one.name)).flatMap(one => one.header ?? []);
  const own = programHeader(facts.header);
  const source = [
    ...[...new Set([...headers, 'linux/types.h', own])].map(header => `#include <${header}>`),
    `__attribute__((section("${SECTION}"), used)) const unsigned long long probe[] = {`,
    ...questions.map(({ expression }) => `  (unsigned long long)(${expression}),`),
    '};',
    '',
  ];
  return { source: source.join('\n'), questions, skipped };
}
