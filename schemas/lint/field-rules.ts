/** What a member may be made of. */
import type { CType, MemberFact } from '../layout/index.ts';
import { type Finding, lintRule } from './lint-rule.ts';
import { at, type LintSubject, layoutIn } from './subject.ts';

const BOTCHING = 'Documentation/process/botching-up-ioctls.rst';
const IOCTL = 'Documentation/driver-api/ioctl.rst';

interface Place {
  /** `drm_x_info.data.size`. */
  readonly subject: string;
  readonly member: MemberFact;
  /** The type without the array around it. */
  readonly type: CType;
  readonly array: boolean;
}

function* membersOf(prefix: string, members: readonly MemberFact[]): Generator<Place> {
  for (const member of members) {
    let { type } = member;
    const array = 'array' in type;
    while ('array' in type) type = type.array;
    const subject = member.name === null ? prefix : `${prefix}.${member.name}`;
    if ('anonymous' in type) yield* membersOf(subject, type.members);
    else yield { subject, member, type, array };
  }
}

/** Every member of every struct and union of the header; those of a struct inside without a tag, too. */
export function* places({ facts }: LintSubject): Generator<Place> {
  for (const { name, members } of facts.types) yield* membersOf(name, members);
}

/** A scalar's spelling with the typedefs of the table taken off. */
function spellingOf({ types }: LintSubject, type: CType): string | undefined {
  let now: CType | undefined = type;
  const seen = new Set<string>();
  while (now && 'scalar' in now && !seen.has(now.scalar)) {
    seen.add(now.scalar);
    const target = types.typedefs.get(now.scalar);
    if (!target) return now.scalar;
    now = target;
  }
  return undefined;
}

function* spelled(
  subject: LintSubject,
  wrong: (spelling: string, array: boolean) => boolean,
  what: (place: string, spelling: string) => string,
): Generator<Finding> {
  for (const place of places(subject)) {
    const spelling = spellingOf(subject, place.type);
    if (spelling === undefined || !wrong(spelling, place.array)) continue;
    yield {
      subject: place.subject,
      message: what(place.subject, 'scalar' in place.type ? place.type.scalar : spelling),
      at: at(subject, place.member.line),
    };
  }
}

const member = (type: string, name = 'value'): { header: string } => ({
  header: `struct drm_x_info {\n\t${type} ${name};\n};`,
});

const pointer = lintRule({
  id: 'field.pointer',
  severity: 'error',
  summary: 'A member is a C pointer.',
  reason: 'It has 4 bytes in a 32-bit program and 8 in a 64-bit one, so the struct differs between them.',
  source: `${BOTCHING}:44, ${IOCTL}:154`,
  breaks: member('void *', 'data'),
  holds: member('__u64', 'data'),
  *find(subject) {
    for (const { subject: name, member: of, type } of places(subject)) {
      if ('pointer' in type)
        yield {
          subject: name,
          message: `${name} is a pointer to ${type.pointer}, expected __u64`,
          at: at(subject, of.line),
        };
    }
  },
});

const pointerWidth = lintRule({
  id: 'field.pointer-width',
  severity: 'error',
  summary: 'A member that holds a user address is no unsigned 64-bit integer.',
  reason: 'The upper half of an address of a 64-bit program does not fit, or is extended with its sign.',
  source: `${BOTCHING}:44`,
  breaks: member('__u32', 'data_ptr'),
  holds: member('__u64', 'data_ptr'),
  *find(subject) {
    const roles = new Map(
      subject.calls.flatMap(({ argument, semantics }) =>
        Object.entries({
          ...(argument ? { [argument]: semantics.fields } : {}),
          ...semantics.structs,
        }).flatMap(([struct, fields]) =>
          Object.entries(fields).map(([field, { role }]) => [`${struct}.${field}`, role]),
        ),
      ),
    );
    for (const { name, members } of subject.facts.types) {
      const layout = layoutIn(subject, name, 'x86_64');
      for (const field of layout?.fields ?? []) {
        const role = roles.get(`${name}.${field.path}`);
        // Without a role only a name that means nothing else tells.
        if (role === undefined ? !/(^|_)(user_?)?ptr$/.test(field.path) : role !== 'pointer') continue;
        if (!field.scalar || field.pointer || (field.scalar.bytes === 8 && !field.scalar.signed)) continue;
        yield {
          subject: `${name}.${field.path}`,
          message: `${name}.${field.path} holds an address in ${field.scalar.bytes * 8}${field.scalar.signed ? ' signed' : ''} bits, expected __u64`,
          at: at(subject, members.find(one => one.name === field.path)?.line ?? 0),
        };
      }
    }
  },
});

const long = lintRule({
  id: 'field.long',
  severity: 'error',
  summary: 'A member has the width of a register.',
  reason: 'It has 4 bytes in a 32-bit program and 8 in a 64-bit one, so the struct differs between them.',
  source: `${IOCTL}:149`,
  breaks: member('unsigned long'),
  holds: member('__u64'),
  find: subject =>
    spelled(
      subject,
      spelling =>
        /^(__kernel_)?s?size_t$|^u?intptr_t$|^__kernel_(ptrdiff_t|u?long_t|off_t)$/.test(spelling) ||
        spelling.split(' ').filter(word => word === 'long').length === 1,
      (name, spelling) => `${name} is ${spelling}, expected an integer of fixed width`,
    ),
});

const enumTyped = lintRule({
  id: 'field.enum',
  severity: 'warning',
  summary: 'A member has an enum as its type.',
  reason:
    "Width and sign of an enum are the compiler's choice and change with its members; a value that is none of them is undefined in C++.",
  source: `${IOCTL}:187`,
  breaks: { header: 'enum drm_x_kind { DRM_X_KIND_A };\nstruct drm_x_info {\n\tenum drm_x_kind kind;\n};' },
  holds: { header: 'enum drm_x_kind { DRM_X_KIND_A };\nstruct drm_x_info {\n\t__u32 kind;\n};' },
  find: subject =>
    spelled(
      subject,
      spelling => /^enum\b/.test(spelling),
      (name, spelling) => `${name} is ${spelling}, expected __u32`,
    ),
});

const char = lintRule({
  id: 'field.char',
  severity: 'warning',
  summary: 'A member is a plain char.',
  reason: 'It is signed on x86 and unsigned on ARM, so one value reads as two numbers.',
  source: `${IOCTL}:191`,
  breaks: member('char'),
  holds: { header: 'struct drm_x_info {\n\t__u8 value;\n\tchar name[7];\n};' },
  find: subject =>
    spelled(
      subject,
      (spelling, array) => spelling === 'char' && !array,
      name => `${name} is char, expected __u8 or __s8`,
    ),
});

const bool = lintRule({
  id: 'field.bool',
  severity: 'warning',
  summary: 'A member is a bool.',
  reason:
    'Any other value than 0 and 1 in its byte is undefined in C, and the program that sets it may not be C.',
  source: `${BOTCHING}:30`,
  breaks: member('_Bool'),
  holds: member('__u8'),
  find: subject =>
    spelled(
      subject,
      spelling => /^_?bool$/i.test(spelling),
      (name, spelling) => `${name} is ${spelling}, expected __u8`,
    ),
});

const native = lintRule({
  id: 'field.native',
  severity: 'warning',
  summary: 'A member is an integer of C without a fixed width.',
  reason:
    "Linux gives these types one width on all its ABIs, but bindings for other languages have to know that; the kernel's own types say it.",
  source: `${BOTCHING}:30`,
  breaks: member('unsigned int'),
  holds: member('__u32'),
  find: subject =>
    spelled(
      subject,
      spelling => {
        const words = spelling.split(' ');
        const longs = words.filter(word => word === 'long').length;
        return (
          words.every(word => /^(unsigned|signed|int|short|long|char)$/.test(word)) &&
          longs !== 1 &&
          spelling !== 'char'
        );
      },
      (name, spelling) => `${name} is ${spelling}, expected __u8 to __s64`,
    ),
});

const float = lintRule({
  id: 'field.float',
  severity: 'error',
  summary: 'A member is a floating-point number.',
  reason: 'The kernel cannot compute with it and neither can a check.',
  source: `${BOTCHING}:30`,
  breaks: member('float'),
  holds: member('__u32'),
  find: subject =>
    spelled(
      subject,
      spelling => /^(long )?(float|double)$/.test(spelling),
      (name, spelling) => `${name} is ${spelling}, expected an integer`,
    ),
});

const stdint = lintRule({
  id: 'field.stdint',
  severity: 'info',
  summary: 'A member has a type of the C library.',
  reason:
    'The header then needs a C library, and its typedefs can clash with those of a program without one.',
  source: `${BOTCHING}:30`,
  breaks: member('uint32_t'),
  holds: member('__u32'),
  find: subject =>
    spelled(
      subject,
      spelling => /^u?int(8|16|32|64)_t$/.test(spelling),
      (name, spelling) => `${name} is ${spelling}, expected the kernel's type for it`,
    ),
});

const bitfield = lintRule({
  id: 'field.bitfield',
  severity: 'error',
  summary: 'A struct has a bit-field.',
  reason:
    'C leaves open in which bits of which unit it lies, so no other language and no other byte order can read it.',
  source: `${IOCTL}:187`,
  breaks: member('__u32', 'value : 3'),
  holds: member('__u32'),
  *find(subject) {
    for (const { name, line, reason } of subject.facts.unresolved) {
      if (/bit-field/.test(reason))
        yield { subject: name, message: `${name}: ${reason}`, at: at(subject, line) };
    }
  },
});

export const fieldRules = [
  pointer,
  pointerWidth,
  long,
  enumTyped,
  char,
  bool,
  native,
  float,
  stdint,
  bitfield,
];
