/**
 * What kernel documents and the behaviour of the DRM core ask of a uAPI, and what looks for it. What can be decided
 * from a description alone has a rule, or a reason why it has none; what needs a device is a clause of `spec/`. This is
 * the one place that says which static clause is tested by what.
 */
import { CHANGES } from './coverage-changes.ts';

export interface Guideline {
  readonly says: string;
  readonly source: string;
  /** The clause of `spec/` that says it as a law. */
  readonly clause?: string;
  /** Rules of lint. */
  readonly rules?: readonly string[];
  /** Rules of diff. */
  readonly changes?: readonly string[];
  /** Scripts of the package that compare with the kernel or its tools. */
  readonly scripts?: readonly string[];
  readonly declined?: string;
}

const BOTCHING = 'Documentation/process/botching-up-ioctls.rst';
const IOCTL = 'Documentation/driver-api/ioctl.rst';
const UAPI = 'Documentation/gpu/drm-uapi.rst';
const CORE = 'drivers/gpu/drm/drm_ioctl.c';

export const GUIDELINES: readonly Guideline[] = [
  {
    says: 'Only integers of fixed width',
    source: `${BOTCHING}:30`,
    clause: 'layout.fixed-width',
    rules: ['field.long', 'field.native', 'field.bool', 'field.float', 'field.stdint'],
  },
  {
    says: 'No enums and no bit-fields',
    source: `${IOCTL}:187`,
    clause: 'layout.plain',
    rules: ['field.enum', 'field.bitfield'],
  },
  {
    says: 'No plain char for integers',
    source: `${IOCTL}:191`,
    clause: 'layout.plain',
    rules: ['field.char'],
  },
  {
    says: 'Natural alignment',
    source: `${BOTCHING}:33`,
    clause: 'layout.aligned',
    rules: ['layout.misaligned'],
  },
  {
    says: 'Explicit padding',
    source: `${BOTCHING}:33 and :72`,
    clause: 'layout.padding',
    rules: ['layout.hole', 'layout.tail'],
  },
  {
    says: 'A multiple of 64 bits where 64-bit types are',
    source: `${BOTCHING}:38`,
    clause: 'layout.size',
    rules: ['layout.size-8'],
  },
  {
    says: 'One layout on all ABIs',
    source: `${IOCTL}:146`,
    clause: 'layout.same',
    rules: ['layout.abi', 'header.abi-condition'],
  },
  {
    says: 'One request number on all ABIs',
    source: `${BOTCHING}:38`,
    clause: 'layout.request',
    rules: ['number.abi'],
  },
  {
    says: 'One value of a constant on all ABIs',
    source: `${IOCTL}:149`,
    clause: 'layout.constant',
    rules: ['const.abi'],
  },
  {
    says: 'Pointers are __u64',
    source: `${BOTCHING}:44`,
    clause: 'layout.pointer',
    rules: ['field.pointer', 'field.pointer-width'],
  },
  {
    says: 'An array comes with its length',
    source: `${BOTCHING}:92`,
    clause: 'layout.length',
    rules: ['semantics.pointer-length', 'field.pointer-count'],
  },
  {
    says: 'A plan for arrays of structs that grow',
    source: `${BOTCHING}:65`,
    clause: 'layout.element-size',
    rules: ['semantics.element-size'],
  },
  {
    says: 'The request encodes the size of its argument, at most 8191 bytes',
    source: `${IOCTL}:43`,
    clause: 'layout.encoded-size',
    rules: ['number.size', 'number.large', 'number.too-large'],
  },
  {
    says: 'The request says which way its argument goes',
    source: `${IOCTL}:27, ${CORE}:876`,
    clause: 'layout.direction',
    rules: ['number.direction-lost', 'number.direction-unused', 'doc.output-lost', 'doc.direction'],
  },
  {
    says: "Numbers lie in the drivers' range, each once",
    source: `${CORE}:856`,
    clause: 'layout.range',
    rules: ['number.range', 'number.letter', 'number.duplicate', 'number.gap'],
  },
  {
    says: 'A command has an argument that can grow',
    source: `${BOTCHING}:65`,
    clause: 'extension.argument',
    rules: ['number.no-argument'],
  },
  {
    says: 'A number is never given another meaning',
    source: `${IOCTL}:58`,
    clause: 'layout.never-reused',
    changes: ['wire.ioctl-number-reused'],
  },
  {
    says: 'A header that stands alone',
    source: 'Documentation/process/submit-checklist.rst:17',
    clause: 'layout.self-contained',
    rules: ['const.external', 'const.include', 'header.unresolved', 'header.type'],
  },
  {
    says: 'A header that a C++ compiler takes',
    source: 'ISO C++ [lex.key]; the headers have extern "C"',
    clause: 'layout.cxx',
    rules: ['name.cxx-keyword'],
  },
  {
    says: 'Names that nobody else has',
    source: 'ISO C 6.2.1',
    clause: 'layout.prefix',
    rules: ['name.prefix', 'name.collision'],
  },
  {
    says: 'Names of values are unique',
    source: 'ISO C 6.8.4.2',
    clause: 'layout.distinct',
    rules: ['const.enum-duplicate'],
  },
  {
    says: 'DRM headers are under MIT',
    source: `${UAPI}:124`,
    clause: 'layout.licence',
    rules: ['header.licence'],
  },
  {
    says: 'No versions inside structs',
    source: `${IOCTL}:55`,
    clause: 'layout.no-version',
    rules: ['field.version'],
  },
  {
    says: 'A way to find out what is supported',
    source: `${BOTCHING}:60`,
    clause: 'extension.query',
    rules: ['header.no-query'],
  },
  {
    says: 'Unused fields and padding are refused unless zero',
    source: `${BOTCHING}:72`,
    clause: 'extension.reserved',
    rules: ['semantics.reserved-unchecked', 'semantics.role-contradicted', 'doc.must-unchecked'],
  },
  {
    says: 'Unknown flags are refused',
    source: `${BOTCHING}:72`,
    clause: 'extension.flags',
    rules: ['semantics.flags-unchecked', 'semantics.flags-unnamed', 'semantics.flags-mask'],
  },
  {
    says: 'Every value of a selector is described, and all others are refused',
    source: `${BOTCHING}:60`,
    clause: 'extension.selector',
    rules: ['semantics.selector-case', 'semantics.selector-unchecked'],
  },
  {
    says: 'Integers are checked for overflow',
    source: `${BOTCHING}:92`,
    clause: 'extension.count-bounded',
    rules: ['semantics.count-unbounded'],
  },
  {
    says: 'A size has one meaning',
    source: `${BOTCHING}:60`,
    clause: 'extension.zero-size',
    rules: ['semantics.size-two-meanings'],
  },
  {
    says: 'Close on exec',
    source: `${BOTCHING}:181`,
    clause: 'lifetime.close-on-exec',
    rules: ['semantics.close-on-exec'],
  },
  {
    says: 'CLOCK_MONOTONIC, and other clocks are named',
    source: `${BOTCHING}:135`,
    clause: 'time.monotonic',
    rules: ['time.clock'],
  },
  {
    says: 'Timeouts are absolute',
    source: `${BOTCHING}:151`,
    clause: 'time.absolute',
    rules: ['time.relative'],
  },
  {
    says: 'Nanoseconds beside seconds are normalised',
    source: `${BOTCHING}:147`,
    clause: 'time.normalised',
    rules: ['time.not-normalised'],
  },
  { says: 'Times have 64 bits', source: `${IOCTL}:100`, clause: 'time.wide', rules: ['time.width'] },
  {
    says: 'Times are in ns in 64 bits, or in seconds and ns',
    source: `${BOTCHING}:144, ${IOCTL}:100`,
    clause: 'time.nanoseconds',
    rules: ['time.unit', 'time.name'],
  },
  {
    says: 'A descriptor for poll() beside waits',
    source: `${BOTCHING}:159`,
    clause: 'time.descriptor',
    rules: ['time.no-descriptor'],
  },
  {
    says: 'Comments name what is there',
    source: 'Documentation/doc-guide/kernel-doc.rst:204',
    clause: 'extension.comment',
    rules: ['doc.unknown-member', 'doc.unknown-mention', 'doc.unknown-struct'],
  },
  {
    says: 'A comment does not contradict a check',
    source: `${BOTCHING}:72`,
    declined:
      'beyond direction and must, what a sentence asks for is for a reader to see: rules of basis header cite the line, and the second reading of a description compares them',
  },
  {
    says: 'The netlink family of drm-ras has the commands and attributes of its document',
    source: 'Documentation/netlink/specs/drm_ras.yaml:1',
    clause: 'ras.interface',
    changes: [
      'nl.attr-removed',
      'nl.attr-id-moved',
      'nl.attr-type-changed',
      'nl.op-removed',
      'nl.op-id-moved',
    ],
    scripts: ['test:ynl'],
  },
  {
    says: 'An object that is not there has one errno',
    source: `${UAPI}:559`,
    clause: 'errno.lookup',
    rules: ['semantics.lookup-errno'],
  },
  {
    says: 'Every command of drm-ras is one of the administrator',
    source: 'Documentation/netlink/specs/drm_ras.yaml:84',
    clause: 'ras.privilege',
    scripts: ['test:ynl'],
  },
  ...CHANGES,
];

/** What tests a static clause, each as `lint ID`, `diff ID` or `npm run NAME`. */
export function staticTests(clause: string): string[] {
  const own = GUIDELINES.filter(guideline => guideline.clause === clause);
  return [
    ...own.flatMap(({ rules = [] }) => rules.map(id => `lint ${id}`)),
    ...own.flatMap(({ changes = [] }) => changes.map(id => `diff ${id}`)),
    ...own.flatMap(({ scripts = [] }) => scripts.map(name => `npm run ${name}`)),
  ];
}
