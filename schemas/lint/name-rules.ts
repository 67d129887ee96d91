/** Names that a header takes from every program that includes it, and what it says about itself. */
import type { Facts } from '../layout/index.ts';
import { places } from './field-rules.ts';
import { lintRule } from './lint-rule.ts';
import { at, isCore, type LintSubject } from './subject.ts';

interface Named {
  readonly what: string;
  readonly name: string;
  readonly line: number;
}

/** Everything a header puts into C's name spaces, its macros with parameters included. */
function* named({ constants, enums, types, typedefs, ioctls, unresolved }: Facts): Generator<Named> {
  for (const { name, line } of constants) yield { what: 'macro', name, line };
  for (const { name, line } of ioctls) yield { what: 'request', name, line };
  for (const { name, line, kind } of types) yield { what: kind, name, line };
  for (const { name, line } of typedefs) yield { what: 'typedef', name, line };
  for (const { name, line, reason } of unresolved)
    if (/takes parameters|it is a string/.test(reason)) yield { what: 'macro', name, line };
  for (const { name, line, members } of enums) {
    if (name !== null) yield { what: 'enum', name, line };
    for (const member of members) yield { what: 'enum constant', name: member.name, line: member.line };
  }
}

/** The words that mark a driver's names: its own, its header's, and the one that all its requests have. */
function marksOf({ name, facts }: LintSubject): string[] {
  const file = facts.header.replace(/^.*\//, '').replace(/(_accel|_drm)?\.h$/, '');
  const requests = facts.ioctls.map(ioctl => /^DRM_IOCTL_([A-Z0-9]+)_/.exec(ioctl.name)?.[1]?.toLowerCase());
  const common = new Set(requests).size === 1 ? requests[0] : undefined;
  // The core's smaller headers own its name space as drm.h does.
  const core = file.startsWith('drm') ? ['drm'] : [];
  return [...new Set([...(name === facts.header ? [] : [name]), file, ...(common ? [common] : []), ...core])];
}

const prefix = lintRule({
  id: 'name.prefix',
  severity: 'warning',
  summary: "A name does not bear the driver's.",
  reason:
    'C has one name space for all macros and enum constants; two headers of one program can then not be included together.',
  source: "convention of include/uapi/drm; compare the name space of the core's headers, DRM_ and drm_",
  breaks: {
    header:
      '#include "drm.h"\nenum drm_x_mode { POWER_MODE_LOW };\n#define DRM_IOCTL_X_GO DRM_IO(DRM_COMMAND_BASE + 0)',
  },
  holds: {
    header:
      '#include "drm.h"\nenum drm_x_mode { DRM_X_MODE_LOW };\n#define DRM_IOCTL_X_GO DRM_IO(DRM_COMMAND_BASE + 0)',
  },
  *find(subject) {
    if (isCore(subject) || !subject.facts.header.startsWith('drm/')) return;
    const marks = marksOf(subject);
    const good = new RegExp(`^_*(uapi_)?(drm_)?(ioctl_)?(${marks.join('|')})(_|$)`, 'i');
    const bad = [...named(subject.facts)].filter(({ name }) => !good.test(name));
    const enums = subject.facts.enums.map(({ name, line, members }) => ({
      key: name ?? members[0]!.name,
      line,
      names: new Set(members.map(member => member.name)),
    }));
    // An enum is one mistake, not one a member.
    for (const { key, line, names } of enums) {
      const own = bad.filter(({ what, name }) => what === 'enum constant' && names.has(name));
      if (own.length > 0)
        yield {
          subject: key,
          message: `${own.length} of the ${names.size} constants of enum ${key} have no ${expected(marks)}, the first is ${own[0]!.name}`,
          at: at(subject, line),
        };
    }
    for (const { what, name, line } of bad) {
      if (what === 'enum constant') continue;
      const told =
        what === 'enum' &&
        enums.some(({ key, names }) => key === name && bad.some(one => names.has(one.name)));
      if (!told)
        yield { subject: name, message: `${what} ${name} has no ${expected(marks)}`, at: at(subject, line) };
    }
  },
});

function expected(marks: readonly string[]): string {
  return marks.map(mark => `${mark}_`).join(' or ');
}

/** Keywords of C++ that C's grammar takes as names. */
const CXX = new Set(
  'alignas alignof and and_eq asm bitand bitor catch char8_t class compl concept consteval constexpr constinit const_cast co_await co_return co_yield decltype delete dynamic_cast explicit export friend mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public reinterpret_cast requires static_assert static_cast template this thread_local throw try typeid typename using virtual wchar_t xor xor_eq'.split(
    ' ',
  ),
);

const keyword = lintRule({
  id: 'name.cxx-keyword',
  severity: 'warning',
  summary: 'A name is a keyword of C++.',
  reason:
    'A C++ compiler does not take the header, and the runtimes of accelerators are mostly written in C++.',
  source: 'ISO C++ [lex.key]',
  breaks: { header: 'struct drm_x_info {\n\t__u32 class;\n};' },
  holds: { header: 'struct drm_x_info {\n\t__u32 job_class;\n};' },
  *find(subject) {
    const members = [...places(subject)].map(({ subject: of, member }) => ({
      of,
      name: member.name,
      line: member.line,
    }));
    const others = [...named(subject.facts)].map(({ name, line }) => ({ of: name, name, line }));
    for (const { of, name, line } of [...others, ...members]) {
      if (name !== null && CXX.has(name))
        yield { subject: of, message: `${of} bears ${name}, a keyword of C++`, at: at(subject, line) };
    }
  },
});

const collision = lintRule({
  id: 'name.collision',
  severity: 'error',
  summary: "Another driver's header has the same name.",
  reason: 'A program for both drivers does not compile, or silently takes the value of one for the other.',
  source: 'ISO C 6.2.1 and 6.10.3: one name space for macros, one for ordinary identifiers, one for tags',
  breaks: {
    header: 'enum drm_x_mode { POWER_MODE_LOW };',
    beside: '#define POWER_MODE_LOW 7',
  },
  holds: { header: 'enum drm_x_mode { DRM_X_MODE_LOW };', beside: 'enum drm_y_mode { DRM_Y_MODE_LOW };' },
  *find(subject) {
    const own = new Map([...named(subject.facts)].map(one => [one.name, one]));
    for (const other of subject.others) {
      for (const { name } of named(other)) {
        const found = own.get(name);
        if (found)
          yield {
            subject: name,
            message: `${found.what} ${name} is also a name of ${other.header}`,
            at: at(subject, found.line),
          };
      }
    }
  },
});

const licence = lintRule({
  id: 'header.licence',
  severity: 'warning',
  summary: 'A DRM header can not be had under the MIT licence.',
  reason:
    "User space that takes a copy of the header into its tree, as the drivers' libraries do, may not want another licence there.",
  source: 'Documentation/gpu/drm-uapi.rst:124',
  breaks: { header: '/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n#define DRM_X_MAX 1' },
  holds: { header: '/* SPDX-License-Identifier: MIT */\n#define DRM_X_MAX 1' },
  *find(subject) {
    const { license } = subject.facts.source;
    if (subject.facts.header.startsWith('drm/') && !/\bMIT\b/.test(license))
      yield {
        subject: subject.facts.header,
        message: `${subject.facts.header} has the licence ${license}, expected MIT or a choice with it`,
        at: at(subject, 1),
      };
  },
});

const version = lintRule({
  id: 'field.version',
  severity: 'warning',
  summary: 'A struct that the program fills has a version of the struct itself.',
  reason:
    'A command that means another thing by a number inside breaks old programs; new behaviour gets a new command.',
  source: 'Documentation/driver-api/ioctl.rst:55',
  breaks: {
    header:
      '#include "drm.h"\nstruct drm_x_go {\n\t__u32 version;\n};\n#define DRM_IOCTL_X_GO DRM_IOW(DRM_COMMAND_BASE + 0, struct drm_x_go)',
  },
  holds: {
    header:
      '#include "drm.h"\nstruct drm_x_info {\n\t__u32 fw_version;\n};\n#define DRM_IOCTL_X_INFO DRM_IOR(DRM_COMMAND_BASE + 0, struct drm_x_info)',
  },
  *find(subject) {
    // Only what goes into the kernel: a version that comes out is information.
    const into = new Set(
      subject.facts.ioctls.flatMap(({ direction, argument }) =>
        (direction === 'write' || direction === 'readwrite') && argument && 'named' in argument
          ? [argument.named]
          : [],
      ),
    );
    for (const { name, members } of subject.facts.types) {
      if (!into.has(name)) continue;
      const call = subject.calls.find(one => one.argument === name);
      for (const member of members) {
        if (member.name === null || !/^(struct_|abi_|api_)?version$/.test(member.name)) continue;
        if (call?.semantics.fields[member.name]?.direction === 'out') continue;
        yield {
          subject: `${name}.${member.name}`,
          message: `${name}.${member.name} tells the kernel a version`,
          at: at(subject, member.line),
        };
      }
    }
  },
});

const QUERY = /_(GET|QUERY|INFO|PARAM|CAPS?|CAPABILITIES|VERSION|FEATURES?)(_|$)/;

const query = lintRule({
  id: 'header.no-query',
  severity: 'info',
  summary: 'No call tells what a kernel supports.',
  reason:
    'A program can only find out by trying, and a longer struct or a new field cannot be found out that way: the core takes both.',
  source: 'Documentation/process/botching-up-ioctls.rst:60',
  breaks: {
    header:
      '#include "drm.h"\nstruct drm_x_go {\n\t__u32 id;\n};\n#define DRM_IOCTL_X_GO DRM_IOW(DRM_COMMAND_BASE + 0, struct drm_x_go)',
  },
  holds: {
    header:
      '#include "drm.h"\nstruct drm_x_param {\n\t__u64 value;\n};\n#define DRM_IOCTL_X_GET_PARAM DRM_IOWR(DRM_COMMAND_BASE + 0, struct drm_x_param)',
  },
  *find(subject) {
    const { ioctls, header } = subject.facts;
    if (isCore(subject) || !header.startsWith('drm/') || ioctls.length === 0) return;
    if (!ioctls.some(({ name }) => QUERY.test(name)))
      yield {
        subject: header,
        message: `none of the ${ioctls.length} requests of ${header} is a query by its name; VERSION is all a program has`,
      };
  },
});

const pointerCount = lintRule({
  id: 'field.pointer-count',
  severity: 'info',
  summary: 'A struct has an address and no member that says how much lies there.',
  reason: 'The length is then fixed for ever, or agreed on elsewhere.',
  source: 'Documentation/process/botching-up-ioctls.rst:92',
  breaks: { header: 'struct drm_x_info {\n\t__u64 data_ptr;\n};' },
  holds: { header: 'struct drm_x_info {\n\t__u64 data_ptr;\n\t__u32 data_size;\n\t__u32 pad;\n};' },
  *find(subject) {
    for (const { name, members } of subject.facts.types) {
      // Where the calls are described, the target of the pointer tells.
      if (subject.calls.some(call => call.argument === name || call.semantics.structs?.[name])) continue;
      const pointers = members.filter(one => one.name && /(^|_)(ptr|pointer)$/.test(one.name));
      const counts = members.some(
        one => one.name && /(count|num|size|len|length|bytes|nr|n)(_|$)/.test(one.name),
      );
      for (const one of counts ? [] : pointers)
        yield {
          subject: `${name}.${one.name}`,
          message: `${name}.${one.name} is an address by its name, and no member of ${name} is a count or a size`,
          at: at(subject, one.line),
        };
    }
  },
});

export const nameRules = [prefix, keyword, collision, licence, version, query, pointerCount];
