/** Constants, their values and whether a program can have them. */

import { EXTERNALS } from '../extract/externals.ts';
import { ABI_NAMES, type EnumFact, factToBigint } from '../layout/index.ts';
import { places } from './field-rules.ts';
import { lintRule } from './lint-rule.ts';
import { at, type LintSubject, whyNoLayout } from './subject.ts';

const IOCTL = 'Documentation/driver-api/ioctl.rst';

function constantsOf({ facts }: LintSubject) {
  return [...facts.constants, ...facts.enums.flatMap(({ members }) => members)];
}

/** `0x1f`; nobody reads a mask in decimals. */
const show = (value: bigint) => (value < 0n ? `${value}` : `0x${value.toString(16)}`);

const abi = lintRule({
  id: 'const.abi',
  severity: 'error',
  summary: 'A constant has another value on 32-bit ABIs.',
  reason:
    'A 32-bit program that compares it with a 64-bit member never finds it equal, and bindings can be right for one ABI only.',
  source: `${IOCTL}:149`,
  breaks: { header: '#define DRM_X_INVALID_ADDR (~0UL)' },
  holds: { header: '#define DRM_X_INVALID_ADDR (~0ULL)' },
  *find(subject) {
    for (const { name, value, abi: others = {}, line } of constantsOf(subject)) {
      const different = ABI_NAMES.flatMap(which => {
        const other = others[which];
        return other === undefined || factToBigint(other) === factToBigint(value)
          ? []
          : [`${show(factToBigint(other))} on ${which}`];
      });
      if (different.length > 0)
        yield {
          subject: name,
          message: `${name} is ${show(factToBigint(value))} on x86_64, ${different.join(', ')}`,
          at: at(subject, line),
        };
    }
  },
});

const duplicate = lintRule({
  id: 'const.enum-duplicate',
  severity: 'warning',
  summary: 'Two members of an enum have one value.',
  reason: 'A value cannot be turned back into its name, and a switch over both does not compile.',
  source: 'ISO C 6.8.4.2, constraint on case labels',
  breaks: { header: 'enum drm_x_kind { DRM_X_KIND_A = 1, DRM_X_KIND_B = 1 };' },
  holds: { header: 'enum drm_x_kind { DRM_X_KIND_A = 1, DRM_X_KIND_B = 2 };' },
  *find(subject) {
    for (const of of subject.facts.enums) {
      const first = new Map<bigint, string>();
      for (const { name, value, line } of of.members) {
        // A bound is no value of its own.
        if (/_(MAX|LAST|END)$/.test(name)) continue;
        const before = first.get(factToBigint(value));
        if (before === undefined) first.set(factToBigint(value), name);
        else
          yield {
            subject: name,
            message: `${name} has the value ${factToBigint(value)} of ${before} in ${titleOf(of)}`,
            at: at(subject, line),
          };
      }
    }
  },
});

function titleOf({ name }: EnumFact): string {
  return name === null ? 'an enum without a name' : `enum ${name}`;
}

const external = lintRule({
  id: 'const.external',
  severity: 'error',
  summary: 'A constant rests on a name that no exported header defines.',
  reason: 'A program that uses it does not compile, although the header says that it can be used.',
  source: `${IOCTL}:22; the macro's own header is not below include/uapi`,
  breaks: { header: '#define DRM_X_FLAG_A BIT(0)' },
  holds: { header: '#define DRM_X_FLAG_A (1 << 0)' },
  *find(subject) {
    for (const { name, externals = [], line } of constantsOf(subject)) {
      for (const used of externals) {
        const from = EXTERNALS.find(one => one.name === used);
        if (!from?.header)
          yield {
            subject: name,
            message: `${name} needs ${used}${from ? `, which is in ${from.from} only` : ''}`,
            at: at(subject, line),
          };
      }
    }
  },
});

const include = lintRule({
  id: 'const.include',
  severity: 'warning',
  summary: 'A constant rests on a name of a header that this one does not include.',
  reason: 'It compiles or not by what the program happened to include before.',
  source: 'Documentation/process/submit-checklist.rst:17',
  breaks: { header: '#include "drm.h"\n#define DRM_X_RDWR O_RDWR' },
  holds: { header: '#include "drm.h"\n#define DRM_X_RDWR 02' },
  *find(subject) {
    for (const { name, externals = [], line } of constantsOf(subject)) {
      for (const used of externals) {
        const from = EXTERNALS.find(one => one.name === used);
        if (from?.header)
          yield {
            subject: name,
            message: `${name} needs ${used}, and the header does not include ${from.header}`,
            at: at(subject, line),
          };
      }
    }
  },
});

/** What has no value and needs none: macros with parameters, guards, marks, text, initializers. */
const WITHOUT_VALUE =
  /takes parameters|guards the header|defined as nothing|it is a string|does not belong in an integer/;
/** What other rules tell better. */
const TOLD = /bit-field|size of its own|is not a type$/;

const unresolved = lintRule({
  id: 'header.unresolved',
  severity: 'error',
  summary: 'A macro or a declaration cannot be resolved from the header and what it includes.',
  reason: 'A program cannot use it, and no binding can have it.',
  source: 'Documentation/process/submit-checklist.rst:17',
  breaks: { header: '#define DRM_X_MAX_SIZE DRM_X_PAGES_OF_SOMEBODY' },
  holds: { header: '#define DRM_X_PAGES 16\n#define DRM_X_MAX_SIZE (DRM_X_PAGES * 4096)' },
  *find(subject) {
    const known = new Set([
      ...[...places(subject)].flatMap(({ member }) => member.name ?? []),
      ...subject.types.composites.keys(),
      ...subject.types.typedefs.keys(),
    ]);
    for (const { name, reason, line } of subject.facts.unresolved) {
      // A macro may be another name of a member or a type.
      const unknown = /^(\w+) is not known/.exec(reason)?.[1];
      if (unknown !== undefined && known.has(unknown)) continue;
      if (!WITHOUT_VALUE.test(reason) && !TOLD.test(reason) && !/depends on the ABI/.test(reason))
        yield { subject: name, message: `${name}: ${reason}`, at: at(subject, line) };
    }
  },
});

const condition = lintRule({
  id: 'header.abi-condition',
  severity: 'error',
  summary: 'What the header says depends on the ABI.',
  reason: 'Programs of different ABIs then speak different interfaces to one kernel.',
  source: `${IOCTL}:143`,
  breaks: { header: '#if __BITS_PER_LONG == 64\n#define DRM_X_MAX 2\n#else\n#define DRM_X_MAX 1\n#endif' },
  holds: { header: '#define DRM_X_MAX 2' },
  *find(subject) {
    for (const { name, reason, line } of subject.facts.unresolved) {
      if (/depends on the ABI/.test(reason))
        yield { subject: name, message: `${name}: ${reason}`, at: at(subject, line) };
    }
  },
});

const type = lintRule({
  id: 'header.type',
  severity: 'error',
  summary: 'A struct needs a type that neither the header nor one it builds on defines.',
  reason: 'The header does not compile by itself.',
  source: 'Documentation/process/submit-checklist.rst:17',
  breaks: { header: 'struct drm_x_info {\n\tstruct drm_x_missing inner;\n};' },
  holds: {
    header: 'struct drm_x_inner {\n\t__u32 id;\n};\nstruct drm_x_info {\n\tstruct drm_x_inner inner;\n};',
  },
  *find(subject) {
    // What became of a struct that is there and cannot be read, another rule tells.
    const told = (why: string) => subject.facts.unresolved.some(({ name }) => why.endsWith(` ${name}`));
    for (const { name, line } of subject.facts.types) {
      const why = whyNoLayout(subject, name);
      if (why && !told(why)) yield { subject: name, message: `${name}: ${why}`, at: at(subject, line) };
    }
    for (const { name, argument, line } of subject.facts.ioctls) {
      const why = argument && 'named' in argument && whyNoLayout(subject, argument.named);
      if (why && !told(why)) yield { subject: name, message: `${name}: ${why}`, at: at(subject, line) };
    }
  },
});

export const constantRules = [abi, duplicate, external, include, unresolved, condition, type];
