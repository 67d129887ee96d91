/**
 * A trace as a test of IGT (https://gitlab.freedesktop.org/drm/igt-gpu-tools), since Documentation/gpu/drm-uapi.rst asks
 * for IGT by name: the same calls, and an assertion on the step that the trace is about.
 */
import { type DriverDescription, isErrno, type Program } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { cProgram, type Frame, quoted, setup } from './c-program.ts';
import type { TraceFile } from './trace-file.ts';

/** The words of an expectation: success, or an errno. */
const WORDS = /,| or one of | or /;

/** What the step must have come to; throws a UsageError where IGT has no words for it. */
function assertion({ finding }: TraceFile, program: Program, path: string): string[] {
  const { step, kind, expected } = finding;
  const done = `done[${step}]`;
  const words = expected.split(WORDS).map(word => word.trim());
  if (words.every(word => word === 'success' || isErrno(word))) {
    const ends = words.map(word => `${done}.error == ${word === 'success' ? 0 : word}`).join(' || ');
    return [
      `\t\tigt_assert_f(${ends},`,
      `\t\t\t     "%s: expected %s, got errno %d (%s)\\n", steps[${step}].label, ${quoted(expected)},`,
      `\t\t\t     ${done}.error, strerror(${done}.error));`,
    ];
  }
  if (expected === 'a fault' || expected === 'no fault')
    return [
      `\t\tigt_assert_f(${expected === 'a fault' ? '' : '!'}${done}.signal, "expected ${expected}\\n");`,
    ];
  if (kind === 'return' && /^-?\d+$/.test(expected))
    return [`\t\tigt_assert_eq_s64(${done}.ret, ${expected}ll);`];
  const bytes = /^argument byte (\d+): ((?:[0-9a-f]{2} ?)+)$/.exec(expected);
  const argument = program.steps[step]?.args[2];
  if (bytes && argument?.kind === 'address') {
    const values = bytes[2]!.trim().split(' ');
    const at = Number(argument.offset ?? 0n) + Number(bytes[1]);
    return values.map(
      (value, index) => `\t\tigt_assert_eq(buffers[${argument.buffer}].at[${at + index}], 0x${value});`,
    );
  }
  throw new UsageError(
    `${path}: IGT has no words for what step ${step} must come to (${expected}); --igt prints errnos, return values and bytes of the argument, print the others with --c`,
  );
}

/** Letters, digits and dashes, as names of subtests have them. */
export const subtestName = ({ finding }: Pick<TraceFile, 'finding'>): string =>
  `${finding.clause}-${finding.instance}`
    .toLowerCase()
    .replace(/drm_ioctl_/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

function main(path: string): Frame['main'] {
  return (file, program, guarded) => {
    const node = quoted(file.target.node);
    const opens = program.steps.flatMap(({ op }, at) =>
      op === 'open' && at < file.finding.step ? [at] : [],
    );
    return [
      `IGT_TEST_DESCRIPTION(${quoted(`${file.finding.clause} @ ${file.finding.instance}`)});\n`,
      'int igt_main()\n{',
      '\tigt_fixture() {',
      `\t\tint fd = open(${node}, O_RDWR | O_CLOEXEC);\n`,
      `\t\tigt_require_f(fd >= 0, "%s cannot be opened\\n", ${node});`,
      '\t\tclose(fd);',
      '\t}\n',
      `\tigt_describe(${quoted(`step ${file.finding.step}: expected ${file.finding.expected}`)});`,
      `\tigt_subtest("${subtestName(file)}") {`,
      ...(program.buffers.length > 0
        ? ['\t\tigt_require_f(!place(), "there is no place for the buffers\\n");']
        : []),
      ...setup(program).map(line => `\t${line.replaceAll('\n', '\n\t')}`),
      ...(guarded ? ['\t\tguard();'] : []),
      '\t\tsignal(SIGPIPE, SIG_IGN);',
      '\t\tumask(0);',
      '\t\tfor (unsigned int i = 0; i < sizeof(steps) / sizeof(*steps); i++) {',
      '\t\t\tdone[i] = steps[i].run();',
      '\t\t\tigt_debug("%u  %s: returned %lld, errno %d\\n", i, steps[i].label, (long long)done[i].ret,',
      '\t\t\t\t  done[i].error);',
      '\t\t}',
      ...opens.map(at => `\t\tigt_require(!done[${at}].error);`),
      ...assertion(file, program, path),
      '\t}\n}\n',
    ].join('\n');
  };
}

/** The text of a file for tests/ of IGT, whose macros it takes in their newest form. */
export function igtProgram(
  path: string,
  file: TraceFile,
  program: Program,
  labels: readonly string[],
  driver: DriverDescription,
): string {
  const { abi } = file.target;
  return cProgram(file, program, labels, driver, {
    about: [
      `A test of igt-gpu-tools for ${abi}: put it into tests/, name it in tests/meson.build, and run it there.`,
      'igt_main() and igt_fixture() have parentheses since 2025; an older IGT wants them without.',
    ],
    includes: ['"igt_core.h"'],
    main: main(path),
  });
}
