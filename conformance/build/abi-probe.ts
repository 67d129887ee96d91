import { EXTERNALS } from '../../schemas/extract/index.ts';
import {
  type Facts,
  type Layout,
  LayoutError,
  layoutOf,
  requestNumber,
  sizeOfType,
  type TypeTable,
} from '../../schemas/layout/index.ts';
import type { AbiName } from '../../schemas/program/program.ts';
import { programHeader } from '../extract/asm-folders.ts';
import { typeQuestions } from './type-questions.ts';

/** What a question is about. */
export const SUBJECTS = ['type', 'field', 'hole', 'request', 'constant'] as const;
export type Subject = (typeof SUBJECTS)[number];

/** A number that the compiler and the layout engine must both give. */
export interface Question {
  readonly subject: Subject;
  /** What it is about, which other questions may be, too: `drm_mode_modeinfo.name`. */
  readonly name: string;
  /** How it is named in a report, and the C expression that gives it. */
  readonly expression: string;
  /** Our answer, as an unsigned 64-bit number. */
  readonly expected: bigint;
}

/** A name that is not asked about, or only with a word to it. */
export interface Remark {
  readonly name: string;
  readonly reason: string;
}

export interface Probe {
  /** C source; the answers lie as 64-bit numbers, in the order of `questions`, in the section `SECTION`. */
  readonly source: string;
  readonly questions: readonly Question[];
  /** What no program can ask for, each with the reason. */
  readonly skipped: readonly Remark[];
  /** Constants that rest on a macro of the kernel which no exported header has; the probe defines it. */
  readonly assumed: readonly Remark[];
}

export const SECTION = '.probe';

/** Every question about one header, with our answers for one ABI. `types` must know what the header includes. */
export function buildProbe(facts: Facts, types: TypeTable, abi: AbiName): Probe {
  const questions: Question[] = [];
  const skipped: Remark[] = facts.unresolved.map(({ name, reason }) => ({ name, reason }));
  const assumed: Remark[] = [];
  // A struct we cannot lay out, such as one with bit-fields, takes what is made of it along.
  const ask = (name: string, make: () => Question[]): void => {
    try {
      questions.push(...make());
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      skipped.push({ name, reason: error.message });
    }
  };
  const askType = (name: string, spelling: string): void => {
    const layout = (): Layout => layoutOf(types, name, abi);
    ask(name, () =>
      typeQuestions(name, spelling, layout(), missing => skipped.push({ name, reason: missing })),
    );
  };
  for (const { name, kind } of facts.types) askType(name, `${kind} ${name}`);
  for (const { name, type } of facts.typedefs) {
    if ('anonymous' in type) askType(name, name);
    else
      ask(name, () => [
        {
          subject: 'type',
          name,
          expression: `sizeof(${name})`,
          expected: BigInt(sizeOfType(types, type, abi)),
        },
      ]);
  }
  for (const ioctl of facts.ioctls) {
    const { name } = ioctl;
    ask(name, () => {
      const expected = BigInt(requestNumber(ioctl, types, abi));
      return [{ subject: 'request', name, expression: `(unsigned int)(${name})`, expected }];
    });
  }
  const constants = [...facts.constants, ...facts.enums.flatMap(one => one.members)];
  const externals = EXTERNALS.filter(({ name }) => constants.some(one => one.externals?.includes(name)));
  for (const { name, externals: used = [] } of constants) {
    const expected = BigInt.asUintN(64, types.constantValue(name, abi));
    questions.push({ subject: 'constant', name, expression: name, expected });
    const kernelOnly = externals.filter(one => !one.header && used.includes(one.name));
    if (kernelOnly.length === 0) continue;
    const words = kernelOnly.map(({ name: macro, from }) => `${macro} is taken from ${from}`);
    assumed.push({ name, reason: words.join(', ') });
  }
  const headers = externals.flatMap(one => one.header ?? []);
  const source = [
    ...[...new Set([...headers, 'linux/types.h', programHeader(facts.header)])].map(
      header => `#include <${header}>`,
    ),
    ...externals.filter(one => !one.header).map(({ define }) => `#define ${define}`),
    `__attribute__((section("${SECTION}"), used)) const unsigned long long probe[] = {`,
    ...questions.map(({ expression }) => `  (unsigned long long)(${expression}),`),
    '};',
    '',
  ];
  return { source: source.join('\n'), questions, skipped, assumed };
}
