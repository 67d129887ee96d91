/**
 * What kernel documents and the behaviour of the DRM core ask of a uAPI, and the rules that look for it. What can be
 * decided from a description alone has a rule, or a reason why it has none; what needs a device is a clause of `spec/`.
 */

export interface Guideline {
  readonly says: string;
  readonly source: string;
  readonly rules?: readonly string[];
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
    rules: ['field.long', 'field.native', 'field.bool', 'field.float', 'field.stdint'],
  },
  { says: 'No enums and no bit-fields', source: `${IOCTL}:187`, rules: ['field.enum', 'field.bitfield'] },
  { says: 'No plain char for integers', source: `${IOCTL}:191`, rules: ['field.char'] },
  { says: 'Natural alignment', source: `${BOTCHING}:33`, rules: ['layout.misaligned'] },
  { says: 'Explicit padding', source: `${BOTCHING}:33 and :72`, rules: ['layout.hole', 'layout.tail'] },
  {
    says: 'A multiple of 64 bits where 64-bit types are',
    source: `${BOTCHING}:38`,
    rules: ['layout.size-8'],
  },
  { says: 'One layout on all ABIs', source: `${IOCTL}:146`, rules: ['layout.abi', 'header.abi-condition'] },
  { says: 'One request number on all ABIs', source: `${BOTCHING}:38`, rules: ['number.abi'] },
  { says: 'One value of a constant on all ABIs', source: `${IOCTL}:149`, rules: ['const.abi'] },
  { says: 'Pointers are __u64', source: `${BOTCHING}:44`, rules: ['field.pointer', 'field.pointer-width'] },
  {
    says: 'An array comes with its length',
    source: `${BOTCHING}:92`,
    rules: ['semantics.pointer-length', 'field.pointer-count'],
  },
  {
    says: 'A plan for arrays of structs that grow',
    source: `${BOTCHING}:65`,
    rules: ['semantics.element-size'],
  },
  {
    says: 'The request encodes the size of its argument, at most 8191 bytes',
    source: `${IOCTL}:43`,
    rules: ['number.size', 'number.large', 'number.too-large'],
  },
  {
    says: 'The request says which way its argument goes',
    source: `${IOCTL}:27, ${CORE}:876`,
    rules: ['number.direction-lost', 'number.direction-unused', 'doc.output-lost', 'doc.direction'],
  },
  {
    says: "Numbers lie in the drivers' range, each once",
    source: `${CORE}:856`,
    rules: ['number.range', 'number.letter', 'number.duplicate', 'number.gap'],
  },
  {
    says: 'A command has an argument that can grow',
    source: `${BOTCHING}:65`,
    rules: ['number.no-argument'],
  },
  {
    says: 'A number is never given another meaning',
    source: `${IOCTL}:58`,
    declined: 'two versions of the header are needed to see it: accel-uapi diff looks for it',
  },
  {
    says: 'A header that stands alone',
    source: 'Documentation/process/submit-checklist.rst:17',
    rules: ['const.external', 'const.include', 'header.unresolved', 'header.type'],
  },
  {
    says: 'A header that a C++ compiler takes',
    source: 'ISO C++ [lex.key]; the headers have extern "C"',
    rules: ['name.cxx-keyword'],
  },
  { says: 'Names that nobody else has', source: 'ISO C 6.2.1', rules: ['name.prefix', 'name.collision'] },
  { says: 'Names of values are unique', source: 'ISO C 6.8.4.2', rules: ['const.enum-duplicate'] },
  { says: 'DRM headers are under MIT', source: `${UAPI}:124`, rules: ['header.licence'] },
  { says: 'No versions inside structs', source: `${IOCTL}:55`, rules: ['field.version'] },
  {
    says: 'A way to find out what is supported',
    source: `${BOTCHING}:60`,
    rules: ['header.no-query', 'semantics.selector-unchecked'],
  },
  {
    says: 'Unused fields and padding are refused unless zero',
    source: `${BOTCHING}:72`,
    rules: ['semantics.reserved-unchecked', 'semantics.role-contradicted', 'doc.must-unchecked'],
  },
  {
    says: 'Unknown flags are refused',
    source: `${BOTCHING}:72`,
    rules: ['semantics.flags-unchecked', 'semantics.flags-unnamed', 'semantics.flags-mask'],
  },
  {
    says: 'Every value of a selector is described',
    source: `${BOTCHING}:60`,
    rules: ['semantics.selector-case'],
  },
  {
    says: 'Integers are checked for overflow',
    source: `${BOTCHING}:92`,
    rules: ['semantics.count-unbounded'],
  },
  {
    says: 'A size has one meaning',
    source: `${BOTCHING}:60`,
    rules: ['semantics.size-two-meanings'],
  },
  { says: 'Close on exec', source: `${BOTCHING}:181`, rules: ['semantics.close-on-exec'] },
  { says: 'CLOCK_MONOTONIC, and other clocks are named', source: `${BOTCHING}:135`, rules: ['time.clock'] },
  { says: 'Timeouts are absolute', source: `${BOTCHING}:151`, rules: ['time.relative'] },
  {
    says: 'Times are in ns in 64 bits, or in seconds and ns',
    source: `${BOTCHING}:144, ${IOCTL}:100`,
    rules: ['time.unit', 'time.width', 'time.name'],
  },
  { says: 'A descriptor for poll() beside waits', source: `${BOTCHING}:159`, rules: ['time.no-descriptor'] },
  {
    says: 'Comments name what is there',
    source: 'Documentation/doc-guide/kernel-doc.rst:204',
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
    declined:
      'the loader of netlink specifications holds every name and number against the header, and test:ynl lets the kernel generate the header from them',
  },
];
